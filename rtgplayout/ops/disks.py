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
"""Seconds between two looks; a disk that does not answer is waited for as long as it takes."""


class Disks(Service):
    """
    @ivar known: as they were when they were looked at last.
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
        self.known: tuple[Disk, ...] = ()
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

    def _look(self) -> Deferred[None]:
        looked = self._in_thread(look, self._folders)
        return looked.addCallbacks(
            self._looked, lambda failure: self._log.failure("while looking at disks", failure)
        )

    def _looked(self, disks: tuple[Disk, ...]) -> None:
        self.known = disks


def look(folders: Iterable[tuple[str, Path]]) -> tuple[Disk, ...]:
    """
    How full the disks are that these folders are on, each disk once; a folder that is not there
    yet is looked at where it will be. It may have to wait.
    """
    found: dict[object, Disk] = {}
    for what, folder in folders:
        there = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
        try:
            status = None if there is None else (os.statvfs(there), os.stat(there).st_dev)
        except OSError:
            continue  # nobody can write there, which is told by those who try
        if status is not None and status[0].f_blocks:
            of, device = status
            disk = Disk(what, of.f_bavail * of.f_frsize, of.f_blocks * of.f_frsize)
            found.setdefault(device, disk)
    return tuple(found.values())
