# -*- test-case-name: tests.emulator.test_amcp -*-
"""
The video modes of CasparCG, by name: how many ticks a second each makes.
"""

from fractions import Fraction

from attrs import frozen

_RATES = {
    "2398": Fraction(24000, 1001),
    "2400": Fraction(24),
    "2500": Fraction(25),
    "2997": Fraction(30000, 1001),
    "3000": Fraction(30),
    "4795": Fraction(48000, 1001),
    "4800": Fraction(48),
    "5000": Fraction(50),
    "5994": Fraction(60000, 1001),
    "6000": Fraction(60),
}
_SHAPES = {
    "720p": "2398 2400 2500 2997 3000 5000 5994 6000",
    "1080p": "2398 2400 2500 2997 3000 4795 4800 5000 5994 6000",
    "1556p": "2398 2400 2500",
    "dci1080p": "2398 2400 2500",
    "2160p": "2398 2400 2500 2997 3000 5000 5994 6000",
    "uhd": "2398 2400 2500 2997 3000 5000 5994 6000",
    "576p": "2500",
}


@frozen
class Format:
    """
    A progressive video mode: the interlaced ones are not emulated.

    @ivar name: as C{INFO} writes it.
    @ivar rate: ticks a second, which are frames a second.
    """

    name: str
    rate: Fraction


FORMATS: dict[str, Format] = {
    f"{shape}{code}".upper(): Format(f"{shape}{code}", _RATES[code])
    for shape, codes in _SHAPES.items()
    for code in codes.split()
}
