# -*- test-case-name: tests.media.test_thumbnails -*-
"""
Pictures of what files show, each in a file of its own that is named after the path, the size and
the time of change: a clip that is replaced gets another one. An empty file says that none can be
made.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from hashlib import blake2b
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..playout.status import CannotDo
from .facts import MediaKind
from .library import Entry, Library, State
from .probes import NotProbed

__all__ = ["Make", "Thumbnails", "has_picture", "name_of"]

T = TypeVar("T")

_MOST_WAITING = 1_000
"""Who may wait for a picture to be made: each browser asks for six at a time."""
_MOST_BYTES = 2 * 1024**3
_FRESH = 3600.0
"""Seconds for which a picture stays that nobody seems to want: its file may be new."""
_RUN = 1_000
"""How many values are sorted in one go."""


class Make(Protocol):
    """See L{Probes.thumbnail <rtgplayout.media.probes.Probes.thumbnail>}."""

    def __call__(
        self, path: str, target: str, duration: Fraction | None, urgent: bool = False
    ) -> Deferred[None]:
        """
        Have a picture written to C{target}, which is whole as soon as it is there.

        @return: fails with L{NotProbed}.
        """


@frozen(order=True)
class _Kept:
    """A picture on disk; the oldest come first."""

    made: float
    size: int
    name: str


def name_of(entry: Entry) -> str:
    """What the picture of a file, as it is now, is called."""
    what = f"{entry.file}\0{entry.size}\0{entry.modified_ns}"
    return blake2b(what.encode(errors="surrogatepass"), digest_size=16).hexdigest() + ".jpg"


def has_picture(entry: Entry) -> bool:
    """Whether it shows something, as far as known, and is where we can see it."""
    facts = entry.facts
    return entry.on_disk and facts is not None and facts.kind is not MediaKind.AUDIO


class Thumbnails:
    """
    Makes them when somebody waits for them, and all others one by one when the children have
    nothing else to do.
    """

    _log = Logger()

    def __init__(
        self,
        root: Path,
        folder: Path,
        make: Make,
        in_thread: Callable[..., Deferred[Any]],
        now: Callable[[], float],
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        """
        @param root: the media folder.
        @param folder: where they are kept; made when it is not there.
        @param now: the wall clock.
        @param most_bytes: all of them take about that; the oldest go.
        """
        self._root = root.absolute()
        self._folder = folder.absolute()
        self._make = make
        self._in_thread = in_thread
        self._now = now
        self._most_bytes = most_bytes
        self._waiting = 0
        self._awaited: dict[str, list[Deferred[None]]] = {}
        self._to_make: deque[Entry] = deque()
        self._making: tuple[str, Deferred[None]] | None = None
        self._stopped = False

    def picture(self, entry: Entry) -> Deferred[bytes | None]:
        """
        The picture of a file; L{None} when there can be none, or none now.

        @return: fails with L{CannotDo} when too many are being made.
        """
        return Deferred.fromCoroutine(self._picture(entry))

    def want(self, entries: Iterable[Entry]) -> None:
        """Have those made that are not there, at leisure."""
        self._to_make.extend(filter(has_picture, entries))
        self._go_on()

    def tidy(self, library: Library) -> Deferred[None]:
        """Take away what no file has any more, and what is too much; have made what is missing."""
        tidied: Deferred[list[Entry]] = self._in_thread(self._tidy, library, self._now())
        return tidied.addCallback(self.want)

    def stop(self) -> None:
        """Make no more."""
        self._stopped = True
        self._to_make.clear()
        if self._making is not None:
            self._making[1].cancel()

    async def _picture(self, entry: Entry) -> bytes | None:
        if not has_picture(entry):
            return None
        name = name_of(entry)
        content: bytes | None = await self._in_thread(self._read, name)
        if content is None and entry.state is State.READY:
            await self._when_made(entry, name)
            content = await self._in_thread(self._read, name)
        return content or None

    def _when_made(self, entry: Entry, name: str) -> Deferred[None]:
        """Have it made at once; who else wants it waits for the same."""
        if self._waiting >= _MOST_WAITING:
            return fail(CannotDo("too many thumbnails are being made"))
        self._waiting += 1
        waiter: Deferred[None] = Deferred()
        awaited = self._awaited.setdefault(name, [])
        awaited.append(waiter)
        if len(awaited) == 1:
            if self._making is not None and self._making[0] == name:
                self._making[1].cancel()
            made = Deferred.fromCoroutine(self._have_made(entry, name, urgent=True))
            made.addBoth(self._serve, name)
        return waiter

    def _serve(self, result: Failure | None, name: str) -> None:
        for waiter in self._awaited.pop(name):
            self._waiting -= 1
            waiter.callback(result)

    async def _have_made(self, entry: Entry, name: str, urgent: bool) -> None:
        """@raise CannotDo: it could not be tried."""
        duration = None if entry.facts is None else entry.facts.duration
        target = os.fspath(self._folder / name)
        await self._in_thread(self._make_folder)
        try:
            await self._make(os.fspath(self._root / entry.file), target, duration, urgent)
        except NotProbed as failed:
            if not failed.settled:
                raise CannotDo(f"no thumbnail can be made now: {failed.reason}") from None
            await self._in_thread(self._write_none, name)

    def _go_on(self) -> None:
        """Make the next one."""
        if self._making is not None or self._stopped or not self._to_make:
            return
        entry = self._to_make.popleft()
        name = name_of(entry)
        made = Deferred.fromCoroutine(self._make_missing(entry, name))
        self._making = (name, made)
        made.addErrback(self._not_made)
        made.addCallback(self._made)

    async def _make_missing(self, entry: Entry, name: str) -> None:
        if not await self._in_thread(self._is_there, name):
            await self._have_made(entry, name, urgent=False)

    def _not_made(self, failure: Failure) -> None:
        if failure.check(CancelledError, CannotDo) is None:
            self._log.failure("while making thumbnails", failure)

    def _made(self, _: None) -> None:
        self._making = None
        self._go_on()

    # What follows blocks; it runs in threads.

    def _make_folder(self) -> None:
        with suppress(OSError):  # who writes into it will say more
            self._folder.mkdir(parents=True, exist_ok=True)

    def _is_there(self, name: str) -> bool:
        return (self._folder / name).exists()

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def _write_none(self, name: str) -> None:
        with suppress(OSError):  # then it is tried once more, some time
            (self._folder / name).write_bytes(b"")

    def _tidy(self, library: Library, now: float) -> list[Entry]:
        """
        Take some away.

        @return: the files whose pictures are missing, if there is room for more.
        """
        # Of names alone: the collection of garbage does not look at such.
        wanted = {name_of(entry): entry.file for entry in library.order if has_picture(entry)}
        kept: list[_Kept] = []
        for each in self._all():
            if each.name in wanted or now - each.made < _FRESH:
                kept.append(each)
                wanted.pop(each.name, None)
            else:
                self._remove(each.name)
        total = sum(each.size for each in kept)
        if total > self._most_bytes:
            for each in _in_order(kept):
                if total <= self._most_bytes * 9 // 10:
                    break
                self._remove(each.name)
                total -= each.size
            return []
        entries = map(library.entries.__getitem__, wanted.values())
        return [entry for entry in entries if entry.state is State.READY]

    def _all(self) -> Iterator[_Kept]:
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):
                        status = entry.stat()
                        yield _Kept(status.st_mtime, status.st_size, entry.name)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                self._log.warn("thumbnails cannot be kept: {error}", error=str(error))

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            (self._folder / name).unlink()


def _in_order(kept: list[_Kept]) -> Iterator[_Kept]:
    """Sorted a thousand at a time: a large sort would hold up all threads."""
    rest = iter(kept)
    return merge(*iter(lambda: sorted(islice(rest, _RUN)), []))
