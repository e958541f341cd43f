# -*- test-case-name: tests.media.test_vigil -*-
"""Keeping watch over the files of what is scheduled."""

from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media import checks, preflight
from rtgplayout.media.files import Files
from rtgplayout.media.library import Entry, State, changed
from rtgplayout.media.naming import Names
from rtgplayout.media.preflight import Fault, Finding
from rtgplayout.media.vigil import Vigil
from rtgplayout.playout.status import Document, Mode, Status
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Playlist
from rtgplayout.rundown.schedule import Anchor, schedule
from rtgplayout.rundown.timing import ClockTime

from .test_preflight import NOW, PAL, clip, doing, entry, files, video

few = settings(deadline=None, max_examples=60, derandomize=True)


class BusyClock(Clock):
    """
    A clock on which time goes by with each look at it.

    @ivar each: seconds that each takes.
    """

    each = 0.0

    def seconds(self) -> float:
        self.rightNow += self.each
        return self.rightNow


def on(channel: int, *items: Item, anchor: int = 0, at: float = NOW, revision: int = 1) -> Document:
    playlist = Playlist(PAL, items)
    planned = schedule(playlist, Anchor(anchor, at), ZoneInfo("UTC"), now=at)
    return Document(channel, revision, playlist, planned)


class VigilTestCase(SynchronousTestCase):
    """
    Tests with one who keeps watch.

    @ivar told: the channels of which something was told.
    @ivar asked: how often files were looked up.
    """

    covers: dict[int, tuple[str, ...]] = {}

    def setUp(self) -> None:
        self.clock = BusyClock()
        self.files = files(entry())
        self.channels: dict[int, tuple[Document, Status]] = {}
        self.told: list[int] = []
        self.looked_up: list[str] = []
        lookup = preflight.flaws_of_item

        def counted(item: Item, *others: object) -> object:
            self.looked_up.append(item.id)
            return lookup(item, *others)  # type: ignore[arg-type]

        self.patch(checks, "flaws_of_item", counted)
        self.vigil = self.made()

    def made(self) -> Vigil:
        return Vigil(
            self.clock,
            lambda: NOW + self.clock.rightNow,
            lambda: tuple(self.channels.values()),
            lambda: self.files,
            self.covers,
            1.0,
            self.told.append,
        )

    def put(self, *items: Item, status: Status | None = None) -> None:
        """That is scheduled on channel 1: the first is on air."""
        if status is None:
            status = doing(items[0], items[1] if len(items) > 1 else None)
        self.channels[1] = on(1, *items), status

    def start(self) -> None:
        self.vigil.startService()
        self.addCleanup(self.vigil.stopService)
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def take(self) -> tuple[list[int], list[str]]:
        """What was told and looked up since the last call."""
        taken = self.told[:], self.looked_up[:]
        del self.told[:], self.looked_up[:]
        return taken

    def found(self) -> list[tuple[str, Fault]]:
        return [(each.item_id or each.file, each.fault) for each in self.vigil.findings()]


class FindingTests(VigilTestCase):
    """What is found, and when."""

    covers = {1: ("slate.mov", "#FF000000", "slate.mov"), 2: ("slate.mov",)}

    def test_start(self) -> None:
        """All is looked at when it starts."""
        self.assertEqual(self.vigil.findings(), ())
        self.assertEqual((self.vigil.ahead(1), self.vigil.of(1, "b")), ((), ()))
        self.put(clip("a"), clip("b", "gone"), clip("c"))
        self.start()
        self.assertEqual(self.found(), [("b", Fault.MISSING), ("slate.mov", Fault.MISSING)])
        self.assertEqual(self.vigil.ahead(1), self.vigil.findings())
        self.assertEqual(self.vigil.of(1, "b"), self.vigil.findings()[:1])
        for channel, item_id in ((1, "c"), (1, "x"), (1, ""), (2, "b")):
            self.assertEqual(self.vigil.of(channel, item_id), ())
        self.assertEqual(self.take(), ([1], ["b", "c"]))

    def test_edit(self) -> None:
        """Only what changed is looked up, and it is told; nothing else is."""
        a, b, c = clip("a"), clip("b"), clip("c")
        self.put(a, b, c)
        self.start()
        self.take()
        self.put(a, b, clip("d", "gone"), c)
        self.vigil.changed(1)
        self.pass_time(0.1)
        self.assertEqual(self.take(), ([1], ["d"]))
        self.put(a, evolve(b, name="other"), clip("d", "gone"), c)
        self.pass_time(1)
        self.assertEqual(self.take()[0], [])
        self.put(a, c)
        self.pass_time(1)
        self.assertEqual(self.take(), ([1], []))
        self.assertEqual(self.found(), [("slate.mov", Fault.MISSING)])

    def test_other_file(self) -> None:
        a, b = clip("a"), clip("b")
        self.put(a, b)
        self.start()
        self.put(a, evolve(b, file="gone"))
        self.pass_time(1)
        self.assertEqual(self.found()[0], ("b", Fault.MISSING))

    def test_trimmed(self) -> None:
        """A hard start behind it changes how long it is shown."""
        a, b, c = clip("a", seconds=10), clip("b", seconds=90), clip("c")
        self.files = files(entry(facts=video(60)))
        self.put(a, b, c)
        self.start()
        self.assertTrue(self.vigil.of(1, "b")[0].grave)
        self.put(a, b, evolve(c, hard_start=ClockTime((18 * 3600 + 40) * 1000)))
        self.pass_time(1)
        self.assertFalse(self.vigil.of(1, "b")[0].grave)

    def test_library(self) -> None:
        """A file that comes, grows, and goes."""
        self.put(clip("a"), clip("b", "b.mov"))
        self.start()
        course = []
        growing = entry("b.mov", state=State.GROWING)
        for known in (growing, entry("b.mov"), None):
            self.files = files(entry(), *((known,) if known else ()))
            self.vigil.library_changed()
            self.pass_time(0.1)
            course.append([each.fault for each in self.vigil.of(1, "b")])
        self.assertEqual(course, [[Fault.GROWING], [], [Fault.MISSING]])
        self.assertEqual(self.take()[0], [1, 1, 1, 1])

    def test_nothing_new(self) -> None:
        """A library, a schedule or a status that changes nothing is not told."""
        a, b, c = clip("a"), clip("b", "gone"), clip("c")
        self.put(a, b, c)
        self.start()
        self.take()
        before = self.vigil.findings()
        self.files = files(entry(), entry("other.mov"))
        self.pass_time(1)
        document, status = self.channels[1]
        self.channels[1] = evolve(document), status
        self.pass_time(1)
        self.channels[1] = document, evolve(status, backtime=7)
        self.pass_time(1)
        self.assertEqual(self.take(), ([], ["b", "c"]))
        for one, other in zip(before, self.vigil.findings(), strict=True):
            self.assertIs(one, other)

    def test_junction(self) -> None:
        """What is on air is not looked at any more."""
        a, b, c = clip("a"), clip("b", "gone"), clip("c", "gone")
        self.put(a, b, c)
        self.start()
        self.channels[1] = self.channels[1][0], doing(b, c)
        self.pass_time(1)
        self.assertEqual([each[0] for each in self.found()], ["c", "slate.mov"])

    def test_manual(self) -> None:
        """Who goes on changes the deadlines."""
        a, b = clip("a"), clip("b", "gone")
        self.put(a, b)
        self.start()
        self.assertEqual(self.vigil.of(1, "b")[0].deadline, NOW + 10)
        self.put(a, b, status=doing(a, b, Mode.MANUAL, waits=True))
        self.pass_time(1)
        self.assertEqual(self.vigil.of(1, "b")[0].deadline, None)

    def test_schedule_moves(self) -> None:
        """Deadlines follow; what is fine is not looked up for that."""
        a, b, c = clip("a"), clip("b", "gone"), clip("c")
        self.put(a, b, c)
        self.start()
        self.take()
        self.channels[1] = on(1, a, b, c, at=NOW + 5), self.channels[1][1]
        self.pass_time(1)
        self.assertEqual(self.vigil.of(1, "b")[0].deadline, NOW + 15)
        self.assertEqual(self.take(), ([1], []))

    def test_time_goes_by(self) -> None:
        """What comes within reach is looked at, half a minute late at most."""
        self.put(clip("a", seconds=3610), clip("b", "gone"))
        self.start()
        self.assertEqual(self.found(), [("slate.mov", Fault.MISSING)])
        for _ in range(40):
            self.pass_time(1)
        self.assertEqual(self.found()[0], ("b", Fault.MISSING))

    def test_not_seen(self) -> None:
        """Nothing is missing until all was looked at."""
        self.files = files(seen=False)
        self.put(clip("a"), clip("b", "gone"))
        self.start()
        self.assertEqual(self.found(), [])
        self.files = files()
        self.pass_time(1)
        self.assertEqual(self.found()[0], ("b", Fault.MISSING))

    def test_channels(self) -> None:
        """All channels' findings are in one order; each is told by itself."""
        a, b, c = clip("a"), clip("b", "gone"), clip("c", "gone")
        self.put(a, b, c)
        self.channels[2] = on(2, a, c, at=NOW + 5), doing(a, c)
        self.start()
        told = [(each.channel, each.item_id) for each in self.vigil.findings()]
        self.assertEqual(told, [(1, "b"), (2, "c"), (1, "c"), (1, ""), (2, "")])
        self.assertEqual(self.take()[0], [1, 2])
        self.assertEqual(len(self.vigil.ahead(2)), 2)
        self.channels[2] = on(2, a, at=NOW + 5), doing(a)
        self.pass_time(1)
        self.assertEqual(self.take()[0], [2])

    def test_same_item_on_two_channels(self) -> None:
        """Each has its own."""
        a, b = clip("a"), clip("b", "gone")
        self.put(a, b)
        self.channels[2] = on(2, a, evolve(b, file="a.mov")), doing(a, b)
        self.start()
        self.assertEqual((len(self.vigil.of(1, "b")), self.vigil.of(2, "b")), (1, ()))


class TurnTests(VigilTestCase):
    """How it is done beside everything else."""

    def steps(self) -> int:
        """How many turns it takes until there is nothing to do but to wait."""
        turns = 0
        while (wait := self.clock.calls[0].getTime() - self.clock.rightNow) < 0.05:
            turns += 1
            self.clock.advance(max(0.0, wait))
        return turns

    def test_a_millisecond_a_turn(self) -> None:
        """Many items are looked at in many turns; what was found is shown when all were."""
        items = [clip(f"i{n}", "gone", seconds=1) for n in range(1000)]
        self.put(*items)
        self.clock.each = 0.0005
        self.vigil.startService()
        self.addCleanup(self.vigil.stopService)
        self.clock.advance(0)
        self.assertLess(len(self.looked_up), 50)
        self.assertEqual(self.vigil.findings(), ())
        self.assertGreater(self.steps(), 20)
        self.assertEqual(len(self.vigil.findings()), 999)
        self.assertEqual(self.told, [1])

    def test_changes_meanwhile(self) -> None:
        """What changes while it works is looked at after it."""
        items = [clip(f"i{n}", seconds=1) for n in range(500)]
        self.put(*items)
        self.clock.each = 0.0005
        self.vigil.startService()
        self.addCleanup(self.vigil.stopService)
        self.clock.advance(0)
        self.put(*items, clip("z", "gone"))
        self.vigil.changed(1)
        self.steps()
        self.assertEqual(self.found(), [])
        self.clock.each = 0
        self.pass_time(1)
        self.pass_time(0.002)
        self.assertEqual(self.found(), [("z", Fault.MISSING)])

    def test_rests(self) -> None:
        """
        While the library changes all the time, it is gone through a small part of the time; edits
        are seen all the same.
        """
        items = [clip(f"i{n}", seconds=1) for n in range(500)]
        self.put(*items)
        self.clock.each = 0.002
        self.vigil.startService()
        self.addCleanup(self.vigil.stopService)
        self.clock.advance(0)
        self.steps()
        self.clock.each = 0.0
        self.take()
        self.files = files()
        self.pass_time(1)
        self.assertEqual(self.take(), ([], []))
        self.put(*items, clip("z", "gone"))
        self.pass_time(1)
        self.assertEqual(self.take(), ([1], ["z"]))
        for _ in range(10):
            self.pass_time(1)
        self.assertEqual(len(self.take()[1]), 500)

    def test_idle(self) -> None:
        """Nothing is done while nothing changes, but for a look a second."""
        self.put(clip("a"), clip("b", "gone"))
        self.start()
        gone_through: list[object] = []
        known = self.vigil.findings()

        def counted(*args: object) -> tuple[()]:
            gone_through.append(args)
            return ()

        self.patch(checks, "due", counted)
        for _ in range(29):
            self.pass_time(1)
        self.assertEqual(gone_through, [])
        self.assertIs(self.vigil.findings(), known)
        self.pass_time(1)
        self.assertEqual(len(gone_through), 1)

    def test_many_changes(self) -> None:
        """However often it is told of changes, it looks once."""
        self.put(clip("a"), clip("b"))
        self.start()
        looks: list[object] = []
        channels = self.vigil._channels

        def counted() -> Iterable[tuple[Document, Status]]:
            looks.append(None)
            return channels()

        self.vigil._channels = counted
        for _ in range(100):
            self.vigil.changed(1)
            self.pass_time(0.001)
        self.assertEqual(len(looks), 1)


class FailureTests(VigilTestCase):
    """What fails is logged, and tried again."""

    def test_channels_fail(self) -> None:
        """Half a minute later."""
        self.put(clip("a"), clip("b", "gone"))
        channels, self.vigil._channels = self.vigil._channels, lambda: 1 / 0  # type: ignore[assignment, return-value]
        self.start()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.vigil._channels = channels
        self.pass_time(30)
        self.assertEqual(self.found(), [("b", Fault.MISSING)])

    def test_look_fails(self) -> None:
        """What was found before stays; with the next change it is tried again."""
        self.put(clip("a"), clip("b", "gone"))
        self.start()
        self.patch(checks, "due", lambda *args: 1 / 0)
        self.put(clip("a"))
        self.pass_time(1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.found(), [("b", Fault.MISSING)])
        self.patch(checks, "due", preflight.due)
        self.put(clip("a"), clip("c", "gone"))
        self.pass_time(1)
        self.assertEqual(self.found(), [("c", Fault.MISSING)])

    def test_listener_fails(self) -> None:
        """Nothing is lost by it."""

        def fail(channel: int) -> None:
            raise ZeroDivisionError

        self.vigil._told = fail
        self.put(clip("a"), clip("b", "gone"))
        self.start()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.found(), [("b", Fault.MISSING)])


class LifeTests(VigilTestCase):
    """Beginning and ending."""

    def test_stopped_in_the_middle(self) -> None:
        """What was not looked at then is when it begins again."""
        self.put(*(clip(f"i{n}", "gone", seconds=1) for n in range(500)))
        self.clock.each = 0.0005
        self.vigil.startService()
        self.clock.advance(0)
        self.vigil.stopService()
        self.clock.each = 0.0
        self.assertEqual((self.clock.getDelayedCalls(), self.found()), ([], []))
        self.start()
        self.assertEqual(len(self.found()), 499)

    def test_stop(self) -> None:
        """Nothing is left to do; what was found stays known. It can begin again."""
        self.put(clip("a"), clip("b", "gone"))
        self.vigil.changed(1)
        self.vigil.startService()
        self.pass_time(0)
        self.vigil.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.vigil.changed(1)
        self.assertEqual(self.found(), [("b", Fault.MISSING)])
        self.put(clip("a"))
        self.start()
        self.assertEqual(self.found(), [])

    def test_stop_at_work(self) -> None:
        """Also in the middle of it, and by who is told."""
        self.put(clip("a"), clip("b", "gone"))
        self.vigil._told = lambda channel: self.vigil.stopService()
        self.vigil.startService()
        self.pass_time(0)
        self.assertEqual(self.clock.getDelayedCalls(), [])


# Whatever happens, what is kept up is the same as what is found when all is looked at anew.

FILES = ("a.mov", "b.mov", "Mix 25.mov")
NAMES = st.sampled_from(("a.mov", "A.mov", "b.mov", "b", "Mix 25.mov", "gone.mov"))
STATES = st.sampled_from(State)
ITEMS = st.builds(
    lambda file, seconds, point, stops, hard: clip(
        "x",
        file,
        seconds,
        in_point=point,
        stop_after=stops,
        hard_start=None if hard is None else ClockTime(64_800_000 + hard * 1000),
    ),
    NAMES,
    st.sampled_from((1.0, 30.0, 61.0, 1200.0)),
    st.sampled_from((0, 1, 1500)),
    st.booleans(),
    st.none() | st.integers(0, 900),
)
ENTRIES = st.builds(
    lambda file, state, seconds, rate: entry(file, video(seconds, rate), state=state),
    st.sampled_from(FILES),
    STATES,
    st.sampled_from((10, 60)),
    st.sampled_from((PAL, PAL * 2, PAL * 6 / 5)),
)


class World:
    """Two channels and a library, changed at random."""

    def __init__(self) -> None:
        self.items: dict[int, list[Item]] = {1: [], 2: []}
        self.airs: dict[int, int | None] = {1: None, 2: None}
        self.modes = {1: Mode.AUTO, 2: Mode.AUTO}
        self.at = {1: NOW, 2: NOW}
        self.names = 0
        self.entries: dict[str, Entry] = {}
        self.seen = False
        self.channels: dict[int, tuple[Document, Status]] = {}
        self.files = Files(seen=False)
        for channel in self.items:
            self.plan(channel)

    def plan(self, channel: int) -> None:
        items, airs = self.items[channel], self.airs[channel]
        if airs is not None and airs >= len(items):
            airs = self.airs[channel] = None
        following = 0 if airs is None else airs + 1
        coming = items[following] if following < len(items) else None
        status = doing(
            None if airs is None else items[airs],
            coming,
            self.modes[channel],
            self.modes[channel] is Mode.MANUAL,
        )
        document = on(channel, *items, anchor=airs or 0, at=self.at[channel])
        self.channels[channel] = document, evolve(status, channel=channel)

    def shelve(self) -> None:
        library = changed(self.files.library, self.entries.values())
        gone = set(library.entries) - set(self.entries)
        library = changed(library, (), gone)
        self.files = Files(library, Names.of(self.entries), self.seen)

    def do(self, draw: Callable[..., Any], what: str, item: Item, known: Entry) -> None:
        """One change."""
        channel = draw(st.sampled_from((1, 2)))
        items = self.items[channel]
        place = draw(st.integers(0, len(items)))
        match what:
            case "put":
                self.names += 1
                items.insert(place, evolve(item, id=f"i{self.names}"))
            case "change" if place < len(items):
                items[place] = evolve(item, id=items[place].id)
            case "remove" if place < len(items):
                del items[place]
            case "move" if items:
                items.insert(place, items.pop(draw(st.integers(0, len(items) - 1))))
            case "air" if place < len(items):
                self.airs[channel] = place
            case "shift":
                self.at[channel] += draw(st.integers(-300, 300)) / 10
            case "mode":
                self.modes[channel] = draw(st.sampled_from(list(Mode)))
            case "file":
                self.entries[known.file] = known
            case "gone":
                self.entries.pop(known.file, None)
            case "seen":
                self.seen = True
        self.plan(channel)
        if what in ("file", "gone", "seen"):
            self.shelve()


CHANGES = [*"put put change remove move air shift mode file file gone seen".split()]


class SameTests(SynchronousTestCase):
    """What is kept up to date is what is found anew."""

    @few
    @given(st.data())
    def test_whatever_happens(self, data: st.DataObject) -> None:
        clock, world, told = Clock(), World(), list[int]()
        covers = {1: ("b", "#FF000000"), 2: ("gone.mov",)}
        kept = Vigil(
            clock,
            lambda: NOW + clock.seconds(),
            lambda: tuple(world.channels.values()),
            lambda: world.files,
            covers,
            0.5,
            told.append,
        )
        kept.startService()
        clock.advance(0)
        for _ in range(data.draw(st.integers(1, 12))):
            before = {channel: kept.ahead(channel) for channel in world.channels}
            told.clear()
            for _ in range(data.draw(st.integers(1, 3))):
                what = data.draw(st.sampled_from(CHANGES))
                world.do(data.draw, what, data.draw(ITEMS), data.draw(ENTRIES))
            clock.advance(1)
            until = NOW + clock.seconds() + 1800
            anew: list[Finding] = []
            for channel, (document, status) in world.channels.items():
                found = preflight.preflight(document, status, covers[channel], world.files, until)
                self.assertEqual(kept.ahead(channel), found)
                self.assertEqual(channel in told, found != before[channel])
                for item in document.playlist.items:
                    own = tuple(each for each in found if each.item_id == item.id)
                    self.assertEqual(kept.of(channel, item.id), own)
                anew += found
            everything = kept.findings()
            self.assertCountEqual(everything, anew)
            deadlines = [each.deadline for each in everything if each.deadline is not None]
            self.assertEqual(deadlines, sorted(deadlines))
            self.assertEqual([each.deadline for each in everything[: len(deadlines)]], deadlines)
        kept.stopService()
        self.assertEqual(clock.getDelayedCalls(), [])
