# -*- test-case-name: tests.store.exchange.test_lines -*-
"""
A text line by line, without a copy of the whole.
"""

from collections.abc import Iterator

__all__ = ["LONGEST_LINE", "TooLong", "lines"]

LONGEST_LINE = 1 << 16
"""Characters."""


class TooLong(ValueError):
    """
    A line is longer than L{LONGEST_LINE}, or a row of a table than is sensible.

    @ivar line: which, from 1.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def lines(text: str) -> Iterator[str]:
    r"""
    The lines of a text, with their ends: C{\n}, or C{\r\n}.

    @raise TooLong: one is too long, after those before it.
    """
    at = number = 0
    while at < len(text):
        number += 1
        end = text.find("\n", at, at + LONGEST_LINE) + 1
        if not end:
            if len(text) - at > LONGEST_LINE:
                raise TooLong(number, f"The line is longer than {LONGEST_LINE} characters.")
            end = len(text)
        yield text[at:end]
        at = end
