# -*- test-case-name: tests.amcp.test_client -*-
"""
Why a command had no effect that can be relied on; each error carries the command.
"""

from .commands import Command, line
from .wire import Reply


class CommandError(Exception):
    """
    A command failed.

    @ivar command: which.
    """

    def __init__(self, command: Command, why: str) -> None:
        super().__init__(f"{line(command)[:200]}: {why}")
        self.command = command


class CommandRefused(CommandError):
    """
    CasparCG said no; nothing was changed by it.

    @ivar reply: what it said.
    """

    def __init__(self, command: Command, reply: Reply) -> None:
        super().__init__(command, f"{reply.code} {reply.text}")
        self.reply = reply


class Overflow(CommandRefused):
    """More commands wait in CasparCG than it takes (504); this one was dropped."""


class CommandTimedOut(CommandError):
    """
    No answer in time. When it was sent, it may have been done, or be done yet.

    @ivar sent: whether it left for the server at all.
    """

    def __init__(self, command: Command, sent: bool) -> None:
        super().__init__(command, "no answer in time" if sent else "could not be sent in time")
        self.sent = sent


class LinkLost(CommandError):
    """
    The connection was lost before the answer came. When it was sent, it may have been done.

    @ivar sent: whether it left for the server at all.
    """

    def __init__(self, command: Command, sent: bool) -> None:
        super().__init__(
            command, "the connection was lost" + ("" if sent else " before it was sent")
        )
        self.sent = sent


class NotConnected(CommandError):
    """There is no connection to a CasparCG that said what it is; nothing was sent."""

    def __init__(self, command: Command) -> None:
        super().__init__(command, "not connected")
