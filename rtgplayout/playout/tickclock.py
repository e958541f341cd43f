# -*- test-case-name: tests.playout.test_tickclock -*-
"""
The server's tick counter against our monotonic clock, learnt from when telemetry arrives.

CasparCG sends a tick's OSC when that tick's time is over, so the packet of tick k arrives, at the
earliest, when tick k + 1 starts; a command that arrives within tick k takes effect at the start of
tick k + 1 (measured, behaviour (c)).
"""

from fractions import Fraction
from typing import Self

from attrs import evolve, frozen

_GAIN = 0.01
"""How much of a late arrival is believed: the clocks drift slowly, networks are late quickly."""


@frozen
class TickClock:
    """
    @ivar zero: where the monotonic clock stood when tick 0 ended.
    @ivar tick: the last tick heard of.
    @ivar rate: ticks a second.
    """

    rate: Fraction
    zero: float
    tick: int

    @classmethod
    def started(cls, rate: Fraction, tick: int, arrived: float) -> Self:
        """The clock as known from a first packet."""
        return cls(rate, arrived - float(tick / rate), tick)

    def heard(self, tick: int, arrived: float) -> Self:
        """
        The clock after one more packet.

        @param arrived: what the monotonic clock showed.
        """
        late = arrived - (self.zero + float(tick / self.rate))
        return evolve(self, tick=tick, zero=self.zero + (late if late < 0 else late * _GAIN))

    @property
    def period(self) -> float:
        """Seconds a tick."""
        return float(1 / self.rate)

    def start_of(self, tick: float) -> float:
        """What the monotonic clock shows when that tick starts."""
        return self.zero + (tick - 1) * self.period

    def tick_near(self, mono: float) -> int:
        """The tick that starts nearest to that instant."""
        return round((mono - self.zero) / self.period) + 1

    def send_at(self, tick: int) -> float:
        """When to send a command that is to take effect at the start of C{tick}."""
        return self.start_of(tick) - self.period / 2
