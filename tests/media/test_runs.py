# -*- test-case-name: tests.media.test_runs -*-
"""
Values in order, in runs.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.runs import ByKey, Runs, in_runs

few = settings(deadline=None, max_examples=60, derandomize=True)

values = st.lists(st.integers(0, 5_000).map("{:04}".format), max_size=900)
# Of folders, say: some hundreds that stand together.
blocks = st.builds(lambda at, n: [f"{at + k:04}" for k in range(n)], *[st.integers(0, 900)] * 2)


class Word:
    """A value that is another each time, whatever its key."""

    def __init__(self, key: str) -> None:
        self.key = key


def key(word: Word) -> str:
    return word.key


def words(keys: list[str]) -> list[Word]:
    return list(map(Word, keys))


class RunsTests(SynchronousTestCase):
    """As a dictionary that is sorted by its keys would be."""

    @few
    @given(st.lists(st.tuples(values | blocks, values | blocks), max_size=6))
    def test_as_a_sorted_dictionary(self, changes: list[tuple[list[str], list[str]]]) -> None:
        now, wanted = Runs(key), dict[str, Word]()
        for put, removed in changes:
            before, was = now, dict(wanted)
            for each in removed:
                wanted.pop(each, None)
            new = words(put)
            wanted |= {word.key: word for word in new}
            now = before.changed(new, removed)
            in_order = [wanted[each] for each in sorted(wanted)]
            self.assertEqual(list(now), in_order)
            self.assertEqual(list(reversed(now)), in_order[::-1])
            self.assertEqual(len(now), len(wanted))
            self.assertEqual(list(before), [was[each] for each in sorted(was)])
            self.assertEqual(
                now.since(before), (wanted.keys() - was.keys(), was.keys() - wanted.keys())
            )
            for each in [*wanted, *removed, "", "x"]:
                self.assertIs(now.find(each), wanted.get(each))
            self.assertTrue(all(0 < len(run) < 512 for run in now.runs))

    def test_what_did_not_change_is_shared(self) -> None:
        """One value that is another among thousands: all runs but one are the very same."""
        before = Runs.of(words([f"{n:05}" for n in range(9_000)]), key)
        after = before.changed([Word("04500")], ["07000"])
        new = [run for run in after.runs if not any(run is each for each in before.runs)]
        self.assertEqual(len(new), 2)
        self.assertLess(sum(map(len, new)), 1_024)

    def test_values_that_come_one_by_one(self) -> None:
        """They lie close together, in whatever order they come."""
        runs = Runs(key)
        for n in range(3_000):
            runs = runs.changed([Word(f"{n * 7 % 3_000:04}")])
        self.assertEqual([word.key for word in runs], [f"{n:04}" for n in range(3_000)])
        self.assertLess(len(runs.runs), 16)

    def test_nothing(self) -> None:
        self.assertEqual(list(Runs(key).changed([], ["a"])), [])
        self.assertIsNone(Runs(key).find("a"))
        emptied = Runs.of(words(["a"]), key).changed([], ["a"])
        self.assertEqual((len(emptied), emptied.runs), (0, ()))


class ByKeyTests(SynchronousTestCase):
    """The same as a mapping."""

    def test_mapping(self) -> None:
        some = words(["b", "a", "c"])
        by_key = ByKey(Runs.of(some, key))
        self.assertEqual(by_key, {word.key: word for word in some})
        self.assertEqual((list(by_key), len(by_key)), (["a", "b", "c"], 3))
        self.assertIs(by_key["b"], some[0])
        self.assertRaises(KeyError, by_key.__getitem__, "d")
        self.assertNotIn("d", by_key)


class InRunsTests(SynchronousTestCase):
    """Sorted a thousand at a time."""

    @few
    @given(st.lists(st.integers(), max_size=50))
    def test_sorted(self, numbers: list[int]) -> None:
        self.assertEqual(list(in_runs(numbers, abs)), sorted(numbers, key=abs))

    def test_many(self) -> None:
        self.assertEqual(list(in_runs(range(3_500, 0, -1), int)), list(range(1, 3_501)))
