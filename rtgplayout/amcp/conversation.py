# -*- test-case-name: tests.amcp.test_conversation -*-
"""
The commands of one connection, from the asking to the answer.
"""

from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from attrs import define
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from .commands import Command, Priority, Unsendable, deadline, line
from .errors import CommandError, CommandRefused, CommandTimedOut, LinkLost, Overflow
from .status import ServerVersion
from .waiting import WaitingLine
from .wire import Reply

Ended: TypeAlias = Callable[[Command, float | None, CommandError | None], None]
"""
Told which command came to its end; how many seconds its answer took from its sending, when there
was one; and why it failed, if it did.
"""

_SHOWN = 200
"""Characters of a command that the log shows."""


@define(eq=False)
class _Asked:
    """
    A command that has no answer yet.

    @ivar deferred: L{None} once nobody waits for the answer any more.
    @ivar sent_at: seconds of the clock; L{None} while it waits.
    """

    command: Command
    line: str
    deferred: Deferred[Reply] | None = None
    overdue: IDelayedCall | None = None
    sent_at: float | None = None


class Conversation:
    """
    Sends commands in the order of L{WaitingLine} and gives each its answer.

    Answers are told apart by the ids that commands are sent with. CasparCG answers out of order,
    so with a server that does not know ids only one command is under way at a time; an answer
    that stays out then leaves no way to tell whose the next one is, and the connection must go.

    @ivar by_order: whether the server knows no ids.
    @ivar version: of the server, once known.
    @ivar round_trip: seconds between the last answered command and its answer.
    """

    _log = Logger()

    def __init__(
        self,
        write: Callable[[str], None],
        clock: IReactorTime,
        out_of_step: Callable[[], None],
        ended: Ended = lambda command, seconds, error: None,
    ) -> None:
        """
        @param write: sends a line.
        @param out_of_step: called when answers cannot be told apart any more.
        @param ended: called with each command that has its answer, or never will.
        """
        self.by_order = False
        self.version: ServerVersion | None = None
        self.round_trip: float | None = None
        self._write = write
        self._clock = clock
        self._out_of_step = out_of_step
        self._ended = ended
        self._ids = count(1)
        self._ids_known = False
        self._waiting: WaitingLine[_Asked] = WaitingLine()
        self._under_way: dict[str, _Asked] = {}
        self._closed = False

    @property
    def pending(self) -> int:
        """How many commands are sent and unanswered."""
        return len(self._under_way)

    def waiting(self) -> dict[Priority, int]:
        """How many commands wait to be sent, by priority."""
        return self._waiting.lengths()

    def send(self, command: Command) -> Deferred[Reply]:
        """
        See L{CasparLink.send}. Cancelling forgets the command when it has not left yet, and its
        answer when it has.
        """
        try:
            asked = _Asked(command, line(command, self.version))
        except Unsendable:
            return fail()
        if self._closed:
            return fail(LinkLost(command, sent=False))
        asked.deferred = Deferred(lambda _: self._forget(asked))
        asked.overdue = self._clock.callLater(deadline(command), self._give_up_on, asked)
        self._waiting.add(asked, command)
        answer = asked.deferred
        self._send_more()
        return answer

    def received(self, reply: Reply) -> None:
        """Give C{reply} to whom it is for; one that nobody waits for any more is dropped."""
        asked = self._answered_by(reply)
        if asked is None:
            self._log.debug(
                "an answer that nobody waits for: {code}, REQ {request}",
                code=reply.code,
                request=reply.request,
            )
            return
        self._log.debug("RES {request}: {code}", request=reply.request, code=reply.code)
        if asked.sent_at is not None:
            self.round_trip = self._clock.seconds() - asked.sent_at
        if reply.ok:
            self._ended(asked.command, self.round_trip, None)
            answer = self._done(asked)
            if answer is not None:
                answer.callback(reply)
        else:
            refusal = Overflow if reply.code == 504 else CommandRefused
            self._fail(asked, refusal(asked.command, reply), self.round_trip)
        self._send_more()

    def close(self) -> None:
        """The connection is gone: whatever has no answer fails, what was sent first."""
        self._closed = True
        sent = list(self._under_way.values())
        self._under_way.clear()
        for asked in sent:
            self._fail(asked, LinkLost(asked.command, sent=True))
        for asked in self._waiting.take_all():
            self._fail(asked, LinkLost(asked.command, sent=False))

    def _answered_by(self, reply: Reply) -> _Asked | None:
        if reply.request is not None and not self.by_order:
            self._ids_known = True
            return self._under_way.pop(reply.request, None)
        if not self._under_way or (self._ids_known and not self.by_order):
            return None
        # The oldest: by order there is no other, and the first command asks whether ids are known.
        return self._under_way.pop(next(iter(self._under_way)))

    def _send_more(self) -> None:
        while not self._closed and not (self.by_order and self._under_way):
            asked = self._waiting.take_next(len(self._under_way))
            if asked is None:
                return
            number = str(next(self._ids))
            self._under_way[number] = asked
            asked.sent_at = self._clock.seconds()
            self._log.debug("REQ {request}: {line}", request=number, line=asked.line[:_SHOWN])
            if asked.overdue is not None:
                asked.overdue.reset(deadline(asked.command))
            self._write(asked.line if self.by_order else f"REQ {number} {asked.line}")

    def _give_up_on(self, asked: _Asked) -> None:
        asked.overdue = None
        sent = asked.sent_at is not None
        self._take_out(asked)
        self._fail(asked, CommandTimedOut(asked.command, sent))
        if sent and self.by_order:
            self._out_of_step()
        else:
            self._send_more()

    def _forget(self, asked: _Asked) -> None:
        asked.deferred = None
        if asked.sent_at is not None and self.by_order:
            return  # its answer will come and must not be taken for another's
        self._take_out(asked)
        self._done(asked)
        self._send_more()

    def _take_out(self, asked: _Asked) -> None:
        if asked.sent_at is None:
            self._waiting.remove(asked, asked.command)
        else:
            self._under_way = {n: each for n, each in self._under_way.items() if each is not asked}

    def _fail(self, asked: _Asked, error: CommandError, seconds: float | None = None) -> None:
        self._ended(asked.command, seconds, error)
        answer = self._done(asked)
        if answer is not None:
            answer.errback(error)

    def _done(self, asked: _Asked) -> Deferred[Reply] | None:
        """Nothing is left behind; the one who still waits."""
        if asked.overdue is not None:
            asked.overdue.cancel()
            asked.overdue = None
        answer, asked.deferred = asked.deferred, None
        return answer
