# -*- test-case-name: tests.emulator.test_amcp -*-
"""
Numbers as the server reads them: in some commands a number may be followed by anything, in others
it must stand alone, and the mistakes are answered differently.
"""

import re

_INTEGER = re.compile(r"\s*([+-]?\d+)", re.ASCII)
_DECIMAL = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)


def stoi(text: str) -> int:
    """
    The integer at the start of C{text}.

    @raise ValueError: there is none (C{501}).
    @raise IndexError: it does not fit in 32 bits (C{402}).
    """
    match = _INTEGER.match(text)
    if match is None:
        raise ValueError(text)
    number = int(match[1])
    if not -(1 << 31) <= number < 1 << 31:
        raise IndexError(text)
    return number


def stod(text: str) -> float:
    """
    The decimal number at the start of C{text}.

    @raise ValueError: there is none (C{501}).
    """
    match = _DECIMAL.match(text)
    if match is None:
        raise ValueError(text)
    return float(match[1])


def whole(text: str) -> int | None:
    """C{text} when all of it is an integer of 32 bits; L{None} otherwise."""
    match = _INTEGER.fullmatch(text)
    if match is None or text[:1].isspace():
        return None
    number = int(match[1])
    return number if -(1 << 31) <= number < 1 << 31 else None
