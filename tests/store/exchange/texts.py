"""
Texts to import, and how they are read in the tests.
"""

from collections.abc import Mapping
from fractions import Fraction
from itertools import count
from typing import Any

from rtgplayout.store.exchange import Fault, Format, Imported, read
from rtgplayout.store.exchange.gathering import Gathering
from tests.rundown.examples import PAL

LENGTHS: Mapping[str, float] = {"a.mov": 10.0, "NEWS/b.mxf": 1800.04, "logo.png": 0.0}
"""What the library has."""


def gathering(rate: Fraction = PAL, **known: Any) -> Gathering:
    """A gathering for a library with L{LENGTHS}; new ids are C{item-new1}, C{item-new2}, …"""
    numbers = count(1)
    return Gathering(rate, lambda kind: f"{kind}-new{next(numbers)}", LENGTHS.get, **known)


def imported(format: Format, text: str, rate: Fraction = PAL, **known: Any) -> Imported:
    """What C{text} says, with the same library and ids."""
    numbers = count(1)
    return read(format, text, rate, lambda kind: f"{kind}-new{next(numbers)}", LENGTHS.get, **known)


def lines(found: tuple[Fault, ...]) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in found]
