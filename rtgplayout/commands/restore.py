# -*- test-case-name: tests.commands.test_restore -*-
"""
C{rtgplayout restore}: what a backup holds, back in its place. Without C{--yes} it says what it
would do, and does nothing.

Nothing is deleted: what was there is beside it, as in C{data.before-restore-20260301T180000Z}. An
end in the middle leaves each folder as it was or as it is to be; the command is then given again.
"""

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import disk_usage, rmtree

from attrs import frozen

from .. import __version__
from ..config import Config
from ..rundown.timing import stamp
from ..store.archive import AS_RUN, DATA, PARTS, SETTINGS, Manifest, Unusable
from ..store.archiving import examine, unpack
from ..store.asrun_lock import LockTaken, acquire, release
from ..store.locks import lock_folder
from ..store.restoring import UNFINISHED, exchange, give, merge_as_run, replace_file
from .backup import settings_files, told

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Put back what a backup holds; what is there is set aside"

_SPARE = 50_000_000
"""Bytes that are left free on a disk."""


class _CannotRestore(Exception):
    """Nothing was changed; the message says why, and what to do."""


@frozen
class _Plan:
    """
    What is to be put where.

    @ivar stamp: of what is set aside.
    @ivar parts: those that are wanted and that the archive has.
    @ivar files: files of settings by their names in the archive.
    """

    archive: Path
    manifest: Manifest
    stamp: str
    parts: frozenset[str]
    data: Path
    as_run: Path
    files: dict[str, Path]

    @property
    def nested(self) -> bool:
        """Whether the as-run is in the data folder."""
        return self.as_run.is_relative_to(self.data)

    @property
    def folders(self) -> dict[str, Path]:
        """The folders that are replaced, by the part that fills them."""
        wanted = {DATA: self.data, AS_RUN: self.as_run}
        if DATA in self.parts and self.nested:
            del wanted[AS_RUN]
        return {part: path for part, path in wanted.items() if part in self.parts}

    def aside(self, path: Path) -> Path:
        """What is set aside is called that."""
        return path.with_name(f"{path.name}.before-restore-{self.stamp}")

    def staging(self, path: Path) -> Path:
        """What is being made is called that."""
        return path.with_name(f"{path.name}.restoring-{self.stamp}")


def add_arguments(parser: ArgumentParser) -> None:
    """Which archive, and whether it is meant."""
    parser.add_argument("archive", type=Path, metavar="ARCHIVE", help="a backup")
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument(
        "--only",
        action="append",
        choices=PARTS,
        help="some of it; may be said several times [all of it]",
    )


def run(said: Namespace, settings: Config) -> int:
    """Say what would be done, or do it."""
    try:
        manifest = examine(said.archive)
        plan = _plan(said, settings, manifest)
        print(f"{said.archive} is whole: {told(manifest)}")
        for warning in _warnings(plan, settings):
            print(f"WARNING: {warning}")
        with ExitStack() as held:
            _check(plan, settings)
            _hold(plan, held)
            if not said.yes:
                _tell(plan)
                print("Nothing was changed. Say --yes to do it.")
                return 0
            _restore(plan, held)
    except (_CannotRestore, Unusable) as error:
        print(f"rtgplayout restore: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"rtgplayout restore: {error}. Each folder is as it was, or as it is to be; give the"
            " command again when the reason is gone.",
            file=sys.stderr,
        )
        return 1
    return 0


def _plan(said: Namespace, settings: Config, manifest: Manifest) -> _Plan:
    wanted = frozenset(said.only or PARTS)
    here = {path.name: path.absolute() for path in settings_files(said)}
    return _Plan(
        said.archive,
        manifest,
        stamp(time.time()),
        frozenset(part for part in wanted if manifest.of(part)),
        settings.data_dir.absolute(),
        settings.as_run_folder.absolute(),
        {name: here[name] for name in manifest.of(SETTINGS) if name in here},
    )


def _warnings(plan: _Plan, settings: Config) -> Iterator[str]:
    """What may not be meant."""
    manifest = plan.manifest
    for what, theirs, ours in (
        ("station", manifest.station, settings.station),
        ("zone", manifest.zone, str(settings.zone)),
        ("version", manifest.version, __version__),
    ):
        if theirs != ours:
            yield f"its {what} is {theirs}, and here it is {ours}"
    if SETTINGS in plan.parts:
        for what, there, here in (
            ("data", manifest.data_dir, plan.data),
            ("as-run", manifest.as_run_dir, plan.as_run),
        ):
            if there != str(here):
                yield (
                    f"with its settings the {what} are looked for in {there}, and now they are put"
                    f" into {here}; restore --only settings first, and then the rest"
                )
        for name in sorted(set(manifest.of(SETTINGS)) - set(plan.files)):
            yield f"{name} is not used here, and stays in the archive"
    for path in (plan.data, plan.as_run):
        if path.parent.is_dir():
            for left in sorted(path.parent.glob(f"{path.name}.restoring-*")):
                half = (left / UNFINISHED).exists()
                yield f"{left} was left by a restore that did not end: " + (
                    "it is only half of its archive, and may be deleted"
                    if half
                    else "it is what was there before it"
                )


def _check(plan: _Plan, settings: Config) -> None:
    """
    See that it can be done.

    @raise _CannotRestore: it cannot.
    """
    for part, path in plan.folders.items():
        for name, inner in (
            ("media_dir", settings.media_dir),
            ("log_dir", settings.log_dir),
            ("backup_dir", settings.backup_dir),
        ):
            if inner is not None and inner.absolute().is_relative_to(path):
                raise _CannotRestore(
                    f"{name} is inside {path}, which would be set aside: move it out first"
                )
        if os.path.ismount(path):
            raise _CannotRestore(
                f"{path} is a disk of its own and cannot be set aside: unpack the archive's"
                f" {part}/ by hand (tar -xzf), with the daemon stopped"
            )
        if path.is_symlink():
            raise _CannotRestore(f"{path} is a link: name the folder itself in the settings")
        if os.path.lexists(path) and not path.is_dir():
            raise _CannotRestore(f"{path} is no folder: move it away first")
        need = sum(file.size for file in plan.manifest.files.values()) + _SPARE
        free = disk_usage(_existing(path)).free
        if free < need:
            raise _CannotRestore(
                f"there are {free / 1e6:.0f} MB free for {path}, and {need / 1e6:.0f} are needed"
            )


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _hold(plan: _Plan, held: ExitStack) -> None:
    """
    Keep daemons away until it is done.

    @raise _CannotRestore: one runs.
    """
    try:
        if plan.data.is_dir() and plan.folders:
            held.callback(os.close, lock_folder(plan.data))
        if plan.as_run.is_dir() and plan.folders:
            held.callback(release, acquire(plan.as_run))
    except (BlockingIOError, LockTaken):
        raise _CannotRestore(
            f"a daemon uses {plan.data}: stop it first (systemctl stop rtgplayout)"
        ) from None


def _tell(plan: _Plan) -> None:
    """What would be done."""
    for part, path in plan.folders.items():
        count = len(plan.manifest.of(part))
        print(
            f"{path} would be replaced by {count} files, and set aside as {plan.aside(path).name}"
        )
    if AS_RUN in plan.parts:
        print("As-run files that go further than the archive's would stay as they are.")
    if SETTINGS in plan.parts:
        for name, path in sorted(plan.files.items()):
            print(f"{path} would be replaced by settings/{name}")


def _restore(plan: _Plan, held: ExitStack) -> None:
    """Make everything beside what is there, and then put it in its place."""
    with _staged(plan, held) as made:
        for path, staging in made.items():
            exchange(staging, path, plan.aside(path))
            old = plan.aside(path)
            print(f"{path} is restored" + (f"; it was {old.name}" if old.exists() else ""))
    if SETTINGS in plan.parts:
        _restore_settings(plan)
    print("Done. Start the daemon again (systemctl start rtgplayout).")


@contextmanager
def _staged(plan: _Plan, held: ExitStack) -> Iterator[dict[Path, Path]]:
    """The new folders by those that they replace; what is not used is removed again."""
    made: dict[Path, Path] = {}
    try:
        for part, path in plan.folders.items():
            staging = made[path] = plan.staging(path)
            staging.mkdir(parents=True)
            (staging / UNFINISHED).touch()
            unpack(plan.archive, part, staging, plan.manifest)
            if part == DATA and plan.nested:
                as_run = staging / plan.as_run.relative_to(plan.data)
                if AS_RUN in plan.parts:
                    unpack(plan.archive, AS_RUN, as_run, plan.manifest)
                as_run.mkdir(parents=True, exist_ok=True)
                merge_as_run(as_run, plan.as_run)
            elif part == AS_RUN:
                merge_as_run(staging, plan.as_run)
            owner = _existing(path).stat()
            staging.chmod(owner.st_mode & 0o777 if path.exists() else 0o750)
            lock = lock_folder if part == DATA else acquire
            held.callback(os.close, lock(staging))
            give(staging, (owner.st_uid, owner.st_gid))
        yield made
    finally:
        for staging in made.values():
            if (staging / UNFINISHED).exists():
                rmtree(staging, ignore_errors=True)


def _restore_settings(plan: _Plan) -> None:
    """Replace the files of settings, one after the other, those that are other ones now."""
    for name, content in _settings_of(plan).items():
        path = plan.files[name]
        if path.exists() and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content, plan.aside(path))
        print(f"{path} is restored")


def _settings_of(plan: _Plan) -> dict[str, bytes]:
    beside = plan.files and next(iter(plan.files.values())).parent
    if not beside:
        return {}
    beside.mkdir(parents=True, exist_ok=True)
    folder = beside / f".restoring-{plan.stamp}"
    folder.mkdir(mode=0o700)
    try:
        unpack(plan.archive, SETTINGS, folder, plan.manifest)
        return {name: (folder / name).read_bytes() for name in plan.files}
    finally:
        rmtree(folder, ignore_errors=True)
