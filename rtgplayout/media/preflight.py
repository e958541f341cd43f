# -*- test-case-name: tests.media.test_preflight -*-
"""
What is wrong with the files of the items that are scheduled, long before their time.
"""

from enum import Enum

from attrs import frozen

__all__ = ["Fault", "Finding"]


class Fault(Enum):
    """What may be wrong with the file of an item."""

    MISSING = "missing"
    GROWING = "growing"
    """It is still being written."""
    SHORT = "short"
    """It ends before the item's out point."""
    UNREADABLE = "unreadable"
    """Nothing could be found out about it, or it is known to be broken."""
    RATE = "rate"
    """Its frame rate is not the channel's."""
    NAME = "name"
    """CasparCG may take its name for something else."""


@frozen
class Finding:
    """
    Something wrong with a scheduled item.

    @ivar sentence: what, in words for an operator.
    @ivar deadline: seconds since the epoch at which it is to start; L{None} when nothing says so.
    @ivar grave: whether it cannot be shown as scheduled; if not, it is only something to know.
    """

    channel: int
    item_id: str
    file: str
    fault: Fault
    sentence: str
    deadline: float | None
    grave: bool
