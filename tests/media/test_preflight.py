# -*- test-case-name: tests.media.test_preflight -*-
"""What is wrong with the files of scheduled items."""

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.facts import Facts, FieldOrder, MediaKind
from rtgplayout.media.files import Files
from rtgplayout.media.library import Entry, Library, State, changed
from rtgplayout.media.naming import Names
from rtgplayout.media.preflight import (
    Due,
    Fault,
    Finding,
    Flaw,
    due,
    flaws_of_cover,
    flaws_of_item,
    preflight,
    told_of_item,
)
from rtgplayout.playout.status import Document, Mode, OnAir, Showing, Status, Upcoming
from rtgplayout.rundown.item import Item, Kind
from rtgplayout.rundown.playlist import Playlist
from rtgplayout.rundown.schedule import Anchor, schedule
from rtgplayout.rundown.timing import RATES, parse_clock_time

NOW = 1772388000.0
"""2026-03-01T18:00:00Z."""
PAL = Fraction(25)
ZONE = ZoneInfo("UTC")

modest = settings(deadline=None, max_examples=100, derandomize=True)


def video(seconds: Fraction | float = 60, rate: Fraction = PAL, **more: Any) -> Facts:
    duration = Fraction(seconds)
    return Facts(MediaKind.VIDEO, duration, rate, int(duration * rate), **more)


def entry(file: str = "a.mov", facts: Facts | None = None, **more: Any) -> Entry:
    """A file on disk, ready: a minute of 25 frames a second, unless it is said otherwise."""
    return evolve(Entry(file, 100, 5, State.READY, facts or video()), **more)


def files(*entries: Entry, **more: Any) -> Files:
    names = Names.of(each.file for each in entries)
    return Files(changed(Library(), entries), names, **more)


def clip(id: str, file: str = "a.mov", seconds: float = 10, **more: Any) -> Item:
    return Item(id, id.upper(), file, round(seconds * 25), **more)


def document(*items: Item, anchor: int = 0, at: float = NOW) -> Document:
    playlist = Playlist(PAL, items)
    return Document(1, 1, playlist, schedule(playlist, Anchor(anchor, at), ZONE, now=at))


def doing(
    on_air: Item | None = None,
    coming: Item | None = None,
    mode: Mode = Mode.AUTO,
    waits: bool = False,
) -> Status:
    """What a channel does."""
    showing = Showing.NOTHING if on_air is None else Showing.PLAYING
    airs = None if on_air is None else OnAir(on_air, 0, NOW, on_air.duration, True)
    at = None if waits else NOW
    comes = None if coming is None else Upcoming(coming, 0, at, coming.duration)
    return Status(1, mode, showing, airs, comes)


ITEM = clip("i")


class FaultTests(SynchronousTestCase):
    """What may be wrong."""

    def test_words(self) -> None:
        """Clients and monitors are told these words: they stay."""
        words = {"missing", "growing", "short", "unreadable", "rate", "name"}
        self.assertEqual({fault.value for fault in Fault}, words)


class FlawTestCase(SynchronousTestCase):
    def flaws(
        self, known: Files, item: Item = ITEM, frames: int | None = None, rate: Fraction = PAL
    ) -> tuple[Flaw, ...]:
        return flaws_of_item(item, item.duration if frames is None else frames, rate, known)

    def flaw(self, known: Files, item: Item = ITEM, **more: Any) -> Flaw:
        """The only one."""
        (flaw,) = self.flaws(known, item, **more)
        return flaw

    def assert_fine(self, known: Files, item: Item = ITEM, **more: Any) -> None:
        self.assertEqual(self.flaws(known, item, **more), ())


class StateTests(FlawTestCase):
    """Whether the file is there, and can be read."""

    def test_fine(self) -> None:
        self.assert_fine(files(entry()))

    def test_missing(self) -> None:
        flaw = self.flaw(files(entry("b.mov")))
        self.assertEqual((flaw.fault, flaw.grave), (Fault.MISSING, True))
        self.assertEqual(flaw.sentence, "The file is not there.")

    def test_not_seen_yet(self) -> None:
        """Before all was looked at nothing is missing; what is known already is told."""
        self.assert_fine(files(entry("b.mov"), seen=False))
        broken = entry(state=State.BROKEN, facts=None, fault="it is no video")
        self.assertEqual(self.flaw(files(broken, seen=False)).fault, Fault.UNREADABLE)

    def test_away(self) -> None:
        """A folder that is not mounted is told in the same words for each of its files."""
        away = [entry("x/a.mov", state=State.AWAY), entry("b.mov", state=State.AWAY)]
        told = {self.flaw(files(*away), clip("i", each.file)) for each in away}
        (flaw,) = told
        self.assertEqual((flaw.fault, flaw.grave), (Fault.MISSING, True))
        self.assertIn("mounted", flaw.sentence)

    def test_away_but_on_the_server(self) -> None:
        """What CasparCG listed may be played."""
        flaw = self.flaw(files(entry(state=State.AWAY, on_server=True)))
        self.assertEqual((flaw.fault, flaw.grave), (Fault.MISSING, False))

    def test_growing(self) -> None:
        """Also when it is known from before: it is another file now."""
        flaw = self.flaw(files(entry(state=State.GROWING)))
        self.assertEqual((flaw.fault, flaw.grave), (Fault.GROWING, True))

    def test_waiting(self) -> None:
        """Nobody looked into it yet; what it was before says nothing."""
        self.assert_fine(files(entry(state=State.WAITING, facts=None)))
        self.assert_fine(files(entry(state=State.WAITING, facts=video(1))))

    def test_broken(self) -> None:
        """With what the library says of it."""
        known = files(entry(state=State.BROKEN, facts=None, fault="it holds no video"))
        flaw = self.flaw(known)
        self.assertEqual((flaw.fault, flaw.grave), (Fault.UNREADABLE, True))
        self.assertEqual(flaw.sentence, "It holds no video.")

    def test_broken_for_no_reason(self) -> None:
        known = files(entry(state=State.BROKEN, facts=None))
        self.assertEqual(self.flaw(known).sentence, "The file cannot be read.")

    def test_cut_off(self) -> None:
        """Its head promises more than there is."""
        flaw = self.flaw(files(entry(facts=video(complete=False))))
        self.assertEqual((flaw.fault, flaw.grave), (Fault.UNREADABLE, True))

    def test_grows_to_its_end(self) -> None:
        """A file that comes in: missing, growing, waiting, short or whole."""
        item = clip("i", seconds=30)
        growing = entry(state=State.GROWING, facts=None)
        course = [files(), files(growing), files(evolve(growing, state=State.WAITING))]
        course += [files(entry(facts=video(20))), files(entry(facts=video(30))), files()]
        found = [[flaw.fault for flaw in self.flaws(each, item)] for each in course]
        missing, growing_now, short = [Fault.MISSING], [Fault.GROWING], [Fault.SHORT]
        self.assertEqual(found, [missing, growing_now, [], short, [], missing])


class LengthTests(FlawTestCase):
    """Whether the file is long enough."""

    def short(self, seconds: Fraction | float, item: Item, **more: Any) -> bool:
        flaws = self.flaws(files(entry(facts=video(seconds))), item, **more)
        return [flaw.fault for flaw in flaws] == [Fault.SHORT]

    def test_exact(self) -> None:
        """As long as the file is fine, a frame more is not."""
        self.assertFalse(self.short(10, clip("i", seconds=10)))
        self.assertTrue(self.short(10, clip("i", seconds=10.04)))
        self.assertFalse(self.short(10, clip("i", seconds=4, in_point=150)))
        self.assertTrue(self.short(10, clip("i", seconds=4, in_point=151)))

    def test_part_of_a_frame(self) -> None:
        """A duration that was rounded up to frames misses nothing: 10.03 s are 251 of them."""
        self.assertFalse(self.short(Fraction(1003, 100), clip("i", seconds=10.04)))
        self.assertTrue(self.short(Fraction(1003, 100), clip("i", seconds=10.08)))

    def test_ntsc(self) -> None:
        """An hour of 29.97 is 3,603.6 s, whatever the channel counts in."""
        facts = video(Fraction(108_000 * 1001, 30_000), RATES["29.97"])
        item = Item("i", "I", "a.mov", 108_000)
        known = files(entry(facts=facts))
        self.assert_fine(known, item, rate=RATES["29.97"])
        longer = evolve(item, duration=108_001)
        self.assertEqual(self.flaw(known, longer, rate=RATES["29.97"]).fault, Fault.SHORT)
        here = evolve(item, duration=90_090)
        self.assertEqual([f.fault for f in self.flaws(known, here)], [Fault.RATE])
        longer = evolve(here, duration=90_091)
        self.assertEqual([f.fault for f in self.flaws(known, longer)], [Fault.RATE, Fault.SHORT])

    def test_sentence(self) -> None:
        known = files(entry(facts=video(8)))
        self.assertEqual(
            self.flaw(known).sentence, "The file ends 2.00 s before the item's out point."
        )

    def test_grave(self) -> None:
        """Less than a second is made up for by what follows."""
        self.assertTrue(self.flaw(files(entry(facts=video(9)))).grave)
        self.assertFalse(self.flaw(files(entry(facts=video(Fraction(904, 100))))).grave)

    def test_trimmed(self) -> None:
        """What a hard start cuts off is not missed."""
        known = files(entry(facts=video(5)))
        self.assertTrue(self.flaw(known, frames=250).grave)
        self.assertFalse(self.flaw(known, frames=125).grave)

    def test_in_point(self) -> None:
        """Beyond the end there is nothing at all."""
        known = files(entry(facts=video(8)))
        flaw = self.flaw(known, clip("i", seconds=0.04, in_point=200))
        self.assertTrue(flaw.grave)
        self.assertIn("in point", flaw.sentence)

    def test_audio(self) -> None:
        """Has a length, and no frames."""
        facts = Facts(MediaKind.AUDIO, Fraction(5))
        self.assertEqual(self.flaw(files(entry(facts=facts))).fault, Fault.SHORT)

    def test_no_length(self) -> None:
        """Stills last as long as one wants; what is not known is no fault."""
        self.assert_fine(files(entry(facts=Facts(MediaKind.STILL))))
        self.assert_fine(files(entry(facts=Facts(MediaKind.VIDEO))))
        self.assert_fine(files(evolve(entry(), facts=None)))

    def test_of_cls(self) -> None:
        """CLS leaves out what is a part of a frame of the file."""
        facts = video(Fraction(239, 24), Fraction(24))
        listed = entry("A", facts, on_disk=False, on_server=True)
        faults = [flaw.fault for flaw in self.flaws(files(listed))]
        self.assertEqual(faults, [Fault.RATE])
        longer = [flaw.fault for flaw in self.flaws(files(listed), clip("i", seconds=10.04))]
        self.assertEqual(longer, [Fault.RATE, Fault.SHORT])

    @modest
    @given(st.integers(1, 10**7), st.sampled_from(list(RATES.values())), st.integers(1, 10**6))
    def test_as_long_as_it_is(self, frames: int, rate: Fraction, part: int) -> None:
        """All of a file is never too much of it, and two frames more always are."""
        duration = Fraction(frames * 1_000_000 + part, 1_000_000) / rate
        known = files(entry(facts=video(duration, rate)))
        whole = Item("i", "I", "a.mov", frames)
        self.assert_fine(known, whole, rate=rate)
        longer = evolve(whole, duration=frames + 2)
        self.assertEqual(self.flaw(known, longer, rate=rate).fault, Fault.SHORT)


class RateTests(FlawTestCase):
    """Whether each picture is shown as often as any other."""

    def rated(self, rate: Fraction, channel: Fraction) -> tuple[Flaw, ...]:
        known = files(entry(facts=video(3600, rate, field_order=FieldOrder.TOP_FIRST)))
        return self.flaws(known, rate=channel)

    def test_fits(self) -> None:
        """The same rate, half and double: 1080i50 counts fields."""
        for rate, channel in ((25, 25), (25, 50), (50, 25), (30, 60), (Fraction(25, 2), 50)):
            self.assertEqual(self.rated(Fraction(rate), Fraction(channel)), ())
        self.assertEqual(self.rated(RATES["59.94"], RATES["29.97"]), ())

    def test_other(self) -> None:
        """Is shown all the same."""
        for rate, channel in (("24", "25"), ("29.97", "25"), ("30", "29.97"), ("60", "50")):
            (flaw,) = self.rated(RATES[rate], RATES[channel])
            self.assertEqual((flaw.fault, flaw.grave), (Fault.RATE, False))
            self.assertIn(f"{rate} frames", flaw.sentence)
            self.assertIn(f"channel {channel}:", flaw.sentence)

    def test_rate_without_a_name(self) -> None:
        (flaw,) = self.rated(Fraction(2997, 125), PAL)
        self.assertIn("has 23.976 frames", flaw.sentence)

    def test_none(self) -> None:
        for facts in (Facts(MediaKind.STILL), Facts(MediaKind.AUDIO, Fraction(60))):
            self.assert_fine(files(entry(facts=facts)), rate=PAL)


class NameTests(FlawTestCase):
    """Whether CasparCG may take it for something else."""

    def test_trap(self) -> None:
        """It is disarmed, and told."""
        flaw = self.flaw(files(entry("Mix 25.mov")), clip("i", "Mix 25.mov"))
        self.assertEqual((flaw.fault, flaw.grave), (Fault.NAME, False))
        self.assertTrue(flaw.sentence.endswith("switched off."))

    def test_twin(self) -> None:
        known = files(entry("a.mov"), entry("A.mov"))
        self.assertIn("case alone", self.flaw(known).sentence)

    def test_several(self) -> None:
        """Which one is meant nobody knows, so nothing else is said of them."""
        known = files(entry("a.mov", video(1)), entry("A.mov", state=State.BROKEN))
        flaw = self.flaw(known, clip("i", "A.MOV"))
        self.assertEqual((flaw.fault, flaw.grave), (Fault.NAME, False))
        self.assertIn("Several", flaw.sentence)

    def test_with_others(self) -> None:
        """Everything is told."""
        known = files(entry("Mix 25.mov", video(5, Fraction(30))))
        faults = [flaw.fault for flaw in self.flaws(known, clip("i", "Mix 25.mov"))]
        self.assertEqual(faults, [Fault.RATE, Fault.NAME, Fault.SHORT])


class OtherItemTests(FlawTestCase):
    """What is in no library."""

    def test_elsewhere(self) -> None:
        """Live inputs, streams, and paths that say themselves where they are."""
        self.assert_fine(files(), Item("i", "I", "1", 250, kind=Kind.LIVE))
        for name in ("http://host/a.m3u8", "/srv/a.mov", "Z:/a.mov"):
            self.assert_fine(files(), clip("i", name))


class SourceTests(FlawTestCase):
    """Wherever the library comes from."""

    def test_server_alone(self) -> None:
        """The media-scanner tells paths, CLS capitals without extension."""
        for listed in ("Pub/a.mov", "PUB/A"):
            known = files(entry(listed, on_disk=False, on_server=True))
            self.assert_fine(known, clip("i", "Pub/a.mov"))
            self.assertEqual(self.flaw(known, clip("i", "Pub/b.mov")).fault, Fault.MISSING)
            longer = clip("i", "Pub/a.mov", 100)
            self.assertEqual(self.flaw(known, longer).fault, Fault.SHORT)

    def test_both(self) -> None:
        """CasparCG's own name for a file on our disk is a name of it."""
        known = files(entry("Pub/a.mov", on_server=True, clip="PUB/A.mov"))
        self.assert_fine(known, clip("i", "PUB/A.mov"))


class CoverTests(FlawTestCase):
    """Fillers and slates."""

    def faults(self, name: str, known: Files) -> list[Fault]:
        return [flaw.fault for flaw in flaws_of_cover(name, PAL, known)]

    def test_clips(self) -> None:
        """They are as long as they are: nothing is too short."""
        self.assertEqual(self.faults("loop/a.mov", files(entry("loop/a.mov", video(1)))), [])
        self.assertEqual(self.faults("loop/a.mov", files()), [Fault.MISSING])
        broken = entry("a.png", state=State.BROKEN, facts=None)
        self.assertEqual(self.faults("a", files(broken)), [Fault.UNREADABLE])

    def test_no_files(self) -> None:
        for name in ("#FF000080", "/srv/slate.png", "http://host/slate"):
            self.assertEqual(self.faults(name, files()), [])


class DueTests(SynchronousTestCase):
    """Which items are looked at."""

    items = tuple(clip(name, seconds=60) for name in "abcde")

    def due(self, known: Document, status: Status, seconds: float = 86_400) -> list[str]:
        return [each.item.id for each in due(known, status, NOW + seconds)]

    def deadlines(self, known: Document, status: Status) -> list[float | None]:
        found = [each.deadline for each in due(known, status, NOW + 86_400)]
        return [None if each is None else each - NOW for each in found]

    def test_on_air_and_past(self) -> None:
        """Not those that were on air, nor the one that is."""
        _, b, c, *_ = self.items
        known = document(*self.items, anchor=1)
        self.assertEqual(self.due(known, doing(b, c)), ["c", "d", "e"])
        self.assertEqual(self.deadlines(known, doing(b, c)), [60, 120, 180])
        self.assertEqual(self.due(known, doing(None, b)), ["b", "c", "d", "e"])

    def test_nothing_comes(self) -> None:
        """At the end of the list all was on air."""
        *_, e = self.items
        self.assertEqual(self.due(document(*self.items, anchor=4), doing(e)), [])
        self.assertEqual(self.due(document(*self.items, anchor=4), doing()), [])
        self.assertEqual(self.due(document(), doing()), [])

    def test_removed_while_on_air(self) -> None:
        """What follows follows."""
        a, b, c, d, e = self.items
        known = document(a, c, d, e, anchor=1)
        self.assertEqual(self.due(known, doing(b, c)), ["c", "d", "e"])
        self.assertEqual(self.due(known, doing(b)), [])

    def test_moved_while_it_was_told(self) -> None:
        """A status tells of a list that may be newer: items are known by their ids."""
        a, b, c, _, e = self.items
        known = document(b, a, c, anchor=1)
        self.assertEqual(self.due(known, doing(a, e)), ["c"])

    def test_failed_items_are_still_due(self) -> None:
        """The rules pass over an item that could not be cued: it is still to be repaired."""
        a, b, c, *_ = self.items
        self.assertEqual(self.due(document(a, b, c), doing(a, c)), ["b", "c"])

    def test_far(self) -> None:
        """Not what starts after so many hours."""
        a, b, *_ = self.items
        known = document(*self.items)
        self.assertEqual(self.due(known, doing(a, b), 120), ["b"])
        self.assertEqual(self.due(known, doing(a, b), 120.001), ["b", "c"])
        self.assertEqual(self.due(known, doing(a, b), 0), [])

    def test_late(self) -> None:
        """What should have started already is due."""
        a, b, *_ = self.items
        self.assertEqual(self.due(document(a, b, at=NOW - 100), doing(a, b), 0), ["b"])

    def test_manual(self) -> None:
        """Nobody knows when; as far as the list would come if it ran."""
        a, b, *_ = self.items
        status = doing(a, b, Mode.MANUAL, waits=True)
        self.assertEqual(self.deadlines(document(*self.items), status), [None] * 4)
        self.assertEqual(self.due(document(*self.items), status, 130), ["b", "c"])
        hard = evolve(b, hard_start=parse_clock_time("18:02:00"))
        self.assertEqual(self.deadlines(document(a, hard), status), [None])

    def test_stopped(self) -> None:
        """What waits for somebody to start it has no deadline, up to a hard start."""
        a, b, c, *_ = self.items
        self.assertEqual(self.deadlines(document(a, b), doing(None, a, waits=True)), [None, None])
        hard = evolve(b, hard_start=parse_clock_time("18:05:00"))
        status = doing(None, a, Mode.ASSISTED, waits=True)
        self.assertEqual(self.deadlines(document(a, hard, c), status), [None, 300, 360])

    def test_stops_after(self) -> None:
        """In assisted mode somebody has to go on; else that mark means nothing."""
        a, b, c, d, _ = self.items
        known = document(a, b, evolve(c, stop_after=True), d)
        self.assertEqual(self.deadlines(known, doing(a, b, Mode.ASSISTED)), [60, 120, None])
        self.assertEqual(self.deadlines(known, doing(a, b)), [60, 120, 180])

    def test_dropped(self) -> None:
        """What a hard start leaves no time for is not shown."""
        a, b, c, *_ = self.items
        hard = evolve(c, hard_start=parse_clock_time("18:00:07"))
        known = document(a, b, hard)
        self.assertTrue(known.schedule.entries[1].dropped)
        self.assertEqual(self.due(known, doing(a, b)), ["c"])

    def test_trimmed(self) -> None:
        """For as long as the hard start behind it leaves it."""
        a, b, c, *_ = self.items
        hard = evolve(c, hard_start=parse_clock_time("18:01:30"))
        frames = [each.frames for each in due(document(a, b, hard), doing(a, b), NOW + 999)]
        self.assertEqual(frames, [750, 1500])


class PreflightTests(SynchronousTestCase):
    """All of a channel."""

    def test_all(self) -> None:
        """By deadline; the filler and the slate last."""
        items = clip("a"), clip("b", "gone.mov"), clip("c"), clip("d", "bad.mov")
        known = files(entry(), entry("bad.mov", state=State.BROKEN, fault="it is empty"))
        found = preflight(
            document(*items),
            doing(items[0]),
            ("loop.mov", "#FF000000", "loop.mov"),
            known,
            NOW + 999,
        )
        told = [(each.item_id, each.file, each.fault, each.deadline) for each in found]
        self.assertEqual(
            told,
            [
                ("b", "gone.mov", Fault.MISSING, NOW + 10),
                ("d", "bad.mov", Fault.UNREADABLE, NOW + 30),
                ("", "loop.mov", Fault.MISSING, None),
            ],
        )
        self.assertEqual([each.grave for each in found], [True] * 3)
        self.assertEqual({each.channel for each in found}, {1})

    def test_without_deadlines(self) -> None:
        """Come after those with one."""
        a, b, c = clip("a", "x"), clip("b", "y", stop_after=True), clip("c", "z")
        hard = evolve(clip("d", "w"), hard_start=parse_clock_time("18:01:00"))
        status = doing(a, b, Mode.ASSISTED)
        found = preflight(document(a, b, c, hard), status, (), files(), NOW + 999)
        self.assertEqual([each.item_id for each in found], ["b", "d", "c"])

    def test_nothing(self) -> None:
        self.assertEqual(preflight(document(), doing(), (), files(), NOW), ())

    def test_told(self) -> None:
        """A finding is a flaw of an item."""
        item = clip("b", "gone.mov")
        (finding,) = told_of_item(3, Due(item, 250, NOW), [Flaw(Fault.MISSING, "Gone.")])
        self.assertEqual(
            finding, Finding(3, "b", "gone.mov", Fault.MISSING, "Gone.", NOW, grave=True)
        )
