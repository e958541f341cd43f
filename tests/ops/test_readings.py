# -*- test-case-name: tests.ops.test_readings -*-
"""How the daemon is, in figures."""

from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.preflight import Fault, Finding
from rtgplayout.ops.readings import readings
from rtgplayout.ops.vitals import Clients, Disk, Vitals
from rtgplayout.playout.status import Mode, Showing, Status

FINE = Status(1, Mode.AUTO, Showing.PLAYING, connected=True, telemetry=True)


def finding(fault: Fault, deadline: float | None, grave: bool = True, channel: int = 1) -> Finding:
    return Finding(channel, "id", "secret.mp4", fault, "sentence", deadline, grave)


class ReadingTests(SynchronousTestCase):
    def read(self, **more: Any) -> dict[tuple[str, ...], float]:
        """By the name without what all have in common, and the labels."""
        found: dict[tuple[str, ...], float] = {}
        for figure, labels, value in readings(evolve(Vitals(1000.0, statuses=(FINE,)), **more)):
            self.assertEqual(len(labels), len(figure.labels))
            key = (figure.name.removeprefix("rtgplayout_"), *labels)
            self.assertNotIn(key, found)
            found[key] = float(value)
        return found

    def test_one_word_for_its_health(self) -> None:
        for more, word in (
            ({}, "healthy"),
            ({"answers": False}, "degraded"),
            ({"away": 9.0}, "failing"),
        ):
            found = self.read(**more)
            on = [key[1] for key, value in found.items() if key[0] == "health" and value]
            self.assertEqual(on, [word])
            self.assertEqual(len([key for key in found if key[0] == "health"]), 3)

    def test_casparcg(self) -> None:
        here = self.read(reconnects=3, pending=2, queued=5)
        self.assertEqual(here["caspar_connected",], 1)
        self.assertEqual(here["caspar_away_seconds",], 0)
        self.assertEqual(here["caspar_answers",], 1)
        self.assertEqual(here["caspar_reconnects_total",], 3)
        self.assertEqual((here["amcp_pending",], here["amcp_queued",]), (2, 5))
        away = self.read(away=12.5)
        self.assertEqual((away["caspar_connected",], away["caspar_away_seconds",]), (0, 12.5))
        self.assertEqual(away["caspar_answers",], 0)
        self.assertEqual(self.read(away=0.0)["caspar_connected",], 0)

    def test_channels(self) -> None:
        """Exactly one of the words is 1."""
        slate = evolve(FINE, channel=2, showing=Showing.SLATE, mode=Mode.MANUAL, telemetry=False)
        found = self.read(statuses=(FINE, slate))
        on = {key for key, value in found.items() if key[0].startswith("channel_") and value}
        self.assertEqual(
            on,
            {
                ("channel_showing", "1", "playing"),
                ("channel_showing", "2", "slate"),
                ("channel_mode", "1", "AUTO"),
                ("channel_mode", "2", "MANUAL"),
                ("channel_telemetry", "1"),
            },
        )
        self.assertEqual(len([k for k in found if k[0] == "channel_showing"]), 2 * len(Showing))

    def test_what_is_scheduled(self) -> None:
        """Where no end is to be expected there is no figure: 0 would be an alarm."""
        found = self.read(schedule_left={1: 60.5, 2: None})
        self.assertEqual(found["schedule_left_seconds", "1"], 60.5)
        self.assertNotIn(("schedule_left_seconds", "2"), found)

    def test_files_of_what_is_scheduled(self) -> None:
        """Each fault is counted, grave or not, those that there are none of too."""
        found = self.read(
            findings=(
                finding(Fault.MISSING, 1500.0),
                finding(Fault.MISSING, 1200.0),
                finding(Fault.RATE, 1001.0, grave=False),
                finding(Fault.GROWING, None),
            )
        )
        self.assertEqual(found["media_faults", "1", "missing", "yes"], 2)
        self.assertEqual(found["media_faults", "1", "missing", "no"], 0)
        self.assertEqual(found["media_faults", "1", "rate", "no"], 1)
        self.assertEqual(found["media_faults", "1", "short", "yes"], 0)
        self.assertEqual(found["media_deadline_seconds", "1"], 200)

    def test_the_first_that_cannot_be_shown(self) -> None:
        """One that should be on air already has no time left; without any there is no figure."""
        self.assertNotIn(("media_deadline_seconds", "1"), self.read())
        late = self.read(findings=(finding(Fault.SHORT, 900.0),))
        self.assertEqual(late["media_deadline_seconds", "1"], 0)

    def test_a_channel_that_is_not_there(self) -> None:
        """What was found for it is not shown: labels are those of our channels."""
        found = self.read(findings=(finding(Fault.SHORT, 1100.0, channel=9),))
        self.assertEqual([key for key in found if key[1:2] == ("9",)], [])

    def test_clients(self) -> None:
        found = self.read(clients=Clients(1, 2, 3, 4, 5, 6, 7))
        clients = [value for key, value in found.items() if key[0].startswith("websocket_")]
        self.assertEqual(clients, [1, 2, 3, 4, 5, 6, 7])

    def test_records(self) -> None:
        found = self.read(unsaved={"the folders": "why"}, chain="line 3", files={"ready": 5})
        self.assertEqual(found["unsaved", "the folders"], 1)
        self.assertEqual(found["as_run_chain_broken",], 1)
        self.assertEqual(found["library_files", "ready"], 5)
        self.assertEqual(self.read()["as_run_chain_broken",], 0)

    def test_disks_and_parts(self) -> None:
        """A part that is broken for the first time has its figures too."""
        found = self.read(
            disks=(Disk("the log", 5, 10),), restarts={"the link": 2}, broken={"a part": "why"}
        )
        self.assertEqual(found["disk_free_bytes", "the log"], 5)
        self.assertEqual(found["disk_size_bytes", "the log"], 10)
        self.assertEqual(found["part_broken", "the link"], 0)
        self.assertEqual(found["part_restarts_total", "the link"], 2)
        self.assertEqual(found["part_broken", "a part"], 1)
        self.assertEqual(found["part_restarts_total", "a part"], 0)
