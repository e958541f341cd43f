# -*- test-case-name: tests.api.test_websocket -*-
"""
The door's WebSocket: on a port of its own for version 1 and machines, and under C{/ws} of the HTTP
port. The subprotocol C{rtgplayout.2} is version 2, anything else version 1.

Facts about Autobahn 26.10 that are kept in mind here: C{.log} is its own; what C{onConnect} and
C{onOpen} raise is lost, unless caught; C{sendClose} takes only 1000 and 3000 up; its limit of a
message's length is also one of what C{sendMessage} sends, but not of what C{sendPreparedMessage}
does; its timers run on C{txaio.config.loop}; what it sends itself (pings, pongs, the closing frame)
is written at once, between the frames of a long message too, where the protocol wants it.
"""

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from .admission import Allowance, Limits, Verdict, origin_allowed
from .answers import Error
from .codec import MAX_MESSAGE
from .door import Door
from .frames import Frame, Long, frame
from .messages import Version
from .pace import Pace
from .turns import Turns

__all__ = ["SUBPROTOCOL", "Limits", "Subscriber", "SubscriberFactory"]

SUBPROTOCOL = "rtgplayout.2"

_LONGEST_HANDSHAKE = 16 * 1024
_AT_A_TIME = 64 * 1024
"""Bytes of what waits: as many as a transport holds before it says that it is full."""
_LEAST = 1024
"""As how many bytes a short frame counts, for the work that it is."""
_PIECE = 1024
"""Bytes of what comes that are looked at at a time: up to 170 frames."""
_SHOWN = 200
"""Characters of what a client says of itself that the log shows."""
_GOING_AWAY = 1001
_POLICY = 1008
_INTERNAL_ERROR = 1011


@implementer(IPushProducer)
class Subscriber(WebSocketServerProtocol):
    """
    A connection to the door.

    What fails here closes this connection with 1011 and disturbs no other.
    """

    _log = Logger()
    factory: "SubscriberFactory"
    transport: Any
    autoPingTimeoutCall: Any
    version = Version.ONE
    name = "?"

    def connectionMade(self) -> None:
        """Start counting."""
        limits = self.factory.limits
        self._allowance = Allowance(limits.rate, limits.burst)
        self._verdict = Verdict.TAKE
        self._paused = False
        self._waiting: deque[Frame] = deque()
        self._went_on = -inf
        self._piled = 0
        self._queued = 0
        self._stuck: IDelayedCall | None = None
        self._joined = False
        self._came: deque[bytes] = deque()
        self._held = False
        super().connectionMade()

    # Coming in.

    def dataReceived(self, data: bytes) -> None:
        """Take bytes; no more are read until these are looked at."""
        more = bool(self._came)
        self._came.extend(data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
        if not more:
            self.factory.turns.take(self._look)
        if self._came and not self._held:
            self._held = True
            self.transport.pauseProducing()

    def _look(self) -> bool:
        """Look at some of what came; no endless opening handshake is looked at to its end."""
        if self._came:
            data = self._came.popleft()
            if self.state == self.STATE_CONNECTING and len(self.data) > _LONGEST_HANDSHAKE:
                self.factory.door.traffic.refused += 1
                self.dropConnection(abort=True)
            else:
                self._guarded(lambda: super(Subscriber, self).dataReceived(data))
        if self._held and not self._came:
            self._held = False
            self.transport.resumeProducing()
        return bool(self._came)

    def onConnect(self, request: ConnectionRequest) -> str | None:
        """The opening handshake came: let the client in, or not."""
        try:
            return self._admit(request)
        except ConnectionDeny:
            self.factory.door.traffic.refused += 1
            raise
        except Exception:
            self._log.failure("while {client} connects", client=self.peer)
            raise ConnectionDeny(500, "internal error") from None

    def _admit(self, request: ConnectionRequest) -> str | None:
        """
        Let a client in, or not.

        @return: the subprotocol.
        """
        if self.factory.stopping:
            raise ConnectionDeny(503, "the server stops")
        origin = request.origin or None
        if not origin_allowed(origin, request.host, self.factory.limits.origins):
            self._log.warn(
                "{client} refused: a page from {origin!r}, which is not among the origins that may"
                " connect to {host!r}",
                client=request.peer,
                origin=str(origin)[:_SHOWN],
                host=request.host[:_SHOWN],
            )
            raise ConnectionDeny(403, "this origin is not allowed")
        self.name = request.peer
        if SUBPROTOCOL in request.protocols:
            self.version = Version.TWO
            return SUBPROTOCOL
        return None

    def onOpen(self) -> None:
        """The client is in: greet it."""
        self._guarded(self._open)

    def _open(self) -> None:
        # Under the site, the HTTP channel is still registered.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        self._log.info(
            "{client} is there, version {version}", client=self.name, version=int(self.version)
        )
        self._joined = True
        self.factory.here.add(self)
        self.factory.door.join(self)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """The connection is over, or was never made."""
        self._waiting.clear()
        self._queued = 0
        self._came.clear()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
        if self._joined:
            self._joined = False
            self.factory.door.leave(self)
            self._log.info(
                "{client} is gone: {code} {reason}", client=self.name, code=code, reason=reason
            )
        self.factory.gone(self)

    # What comes.

    def onMessageFrameBegin(self, length: int) -> None:
        """A frame comes; it counts, whatever is in it."""
        self._verdict = self._spend()
        coming = self.message_data_total_length + length
        if coming > MAX_MESSAGE and not self.failedByMe:
            text = f"a message must not be longer than {MAX_MESSAGE} bytes"
            self._guarded(lambda: self.factory.door.refuse(self, Error(text, "too_large")))
        super().onMessageFrameBegin(length)

    def onPing(self, payload: bytes) -> None:
        """Answer a ping; it counts too."""
        if self._spend() is Verdict.TAKE:
            super().onPing(payload)

    def _spend(self) -> Verdict:
        verdict = self._allowance.spend(self.factory.clock.seconds())
        if self.state != self.STATE_OPEN:
            return Verdict.DROP
        if verdict is Verdict.WARN:
            rate = self.factory.limits.rate
            text = f"more than {rate:g} messages a second: this one, and more like it, are dropped"
            self._guarded(lambda: self.factory.door.refuse(self, Error(text, "too_fast")))
        elif verdict is Verdict.CLOSE:
            self.factory.door.traffic.flooding += 1
            self._log.warn("{client} sends too much", client=self.name)
            self.sendCloseFrame(_POLICY, b"too many messages")
            self.transport.loseConnection()
        return verdict

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """A message came."""
        if self._verdict is not Verdict.TAKE or self.state != self.STATE_OPEN:
            return
        door = self.factory.door
        if isBinary:
            error = Error("messages must be text, not binary", "not_text")
            self._guarded(lambda: door.refuse(self, error))
        else:
            self._guarded(lambda: door.received(self, payload))

    def _guarded(self, call: Callable[[], None]) -> None:
        """Do something; what fails is between this client and us."""
        try:
            call()
        except Exception:
            self.factory.door.broke(self, Failure())

    # What goes.

    @property
    def ready(self) -> bool:
        """Whether what is sent now leaves soon."""
        return self._takes and not self._waiting

    @property
    def _takes(self) -> bool:
        """Whether the transport wants more."""
        return self.state == self.STATE_OPEN and not self._paused

    @property
    def queued(self) -> int:
        """Bytes that wait here; what the transport has of it, 64 kB or so, is not among them."""
        return self._queued

    def send(self, *messages: bytes | Long) -> None:
        """Send messages; who does not take what it is sent is dropped."""
        if self.state != self.STATE_OPEN:
            return
        if not self.ready:
            self._piled += sum(len(each) for each in messages if isinstance(each, bytes))
            if self._piled > self.factory.limits.piled:
                self._drop_slow()
                return
        for message in messages:
            if isinstance(message, Long):
                self._waiting.extend(message.frames)
                self._queued += message.size
            elif self.ready:
                self.factory.door.traffic.bytes_out += len(message)
                self.sendPreparedMessage(self.factory.prepared(message))
            else:
                self._waiting.append(frame(message))
                self._queued += len(message)
        if self._waiting and self._takes:
            self.factory.pace.queue(self)

    def go_on(self) -> int:
        """
        Send the next frames of what waits, as far as the client takes them.

        @return: about how many bytes; 0 when there is nothing, or it is not taken now.
        """
        sent = 0
        while sent < _AT_A_TIME and self._waiting and self._takes:
            header, payload = self._waiting.popleft()
            self._queued -= len(payload)
            self.factory.door.traffic.bytes_out += len(payload)
            self.transport.writeSequence((header, payload))
            sent += max(len(payload), _LEAST)
        if sent:
            self._went_on = self.factory.clock.seconds()
            self._took()
        return sent

    def fail(self) -> None:
        """Close, because something failed here."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(_INTERNAL_ERROR, b"internal error")

    def go_away(self) -> None:
        """Close, because the server stops."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(_GOING_AWAY, b"the server stops")
        else:
            self.dropConnection(abort=True)

    def onAutoPingTimeout(self) -> None:
        """
        A ping is not answered. A long message may have been before it; whether the client takes
        that is what C{limits.stuck} is for.
        """
        clock, silence = self.factory.clock, self.factory.limits.silence
        if self._paused or clock.seconds() - self._went_on < silence:
            self.autoPingTimeoutCall = clock.callLater(silence, self.onAutoPingTimeout)
        else:
            super().onAutoPingTimeout()

    def pauseProducing(self) -> None:
        """The transport's buffers are full; it says so again at each write."""
        self._paused = True
        if self._stuck is None:
            self._stuck = self.factory.clock.callLater(self.factory.limits.stuck, self._give_up)

    def resumeProducing(self) -> None:
        """They are empty again: the rest is sent, then what the client missed, as it is now."""
        self._paused = False
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
        self._took()

    def _took(self) -> None:
        """The client took something."""
        if self._waiting and self._takes:
            self.factory.pace.queue(self)
        elif self.ready:
            self._piled = 0
            if self._joined:
                self._guarded(lambda: self.factory.door.feeds.resume(self))

    def stopProducing(self) -> None:
        """The connection is lost; L{onClose} comes too."""

    def _give_up(self) -> None:
        self._stuck = None
        self._drop_slow()

    def _drop_slow(self) -> None:
        self.factory.door.traffic.slow += 1
        self._log.warn("{client} does not take what it is sent: dropped", client=self.name)
        self.dropConnection(abort=True)


class SubscriberFactory(WebSocketServerFactory):
    """
    Makes the connections, for the port and for the site alike.

    @ivar stopping: no new ones are let in.
    @ivar pace: of what waits for them.
    @ivar turns: of what comes from them.
    """

    _log = Logger()
    protocol = Subscriber  # type: ignore[assignment] # Autobahn's own factory, as it wants it
    noisy = False

    def __init__(self, door: Door, clock: IReactorTime, limits: Limits) -> None:
        """
        @param clock: monotonic.
        """
        super().__init__(protocols=[SUBPROTOCOL], server="", reactor=clock)
        self.door = door
        self.clock = clock
        self.limits = limits
        self.pace = Pace(clock)
        self.turns = Turns(clock)
        self.stopping = False
        self.here: set[Subscriber] = set()
        self._empty: Deferred[None] | None = None
        self._prepared: tuple[bytes, Any] = (b"", None)
        self.setProtocolOptions(
            webStatus=False,
            maxConnections=limits.clients,
            maxMessagePayloadSize=MAX_MESSAGE,
            maxFramePayloadSize=MAX_MESSAGE,
            autoPingInterval=limits.heartbeat,
            autoPingTimeout=limits.silence,
            failByDrop=False,
            allowNullOrigin=True,  # who may come in is decided in onConnect
            tcpNoDelay=True,
        )

    def prepared(self, payload: bytes) -> Any:
        """C{payload} as a frame, made once when it goes to many."""
        if self._prepared[0] is not payload:
            self._prepared = (payload, self.prepareMessage(payload))
        return self._prepared[1]

    def gone(self, subscriber: Subscriber) -> None:
        """A connection is over."""
        self.here.discard(subscriber)
        if not self.here and self._empty is not None:
            empty, self._empty = self._empty, None
            empty.callback(None)

    def stop(self) -> Deferred[None]:
        """
        Say goodbye to everybody and let nobody in.

        @return: fires when all are gone, or dropped because they did not go.
        """
        self.stopping = True
        self.door.farewell()
        done: Deferred[None] = Deferred()
        if not self.here:
            done.callback(None)
            return done
        self._empty = done
        late = self.clock.callLater(self.limits.farewell, self._drop_all)
        for subscriber in tuple(self.here):
            subscriber.go_away()

        def over(_: None) -> None:
            if late.active():
                late.cancel()

        return done.addCallback(over)

    def _drop_all(self) -> None:
        for subscriber in tuple(self.here):
            subscriber.dropConnection(abort=True)
        for subscriber in tuple(self.here):
            self.gone(subscriber)
