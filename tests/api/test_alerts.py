# -*- test-case-name: tests.api.test_alerts -*-
"""What clients are told of what is wrong."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.alerts import (
    MOST_GREETED,
    alert_toasts,
    alert_told,
    greeting_toasts,
    still_standing,
)
from rtgplayout.api.answers import data_of
from rtgplayout.ops.alert import Alert, Kind, News, Severity

from .memory import START, MemoryDesk, clip
from .rig import DoorTestCase, Json

SLATE = Alert(
    "a-1",
    News.RAISED,
    Kind.SLATE,
    "channel 1",
    Severity.CRITICAL,
    "Channel 1: the slate is on air.",
    START,
    START + 1,
)
DISK = evolve(
    SLATE,
    id="a-2",
    kind=Kind.DISK,
    subject="the data folder",
    severity=Severity.WARNING,
    sentence="The disk of the data folder is nearly full.",
    since=START - 60,
)
OVER = evolve(SLATE, news=News.RECOVERED, at=START + 61, lasted=61.0)


class StandingTests(SynchronousTestCase):
    """What stands after each piece of news."""

    def test_gravest_first(self) -> None:
        """Critical ones first, then those that are older; whatever order they came in."""
        young = evolve(DISK, id="a-3", since=START)
        for order in (SLATE, DISK, young), (young, DISK, SLATE):
            alerts: tuple[Alert, ...] = ()
            for each in order:
                alerts = still_standing(alerts, each)
            self.assertEqual(alerts, (SLATE, DISK, young))

    def test_each_once(self) -> None:
        """An incident stands once, as it was told last, until it is over."""
        worse = evolve(DISK, news=News.WORSE, severity=Severity.CRITICAL, at=START + 9)
        alerts = still_standing(still_standing((), DISK), worse)
        self.assertEqual(alerts, (worse,))
        self.assertEqual(still_standing(alerts, evolve(worse, news=News.RECOVERED)), ())

    def test_what_never_stood_is_over(self) -> None:
        self.assertEqual(still_standing((DISK,), OVER), (DISK,))


class ToldTests(SynchronousTestCase):
    """How it is told."""

    def test_all_of_it(self) -> None:
        """Version 2 is told all that is known; how long it lasted when it is over."""
        self.assertEqual(
            data_of(alert_told(SLATE)),
            {
                "id": "a-1",
                "news": "raised",
                "kind": "slate",
                "subject": "channel 1",
                "severity": "critical",
                "sentence": "Channel 1: the slate is on air.",
                "since": "2026-03-01T18:00:00.000Z",
                "at": "2026-03-01T18:00:01.000Z",
                "times": 1,
            },
        )
        self.assertEqual(alert_told(OVER).lasted_seconds, 61.0)

    def test_toasts(self) -> None:
        """Version 1 has a toast for what begins, gets worse or is over; none for a reminder."""
        levels = {
            SLATE: "error",
            DISK: "warning",
            OVER: "success",
            evolve(DISK, news=News.WORSE, severity=Severity.CRITICAL): "error",
        }
        for alert, level in levels.items():
            (toast,) = alert_toasts(alert)
            self.assertEqual((toast.level, toast.message), (level, alert.headline))
        self.assertEqual(alert_toasts(evolve(SLATE, news=News.REMINDER)), ())

    def test_greeting(self) -> None:
        """Who comes is told the gravest few, and how many more there are."""
        self.assertEqual(greeting_toasts(()), ())
        some = tuple(evolve(DISK, id=f"a-{n}") for n in range(MOST_GREETED + 3))
        toasts = greeting_toasts(some)
        self.assertEqual(len(toasts), MOST_GREETED + 1)
        self.assertIn("3 more", toasts[-1].message)


def ids(came: list[Json]) -> list[list[str]]:
    """Which alerts each C{ALERTS} of these tells."""
    told = (each["data"]["alerts"] for each in came if each["type"] == "ALERTS")
    return [[each["id"] for each in alerts] for alerts in told]


class DoorTests(DoorTestCase):
    """Alerts at the door."""

    def test_everybody(self) -> None:
        """All are told, each version in its own words: version 1 never by a blocking error."""
        old, new = self.connect(), self.connect(2)
        for browser in old, new:
            browser.take()
        self.door.alert(SLATE)
        self.flush()
        (toast,), (alert,) = old.take(), new.take()
        self.assertEqual((toast["type"], toast["data"]["level"]), ("NOTIFICATION", "error"))
        self.assertEqual((alert["type"], alert["data"]["id"]), ("ALERT", "a-1"))
        self.assertNotIn("id", alert)
        self.door.alert(evolve(SLATE, news=News.REMINDER))
        self.door.alert(OVER)
        self.flush()
        self.assertEqual([each["data"]["level"] for each in old.take()], ["success"])
        self.assertEqual([each["data"]["news"] for each in new.take()], ["reminder", "recovered"])

    def test_those_who_come(self) -> None:
        """They are told what stands, once whatever the number of channels, and may ask for it."""
        self.start({1: self.desk, 2: MemoryDesk(clip("d"), channel=2)})
        self.assertEqual(ids(self.connect(2).came), [[]])
        self.door.alert(DISK)
        self.door.alert(SLATE)
        new, old = self.connect(2), self.connect()
        self.assertEqual(ids(new.came), [["a-1", "a-2"]])
        toasts = [each["data"]["level"] for each in old.came if each["type"] == "NOTIFICATION"]
        self.assertEqual(toasts, ["error", "warning"])
        self.assertNotIn("ALERTS", old.types)
        self.door.alert(OVER)
        came = self.say(new, "GET_ALERTS", id=1)
        self.assertEqual((ids(came), came[-1]["type"]), ([["a-2"]], "ACK"))
        self.assertEqual(self.say(old, "GET_ALERTS")[-1]["data"]["code"], "unknown_type")

    def test_what_fails(self) -> None:
        """What goes wrong while it is told is logged, and nothing to the one who raised it."""
        self.patch(self.door.feeds, "tell_version", None)
        self.door.alert(SLATE)
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)
        self.assertEqual(self.door.feeds.alerts, (SLATE,))
