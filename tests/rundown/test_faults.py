"""
The faults of the old system's timing, each answered: the rows of the table "Design flaws and what
a correct system does", by their numbers, and the acceptance cases that are about the plan.
"""

from fractions import Fraction

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Add, Playlist, SetHardStart, apply, undo
from rtgplayout.rundown.schedule import (
    Anchor,
    Schedule,
    Trouble,
    backtime,
    first_start,
    new_problems,
    schedule,
)
from rtgplayout.rundown.timing import format_duration, parse_clock_time, resolve, to_frames

from .examples import NTSC, PARIS, UTC, at, item, playlist

ON_AIR = Anchor(0, at("19:00"))


def instants(found: Schedule) -> list[float]:
    return [found.instant(entry.start) for entry in found.entries]


class FaultsTests(SynchronousTestCase):
    """One test a row."""

    def test_01_no_accumulation(self) -> None:
        """
        However often edits come, the items keep their own durations, and what is trimmed is what
        the hard start asks for, not more each time.
        """
        film = item("film", 600)
        items = playlist(film, item("news", 60, "19:08:20"))
        for n in range(5):
            items, _ = apply(items, Add((item(f"x{n}", 30),)))
            found = schedule(items, evolve(ON_AIR, played=n * 125), UTC)
            self.assertEqual(found.entries[0].trim, 100 * 25)
            self.assertIs(found.entries[0].item, film)
        self.assertIs(items.items[0], film)

    def test_02_removal_restores(self) -> None:
        """Without the hard start, what it trimmed is back."""
        items = playlist(item("film", 600), item("news", 60))
        hard, changes = apply(items, SetHardStart("news", parse_clock_time("19:08")))
        self.assertEqual(schedule(hard, ON_AIR, UTC).entries[0].trim, 120 * 25)
        for restored in (apply(hard, SetHardStart("news", None))[0], undo(hard, changes)[0]):
            self.assertEqual(schedule(restored, ON_AIR, UTC), schedule(items, ON_AIR, UTC))

    def test_03_no_extension(self) -> None:
        """A clip is never planned beyond its length: there is a gap, and the next one waits."""
        found = schedule(playlist(item("a", 12), item("b", 60, "19:00:20")), ON_AIR, UTC)
        self.assertEqual((found.entries[0].duration, found.entries[0].gap), (12 * 25, 8 * 25))
        self.assertEqual(instants(found)[1], at("19:00:20"))

    def test_04_trim_is_a_length(self) -> None:
        """What is to be sent as LENGTH is in the plan: the cut is where the next one starts."""
        found = schedule(playlist(item("a", 12), item("b", 60, "19:00:10")), ON_AIR, UTC)
        self.assertEqual(found.entries[0].duration, 250)
        self.assertEqual(found.entries[0].end, found.entries[1].start)

    def test_05_first_item(self) -> None:
        """A hard start of the first item is when the list starts."""
        items = playlist(item("a", 60, "20:00"), item("b", 60))
        start = first_start(items, UTC, at("19:00"))
        assert start is not None
        found = schedule(items, Anchor(0, start), UTC)
        self.assertEqual(instants(found), [at("20:00"), at("20:01")])
        self.assertEqual(found.problems, ())

    def test_06_sequential(self) -> None:
        """A second hard start is measured on what the first one has made of the schedule."""
        found = schedule(
            playlist(
                item("a", 1000),
                item("b", 1800, "19:20"),
                item("c", 1000),
                item("d", 60, "20:06:40"),
            ),
            ON_AIR,
            UTC,
        )
        self.assertEqual(instants(found)[3], at("20:06:40"))
        self.assertEqual([entry.gap for entry in found.entries], [200 * 25, 0, 0, 0])
        self.assertEqual([entry.trim for entry in found.entries], [0, 0, 0, 0])

    def test_07_all_items_before_it(self) -> None:
        """Not only the item right before it gives way, and what can not be met is told."""
        items = [item(f"i{n}", 60) for n in range(10)]
        hard = item("news", 60, "19:05")
        found = schedule(playlist(*items, hard), ON_AIR, UTC)
        self.assertEqual(instants(found)[-1], at("19:05"))
        self.assertEqual([entry.trim for entry in found.entries][4:10], [625, *[55 * 25] * 5])
        self.assertEqual(found.problems, ())
        found = schedule(
            playlist(*items, evolve(hard, hard_start=parse_clock_time("19:00:30"))), ON_AIR, UTC
        )
        self.assertEqual([one.trouble for one in found.problems], [Trouble.TRIM_TOO_LARGE])

    def test_08_the_right_day(self) -> None:
        """A list that begins in the evening can have a hard start in the morning."""
        self.assertEqual(
            resolve(parse_clock_time("06:00"), UTC, at("22:00")).instant, at("2026-03-03 06:00")
        )
        found = schedule(
            playlist(item("a", 7200), item("b", 60, "06:00")), Anchor(0, at("22:00")), UTC
        )
        self.assertEqual(instants(found)[1], at("2026-03-03 06:00"))

    def test_09_the_past_is_past(self) -> None:
        """What has aired disables nothing: later hard starts are still kept."""
        items = playlist(
            item("a", 60, "18:00"), item("b", 60, "18:59"), item("c", 600), item("d", 60, "19:05")
        )
        found = schedule(items, Anchor(2, at("19:00")), UTC)
        self.assertEqual(instants(found)[3], at("19:05"))
        self.assertEqual(found.problems, ())

    def test_10_known_before_it_is_stored(self) -> None:
        """
        An edit is a new value: what is wrong with it is known before the old one is given up, and
        told from what was wrong already; also when another edit breaks a hard start.
        """
        items = playlist(item("film", 600), item("b", 60), item("news", 60))
        before = schedule(items, ON_AIR, UTC)
        hard, _ = apply(items, SetHardStart("news", parse_clock_time("19:00:09")))
        problems = new_problems(before, schedule(hard, ON_AIR, UTC))
        self.assertEqual([(one.item_id, one.blocks) for one in problems], [("news", True)])
        self.assertIsNone(items.items[2].hard_start)

        kept, _ = apply(items, SetHardStart("news", parse_clock_time("19:00:10")))
        before = schedule(kept, ON_AIR, UTC)
        self.assertEqual(before.problems, ())
        broken, _ = apply(kept, Add((item("x", 60),), 1))
        after = schedule(broken, ON_AIR, UTC)
        self.assertEqual([one.item_id for one in new_problems(before, after)], ["news"])

    def test_11_exact_rates(self) -> None:
        """A day at 30000/1001 is 2,589,411 frames, to the nearest, and ends where the clock is."""
        frames = to_frames(86_400, NTSC)
        self.assertEqual(frames, 2_589_411)
        day = Item("day", "Day", "day.mov", frames)
        found = schedule(Playlist(NTSC, (day, evolve(day, id="next"))), ON_AIR, UTC)
        self.assertLess(abs(instants(found)[1] - ON_AIR.at - 86_400), float(1 / NTSC))
        self.assertEqual(frames / NTSC, Fraction(frames * 1001, 30_000))

    def test_12_one_computation(self) -> None:
        """However many items stand before it, a hard start is off by less than half a frame."""
        items = [evolve(item(f"i{n}", 1), duration=31 + n % 7) for n in range(500)]
        found = schedule(Playlist(NTSC, (*items, item("news", 60, "19:09:00"))), ON_AIR, UTC)
        self.assertLessEqual(abs(instants(found)[-1] - at("19:09")), float(1 / NTSC) / 2 + 1e-6)
        entries = found.entries
        self.assertTrue(all(isinstance(entry.start, int) for entry in entries))

    def test_13_the_channels_zone(self) -> None:
        """Hard starts are in the channel's zone, and right on the nights when clocks change."""
        for evening, hours in (("2026-03-28 20:00", 10), ("2026-10-24 20:00", 12)):
            start = at(evening, PARIS)
            found = schedule(
                playlist(item("a", 3600), item("b", 60, "07:00")), Anchor(0, start), PARIS
            )
            self.assertEqual(instants(found)[1] - start, hours * 3600)

    def test_14_never_cut_early(self) -> None:
        """An item that no hard start cuts has all of its frames, and the next one follows."""
        found = schedule(playlist(item("a", 12), item("b", 8), item("c", 4)), ON_AIR, UTC)
        self.assertEqual([entry.duration for entry in found.entries], [300, 200, 100])
        self.assertEqual(instants(found), [at("19:00"), at("19:00:12"), at("19:00:20")])

    def test_15_backtime(self) -> None:
        """It is over or under to the next hard start, items between included; signs are right."""
        found = schedule(
            playlist(item("a", 60), item("b", 60), item("c", 60, "19:01:50")), ON_AIR, UTC
        )
        seen = backtime(found, 0)
        assert seen is not None
        self.assertEqual(seen.spare, -250)
        self.assertEqual(format_duration(seen.spare * 40), "-00:00:10.000")


class AcceptanceTests(SynchronousTestCase):
    """The acceptance cases of the old system's documents that are about the plan."""

    def test_case_07_and_10(self) -> None:
        """Without hard starts nothing is trimmed, whatever was before."""
        found = schedule(playlist(item("a", 60), item("b", 60)), ON_AIR, UTC)
        self.assertEqual([(one.trim, one.gap) for one in found.entries], [(0, 0), (0, 0)])

    def test_case_08(self) -> None:
        """There are no orphaned trims to clean: a trim is nowhere but in the schedule."""
        items = playlist(item("a", 60), item("b", 60, "19:00:20"))
        self.assertEqual(schedule(items, ON_AIR, UTC).entries[0].trim, 1000)
        self.assertEqual([one.duration for one in items.items], [1500, 1500])

    def test_case_09_and_17(self) -> None:
        """Without its hard start, the item has none, and the trim and duration are as before."""
        items = playlist(item("a", 60), item("b", 60, "19:00:20"))
        after, _ = apply(items, SetHardStart("b", None))
        self.assertIsNone(after.items[1].hard_start)
        found = schedule(after, ON_AIR, UTC)
        self.assertEqual((found.entries[0].trim, found.entries[0].duration), (0, 1500))
        self.assertIsNone(found.entries[1].target)

    def test_case_14(self) -> None:
        """Taking a hard start from an item that has none makes none, and changes nothing."""
        items = playlist(item("a", 60))
        after, changes = apply(items, SetHardStart("a", None))
        self.assertEqual((after, bool(changes)), (items, False))

    def test_case_15(self) -> None:
        """An impossible hard start tells its name, what is needed and what there is."""
        items = playlist(item("a", 60), item("b", 60), item("news", 60, "19:00:08"))
        (problem,) = schedule(items, ON_AIR, UTC).problems
        self.assertEqual(
            (problem.item_name, problem.trouble, problem.trim_needed, problem.max_trim),
            ("NEWS", Trouble.TRIM_TOO_LARGE, 112 * 25, 110 * 25),
        )
        self.assertEqual(problem.scheduled_start, at("19:02"))
        self.assertEqual(problem.target_start, at("19:00:08"))
        self.assertTrue(problem.blocks)
