# -*- test-case-name: tests.rundown.test_timing -*-
"""
Exact time: frame rates as fractions, frames as integers, times of day in the channel's zone.

A rate is a L{Fraction} of frames a second, the number that CasparCG reports as C{framerate}
(50 for 1080i50: it counts fields there). Instants are seconds since the epoch.
"""

from attrs import frozen


@frozen(order=True)
class ClockTime:
    """
    A time of day as operators write it, C{HH:MM:SS.mmm}.

    @ivar milliseconds: since midnight on a clock that shows no jumps; 0 to 86,399,999.
    """

    milliseconds: int
