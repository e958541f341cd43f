# -*- test-case-name: tests.media.test_runs -*-
"""
Many values in order, in runs of some hundreds.

What a change leads to shares with what was before all runs in which nothing changed. So a change
costs as much as it is large, and the collection of garbage has only the new runs to look at: a list
of 100,000 values that is made anew each time is looked at twice, for five milliseconds in which no
thread goes on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from attrs import frozen

__all__ = ["ByKey", "Runs", "in_runs"]

T = TypeVar("T")

_RUN = 256
"""How many values a run has when it is made; with what comes later, less than twice as many."""
_SORTED = 1_000
"""How many values are sorted in one go: a fraction of a millisecond."""


def in_runs(values: Iterable[T], key: Callable[[T], Any]) -> Iterator[T]:
    """The values in order, sorted a thousand at a time: a large sort would hold up all threads."""
    rest = iter(values)
    runs = iter(lambda: sorted(islice(rest, _SORTED), key=key), [])
    return merge(*runs, key=key)


@frozen(eq=False)
class Runs(Generic[T]):
    """
    Values in the order of their keys, no two of which are the same.

    @ivar key: of a value.
    @ivar runs: none is empty.
    @ivar starts: the key of the first of each.
    """

    key: Callable[[T], str]
    runs: tuple[tuple[T, ...], ...] = ()
    starts: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Iterable[T], key: Callable[[T], str]) -> "Runs[T]":
        """Those values, in whatever order they are."""
        return cls(key).changed(values)

    def find(self, key: str) -> T | None:
        """The value with that key."""
        if not self.runs:
            return None
        run = self.runs[self._place(key)]
        at = bisect_left(run, key, key=self.key)
        return run[at] if at < len(run) and self.key(run[at]) == key else None

    def changed(self, put: Iterable[T], removed: Iterable[str] = ()) -> "Runs[T]":
        """
        With other values.

        @param put: new ones, and those that take the place of the ones with the same key.
        @param removed: keys; those that are not there, or are put too, are left.
        """
        new: dict[int, dict[str, T | None]] = {}
        for key in removed:
            new.setdefault(self._place(key), {})[key] = None
        for value in put:
            key = self.key(value)
            new.setdefault(self._place(key), {})[key] = value
        runs: list[tuple[T, ...]] = []
        done = 0
        for place in sorted(new):
            runs += self.runs[done:place]
            runs += self._run(self.runs[place] if self.runs else (), new[place])
            done = place + 1
        runs += self.runs[done:]
        return Runs(self.key, tuple(runs), tuple(self.key(run[0]) for run in runs))

    def _place(self, key: str) -> int:
        """Which run a key belongs into."""
        return max(0, bisect_right(self.starts, key) - 1)

    def _run(self, before: tuple[T, ...], new: Mapping[str, T | None]) -> Iterator[tuple[T, ...]]:
        """What becomes of one run: some, or none."""
        left = (value for value in before if self.key(value) not in new)
        put = (value for value in new.values() if value is not None)
        return _cut(in_runs(chain(left, put), self.key))

    def since(self, before: "Runs[T]") -> tuple[set[str], set[str]]:
        """The keys that came since C{before}, and those that went; soon found when few did."""
        ours, theirs = set(map(id, self.runs)), set(map(id, before.runs))
        came = {self.key(value) for run in self.runs if id(run) not in theirs for value in run}
        went = {self.key(value) for run in before.runs if id(run) not in ours for value in run}
        return came - went, went - came

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self.runs)

    def __reversed__(self) -> Iterator[T]:
        return chain.from_iterable(map(reversed, reversed(self.runs)))


@frozen(eq=False)
class ByKey(Mapping[str, T]):
    """Values by their keys."""

    runs: Runs[T]

    def __getitem__(self, key: str) -> T:
        value = self.runs.find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return map(self.runs.key, self.runs)

    def __len__(self) -> int:
        return len(self.runs)


def _cut(values: Iterator[T]) -> Iterator[tuple[T, ...]]:
    """Runs of values that are in order already."""
    run = tuple(islice(values, 2 * _RUN))
    while len(run) == 2 * _RUN:
        yield run[:_RUN]
        run = run[_RUN:] + tuple(islice(values, _RUN))
    if run:
        yield run
