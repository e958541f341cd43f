# -*- test-case-name: tests.ops.test_drift -*-
"""
CasparCG's frame clock against ours: how far they have run apart, and how fast.

CasparCG counts frames by a clock of its own, that of its computer or of its output card, and loses
some when it cannot keep pace. Where its frames stand on our monotonic clock is learnt from its
telemetry (L{TickClock}); that clock goes at the rate of the wall clock, which the network keeps
right, but does not jump with it. The counter tells it only where one channel counts with it: of
several, the frames that one of them lost are not to be seen in it.
"""

from collections import deque

from attrs import define, field

from ..playout.tickclock import TickClock

__all__ = ["Drift"]

_STEP = 10.0
"""Seconds between two points that are kept."""
_WINDOW = 3600.0
"""Seconds for which they are."""
_ENOUGH = 300.0
"""
Seconds after which they say how fast: the place of a frame is known to about a millisecond, which
is 3 ppm of that time.
"""


@define
class Drift:
    """
    What is known of one channel's.

    @ivar offset: by how many seconds more than at first CasparCG's frames come late; L{None} when
        nothing is known.
    """

    offset: float | None = None
    _clock: TickClock | None = field(init=False, default=None)
    _first: float = field(init=False, default=0.0)
    _points: deque[tuple[float, float]] = field(init=False, factory=deque)

    def look(self, clock: TickClock | None, mono: float) -> None:
        """
        Look at the clock as it is known now.

        @param clock: L{None} while no telemetry arrives.
        @param mono: seconds of the monotonic clock.
        """
        self.offset = None
        if clock is None:
            return
        if clock.channels != 1:
            self._clock = None
            return
        if self._began_anew(clock):
            self._points.clear()
            self._first = clock.zero
        self._clock = clock
        self.offset = clock.zero - self._first
        if not self._points or mono - self._points[-1][0] >= _STEP:
            self._points.append((mono, self.offset))
        while mono - self._points[0][0] > _WINDOW:
            self._points.popleft()

    def ppm(self) -> float | None:
        """
        Millionths by which CasparCG counts more slowly than we do: the slope of a line through the
        points. L{None} while that cannot be told.
        """
        if self.offset is None or self._points[-1][0] - self._points[0][0] < _ENOUGH:
            return None
        count = len(self._points)
        middle = sum(at for at, _ in self._points) / count
        mean = sum(offset for _, offset in self._points) / count
        along = sum((at - middle) ** 2 for at, _ in self._points)
        together = sum((at - middle) * (offset - mean) for at, offset in self._points)
        return together / along * 1e6

    def _began_anew(self, clock: TickClock) -> bool:
        """
        Whether it is another count than before. One that began anew since then has its tick 0
        after the last one that was heard of, even if it counts further by now.
        """
        before = self._clock
        return (
            before is None
            or clock.rate != before.rate
            or clock.tick < before.tick
            or clock.zero > before.zero + float(before.tick / before.rate)
        )
