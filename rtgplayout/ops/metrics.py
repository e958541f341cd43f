# -*- test-case-name: tests.ops.test_metrics -*-
"""
The figures for Prometheus: what happens is counted as it happens, how things are is asked when
somebody looks. L{figures} says what there is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from platform import python_version
from typing import Any, TypeVar

from attrs import frozen
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.registry import Collector
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from .. import __version__
from ..amcp.commands import Command
from ..amcp.errors import CommandError
from . import exposition, figures
from .counted import (
    ERRORS,
    EVENTS,
    OUTCOMES,
    PUNCTUALITY,
    Longest,
    error_word,
    event_word,
    hard_start,
    junction,
    word,
)
from .drift import Drift
from .figures import Figure, Kind
from .readings import Reading, readings
from .vitals import Vitals

__all__ = ["Metrics"]

T = TypeVar("T")

_LONGEST_WITHIN = 60.0
_BEAT = 0.1
"""Seconds from one tick of a channel to the next: after those, one that does not come is late."""

# When a figure was first counted tells nobody anything, and would double the lines of many. The
# library has one switch for the whole process, in which nobody else uses it.
disable_created_metrics()


@frozen
class _Channel:
    """What is counted of a channel."""

    junctions: Mapping[str, Counter]
    hard_starts: Mapping[str, Counter]
    hard_start_error: Histogram
    tick_late: Histogram
    longest: Longest
    drift: Drift


class Metrics:
    """
    All figures, in a registry of their own.

    Counting something takes some microseconds, and never fails. What there are labels for comes
    from our own words; channels that are not ours are counted nowhere.
    """

    def __init__(
        self,
        vitals: Callable[[], Vitals],
        clock: IReactorTime,
        now: Callable[[], float],
        channels: Iterable[int],
    ) -> None:
        """
        @param vitals: how the daemon is now; called when somebody looks.
        @param clock: its C{seconds} is monotonic.
        @param now: the wall clock, seconds since the epoch.
        @param channels: the numbers of all that there are.
        """
        self._vitals = vitals
        self._clock = clock
        self._skew = now() - clock.seconds()
        self._registry = CollectorRegistry()
        self._registry.register(_Now(self._readings))
        junctions = self._counter(figures.JUNCTIONS)
        hard_starts = self._counter(figures.HARD_STARTS)
        hard_start_error = self._histogram(figures.HARD_START_ERROR)
        tick_late = self._histogram(figures.TICK_LATE)
        self._channels = {
            number: _Channel(
                {each: junctions.labels(str(number), each) for each in OUTCOMES},
                {each: hard_starts.labels(str(number), each) for each in PUNCTUALITY},
                hard_start_error.labels(str(number)),
                tick_late.labels(str(number)),
                Longest(_LONGEST_WITHIN),
                Drift(),
            )
            for number in channels
        }
        self._due: dict[int, float] = {}
        self._round_trip = self._histogram(figures.ROUND_TRIP)
        self._amcp_errors = self._counter(figures.AMCP_ERRORS)
        self._commands: dict[str, tuple[Histogram, Mapping[str, Counter]]] = {}
        self._saves = self._histogram(figures.SAVES)
        self._save_failures = self._counter(figures.SAVE_FAILURES)
        self._documents: dict[str, tuple[Histogram, Counter]] = {}
        entries = self._counter(figures.ENTRIES)
        self._entries = {each: entries.labels(each) for each in EVENTS}
        self._entry_failures = self._counter(figures.ENTRY_FAILURES)
        ProcessCollector(registry=self._registry)

    def _counter(self, figure: Figure) -> Counter:
        return Counter(figure.name, figure.meaning, figure.labels, registry=self._registry)

    def _histogram(self, figure: Figure) -> Histogram:
        return Histogram(
            figure.name,
            figure.meaning,
            figure.labels,
            registry=self._registry,
            buckets=figure.bounds,
        )

    # What happens.

    def amcp(self, command: Command, seconds: float | None, error: CommandError | None) -> None:
        """
        A command came to its end.

        @param seconds: from its sending to its answer; L{None} when there was none.
        @param error: why it failed; L{None} when it did not.
        """
        name = word(command)
        counted = self._commands.get(name)
        if counted is None:
            counted = (
                self._round_trip.labels(name),
                {each: self._amcp_errors.labels(name, each) for each in ERRORS},
            )
            self._commands[name] = counted
        if seconds is not None:
            counted[0].observe(seconds)
        if error is not None:
            counted[1][error_word(error)].inc()

    def entry(self, entry: Mapping[str, object]) -> None:
        """
        An entry of the as-run was made.

        @param entry: its fields, C{channel} among them when it is about one.
        """
        self._entries[event_word(entry)].inc()
        number = entry.get("channel")
        channel = self._channels.get(number) if isinstance(number, int) else None
        if channel is None:
            return
        outcome = junction(entry)
        if outcome is not None:
            channel.junctions[outcome].inc()
        hard = hard_start(entry)
        if hard is not None:
            channel.hard_starts[hard[0]].inc()
            channel.hard_start_error.observe(hard[1])

    def recorded(self, entry: Mapping[str, object], written: Deferred[T]) -> Deferred[T]:
        """
        An entry of the as-run is being written.

        @return: C{written}, of which a failure is counted.
        """
        self.entry(entry)
        return written.addErrback(self._not_recorded)

    def _not_recorded(self, failure: Failure) -> Failure:
        self._entry_failures.inc()
        return failure

    def saved(self, document: str, seconds: float, failed: bool) -> None:
        """
        A document was saved, or could not be.

        @param document: which, in one of a few words.
        @param seconds: since the change.
        """
        counted = self._documents.get(document)
        if counted is None:
            counted = self._saves.labels(document), self._save_failures.labels(document)
            self._documents[document] = counted
        if failed:
            counted[1].inc()
        else:
            counted[0].observe(seconds)

    def saving(self, document: str, saved: Deferred[T]) -> Deferred[T]:
        """
        A document is being saved from now on; see L{Metrics.saved}.

        @return: C{saved}.
        """
        began = self._clock.seconds()

        def done(result: Any) -> Any:
            self.saved(document, self._clock.seconds() - began, isinstance(result, Failure))
            return result

        return saved.addBoth(done)

    def ticked(self, channel: int, late: float) -> None:
        """
        A channel looked at its clock.

        @param late: how many seconds later than it should have.
        """
        counted = self._channels.get(channel)
        if counted is not None:
            now = self._clock.seconds()
            counted.tick_late.observe(late)
            counted.longest.saw(late, now)
            self._due[channel] = now + _BEAT

    # How things are.

    def _readings(self) -> Iterator[Reading]:
        yield figures.BUILD, (__version__, python_version()), 1
        vitals, now = self._vitals(), self._clock.seconds()
        yield from readings(vitals)
        following = {each.channel for each in vitals.statuses if each.telemetry}
        for number, channel in self._channels.items():
            label = (str(number),)
            silent = now - self._due.get(number, now)
            yield figures.TICK_LONGEST, label, max(channel.longest.now(now), silent)
            clock = vitals.clocks.get(number) if number in following else None
            channel.drift.look(clock, now)
            if channel.drift.offset is not None:
                yield figures.FRAME_OFFSET, label, channel.drift.offset
            ppm = channel.drift.ppm()
            if ppm is not None:
                yield figures.FRAME_DRIFT, label, ppm
        yield figures.CLOCK_STEPS, (), vitals.wall - now - self._skew

    def exposition(self, accept: str | None = None) -> tuple[bytes, bytes]:
        """
        All figures as text.

        @param accept: what the one who asks takes, as in HTTP's header of that name.
        @return: the content type, and the content.
        """
        if exposition.wants_open_metrics(accept):
            return exposition.OPEN_METRICS, exposition.as_open_metrics(self._registry.collect())
        return exposition.TEXT, exposition.as_text(self._registry.collect())


class _Now(Collector):
    """Figures that are read when somebody looks."""

    def __init__(self, read: Callable[[], Iterable[Reading]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of them, those of one name together."""
        families: dict[str, Metric] = {}
        for figure, labels, value in self._read():
            family = families.get(figure.name)
            if family is None:
                name = figure.name
                if figure.kind is Kind.COUNTER:
                    name = name.removesuffix("_total")
                family = Metric(name, figure.meaning, figure.kind.value)
                families[figure.name] = family
            family.add_sample(figure.name, dict(zip(figure.labels, labels, strict=True)), value)
        yield from families.values()
