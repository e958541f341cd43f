# -*- test-case-name: tests.ops.test_mail -*-
"""
Sends alerts by e-mail.

How the connection is secured (C{smtp_security}):

  - C{tls}: from the start; C{starttls}: asked for, and without it nothing is sent. In both the
    server's certificate has to be good for C{smtp_host}.
  - C{none}: not at all, the password neither.
  - C{auto}: if the server offers STARTTLS; without a user its certificate may be any, as that of a
    mail server on this machine. With a user it is C{starttls}: no password is sent in the open
    because somebody between says that there is no TLS.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from attrs import field, frozen
from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.internet.ssl import CertificateOptions, optionsForClientTLS
from twisted.logger import Logger
from twisted.mail.smtp import (
    ESMTPSender,
    ESMTPSenderFactory,
    SMTPClientError,
    SMTPConnectError,
    SMTPDeliveryError,
)
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from .alert import Alert, plain
from .letter import letter
from .outbox import NotDelivered

__all__ = ["GATHER", "PATIENCE", "Mail", "Server"]

GATHER = 5.0
"""Seconds within which what happens becomes one e-mail."""
PATIENCE = 60.0
"""Seconds for all of it: some servers keep strangers waiting on purpose."""
_CONNECT = 15
"""Seconds of it for being connected."""
_FAREWELL = 5.0
"""Seconds that the server has afterwards for taking its leave."""


@frozen
class Server:
    """
    A mail server.

    @ivar security: C{auto}, C{none}, C{starttls} or C{tls}.
    @ivar user: L{None} when it wants none; likewise the password.
    """

    host: str
    port: int = 25
    security: str = "auto"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def login(self) -> bool:
        """Whether it is told who we are."""
        return self.user is not None and self.password is not None


@frozen(eq=False)
class Mail:
    """
    Those who get alerts by e-mail.

    @ivar reactor: connects by TCP; its C{seconds} is monotonic.
    @ivar now: the wall clock.
    """

    server: Server
    sender: str
    to: tuple[str, ...]
    station: str
    reactor: Any
    now: Callable[[], float]

    _log = Logger()

    @property
    def what(self) -> str:
        """Where they go, for people and the log."""
        return f"mail server {self.server.host}:{self.server.port}"

    def send(self, alerts: tuple[Alert, ...]) -> Deferred[str]:
        """
        Send one e-mail with all of them; fires with how many get it, in words. Fails with
        L{NotDelivered <rtgplayout.ops.outbox.NotDelivered>} when nobody does.
        """
        return Deferred.fromCoroutine(self._send(alerts))

    async def _send(self, alerts: tuple[Alert, ...]) -> str:
        content = letter(alerts, self.station, self.sender, self.to, self.now())
        sent: Deferred[Any] = Deferred(lambda _: None)
        factory = _Factory(self.server, self.sender, self.to, content, sent)
        host, port = self.server.host, self.server.port
        over: Any = factory
        if self.server.security == "tls":
            over = TLSMemoryBIOFactory(optionsForClientTLS(host), True, factory)
        connector = self.reactor.connectTCP(host, port, over, _CONNECT)
        try:
            _, answers = await sent.addTimeout(PATIENCE, self.reactor)
        except CancelledError:
            factory.abort(connector)
            raise
        except Exception as error:
            factory.abort(connector)
            raise _not_delivered(error) from None
        await factory.made.leave(self.reactor)
        refused = [
            f"{_text(who)}: {code} {_text(why)}" for who, code, why in answers if code >= 300
        ]
        if refused:
            self._log.warn(
                "Alerts by e-mail were refused for some: {refused}", refused="; ".join(refused)
            )
        return f"taken for {len(self.to) - len(refused)} of {len(self.to)}"


class _Sender(ESMTPSender):
    """
    One conversation with a mail server, of which nothing is kept: it holds the password.

    @ivar gone: fires when it is over; cancelled, it is over at once.
    """

    debug = False
    transport: Any

    def connectionMade(self) -> None:
        """Begin it."""
        self.gone: Deferred[None] = Deferred(lambda _: self.transport.abortConnection())
        super().connectionMade()

    def sendError(self, exc: SMTPClientError) -> None:
        """What comes after the end of it interests nobody any more."""
        if self.factory.sendFinished:
            self.transport.abortConnection()
        else:
            super().sendError(exc)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over."""
        super().connectionLost(reason)
        if not self.gone.called:
            self.gone.callback(None)

    async def leave(self, clock: IReactorTime) -> None:
        """Let the server take its leave, and be gone whatever it does."""
        leaving = clock.callLater(_FAREWELL, self.transport.abortConnection)
        await self.gone
        if leaving.active():
            leaving.cancel()


class _Factory(ESMTPSenderFactory):
    """
    Makes the conversation for one e-mail.

    @ivar made: it, once the server is connected.
    """

    protocol = _Sender
    noisy = False

    def __init__(
        self, server: Server, sender: str, to: tuple[str, ...], content: bytes, sent: Deferred[Any]
    ) -> None:
        open_, tls = server.security == "none", server.security == "tls"
        any_certificate = server.security == "auto" and not server.login
        super().__init__(
            (server.user or "").encode() if server.login else None,
            (server.password or "").encode() if server.login else None,
            sender,
            list(to),
            BytesIO(content),
            sent,
            retries=0,
            contextFactory=CertificateOptions() if any_certificate else None,
            heloFallback=not server.login,
            requireAuthentication=server.login,
            requireTransportSecurity=not (open_ or tls or any_certificate),
            # By it the certificate is known, if STARTTLS is to be used at all.
            hostname=None if open_ or tls else server.host,
        )
        self.made: Any = None

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """The one that there is."""
        self.made = super().buildProtocol(addr)
        return self.made

    def abort(self, connector: Any) -> None:
        """Be gone at once, however far it came."""
        self.sendFinished = True
        if self.made is None:
            connector.disconnect()
        elif not self.made.gone.called:
            self.made.transport.abortConnection()


def _text(said: bytes | str) -> str:
    return plain(said.decode("utf-8", "replace") if isinstance(said, bytes) else said, 200)


def _not_delivered(error: Exception) -> NotDelivered:
    """What went wrong, in the server's words if it said some."""
    if isinstance(error, TimeoutError):
        return NotDelivered(f"no end of it within {PATIENCE:.0f} s")
    if isinstance(error, SMTPConnectError) and error.code < 0:
        return NotDelivered(plain(str(error.__cause__ or error), 200))
    if isinstance(error, SMTPClientError):
        code = f"{error.code} " if error.code > 0 else ""
        refused = isinstance(error, SMTPDeliveryError) and 500 <= error.code < 600
        return NotDelivered(f"{code}{_text(error.resp)}", refused)
    return NotDelivered(type(error).__name__)
