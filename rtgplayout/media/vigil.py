# -*- test-case-name: tests.media.test_vigil -*-
"""
Keeps watch over the files of what is scheduled: L{what is wrong with them
<rtgplayout.media.preflight>} is always known, soon after anything changed.

It looks every second whether anything did, which takes microseconds. Items are looked at in turns
of a millisecond, and only those are looked up that changed, or all of them after the library did.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from math import inf

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from ..playout.status import Document, Mode, Status
from .checks import Kept, forget, look, merged
from .files import Files
from .preflight import Finding

__all__ = ["Vigil"]

_LOOK = 1.0
"""Seconds between two looks whether anything changed."""
_SOON = 0.1
"""Seconds from when somebody says that something did to that look: more may."""
_ALWAYS = 30.0
"""Seconds after which all is gone through anyway: what is scheduled comes nearer."""
_SLICE = 0.001
"""Seconds of work in one turn."""
_BETWEEN = 0.002
"""Seconds between two such turns."""
_AT_ONCE = 10
"""Items between two looks at the clock."""
_REST = 20
"""After going through all because of the library, it rests this many times as long as that took."""


@frozen(eq=False)
class _Gist:
    """What findings depend on of a channel, beside the time and the library."""

    document: Document
    status: Status

    def is_same(self, other: "_Gist") -> bool:
        return self.document is other.document and _shown(self.status) == _shown(other.status)


class Vigil(Service):
    """
    Who keeps watch, as long as this service runs.

    A look that fails is logged, and another is made with the next change, or half a minute later.
    """

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        now: Callable[[], float],
        channels: Callable[[], Iterable[tuple[Document, Status]]],
        files: Callable[[], Files],
        covers: Mapping[int, tuple[str, ...]],
        hours: float,
        told: Callable[[int], None],
    ) -> None:
        """
        @param clock: monotonic.
        @param now: seconds since the epoch.
        @param channels: of each, what is scheduled and what it does now.
        @param files: what is known of files.
        @param covers: by channel, the names of its filler and slate.
        @param hours: how far ahead items are looked at.
        @param told: called with the channel of which something else is found than before.
        """
        self.setName("vigil")
        self._clock = clock
        self._now = now
        self._channels = channels
        self._files_now = files
        self._covers = covers
        self._ahead = hours * 3600
        self._told = told
        self._kept: dict[int, Kept] = {}
        self._findings: tuple[Finding, ...] = ()
        self._gists: dict[int, _Gist] = {}
        self._files = Files(seen=False)
        self._began = -inf
        self._rested = -inf
        self._worked = 0.0
        self._renewing = False
        self._work: Iterator[None] | None = None
        self._due: IDelayedCall | None = None

    # Its life, and what others say.

    def startService(self) -> None:
        """Begin."""
        super().startService()
        self._began = -inf
        self._call(0, self._look)

    def stopService(self) -> None:
        """Keep watch no more; what was found stays known."""
        super().stopService()
        self._work = None
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def changed(self, channel: int | None = None) -> None:
        """What is scheduled on a channel, or what it does, is another: look soon."""
        due = self._due
        if due is not None and self._work is None:
            if due.getTime() > self._clock.seconds() + _SOON:
                due.reset(_SOON)

    def library_changed(self) -> None:
        """The library is another: look soon."""
        self.changed()

    # What is found.

    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong, by deadline; what has none comes last."""
        return self._findings

    def ahead(self, channel: int) -> tuple[Finding, ...]:
        """What is wrong on one channel, likewise."""
        kept = self._kept.get(channel)
        return () if kept is None else kept.findings

    def of(self, channel: int, item_id: str) -> tuple[Finding, ...]:
        """What is wrong with one item; it takes no time."""
        kept = self._kept.get(channel)
        looked = None if kept is None else kept.items.get(item_id)
        return () if looked is None else looked.findings

    # How it is done.

    def _call(self, seconds: float, call: Callable[[], None]) -> None:
        self._due = self._clock.callLater(seconds, self._ring, call)

    def _ring(self, call: Callable[[], None]) -> None:
        self._due = None
        call()

    def _look(self) -> None:
        """See whether there is anything to do."""
        wait = _ALWAYS
        with self._log.failuresHandled("while looking whether anything scheduled changed"):
            self._begin()
            wait = _LOOK
        if self._work is None:
            self._call(wait, self._look)
        else:
            self._go_on()

    def _begin(self) -> None:
        gists = {document.channel: _Gist(document, status) for document, status in self._channels()}
        files, at = self._files_now(), self._clock.seconds()
        renewing = at >= self._rested and not files.is_same(self._files)
        is_news = gists.keys() != self._gists.keys() or any(
            not gist.is_same(self._gists[channel]) for channel, gist in gists.items()
        )
        if renewing or is_news or at - self._began >= _ALWAYS:
            if renewing:
                self._files = files
            self._gists, self._began, self._worked = gists, at, 0.0
            self._renewing = renewing
            self._work = self._pass(tuple(gists.values()), self._files, self._now() + self._ahead)

    def _go_on(self) -> None:
        """Work for a millisecond."""
        assert self._work is not None
        began = self._clock.seconds()
        ended = True
        with self._log.failuresHandled("while looking at what is scheduled"):
            ended = _worked(self._work, lambda: self._clock.seconds() - began < _SLICE)
        at = self._clock.seconds()
        self._worked += at - began
        if not self.running:
            return
        if not ended:
            self._call(_BETWEEN, self._go_on)
            return
        self._work = None
        if self._renewing:
            self._rested = at + _REST * self._worked
        self._call(_LOOK, self._look)

    def _pass(self, gists: tuple[_Gist, ...], files: Files, until: float) -> Iterator[None]:
        """Go through all there is; each step is an item's."""
        before, after = self._kept, dict[int, Kept]()
        for gist in gists:
            channel, rate = gist.document.channel, gist.document.playlist.rate
            after[channel] = made = Kept(files, rate)
            covers = self._covers.get(channel, ())
            yield from look(made, before.get(channel), gist.document, gist.status, covers, until)
        timed: list[Finding] = []
        for finding in merged([each.timed for each in after.values()]):
            timed.append(finding)
            yield
        others = chain.from_iterable(each.others for each in after.values())
        self._findings = (*timed, *chain.from_iterable(others))
        self._kept = after
        for channel, made in after.items():
            known = before.get(channel)
            if made.findings is not (() if known is None else known.findings):
                with self._log.failuresHandled("while telling what was found"):
                    self._told(channel)
            yield
        for known in before.values():
            yield from forget(known)


def _shown(status: Status) -> tuple[Mode, str | None, str | None, bool]:
    """What of a status has to do with which items are to come, and whether they wait."""
    on_air, upcoming = status.on_air, status.upcoming
    return (
        status.mode,
        None if on_air is None else on_air.item.id,
        None if upcoming is None else upcoming.item.id,
        upcoming is not None and upcoming.start_at is None,
    )


def _worked(work: Iterator[None], has_time: Callable[[], bool]) -> bool:
    """Do some of it; whether that was the rest."""
    while len(list(islice(work, _AT_ONCE))) == _AT_ONCE:
        if not has_time():
            return False
    return True
