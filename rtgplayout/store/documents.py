# -*- test-case-name: tests.store.test_documents -*-
"""
Documents on disk that are always whole: after a power cut or C{kill -9} there is the content from
before a save or the content from after it, and what was reported as saved is there.

Beside C{playlist.json} stand C{playlist.json.backup}, the content before the last save, and during
a save C{playlist.json.tmp}. What cannot be read is set aside as
C{playlist.json.damaged-<UTC timestamp>} and never overwritten.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..rundown.timing import stamp
from .decoded import Decoded, Unreadable

__all__ = ["LARGEST", "MOST_WAITING", "Document", "InThread", "Loaded", "sync_folder"]

T = TypeVar("T")

InThread = Callable[..., Deferred[Any]]
"""Calls its first argument with the others in some thread; fires with what that returned."""

LARGEST = 64 << 20
"""Bytes beyond which a document does not grow: all of it is written at each change."""

MOST_WAITING = 1_000
"""Saves that may wait for a disk that does not answer; more are refused."""


@frozen
class Loaded(Generic[T]):
    """
    What was on disk at start.

    @ivar value: L{None} when there was nothing, or nothing that could be read.
    @ivar notices: sentences for the operator: what was damaged, repaired, set aside.
    """

    value: T | None = None
    notices: tuple[str, ...] = ()


@define(eq=False)
class Document(Generic[T]):
    """
    One document on disk, and its only writer.

    @ivar path: the file; its folder exists.
    @ivar encode: called in the thread that writes.
    @ivar decode: raises L{Unreadable} for what is not such a document.
    @ivar in_thread: where files are written, so that nothing waits for a disk.
    @ivar now: the wall clock, for the names of what is set aside.
    """

    path: Path
    encode: Callable[[T], bytes]
    decode: Callable[[bytes], Decoded[T]]
    in_thread: InThread
    now: Callable[[], float]
    _latest: T | None = field(init=False, default=None)
    _waiting: list[Deferred[None]] = field(init=False, factory=list)
    _writing: bool = field(init=False, default=False)

    _log = Logger()

    @property
    def backup(self) -> Path:
        """The content before the last save."""
        return self.path.with_name(self.path.name + ".backup")

    def load(self) -> Loaded[T]:
        """
        Read the document, or its backup when it is missing or damaged. Blocks: it is for the start.

        A document of which something had to be repaired is kept as it was, in a copy named
        C{<name>.before-repair-<UTC timestamp>}.

        @raise OSError: a damaged file could not be set aside; a save would overwrite it.
        """
        for leftover in ("tmp", "backup.tmp", "probe.tmp"):
            _forget(self._beside(leftover))
        notices: list[str] = []
        for path in (self.path, self.backup):
            try:
                content = path.read_bytes()
                decoded = self.decode(content)
            except FileNotFoundError:
                continue
            except (OSError, Unreadable) as error:
                aside = self._set_aside(path)
                notices.append(f"{path.name} cannot be read: {error}. It was set aside as {aside}.")
                continue
            if path == self.backup:
                notices.append(f"{self.path.name} was missing or damaged: its backup was taken.")
                self._restore(content, notices)
            if decoded.repairs:
                notices += [f"{path.name}: {repair}" for repair in decoded.repairs]
                self._keep_copy(content, notices)
            return Loaded(decoded.value, tuple(notices))
        return Loaded(None, tuple(notices))

    def save(self, value: T) -> Deferred[None]:
        """
        Put C{value} on disk.

        While one write runs, the latest value waits for the next one, and all who asked meanwhile
        share it. A failed write leaves the old content in place; the next save tries again.

        @return: fires when C{value} or a later one is on disk; fails with L{OSError} when the
            write that was to contain it failed, or with whatever C{encode} raised.
        """
        waiter: Deferred[None] = Deferred()
        if len(self._waiting) >= MOST_WAITING:
            busy = OSError(errno.EBUSY, "the disk does not answer", str(self.path))
            waiter.errback(Failure(busy))
            return waiter
        self._latest = value
        self._waiting.append(waiter)
        if not self._writing:
            self._write_latest()
        return waiter

    def probe(self) -> Deferred[None]:
        """
        See whether the disk takes a document like the one that is there, and change nothing.

        @return: fails with L{OSError} when it does not, or when a write is not done.
        """
        if self._writing:
            return fail(OSError(errno.EBUSY, "the disk does not answer", str(self.path)))
        return maybeDeferred(self.in_thread, self._probe)

    def _write_latest(self) -> None:
        """Start a write of the latest value, for all who wait now."""
        waiters, self._waiting = self._waiting, []
        value, self._latest = self._latest, None
        self._writing = True
        written: Deferred[Any] = maybeDeferred(self.in_thread, self._write, value)
        written.addBoth(self._wrote, waiters)
        written.addErrback(lambda f: self._log.failure("while saving {path}", f, path=self.path))

    def _wrote(self, result: object, waiters: list[Deferred[None]]) -> None:
        """Tell those who waited how it went, and write what came meanwhile."""
        for waiter in waiters:
            if isinstance(result, Failure):
                waiter.errback(result)
            else:
                waiter.callback(None)
        self._writing = False
        if self._waiting:
            self._write_latest()

    # What follows blocks.

    def _write(self, value: T) -> None:
        """Replace the file; in a thread."""
        content = self.encode(value)
        if len(content) > LARGEST and len(content) > self._size():
            raise OSError(errno.EFBIG, f"it would be larger than {LARGEST >> 20} MB")
        self._replace(content)

    def _probe(self) -> None:
        beside = self._beside("probe.tmp")
        try:
            _write_through(beside, bytes(max(1, self._size())))
        finally:
            _forget(beside)

    def _size(self) -> int:
        """Bytes of what is on disk."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def _replace(self, content: bytes) -> None:
        """
        Make C{content} the document, and what it was until now the backup.

        The old file gets its second name before it loses the first, so at every instant one of
        the two names is a whole document.
        """
        beside = self._beside("tmp")
        try:
            _write_through(beside, content)
            self._back_up()
            beside.replace(self.path)
        except OSError:
            _forget(beside)
            raise
        sync_folder(self.path.parent)

    def _back_up(self) -> None:
        """Make the present file the backup too; a document that does not exist yet has none."""
        beside = self._beside("backup.tmp")
        beside.unlink(missing_ok=True)
        try:
            os.link(self.path, beside)
        except FileNotFoundError:
            return
        except OSError:  # a file system without hard links
            _write_through(beside, self.path.read_bytes())
        beside.replace(self.backup)
        # Renaming one name of a file to another name of the same file does nothing.
        beside.unlink(missing_ok=True)

    def _restore(self, content: bytes, notices: list[str]) -> None:
        """Put the backup's content back in the place of the document."""
        try:
            self._replace(content)
        except OSError as error:
            notices.append(f"{self.path.name} could not be written again: {error}.")

    def _set_aside(self, path: Path) -> str:
        """Rename a file that cannot be read; its new name."""
        aside = self._unused_name(path, "damaged")
        path.rename(aside)
        sync_folder(path.parent)
        return aside.name

    def _keep_copy(self, content: bytes, notices: list[str]) -> None:
        """Keep a document as it was before it was repaired."""
        aside = self._unused_name(self.path, "before-repair")
        try:
            _write_through(aside, content)
            sync_folder(aside.parent)
        except OSError as error:
            _forget(aside)
            notices.append(f"{self.path.name} as it was could not be kept: {error}.")
        else:
            notices.append(f"{self.path.name} as it was is kept in {aside.name}.")

    def _unused_name(self, path: Path, label: str) -> Path:
        """A name beside C{path} that nothing has yet, with the time in it."""
        base = path.with_name(f"{path.name}.{label}-{stamp(self.now())}")
        name, n = base, 1
        while os.path.lexists(name):
            n += 1
            name = base.with_name(f"{base.name}-{n}")
        return name

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")


def _write_through(path: Path, content: bytes) -> None:
    """Write a file for everybody to read, and return when it is on the disk itself."""
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Return when the names in a folder are on the disk itself."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _forget(path: Path) -> None:
    """Remove a half-written file, if that can be done."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
