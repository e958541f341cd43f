# -*- test-case-name: tests.playout.test_rules -*-
"""What the rules want done; the channel's shell does it, in this order."""

from attrs import frozen

from ..amcp.commands import CgCommand, Command
from .asrun import Entry
from .status import Notice

__all__ = ["Effect", "Graphic", "Notify", "Record", "Send"]


@frozen
class Send:
    """
    Tell CasparCG; what becomes of it comes back as
    L{Answered <rtgplayout.playout.events.Answered>} or
    L{Unanswered <rtgplayout.playout.events.Unanswered>}.
    """

    token: int
    command: Command


@frozen
class Graphic:
    """
    Tell a template something. What became of it is in the list of graphics and in the as-run log;
    when it fails, every operator is told.

    @ivar item_id: of the item whose graphics these are.
    @ivar what: what it is about, for operators.
    """

    command: CgCommand
    item_id: str
    what: str


@frozen
class Record:
    """Write a line of the as-run log."""

    entry: Entry


@frozen
class Notify:
    """Tell every operator, and the log."""

    notice: Notice


Effect = Send | Graphic | Record | Notify
