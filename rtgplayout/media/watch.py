# -*- test-case-name: tests.media.test_watch -*-
"""
Is told by the kernel (inotify(7)) where something changed below the media folder.

It isn't told of what other machines do to a network share, nor that the media folder is mounted,
and a system may have too few watches: then only walking again and again finds what changed.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from attrs import define
from inotify_simple import INotify, flags, parse_events
from twisted.internet.interfaces import IDelayedCall, IReactorFDSet, IReactorTime, IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from .kinds import kind_of
from .mounts import silent_devices

__all__ = ["EVERYTHING", "How", "Watch", "pause_after"]

How = Literal["auto", "inotify", "poll"]

EVERYTHING = ""
"""The path of the media folder: something changed, and nobody knows where."""

_APPEARS = flags.CREATE | flags.MOVED_TO
_ITSELF = flags.DELETE_SELF | flags.MOVE_SELF | flags.UNMOUNT
_MASK = (
    _APPEARS | flags.MODIFY | flags.CLOSE_WRITE | flags.ATTRIB | flags.DELETE | flags.MOVED_FROM
    | flags.DELETE_SELF | flags.MOVE_SELF | flags.ONLYDIR | flags.EXCL_UNLINK
)  # fmt: skip
_READ = 32 * 1024
"""Bytes in one go: about a thousand events, a millisecond or two."""
_LONGEST_EVENT = 16 + 256
_REST = 0.25
"""Seconds in which events gather: a file that grows makes thousands, and the kernel joins them."""
_MOST = 5_000
"""Paths told one by one; more are everything."""


def pause_after(cost: float, polling: bool) -> float:
    """
    Seconds between two walks: so that walking takes no more than a tenth of the time; and where
    the kernel tells of changes, only as a net.

    @param cost: seconds that the last walk took.
    """
    return min(60.0, max(5.0, 9 * cost)) if polling else 600.0


@define
class _Folder:
    """
    A folder that is watched.

    @ivar number: of its watch; the same folder by two ways has the same.
    @ivar walk: the number of the last walk that came through it.
    """

    number: int
    walk: int


@implementer(IReadDescriptor)
class Watch:
    """
    Tells of paths, below the media folder and as C{os.fsdecode} has them, at which something
    changed.

    @ivar polling: not of all of them.
    """

    _log = Logger()

    def __init__(
        self,
        root: Path,
        reactor: IReactorFDSet,
        clock: IReactorTime,
        how: How = "auto",
        mountinfo: Path = Path("/proc/self/mountinfo"),
    ) -> None:
        """
        @param how: C{auto} polls where it must, C{poll} always; C{inotify} does not for the only
            reason that there are network shares.
        """
        self.polling = how == "poll"
        self._root = os.fspath(root)
        self._reactor = reactor
        self._clock = clock
        self._how = how
        self._mountinfo = mountinfo
        self._told: Callable[[frozenset[str]], object] = lambda paths: None
        self._changed: set[str] = set()
        self._rest: IDelayedCall | None = None
        self._said = ""
        # What follows is for the thread that walks, too. Nothing waits for a disk with the lock.
        self._lock = Lock()
        self._inotify: Any = None
        self._closed = False
        self._unusable = ""
        self._silent: dict[tuple[int, int], str] = {}
        self._why = ""
        self._walk = 0
        self._folders: dict[str, _Folder] = {}
        self._paths: dict[int, tuple[str, ...]] = {}

    # For a thread.

    def open(self) -> None:
        """Be ready. It blocks a little."""
        if self._how == "poll":
            return
        try:
            inotify = INotify(nonblocking=True)
        except OSError as error:
            self._unusable = f"inotify cannot be used: {error.strerror}"
            return
        with self._lock:
            if self._closed:
                inotify.close()
            else:
                self._inotify = inotify

    def begin(self) -> None:
        """A walk through all folders begins."""
        self._walk += 1
        self._why = self._unusable
        if self._how == "auto":
            with suppress(OSError):
                self._silent = silent_devices(self._mountinfo.read_text(errors="replace"))

    def enter(self, path: str, device: int) -> None:
        """
        A folder is about to be read: what changes in it from now on is told.

        @param path: below the media folder, as C{os.fsdecode} has it.
        @param device: the number of the one that it is on.
        """
        kind = self._silent.get((os.major(device), os.minor(device)))
        if kind is not None:
            self._why = self._why or f"{path or 'the media folder'} is on {kind}"
            return
        inotify = self._inotify
        if inotify is None:
            return
        try:
            number = inotify.add_watch(os.path.join(self._root, path), _MASK)
        except ValueError:
            return  # it was closed in this moment
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                self._why = (
                    f"the system allows no more than {len(self._paths)} watches for folders "
                    "(fs.inotify.max_user_watches)"
                )
            return
        with self._lock:
            before = self._folders.get(path)
            if before is not None and before.number != number:
                self._drop(path)
            self._folders[path] = _Folder(number, self._walk)
            paths = self._paths.get(number, ())
            if path not in paths:
                self._paths[number] = (*paths, path)

    def end(self) -> None:
        """A walk came through all folders: those that it did not enter are no longer watched."""
        for path in tuple(self._folders):
            with self._lock:
                folder = self._folders.get(path)
                if folder is not None and folder.walk < self._walk:
                    self._drop(path)
        if EVERYTHING not in self._folders and self._inotify is not None:
            # It may be mounted any time, of which nobody is told.
            self._why = self._why or "it is not there, or empty"

    def _drop(self, path: str) -> None:
        """Forget a folder; the lock is held."""
        number = self._folders.pop(path).number
        rest = tuple(each for each in self._paths.pop(number, ()) if each != path)
        if rest:
            self._paths[number] = rest
        elif self._inotify is not None:
            with suppress(OSError):  # the folder itself is gone
                self._inotify.rm_watch(number)

    # For the reactor's.

    def listen(self, told: Callable[[frozenset[str]], object]) -> None:
        """
        Begin to tell, when it is open.

        @param told: called with paths; L{EVERYTHING} may be one.
        """
        self._told = told
        if self._inotify is not None:
            self._reactor.addReader(self)

    def pause(self, cost: float) -> float:
        """
        After a walk: seconds until the next one.

        @param cost: seconds that it took.
        """
        why, self.polling = self._why, self._how == "poll" or bool(self._why)
        if why and why != self._said:
            self._log.warn(
                "changes of the media folder are not told by the system: {why}; it is walked "
                "through again and again",
                why=why,
            )
        elif self._said and not why:
            self._log.info("all changes of the media folder are told by the system now")
        self._said = why
        return pause_after(cost, self.polling)

    def close(self) -> None:
        """Tell nothing any more."""
        with self._lock:
            self._closed = True
            inotify, self._inotify = self._inotify, None
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if inotify is not None:
            self._reactor.removeReader(self)
            inotify.close()

    def fileno(self) -> int:
        """Of what the kernel tells through."""
        return -1 if self._inotify is None else int(self._inotify.fileno())

    def logPrefix(self) -> str:
        """What the reactor's complaints begin with."""
        return "media watch"

    def connectionLost(self, reason: Failure) -> None:
        """The reactor will not read any more."""
        self._unusable = f"inotify failed: {reason.getErrorMessage()}"
        self.close()

    def doRead(self) -> None:
        """Some of what is new; then a rest, so that more can gather."""
        try:
            data = os.read(self.fileno(), _READ)
        except BlockingIOError:
            data = b""
        with self._lock:
            for number, mask, _, name in parse_events(data):
                self._heard(number, mask, name)
        if len(self._changed) > _MOST or EVERYTHING in self._changed:
            self._changed = {EVERYTHING}
        if len(data) > _READ - _LONGEST_EVENT:
            return
        self._reactor.removeReader(self)
        self._rest = self._clock.callLater(_REST, self._go_on)
        changed, self._changed = frozenset(self._changed), set()
        if changed:
            self._told(changed)

    def _go_on(self) -> None:
        self._rest = None
        self._reactor.addReader(self)

    def _heard(self, number: int, mask: int, name: str) -> None:
        if mask & flags.Q_OVERFLOW:
            self._log.warn("more changed in the media folder than the system could tell")
            self._changed.add(EVERYTHING)
        paths = self._paths.get(number, ())
        if mask & flags.IGNORED:
            for path in paths:
                self._drop(path)
        elif mask & _ITSELF:
            self._changed.update(paths)
        elif name and not name.startswith("."):
            plays = kind_of(name) is not None or mask & (flags.ISDIR | _APPEARS)
            for path in paths:
                below = f"{path}/{name}" if path else name
                # A link to a folder goes like a file.
                if plays or below in self._folders:
                    self._changed.add(below)
