"""When each item will start and end."""

from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.planned import Planned, Problem, Schedule, Trouble
from rtgplayout.rundown.playlist import (
    Add,
    Change,
    Changes,
    Edit,
    Move,
    Playlist,
    Remove,
    SetHardStart,
    apply,
)
from rtgplayout.rundown.schedule import (
    GUARD,
    SEGMENT_ITEMS,
    Anchor,
    Backtime,
    backtime,
    backtimes,
    find_problems,
    first_start,
    new_problems,
    reschedule,
    schedule,
    segment,
)
from rtgplayout.rundown.timing import ClockTime, parse_clock_time

from .examples import NTSC, PAL, PARIS, UTC, at, clock_times, edits, item, playlist, playlists

modest = settings(deadline=None, max_examples=80, derandomize=True)


def clock(found: Schedule, index: int) -> str:
    """When an item starts, on a clock in UTC."""
    instant = datetime.fromtimestamp(found.instant(found.entries[index].start), UTC)
    return instant.strftime("%d %H:%M:%S.%f")[:-3].removeprefix("02 ").removesuffix(".000")


def plan(*items: object, start: str = "19:00", index: int = 0, played: int = 0) -> Schedule:
    """The schedule, in UTC at 25 frames, with the item at C{index} on air since C{start}."""
    return schedule(
        Playlist(PAL, items),  # type: ignore[arg-type]
        Anchor(index, at(start), played),
        UTC,
    )


class EndToEndTests(SynchronousTestCase):
    """Without hard starts."""

    def test_from_the_anchor(self) -> None:
        """Items follow one another, whole; those before the anchor end where it starts."""
        found = plan(item("a", 60), item("b", 30), item("c", 10), item("d", 5), index=2)
        self.assertEqual(
            [clock(found, n) for n in range(4)], ["18:58:30", "18:59:30", "19:00:00", "19:00:10"]
        )
        self.assertEqual([entry.trim for entry in found.entries], [0] * 4)
        self.assertEqual((found.problems, found.anchor, found.rate), ((), 2, PAL))

    def test_nothing(self) -> None:
        """An empty list has an empty schedule, which still knows its frames."""
        found = plan()
        self.assertEqual((found.entries, found.anchor), ((), 0))
        self.assertEqual(found.instant(found.frame(at("19:00"))), at("19:00"))
        self.assertEqual(segment(playlist(), Anchor(0, at("19:00")), UTC), ())

    def test_anchor_beyond_the_end(self) -> None:
        """All has aired; the last item ended when the anchor says."""
        found = plan(item("a", 60), item("b", 30, "12:00"), index=7)
        self.assertEqual([clock(found, n) for n in range(2)], ["18:58:30", "18:59:30"])
        self.assertEqual((found.anchor, found.problems), (2, ()))
        self.assertEqual(plan(item("a", 60), index=-1).anchor, 0)

    def test_hard_starts_that_aired(self) -> None:
        """They mean nothing any more."""
        found = plan(item("a", 60, "07:00"), item("b", 30, "06:00"), item("c", 9), index=2)
        self.assertEqual([entry.target for entry in found.entries], [None] * 3)
        self.assertEqual(found.problems, ())


class HardStartTests(SynchronousTestCase):
    """What a hard start does to what stands before it."""

    def test_kept_as_it_falls(self) -> None:
        """Nothing is cut when it starts then anyway."""
        found = plan(item("a", 3600), item("news", 60, "20:00"))
        self.assertEqual(clock(found, 1), "20:00:00")
        self.assertEqual(found.entries[1].target, at("20:00"))
        self.assertEqual((found.entries[0].trim, found.entries[0].gap), (0, 0))

    def test_gap(self) -> None:
        """Too little before it leaves a gap, and no clip is extended."""
        found = plan(item("a", 3000), item("b", 500), item("news", 60, "20:00"))
        self.assertEqual([entry.gap for entry in found.entries], [0, 2500, 0])
        self.assertEqual([entry.duration for entry in found.entries], [75_000, 12_500, 1500])
        self.assertEqual(clock(found, 2), "20:00:00")

    def test_trim(self) -> None:
        """Too much before it is trimmed, the last item first, down to 5 s."""
        found = plan(item("a", 3590), item("b", 20), item("c", 20), item("news", 60, "20:00"))
        self.assertEqual([entry.trim for entry in found.entries], [0, 375, 375, 0])
        self.assertEqual([entry.duration for entry in found.entries][1:3], [125, 125])
        self.assertEqual(clock(found, 3), "20:00:00")
        self.assertEqual(found.problems, ())

    def test_minimum(self) -> None:
        """Another minimum can be asked for; never less than a frame, as LENGTH 0 is nothing."""
        items = playlist(item("a", 3590), item("b", 20), item("news", 60, "20:00"))
        for minimum, left in ((250, 250), (1, 250), (400, 400)):
            found = schedule(items, Anchor(0, at("19:00")), UTC, minimum=minimum)
            self.assertEqual(found.entries[1].duration, left)
            self.assertEqual(clock(found, 2), "20:00:00")
        short = playlist(item("a", 3600), item("b", 20), item("news", 60, "20:00"))
        found = schedule(short, Anchor(0, at("19:00")), UTC, minimum=-5)
        self.assertEqual([entry.duration for entry in found.entries[:2]], [89_999, 1])

    def test_trim_stops_at_the_hard_start_before(self) -> None:
        """An item with a hard start can be trimmed, but what is before it is another stretch."""
        found = plan(
            item("a", 1800), item("b", 1801, "19:30"), item("c", 9), item("news", 60, "20:00")
        )
        self.assertEqual([entry.trim for entry in found.entries], [0, 150, 100, 0])

    def test_drop(self) -> None:
        """When trimming is not enough, whole items go, the last first; the hard start is kept."""
        found = plan(
            item("film", 600),
            item("b", 60),
            item("c", 60),
            item("news", 60, "20:00"),
            start="19:59:48",
        )
        news = found.entries[3]
        self.assertEqual(clock(found, 3), "20:00:00")
        self.assertEqual([entry.dropped for entry in found.entries], [False, False, True, False])
        self.assertEqual([entry.duration for entry in found.entries], [175, 125, 0, 1500])
        self.assertEqual(found.entries[2].start, news.start)
        self.assertEqual(found.entries[2].trim, 1500)
        self.assertEqual(
            found.problems,
            (
                Problem(
                    "news",
                    "NEWS",
                    Trouble.TRIM_TOO_LARGE,
                    parse_clock_time("20:00"),
                    trim_needed=(720 - 12) * 25,
                    max_trim=(595 + 55 + 55) * 25,
                    scheduled_start=at("20:11:48"),
                    target_start=at("20:00"),
                ),
            ),
        )

    def test_gap_before_dropped(self) -> None:
        """What dropping leaves too much is a gap behind the last item that stays."""
        found = plan(item("a", 4), item("b", 4), item("news", 60, "20:00"), start="19:59:54")
        self.assertEqual(
            [(entry.duration, entry.gap) for entry in found.entries], [(100, 50), (0, 0), (1500, 0)]
        )
        self.assertEqual(found.entries[1].start, found.entries[2].start)

    def test_late(self) -> None:
        """Not even the item on air can be cut that short: it starts as soon as it can."""
        found = plan(item("film", 600), item("b", 60), item("news", 60, "20:00"), start="19:59:58")
        self.assertEqual(clock(found, 2), "20:00:03")
        self.assertTrue(found.entries[1].dropped)
        self.assertEqual([problem.trouble for problem in found.problems], [Trouble.LATE])
        self.assertEqual(found.entries[2].target, at("20:00"))

    def test_past(self) -> None:
        """A time that has passed is late, not tomorrow."""
        found = plan(item("film", 3600), item("news", 60, "18:50"), played=1500)
        self.assertEqual(clock(found, 1), "19:01:00.400")
        self.assertEqual([problem.trouble for problem in found.problems], [Trouble.LATE])

    def test_on_air_keeps_what_was_shown(self) -> None:
        """And a guard of some frames, by what was counted or by the clock."""
        items = playlist(item("film", 600), item("news", 60, "19:01"))
        for played, now, keeps in (
            (0, None, 1500),
            (1495, None, 1495 + GUARD),
            (0, at("19:01:00"), 1500 + GUARD),
            (1600, at("19:01:00"), 1600 + GUARD),
            (0, at("18:00"), 1500),
            (99_999, None, 15_000),
        ):
            anchor = Anchor(0, at("19:00"), played)
            self.assertEqual(schedule(items, anchor, UTC, now=now).entries[0].duration, keeps)

    def test_order(self) -> None:
        """One not after the one before it is passed over, and does not hold up the next."""
        found = plan(
            item("a", 3600),
            item("news", 300, "20:00"),
            item("b", 300, "19:58"),
            item("c", 300, "20:00"),
            item("d", 300, "20:20"),
        )
        self.assertEqual(
            [clock(found, n) for n in range(1, 5)],
            ["20:00:00", "20:05:00", "20:10:00", "20:20:00"],
        )
        self.assertEqual(
            [
                (problem.item_id, problem.trouble, problem.conflicting_item, problem.blocks)
                for problem in found.problems
            ],
            [("b", Trouble.ORDER, "news", True), ("c", Trouble.ORDER, "news", True)],
        )
        self.assertEqual(
            {str(problem.conflicting_time) for problem in found.problems}, {"20:00:00"}
        )
        self.assertEqual(found.entries[2].target, None)
        self.assertEqual(found.entries[3].gap, 300 * 25)

    def test_order_after_the_item_on_air(self) -> None:
        """Its own hard start counts, or when it really started if that was earlier."""
        news, after = item("news", 1800, "20:00"), item("b", 60, "20:00:30")
        found = plan(news, evolve(after, hard_start=parse_clock_time("19:59")), start="20:00:10")
        self.assertEqual([problem.trouble for problem in found.problems], [Trouble.ORDER])
        self.assertEqual(found.entries[0].trim, 0)
        self.assertEqual(found.entries[0].target, at("20:00"))
        found = plan(news, after, start="20:00:10")
        self.assertEqual((found.problems, clock(found, 1)), ((), "20:00:30"))
        found = plan(news, evolve(after, hard_start=parse_clock_time("19:50")), start="19:40")
        self.assertEqual((found.problems, clock(found, 1)), ((), "19:50:00"))

    def test_overnight(self) -> None:
        """A list that begins in the evening goes on in the morning."""
        found = plan(
            item("a", 3600),
            item("b", 3600, "22:00"),
            item("c", 3600, "02:00"),
            item("d", 3600, "06:00"),
            item("e", 3600, "21:00"),
            start="21:00",
        )
        self.assertEqual(
            [clock(found, n) for n in range(5)],
            ["21:00:00", "22:00:00", "03 02:00:00", "03 06:00:00", "03 21:00:00"],
        )
        self.assertEqual(found.problems, ())

    def test_overbooked(self) -> None:
        """
        Hours too much before a hard start do not make it wait for the next day: its time of day
        comes round while they would play.
        """
        found = plan(item("a", 5 * 3600), item("news", 60, "20:00"), start="18:00")
        self.assertEqual(clock(found, 1), "20:00:00")
        self.assertEqual(found.entries[0].trim, 3 * 3600 * 25)

    def test_overbooked_by_half_a_day(self) -> None:
        """But where the next day is nearer, it waits."""
        found = plan(item("a", 15 * 3600), item("b", 60, "21:00"), start="20:00")
        self.assertEqual(clock(found, 1), "03 21:00:00")

    def test_skipped(self) -> None:
        """A time that the clocks skip is told, does not block, and is kept as it can be."""
        items = playlist(item("a", 7000), item("b", 60, "02:30"))
        anchor = Anchor(0, at("2026-03-29 00:30", PARIS))
        found = schedule(items, anchor, PARIS)
        self.assertEqual(found.instant(found.entries[1].start), at("2026-03-29 03:30", PARIS))
        self.assertEqual(
            [(problem.trouble, problem.blocks) for problem in found.problems],
            [(Trouble.NO_SUCH_TIME, False)],
        )

    def test_on_the_grid(self) -> None:
        """Between two frames it is the nearer one of those that the item on air sets."""
        items = playlist(item("a", 3600), item("b", 60, "20:00:00.010"))
        for start, expected in (("19:00:00.013", 0.013), ("19:00:00.035", -0.005)):
            found = schedule(items, Anchor(0, at(start)), UTC)
            starts = found.instant(found.entries[1].start)
            self.assertApproximates(starts - at("20:00"), expected, 2e-6)

    @given(playlists(), st.integers(0, 10), st.integers(0, 3000), st.sampled_from([PARIS, UTC]))
    @modest
    def test_all_is_accounted_for(
        self, items: Playlist, index: int, played: int, zone: ZoneInfo
    ) -> None:
        """
        Entries join without a hole or an overlap that is not told; nothing grows; hard starts are
        kept within half a frame, unless a problem says why not.
        """
        found = schedule(items, Anchor(index, at("2026-03-28 20:00"), played), zone)
        self.assertEqual(tuple(entry.item for entry in found.entries), items.items)
        in_trouble = {
            problem.item_id
            for problem in found.problems
            if problem.trouble in (Trouble.LATE, Trouble.ORDER)
        }
        for entry, after in pairwise(found.entries):
            self.assertEqual(entry.end + entry.gap, after.start)
        for n, entry in enumerate(found.entries):
            self.assertEqual(entry.duration + entry.trim, entry.item.duration)
            self.assertGreaterEqual(entry.trim, 0)
            self.assertGreaterEqual(entry.gap, 0)
            self.assertEqual(entry.duration == 0, entry.dropped)
            if n > found.anchor and entry.item.hard_start is not None:
                self.assertFalse(entry.dropped)
                if entry.target is None:
                    self.assertIn(entry.item.id, in_trouble)
                elif entry.item.id not in in_trouble:
                    off = abs(found.instant(entry.start) - entry.target)
                    self.assertLessEqual(off, float(1 / items.rate) / 2 + 1e-5)

    def test_no_drift(self) -> None:
        """10,000 items at 30000/1001 start where exact arithmetic says, and so do hard starts."""
        items = [evolve(item(f"i{n}", 1), duration=899 + n % 3) for n in range(10_000)]
        start = at("12:00")
        hard_start = int(Fraction(sum(one.duration for one in items[:9000])) / NTSC) + 43_200
        items[9000] = evolve(items[9000], hard_start=ClockTime(hard_start % 86_400 * 1000))
        found = schedule(Playlist(NTSC, tuple(items)), Anchor(0, start), UTC)
        exact = Fraction(start)
        for entry in found.entries:
            self.assertApproximates(found.instant(entry.start), float(exact), 2e-6)
            exact += Fraction(entry.duration + entry.gap) / NTSC
        entry = found.entries[9000]
        assert entry.target is not None
        self.assertEqual(entry.target % 86_400, hard_start % 86_400)
        residual = abs(
            Fraction(entry.target) - start - (entry.start - found.entries[0].start) / NTSC
        )
        self.assertLessEqual(residual, 1 / NTSC / 2)


class FirstStartTests(SynchronousTestCase):
    """When the list starts by itself."""

    def test_base_start(self) -> None:
        """At the base start, if there is one."""
        items = playlist(item("a", 60, "20:00"), base_start=5.0)
        self.assertEqual(first_start(items, UTC, at("19:00")), 5.0)
        self.assertEqual(first_start(playlist(base_start=5.0), UTC, at("19:00")), 5.0)

    def test_hard_start(self) -> None:
        """Otherwise at the hard start of the first item."""
        items = playlist(item("a", 60, "20:00"), item("b", 60, "21:00"))
        self.assertEqual(first_start(items, UTC, at("19:00")), at("20:00"))
        self.assertEqual(first_start(items, UTC, at("20:01")), at("20:00"))
        self.assertEqual(first_start(items, UTC, at("23:00")), at("2026-03-03 20:00"))

    def test_by_hand(self) -> None:
        """Otherwise when somebody starts it."""
        self.assertIsNone(first_start(playlist(item("a", 60)), UTC, at("19:00")))
        self.assertIsNone(first_start(playlist(), UTC, at("19:00")))


class RescheduleTests(SynchronousTestCase):
    """The same as computing all, with less work."""

    @given(st.data())
    @settings(deadline=None, max_examples=200, derandomize=True)
    def test_equal(self, data: st.DataObject) -> None:
        """After any edits and whatever came on air."""
        zone = data.draw(st.sampled_from([PARIS, UTC]))
        before = data.draw(playlists())
        minimum = data.draw(st.sampled_from([None, 1, 1000]))
        start = data.draw(
            st.sampled_from([at("2026-03-28 23:00"), at("12:00"), at("12:00:00.013")])
        )
        anchor = Anchor(
            data.draw(st.integers(0, len(before.items))), start, data.draw(st.integers(0, 500))
        )
        known = schedule(before, anchor, zone, minimum=minimum)
        after, changes = apply(before, data.draw(edits(before)))
        if data.draw(st.booleans()):
            after, more = apply(after, data.draw(edits(after)))
            changes = Changes(changes.operations + more.operations)
        how = data.draw(st.sampled_from(["as before", "as planned", "other item", "other time"]))
        if how == "as planned" and known.entries:
            entry = data.draw(st.sampled_from(known.entries))
            index = after.index_of(entry.item.id)
            if index is not None:
                anchor = Anchor(index, known.instant(entry.start), data.draw(st.integers(0, 99)))
        elif how == "other item":
            index = data.draw(st.integers(0, len(after.items)))
            frames = data.draw(st.integers(-50, 5000))
            anchor = Anchor(index, known.instant(known.frame(anchor.at) + frames))
        elif how == "other time":
            anchor = evolve(anchor, at=start + 0.0171)
        self.assertEqual(
            reschedule(known, after, changes, anchor, zone, minimum=minimum),
            schedule(after, anchor, zone, minimum=minimum),
        )

    def setUp(self) -> None:
        hours = range(8, 18)
        self.list = playlist(
            *[
                one
                for hour in hours
                for one in (
                    item(f"h{hour}", 1800, f"{hour}:00"),
                    *[item(f"i{hour}-{n}", 200) for n in range(9)],
                )
            ]
        )
        self.anchor = Anchor(11, at("09:30"))
        self.known = schedule(self.list, self.anchor, UTC)

    def reused(self, edit: Edit, anchor: Anchor | None = None) -> list[int]:
        """Which entries of the new schedule are new."""
        after, changes = apply(self.list, edit)
        found = reschedule(self.known, after, changes, anchor or self.anchor, UTC)
        self.assertEqual(found, schedule(after, anchor or self.anchor, UTC))
        old = {id(entry) for entry in self.known.entries}
        return [n for n, entry in enumerate(found.entries) if id(entry) not in old]

    def test_one_stretch(self) -> None:
        """Only the stretch of the edit is laid again, when the hard start behind it is kept."""
        first_stretch = {11, 18, 19}  # the item on air, and what is always trimmed there
        for edit in (
            Change(item("i13-4", 190)),
            Add((item("x", 30),), 55),
            SetHardStart("i13-4", parse_clock_time("13:45")),
            Move(53, 57),
        ):
            new = set(self.reused(edit)) - first_stretch
            self.assertTrue(new <= set(range(50, 61)), new)
            self.assertTrue(new)

    def test_removal(self) -> None:
        """And so when there is less than before."""
        self.assertTrue(set(self.reused(Remove(("i13-4",)))) - {11, 18, 19} <= set(range(50, 60)))

    def test_what_aired(self) -> None:
        """An edit of the past does not touch what is to come."""
        new = set(self.reused(Change(item("i8-4", 100))))
        self.assertTrue(new - {11, 18, 19} <= set(range(6)), new)

    def test_next_on_air(self) -> None:
        """When the next item came on air in its time, only what is near is laid again."""
        entry = self.known.entries[12]
        new = self.reused(Add(()), Anchor(12, self.known.instant(entry.start)))
        self.assertTrue(set(new) <= set(range(11, 20)), new)

    def test_changes_that_do_not_fit(self) -> None:
        """A schedule of another length is of no use, and does no harm."""
        after, _ = apply(self.list, Remove(("i13-4",)))
        found = reschedule(self.known, after, Changes(()), self.anchor, UTC)
        self.assertEqual(found, schedule(after, self.anchor, UTC))


class SegmentTests(SynchronousTestCase):
    """What the next junctions depend on."""

    @given(playlists(hard=6, most=70), st.integers(0, 20), st.integers(0, 500), clock_times)
    @modest
    def test_equal(self, items: Playlist, index: int, played: int, start: ClockTime) -> None:
        """It is a part of the schedule, from the item on air on."""
        anchor = Anchor(index, at("00:00") + start.milliseconds / 1000, played)
        whole = schedule(items, anchor, PARIS)
        part = segment(items, anchor, PARIS)
        self.assertEqual(part, whole.entries[whole.anchor :][: len(part)])
        self.assertEqual(bool(part), whole.anchor < len(items.items))
        if part and len(part) < SEGMENT_ITEMS and whole.anchor + len(part) < len(items.items):
            self.assertIsNotNone(part[-1].target)
        self.assertLessEqual(len(part), SEGMENT_ITEMS)
        self.assertTrue(all(entry.target is None for entry in part[1:-1]))

    def test_ends_with_a_hard_start(self) -> None:
        """Up to and including that, which knows what the one behind it cuts."""
        items = playlist(
            item("a", 3600), item("b", 1801, "20:00"), item("c", 60, "20:30"), item("d", 60)
        )
        part = segment(items, Anchor(0, at("19:00")), UTC)
        self.assertEqual([entry.item.id for entry in part], ["a", "b"])
        self.assertEqual(part[1].trim, 25)

    def test_far_hard_start(self) -> None:
        """One beyond the most items cuts those near all the same."""
        items = playlist(*[item(f"i{n}", 6) for n in range(60)], item("h", 60, "19:05:10"))
        part = segment(items, Anchor(0, at("19:00")), UTC)
        self.assertEqual(len(part), SEGMENT_ITEMS)
        self.assertEqual([entry.trim for entry in part][9:12], [0, 25, 25])

    def test_now(self) -> None:
        """The item on air is not cut before now."""
        items = playlist(item("a", 3600), item("b", 60, "19:01"))
        part = segment(items, Anchor(0, at("19:00")), UTC, now=at("19:02"), minimum=5)
        self.assertEqual(part[0].duration, 3000 + GUARD)


class FindProblemsTests(SynchronousTestCase):
    """Problems without a schedule."""

    @given(playlists(hard=2), st.integers(0, 5), st.integers(0, 24))
    @modest
    def test_those_of_the_schedule(self, items: Playlist, index: int, until: int) -> None:
        """They are the schedule's own; of an item, all that it has are found by looking so far."""
        anchor = Anchor(index, at("19:00"))
        whole = schedule(items, anchor, PARIS).problems
        self.assertEqual(find_problems(items, anchor, PARIS), whole)
        if until < len(items.items):
            found = find_problems(items, anchor, PARIS, until=until)
            one = items.items[until].id
            self.assertEqual(
                [each for each in found if each.item_id == one],
                [each for each in whole if each.item_id == one],
            )


class NewProblemsTests(SynchronousTestCase):
    """What an edit broke."""

    def test_not_the_old_ones(self) -> None:
        """The same trouble of the same item is not new, though its figures are."""
        items = playlist(
            item("a", 600), item("b", 60, "19:00:01"), item("c", 60, "19:10"), item("d", 60)
        )
        before = schedule(items, Anchor(0, at("19:00")), UTC)
        longer, _ = apply(items, SetHardStart("d", parse_clock_time("19:10:01")))
        after = schedule(longer, Anchor(0, at("19:00:01")), UTC)
        self.assertNotEqual(before.problems[0], after.problems[0])
        self.assertEqual(
            [(problem.item_id, problem.trouble) for problem in new_problems(before, after)],
            [("d", Trouble.LATE)],
        )
        self.assertEqual(new_problems(after, before), ())


class BacktimeTests(SynchronousTestCase):
    """What is left to the next hard start."""

    def test_under(self) -> None:
        """Items between are taken into account: what is spare is what is to be filled."""
        news = item("news", 60, "20:00")
        found = plan(item("a", 600), item("b", 900), item("c", 1200), news, item("z", 5))
        left = [3000, 2100, 900]
        for index, seconds in enumerate(left):
            self.assertEqual(
                backtime(found, index), Backtime(news, at("20:00"), seconds * 25, 900 * 25)
            )
        self.assertIsNone(backtime(found, 3))
        self.assertIsNone(backtime(found, 4))

    def test_over(self) -> None:
        """Less than 0 is what is to be cut from there on."""
        found = plan(item("a", 3500), item("b", 104), item("c", 8), item("news", 60, "20:00"))
        seen = [backtime(found, index) for index in range(3)]
        self.assertEqual([one and one.spare for one in seen], [-300, -300, -75])
        self.assertEqual([one and one.left for one in seen], [2500, 125, 0])

    def test_late(self) -> None:
        """A hard start that is late is less than 0 frames away."""
        found = plan(item("a", 60), item("news", 60, "18:59"), start="19:00")
        seen = backtime(found, 0)
        assert seen is not None
        self.assertEqual((seen.left, seen.spare), (-65 * 25, -120 * 25))

    def test_from_a_frame(self) -> None:
        """Counted from now on, for the item on air."""
        found = plan(item("a", 600), item("news", 60, "19:15"))
        seen = backtime(found, 0, found.frame(at("19:05")))
        assert seen is not None
        self.assertEqual((seen.left, seen.spare), (600 * 25, 300 * 25))

    def test_passed_over(self) -> None:
        """A hard start out of order is not waited for."""
        found = plan(item("a", 60, "19:00"), item("b", 60, "18:59"), item("c", 60, "19:05"))
        seen = backtime(found, 0)
        assert seen is not None
        self.assertEqual(seen.item.id, "c")

    @given(playlists(), st.integers(0, 5))
    @modest
    def test_of_all(self, items: Playlist, index: int) -> None:
        """Those of all entries at once are the same."""
        found = schedule(items, Anchor(index, at("19:00")), PARIS)
        self.assertEqual(
            backtimes(found), tuple(backtime(found, n) for n in range(len(items.items)))
        )


class PlannedEntriesTests(SynchronousTestCase):
    """Entries are plain values."""

    def test_value(self) -> None:
        """What is equal is equal."""
        one = item("a", 4)
        found = plan(one)
        self.assertEqual(found.entries, (Planned(one, found.frame(at("19:00")), 100),))
