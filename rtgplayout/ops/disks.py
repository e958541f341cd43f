# -*- test-case-name: tests.ops.test_disks -*-
"""
How full the disks are that we write to.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from .vitals import Disk

__all__ = ["Disks", "look"]

_EVERY = 30.0
"""Seconds between two looks."""


class Disks(Service):
    """
    Each folder is looked at by itself: a share that does not answer is waited for as long as it
    takes, and keeps nobody from seeing that another disk becomes full.
    """

    _log = Logger()

    def __init__(
        self,
        folders: Iterable[tuple[str, Path]],
        in_thread: Callable[..., Deferred[Any]],
        clock: IReactorTime,
    ) -> None:
        """
        @param folders: what each is for, and where.
        @param in_thread: calls its first argument with the others in some thread; it may have to
            wait there.
        """
        self.setName("disks")
        self._found: dict[str, tuple[int, Disk]] = {}
        self._waited_for: set[str] = set()
        self._folders = tuple(folders)
        self._in_thread = in_thread
        self._looking = LoopingCall(self._look)
        self._looking.clock = clock

    def startService(self) -> None:
        """Begin to look."""
        super().startService()
        self._looking.start(_EVERY).addErrback(
            lambda failure: self._log.failure("while looking at disks", failure)
        )

    def stopService(self) -> None:
        """Look no more."""
        super().stopService()
        if self._looking.running:
            self._looking.stop()

    @property
    def known(self) -> tuple[Disk, ...]:
        """The disks as they were when they were looked at last, each once."""
        found = (self._found[what] for what, _ in self._folders if what in self._found)
        return _each_once(found)

    def _look(self) -> None:
        for what, path in self._folders:
            if what not in self._waited_for:
                self._waited_for.add(what)
                looked = self._in_thread(_look_at, what, path)
                looked.addCallback(self._looked, what)
                looked.addErrback(lambda f: self._log.failure("while looking at disks", f))
                looked.addCallback(lambda _, what: self._waited_for.discard(what), what)

    def _looked(self, found: tuple[int, Disk] | None, what: str) -> None:
        if found is None:
            self._found.pop(what, None)
        else:
            self._found[what] = found


def look(folders: Iterable[tuple[str, Path]]) -> tuple[Disk, ...]:
    """
    How full the disks are that these folders are on, each disk once; a folder that is not there
    yet is looked at where it will be. It may have to wait.
    """
    looked = (_look_at(what, folder) for what, folder in folders)
    return _each_once(each for each in looked if each is not None)


def _look_at(what: str, folder: Path) -> tuple[int, Disk] | None:
    """The disk of one folder, with its number; L{None} for none."""
    try:
        there = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
        if there is None:
            return None
        of, device = os.statvfs(there), os.stat(there).st_dev
    except OSError:
        return None  # nobody can write there, which is told by those who try
    if not of.f_blocks:
        return None
    return device, Disk(what, of.f_bavail * of.f_frsize, of.f_blocks * of.f_frsize)


def _each_once(found: Iterable[tuple[int, Disk]]) -> tuple[Disk, ...]:
    """The disks, each under the first of its names."""
    disks: dict[int, Disk] = {}
    for device, disk in found:
        disks.setdefault(device, disk)
    return tuple(disks.values())
