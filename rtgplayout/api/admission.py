# -*- test-case-name: tests.api.test_admission -*-
"""Who may come in, and how much one may ask."""

from enum import Enum
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from attrs import define, frozen

__all__ = ["MOST_WAITING", "Allowance", "Limits", "Verdict", "origin_allowed"]

MOST_WAITING: Final = 200
"""How many requests of one client may wait for their answers."""


def _bare_host(host: str | None) -> bool:
    """Whether a host is named by its address, or by a name that no other site can claim."""
    if not host:
        return False
    try:
        ip_address(host)
    except ValueError:
        return "." not in host
    return True


def _loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def origin_allowed(origin: str | None, host: str, allowed: tuple[str, ...] = ()) -> bool:
    """
    Whether a page may drive the playout. Browsers say which page it is, other programs nothing.

    It may when its origin is listed, when it was served from this machine, or from the same host
    as it connects to, on any port, called by its address or a name without a dot. A name with dots
    has to be listed: whoever owns a domain can make it point at us.

    @param origin: as C{http://host:port}; L{None} for what is no browser.
    @param host: what the client calls us, a name or an address.
    @param allowed: origins as in C{http://playout.example:3000}; C{*} stands for all.
    """
    if origin is None or "*" in allowed or origin in allowed:
        return True
    try:
        page = urlsplit(origin)
        port_is_good = page.port is None or page.port > 0
    except ValueError:
        return False
    if page.scheme not in {"http", "https"} or not port_is_good:
        return False
    same = page.hostname == host.strip("[]").lower() and _bare_host(page.hostname)
    return same or _loopback(page.hostname)


@frozen
class Limits:
    """
    What is asked of clients.

    @ivar origins: pages that may connect, as C{http://host:port}, beside those of this machine and
        of the host that is connected to (L{origin_allowed}); C{*} is all.
    @ivar clients: the most connections at a time.
    @ivar heartbeat: seconds between two pings.
    @ivar silence: seconds within which a ping has to be answered.
    @ivar stuck: seconds within which a client has to take something of what waits for it.
    @ivar piled: bytes of answers that wait for it at most.
    @ivar rate: frames a second.
    @ivar burst: frames at once, after a rest.
    @ivar farewell: seconds that a client has for closing when the server stops.
    """

    origins: tuple[str, ...] = ()
    clients: int = 500
    heartbeat: float = 30
    silence: float = 20
    stuck: float = 30
    piled: int = 1 << 20
    rate: float = 100
    burst: float = 200
    farewell: float = 0.5


class Verdict(Enum):
    """What becomes of something that a client sent."""

    TAKE = "take"
    WARN = "warn"
    """Not looked at; its sender is told, once."""
    DROP = "drop"
    """Not looked at."""
    CLOSE = "close"
    """It went on too long."""


@define
class Allowance:
    """
    How fast a client may send: so many a second, and so many at once after a rest.

    Who sends more is warned and the excess dropped; whose excess grows to another C{burst} before
    the allowance was whole again is shown the door.

    @ivar rate: how many a second.
    @ivar burst: how many at once.
    """

    rate: float = 100
    burst: float = 200
    _left: float | None = None
    _at: float = 0.0
    _excess: int = 0

    def spend(self, now: float) -> Verdict:
        """
        Something came.

        @param now: seconds of a clock that doesn't jump.
        """
        left: Final = self.burst if self._left is None else self._left
        self._left = min(self.burst, left + (now - self._at) * self.rate)
        self._at = now
        if self._left >= self.burst:
            self._excess = 0
        if self._left >= 1:
            self._left -= 1
            return Verdict.TAKE
        self._excess += 1
        if self._excess > self.burst:
            return Verdict.CLOSE
        return Verdict.WARN if self._excess == 1 else Verdict.DROP
