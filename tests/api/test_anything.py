"""Whatever clients say to a whole door: what is wrong changes nothing, and its sender is told."""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed

from rtgplayout.amcp.commands import Command, Target, line
from rtgplayout.amcp.status import ServerVersion
from rtgplayout.amcp.wire import Reply
from rtgplayout.api.answers import Ack, Error, HardStartError
from rtgplayout.api.desk import Shelves
from rtgplayout.api.messages import MESSAGES, Message, Version, wire_type
from rtgplayout.api.websocket import Limits
from rtgplayout.media.library import Entry
from rtgplayout.playout.graphics import GraphicsChange
from rtgplayout.playout.overlay import Overlay
from rtgplayout.store import folders_file, playlist_file, presets_file

from .anything import JSON, message_of, wrongs
from .memory import START, MemoryDesk, MemoryShelves, clip
from .rig import Browser, DoorTestCase, Json

RATE = Fraction(25)
ERRORS = {wire_type(Error), wire_type(HardStartError)}
SERVERS = None, ServerVersion(2, 3, 3)

KINDS = [(version, kind) for version, kinds in MESSAGES.items() for kind in kinds.values()]

likely = settings(deadline=None, max_examples=25, derandomize=True)
few = settings(likely, max_examples=8)  # of twenty messages each


class CasparShelves(MemoryShelves):
    """What a daemon has, all in memory, with the graphics of a CasparCG that takes everything."""

    def __init__(self, overlay: Overlay) -> None:
        super().__init__(Entry("GEN/a.mov", 1000, 0))
        self.overlay = overlay

    def shelves(self) -> Shelves:
        return Shelves(
            self.library, self.folders, self.presets, self.overlay, self.imports, self.as_run
        )


class AnythingTestCase(DoorTestCase):
    """
    Tests with a client of each version who speaks, and one who hears what everybody is told.

    @ivar sent: lines to CasparCG.
    @ivar written: lines of the as-run log.
    """

    limits = Limits(rate=1e9, burst=1e9)

    def setUp(self) -> None:
        super().setUp()
        self.open()

    def open(self) -> None:
        """A new door, everything as at first."""
        self.sent: list[str] = []
        self.written: list[Mapping[str, object]] = []
        self.desk = MemoryDesk(clip("a"), clip("b"), clip("c"))
        overlay = Overlay(
            self.send, self.write, self.graphics_changed, self.clock, lambda: START, {Target(1, 10)}
        )
        self.shelves = CasparShelves(overlay)
        self.start({1: self.desk})
        self.speakers = {version: self.connect(version) for version in Version}
        self.listeners = [self.connect(version) for version in Version]
        self.asked = 0

    def send(self, command: Command) -> Deferred[Reply]:
        self.sent += [line(command, version) for version in SERVERS]
        return succeed(Reply(202, "CG OK"))

    def write(self, entry: Mapping[str, object]) -> Deferred[None]:
        self.written.append(entry)
        return succeed(None)

    def graphics_changed(self, change: GraphicsChange) -> None:
        self.door.feeds.graphics_changed(change)

    def state(self) -> tuple[object, ...]:
        """All that there is."""
        shelves = self.shelves
        return (
            (self.desk.document(), self.desk.plan(), self.desk.status()),
            (shelves.folders.value, shelves.folders.revision),
            (shelves.presets.value, shelves.presets.revision),
            (shelves.library.library(), shelves.library.progress()),
            tuple(self.written),
        )

    def done(self) -> int:
        """How much was asked of the channel and of CasparCG."""
        return len(self.desk.asked) + len(self.sent)

    def deliver(self, version: Version, payload: bytes) -> list[Json]:
        """
        Send that, and see to what is always so.

        @return: what its sender heard.
        """
        everybody: list[Browser] = [*self.speakers.values(), *self.listeners]
        for each in everybody:
            each.take()
        before, done, speaker = self.state(), self.done(), self.speakers[version]
        speaker.sendMessage(payload)
        self.flush()
        self.assertEqual([each.over for each in everybody], [None] * 4)
        heard = speaker.take()
        others = [came for each in everybody if (came := each.take())]
        errors = [each for each in heard if each["type"] in ERRORS]
        if errors:
            self.assertEqual((len(errors), len(heard), others), (1, 1, []))
            self.assertTrue(errors[0]["data"].get("message") or errors[0]["data"].get("errors"))
            self.assertEqual((self.state(), self.done()), (before, done))
        elif version is Version.TWO:
            self.assertEqual([each["type"] for each in heard].count(wire_type(Ack)), 1)
        elif self.state() != before:
            self.assertTrue(heard or others)
        return heard

    def say_it(self, version: Version, kind: type[Message], data: Any) -> list[Json]:
        """Send a message of that class."""
        self.asked += 1
        document = {"type": wire_type(kind), "id": self.asked, "data": data}
        return self.deliver(version, json.dumps(document).encode())

    def assert_storable(self) -> None:
        """What is written of all this is read again as it is."""
        written = folders_file.encode(self.shelves.folders.value)
        folders = folders_file.decode(written)
        # Assignments to folders that are gone mean nothing, and are not written.
        self.assertEqual((folders.repairs, folders_file.encode(folders.value)), ((), written))
        presets = presets_file.decode(presets_file.encode(self.shelves.presets.value))
        self.assertEqual((presets.repairs, presets.value), ((), self.shelves.presets.value))
        playlist = playlist_file.decode(playlist_file.encode(self.desk.plan()), RATE)
        self.assertEqual((playlist.repairs, playlist.value), ((), self.desk.plan()))

    def assert_lines(self) -> None:
        """What CasparCG was sent are commands to templates, a line each."""
        for each in self.sent:
            self.assertRegex(
                each, r"\ACG \d{1,3}-\d{1,4} (ADD|PLAY|STOP|UPDATE|CLEAR)[ -\uffff]*\Z"
            )
            self.assertNotIn("1-10 ", each)


class WrongTests(AnythingTestCase):
    """One fault in a message."""

    def test_every_field(self) -> None:
        """
        Each wrong value of each field of each message, known and unknown ones, and what is missing,
        is refused by one error that names the field.
        """
        for version, kind in KINDS:
            for wrong in wrongs(kind):
                if version is Version.ONE and not wrong.known:
                    continue
                heard = self.say_it(version, kind, wrong.data)
                self.assertEqual([each["type"] for each in heard], ["ERROR"], wrong)
                self.assertEqual(heard[0]["data"]["path"], wrong.path, wrong)
        self.assertEqual(self.sent, [])


class AnythingTests(AnythingTestCase):
    """Anything at all."""

    @few
    @given(st.data())
    def test_messages(self, draw: st.DataObject) -> None:
        """
        Messages every field of which is right by itself are done or refused; what they leave is
        stored as it is, and what CasparCG is told is what it takes.
        """
        self.open()
        for version, kind in draw.draw(st.lists(st.sampled_from(KINDS), min_size=20, max_size=20)):
            self.say_it(version, kind, draw.draw(message_of(kind)))
        self.assert_storable()
        self.assert_lines()

    @likely
    @given(st.lists(st.tuples(st.sampled_from(KINDS), JSON), min_size=10, max_size=10))
    def test_json(self, said: list[tuple[tuple[Version, type[Message]], Any]]) -> None:
        """Any JSON in the place of a message's data."""
        for (version, kind), data in said:
            self.say_it(version, kind, data)
        self.assert_storable()

    @likely
    @given(st.lists(JSON.map(json.dumps) | st.text(), min_size=10, max_size=10))
    def test_no_messages(self, said: list[str]) -> None:
        """Any JSON, and any text, in the place of a message."""
        for each in said:
            payload = each.encode("utf-8", "replace")
            for version in Version:
                self.assertEqual([m["type"] for m in self.deliver(version, payload)], ["ERROR"])
