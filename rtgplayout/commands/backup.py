# -*- test-case-name: tests.commands.test_backup -*-
"""
C{rtgplayout backup}: data, as-run and settings in one archive, also while the daemon runs.

With C{--scheduled} it is called every few minutes, by a timer or by cron, and does something once a
day: when C{backup_at} has passed and there is no backup since.
"""

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from .. import __version__
from ..config import Config
from ..rundown.timing import iso
from ..store.archive import (
    SETTINGS,
    Manifest,
    Unusable,
    is_due,
    moment_of,
    name_of,
    outdated,
    unfinished,
)
from ..store.archiving import examine, sources, write
from ..store.asrun_lock import KEEPING, LockTaken, acquire, release

__all__ = ["HELP", "add_arguments", "run", "settings_files", "told"]

HELP = "Write one archive of data, as-run and settings, also while the daemon runs"

_PATIENCE = 20.0
"""Seconds for which the daily work on the as-run is waited for."""
_STALE = 86_400.0
"""Seconds after which what was not finished never will be."""


def add_arguments(parser: ArgumentParser) -> None:
    """Where to, and whether at all."""
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="instead of backup_dir")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--scheduled",
        action="store_true",
        help="only when backup_dir is set, backup_at has passed and there is none since",
    )
    what.add_argument(
        "--verify",
        type=Path,
        metavar="ARCHIVE",
        help="only read an archive, and say whether it is whole",
    )


def run(said: Namespace, settings: Config) -> int:
    """Do it."""
    if said.verify is not None:
        return _verify(said.verify)
    folder = said.to or settings.backup_dir
    if folder is None:
        if said.scheduled:
            return 0
        print("rtgplayout backup: say --to FOLDER, or set backup_dir", file=sys.stderr)
        return 2
    now = time.time()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = os.listdir(folder)
        if said.scheduled and not is_due(
            names, settings.station, now, settings.backup_at, settings.zone
        ):
            return 0
        _back_up(folder, settings_files(said), settings, now)
    except (OSError, Unusable) as error:
        print(f"rtgplayout backup: no backup was made: {error}", file=sys.stderr)
        return 1
    return 0


def _verify(archive: Path) -> int:
    try:
        manifest = examine(archive)
    except (OSError, Unusable) as error:
        print(f"{archive}: {error}")
        return 1
    print(f"{archive} is whole: {told(manifest)}")
    return 0


def told(manifest: Manifest) -> str:
    """What an archive is, in a line."""
    size = sum(file.size for file in manifest.files.values())
    return (
        f"{manifest.station}, {manifest.made}, rtgplayout {manifest.version},"
        f" {len(manifest.files)} files, {size / 1e6:.1f} MB"
    )


def settings_files(said: Namespace) -> tuple[Path, Path]:
    """The TOML file and the C{.env} file that settings are read from; they need not be there."""
    values, environ = vars(said), os.environ
    config = values.get("setting config") or environ.get("RTGPLAYOUT_CONFIG") or "rtgplayout.toml"
    env = values.get("setting env-file") or environ.get("RTGPLAYOUT_ENV_FILE") or ".env"
    return Path(config), Path(env)


def _back_up(folder: Path, files: tuple[Path, Path], settings: Config, now: float) -> None:
    """
    Write an archive, and let the oldest ones go.

    @raise OSError: it cannot be.
    @raise Unusable: it cannot be read again.
    """
    while (path := folder / name_of(settings.station, now)).exists():
        now += 1.0
    data, as_run = settings.data_dir.absolute(), settings.as_run_folder.absolute()
    without = {
        each.absolute()
        for each in (folder, settings.backup_dir, settings.media_dir, settings.log_dir)
        if each is not None
    }
    manifest = partial(
        Manifest,
        iso(now),
        settings.station,
        str(settings.zone),
        __version__,
        str(data),
        str(as_run),
    )
    if not data.is_dir():
        raise Unusable(f"there is no data folder {data}")
    with _nobody_keeps(as_run):
        made = write(path, sources(data, as_run, files, without), manifest)
    print(f"{path}: {told(made)}")
    if made.of(SETTINGS):
        print("It holds the settings, passwords too: keep it where nobody else reads it.")
    _rotate(folder, settings, now)


@contextmanager
def _nobody_keeps(as_run: Path) -> Iterator[None]:
    """
    Meanwhile nothing is compressed or deleted, so that what is remembered of the chain fits what is
    copied of it. Where that cannot be had in time, a backup is better than none.
    """
    until = time.monotonic() + _PATIENCE
    held: int | None = None
    while as_run.is_dir():
        try:
            held = acquire(as_run, KEEPING)
        except LockTaken:
            if time.monotonic() < until:
                time.sleep(0.5)
                continue
        except OSError:  # a disk that can only be read is worth a backup
            pass
        break
    try:
        yield
    finally:
        if held is not None:
            release(held)


def _rotate(folder: Path, settings: Config, now: float) -> None:
    """Let go what is too much, and what was never finished."""
    names = os.listdir(folder)
    gone = outdated(names, settings.station, settings.backup_keep)
    for name in unfinished(names, settings.station):
        begun = moment_of(name[1:-4], settings.station)
        if begun is not None and begun < now - _STALE:
            gone.append(name)
    for name in gone:
        with suppress(OSError):
            (folder / name).unlink()
            print(f"{folder / name}: deleted, {settings.backup_keep} are kept")
