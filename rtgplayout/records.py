# -*- test-case-name: tests.test_tap -*-
"""
All that is written down, put together: playlists and what else outlives the daemon, folders,
presets, the as-run.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from .config import Channel as ChannelSetting
from .config import Config
from .media import folders
from .media.folders import Folders
from .ops.daily import Daily
from .playout.asrun import SystemEvent, as_fields
from .playout.channel import Records
from .playout.presets import Presets
from .playout.report import Memory, revive
from .playout.state import Setup, State
from .rundown.playlist import Playlist
from .rundown.timing import to_frames
from .store import folders_file, playlist_file, presets_file, state_file
from .store.asrun import AsRunLog
from .store.asrun_days import AsRunDays
from .store.asrun_keeping import AsRunKeeping
from .store.asrun_lock import acquire, release
from .store.documents import Document, InThread
from .store.kept import Kept
from .store.state_file import Remembered

__all__ = ["StationRecords"]

T = TypeVar("T")

_AS_RUN = "the as-run log"
_STALLED = "the disk does not answer"
_PATIENCE = 10.0
"""Seconds that a save may take."""
_FLUSH = 5.0
"""Seconds between two tries to write as-run entries that could not be written."""


class StationRecords:
    """
    The documents and the as-run of a station.

    @ivar as_run: its writer.
    @ivar days: it read again.
    @ivar broken_chain: what in it is not as it was written, as was found when it was looked at
        last; empty when all is.
    @ivar folders: the virtual folders.
    @ivar presets: of graphics.
    """

    _log = Logger()

    def __init__(
        self,
        settings: Config,
        clock: Any,
        now: Callable[[], float],
        in_thread: InThread,
        in_turn: InThread,
        folders_changed: Callable[[], None],
        presets_changed: Callable[[], None],
        found: Callable[[int | None, tuple[str, ...]], None],
        written: Callable[[Mapping[str, object], Deferred[None]], Deferred[None]],
        saving: Callable[[str, Deferred[None]], Deferred[None]],
    ) -> None:
        """
        @param clock: monotonic.
        @param now: the wall clock.
        @param in_thread: where files are written.
        @param in_turn: where the as-run is read, one piece after the other, which may take long.
        @param found: told in sentences what was found when the records were read, and of which
            channel; L{None} for those that all channels share.
        @param written: told of each entry of the as-run, and of when it is on disk.
        @param saving: told of each document that is saved, in a word, and of when it is.
        """
        self._running = False
        self._settings = settings
        self._now = now
        self._in_thread = in_thread
        self._found = found
        self._written = written
        self._saving = saving
        self._unsaved: dict[str, str] = {}
        self._again: dict[str, Callable[[], Deferred[None]]] = {}
        self._under_way: dict[object, tuple[str, float]] = {}
        self._clock = clock
        self._flushing = LoopingCall(self._flush)
        self._flushing.clock = clock
        self._lock: int | None = None
        folder = settings.as_run_folder.absolute()
        self.as_run = AsRunLog(folder, settings.zone, now, in_thread)
        self.days = AsRunDays(folder, settings.zone, now, in_turn)
        self._keeping = AsRunKeeping(
            self.days,
            settings.as_run_compress_days,
            settings.as_run_keep_days,
            settings.as_run_report,
        )
        self._daily = Daily("the daily work on the as-run", self._keep, settings.zone, clock, now)
        self.broken_chain = ""
        self._folders_file: Document[Folders] = self._document(
            folders_file.FILE_NAME, folders_file.encode, folders_file.decode
        )
        self._presets_file: Document[Presets] = self._document(
            presets_file.FILE_NAME, presets_file.encode, presets_file.decode
        )
        self.folders: Kept[Folders] = Kept(
            lambda value: self._saved(
                "folders",
                "the folders",
                self._folders_file.save(value),
                self._folders_file.probe,
            ),
            folders.initial(now()),
            folders_changed,
            "the folders",
        )
        self.presets: Kept[Presets] = Kept(
            lambda value: self._saved(
                "presets",
                "the presets",
                self._presets_file.save(value),
                self._presets_file.probe,
            ),
            Presets(),
            presets_changed,
            "the presets",
        )

    # Its life.

    def start(self) -> None:
        """
        Read what all channels share; write what could not be written, as soon as that works.

        @raise LockTaken: somebody else writes this as-run.
        @raise OSError: a damaged file could not be set aside.
        """
        self._lock = acquire(self.as_run.folder)
        self._load(self._folders_file, self.folders)
        self._load(self._presets_file, self.presets)
        self._running = True
        self._begin_to_flush()
        self._daily.startService()

    def _begin_to_flush(self) -> None:
        flushing = self._flushing.start(_FLUSH, now=False)
        flushing.addErrback(self._failed("while flushing the as-run"))

    def fault(self) -> str:
        """Why nobody looks after the records any more; empty as long as somebody does."""
        return "" if self._flushing.running or not self._running else "nobody flushes the as-run"

    def restart(self) -> None:
        """Look after them again."""
        if self._running and not self._flushing.running:
            self._begin_to_flush()

    async def stop(self, details: str) -> None:
        """
        Write all that is not written yet, at the end that this is.

        @param details: of the end, for the as-run.
        """
        self._running = False
        if self._flushing.running:
            self._flushing.stop()
        if self._daily.running:
            self._daily.stopService()
        self.happened("SERVER_SHUTDOWN", details)
        await self.as_run.flush()

    # What is written.

    def channel(self, wanted: ChannelSetting) -> tuple[State, Records]:
        """
        What is on disk of a channel, and where it goes on writing.

        @raise OSError: a damaged file could not be set aside.
        """
        number = wanted.number
        playlists: Document[Playlist] = self._document(
            playlist_file.file_name(number),
            lambda playlist: playlist_file.encode(playlist, number),
            lambda content: playlist_file.decode(content, wanted.rate),
        )
        memories: Document[Remembered] = self._document(
            state_file.file_name(number), state_file.encode, state_file.decode
        )
        loaded, remembered = playlists.load(), memories.load()
        self._found(number, (*loaded.notices, *remembered.notices))
        setup = Setup(
            wanted.rate,
            self._settings.zone,
            number,
            wanted.layer,
            max(1, to_frames(self._settings.minimum_trim_seconds, wanted.rate)),
            wanted.filler,
            wanted.slate,
            self._settings.clip_prefix,
        )
        known = remembered.value or Remembered()
        memory = Memory(
            known.mode,
            known.on_air_id,
            known.started_at,
            known.next_id,
            known.ended,
            known.aired,
        )

        def save(playlist: Playlist) -> Deferred[None]:
            what = f"the playlist of channel {number}"
            return self._saved("playlist", what, playlists.save(playlist), playlists.probe)

        def remember(memory: Memory) -> Deferred[None]:
            values = (memory.mode, memory.on_air_id, memory.started_at, memory.next_id)
            memory_now = Remembered(*values, memory.ended, memory.aired)
            return self._saved(
                "state",
                f"the state of channel {number}",
                memories.save(memory_now),
                lambda: memories.save(memory_now),
            )

        def write(entry: Mapping[str, object]) -> Deferred[None]:
            return self.append(entry)

        state = revive(setup, loaded.value or Playlist(wanted.rate), memory)
        return state, Records(save, remember, write)

    def happened(self, event: str, details: str) -> None:
        """Something about the system, for the as-run."""
        entry = as_fields(SystemEvent(event, self._now(), details), self._now())
        self.append(entry).addErrback(self._failed("while writing the as-run log"))

    def append(self, entry: Mapping[str, object]) -> Deferred[None]:
        """
        Write an entry into the as-run.

        @return: see L{AsRunLog.append}.
        """
        return self._written(entry, self.as_run.append(entry))

    def unsaved(self) -> Mapping[str, str]:
        """What could not be saved the last time, and why; or is not, for too long already."""
        late = self._clock.seconds() - _PATIENCE
        return {
            **{what: _STALLED for what, since in self._under_way.values() if since < late},
            **self._unsaved,
        }

    async def _kept(self) -> None:
        done = await self._keeping.daily()
        self.broken_chain = done.fault

    def _keep(self) -> Deferred[object]:
        return Deferred.fromCoroutine(self._kept())

    def release(self) -> None:
        """Let others write this as-run."""
        if self._lock is not None:
            release(self._lock)
            self._lock = None

    def _document(
        self,
        name: str,
        encode: Callable[[T], bytes],
        decode: Callable[[bytes], Any],
    ) -> Document[T]:
        path = self._settings.data_dir.absolute() / name
        return Document(path, encode, decode, self._in_thread, self._now)

    def _load(self, document: Document[T], kept: Kept[T]) -> None:
        """
        Take what is on disk.

        @raise OSError: a damaged file could not be set aside.
        """
        loaded = document.load()
        if loaded.value is not None:
            kept.value = loaded.value
        self._found(None, loaded.notices)

    def _saved(
        self,
        word: str,
        what: str,
        saved: Deferred[None],
        again: Callable[[], Deferred[None]],
    ) -> Deferred[None]:
        """
        Remember whether C{what} was saved the last time, and tell how long it took.

        @param again: what to try when it was not, until that works: to save it, or, when what was
            not saved is not in force either, whether it could be.
        """
        self._again[what] = again
        return self._noted(what, self._saving(word, saved))

    def _noted(self, what: str, saved: Deferred[None]) -> Deferred[None]:
        """Remember whether C{what} was saved the last time."""
        self._under_way[saved] = what, self._clock.seconds()

        def done(result: Failure | None) -> Failure | None:
            del self._under_way[saved]
            if result is None:
                self._unsaved.pop(what, None)
            else:
                self._unsaved[what] = result.getErrorMessage()
            return result

        return saved.addBoth(done)

    def _flush(self) -> None:
        """Write what could not be written, if that works now."""
        busy = {what for what, _ in self._under_way.values()}
        if _AS_RUN not in busy:
            self._noted(_AS_RUN, self.as_run.flush()).addErrback(lambda _: None)
        for what in self._again.keys() & self._unsaved.keys() - busy:
            self._noted(what, maybeDeferred(self._again[what])).addErrback(lambda _: None)

    def _failed(self, what: str) -> Callable[[Any], None]:
        return lambda failure: self._log.failure("{what}", failure, what=what)
