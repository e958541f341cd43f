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

_LATE, _EARLY = 4, 1
"""Ticks by which a packet may come later, or earlier, than it counts: a shared counter wavers."""
_GAIN = 0.01
"""How much of a late arrival is believed: the clocks drift slowly, networks are late quickly."""


@frozen
class TickClock:
    """
    @ivar zero: where the monotonic clock stood when tick 0 ended.
    @ivar tick: the last tick heard of.
    @ivar counter: what the server's counter said then.
    @ivar rate: ticks a second.
    @ivar channels: how many of the server count with that counter.
    """

    rate: Fraction
    zero: float
    tick: int
    counter: int
    channels: int = 1

    @classmethod
    def started(cls, rate: Fraction, counter: int, arrived: float, channels: int = 1) -> Self:
        """The clock as known from a first packet."""
        return cls(rate, arrived - float(counter / rate), counter, counter, channels)

    def heard(self, counter: int, arrived: float) -> Self:
        """
        The clock after one more packet.

        A counter that several channels share goes on by their number a tick, now and then by one
        more or less, as their packets are sent (measured, and read in the server's source): the
        tick is then told by when its packet arrives, unless that is much later than it can be:
        what we were kept from looking at for a second did not happen all at once.

        @param arrived: what the monotonic clock showed.
        """
        tick = self.tick + round((counter - self.counter) / self.channels)
        if self.channels > 1:
            told = round((arrived - self.zero) / self.period)
            if tick - _EARLY <= told <= tick + _LATE:
                tick = max(self.tick, told)
        late = arrived - (self.zero + float(tick / self.rate))
        early = late < (0 if self.channels == 1 else -_EARLY * self.period)
        zero = self.zero + (late if early else late * _GAIN)
        return evolve(self, tick=tick, counter=counter, zero=zero)

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
