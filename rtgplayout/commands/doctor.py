# -*- test-case-name: tests.commands.test_doctor -*-
"""
C{rtgplayout doctor}: looks at a whole installation and says in plain words what to do, with the
daemon running or not. Settings that cannot be are told by the command itself, before it.
"""

import json
import os
import socket
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from importlib import metadata
from pathlib import Path

from attrs import frozen
from twisted.internet.defer import maybeDeferred

from ..amcp.addressing import addressed
from ..amcp.commands import InfoChannel, InfoChannels, OscSubscribe, Raw, Unsendable, Version
from ..amcp.status import ServerVersion, Unreadable, channel_from_info, channels_from_info
from ..config import SETTINGS, Config
from ..media.mounts import silent_devices
from ..media.naming import stem
from ..ops import checkup, examination
from ..ops.checkup import Finding, Grade, Taken, worst
from ..ops.disks import look
from ..rundown.item import Kind
from ..store import playlist_file
from ..store.archive import moment_of
from ..store.asrun_days import AsRunDays
from ..store.decoded import Unreadable as UnreadableFile
from ..store.locks import lock_folder
from .asrun import outcome
from .backup import settings_files

__all__ = ["CHECKS", "HELP", "Patient", "add_arguments", "run"]

HELP = "Look at the whole installation, and say what to do"

_LIMIT = 15.0
"""Seconds that each look may take."""
_AS_RUN_LIMIT = 120.0
"""Seconds for the as-run, which may be years of it."""
_CLIPS = 5
_OLD_OSC = 6250
"""Where a CasparCG before 2.4 sends its telemetry."""


@frozen
class Patient:
    """
    What is looked at.

    @ivar files: of settings.
    @ivar running: a daemon uses the data folder.
    """

    settings: Config
    files: tuple[Path, Path]
    running: bool

    @property
    def url(self) -> str:
        """Where the daemon tells how it is."""
        listen = self.settings.listen
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen, listen)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.settings.http_port}/health"


def add_arguments(parser: ArgumentParser) -> None:
    """How it is told."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(said: Namespace, settings: Config) -> int:
    """Look at all of it; 1 when something fails."""
    patient = Patient(settings, settings_files(said), _is_running(settings.data_dir))
    found: list[Finding] = []
    for name, check in CHECKS.items():
        limit = _AS_RUN_LIMIT if name == "as-run" else _LIMIT
        each = examination.within(limit, name, partial(check, patient))
        found += each
        if not said.json:
            for finding in each:
                _show(finding)
    grade = worst(found)
    if said.json:
        told = [
            {
                "check": each.check,
                "grade": each.grade.value,
                "sentence": each.sentence,
                "advice": each.advice,
            }
            for each in found
        ]
        print(json.dumps({"grade": grade.value, "findings": told}, indent=2, ensure_ascii=False))
    else:
        counts = {one: sum(each.grade is one for each in found) for one in Grade}
        print(", ".join(f"{count} {one.value}" for one, count in counts.items()))
    return 1 if grade is Grade.FAIL else 0


def _show(finding: Finding) -> None:
    print(f"{finding.grade.value:4}  {finding.check}: {finding.sentence}")
    if finding.advice:
        print(f"      -> {finding.advice}")
    sys.stdout.flush()


def _is_running(folder: Path) -> bool:
    """Whether a daemon holds the data folder."""
    if not (folder / ".lock").exists():
        return False
    try:
        os.close(lock_folder(folder))
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _settings(patient: Patient) -> Iterator[Finding]:
    if os.geteuid() == 0:
        yield Finding(
            "settings",
            Grade.WARN,
            "root may do everything: whether the daemon's user may is not seen so",
            "runuser -u rtgplayout -- rtgplayout doctor",
        )
    sources = patient.settings.sources
    for path in patient.files:
        if path.is_file():
            secret = any(
                SETTINGS[name].metadata["secret"] and source == str(path)
                for name, source in sources.items()
            )
            yield checkup.of_mode(str(path), path.stat().st_mode, secret)
    settings = patient.settings
    reached = bool(settings.alert_mail_to or settings.alert_webhooks)
    yield checkup.of_alerts(reached, settings.heartbeat_url is not None)


def _libraries(patient: Patient) -> Iterable[Finding]:
    def installed(name: str) -> str | None:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return None

    try:
        wanted = metadata.requires("rtgplayout") or []
    except metadata.PackageNotFoundError:
        return (
            Finding("libraries", Grade.OK, "it runs out of a checkout: they are not looked at"),
        )
    return (checkup.of_packages(wanted, installed),)


def _folders(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    shares = silent_devices(Path("/proc/self/mountinfo").read_text("utf-8", "replace"))
    for name, path, write in (
        ("data_dir", settings.data_dir, True),
        ("as_run_dir", settings.as_run_folder, True),
        ("log_dir", settings.log_dir, True),
        ("backup_dir", settings.backup_dir, True),
        ("media_dir", settings.media_dir if "disk" in settings.media_sources else None, False),
        ("page_dir", settings.page_dir, False),
    ):
        if path is not None:
            needed = name not in {"media_dir", "backup_dir"}
            if name == "as_run_dir" and not path.exists() and path.parent.is_dir():
                continue  # the daemon makes it
            found = examination.look_at(name, path.absolute(), write, shares)
            yield checkup.of_folder(found, needed)


def _disk(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    wanted = [
        (name, path)
        for name, path in (
            ("the data folder", settings.data_dir),
            ("the as-run", settings.as_run_folder),
            ("the log files", settings.log_dir),
            ("the backups", settings.backup_dir),
        )
        if path is not None and path.is_dir()
    ]
    for disk in look(wanted):
        yield checkup.of_disk(disk.what, disk.free, disk.total, settings.alert_disk_percent)


def _ports(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    ours = examination.health_of(examination.fetch(patient.url)) if patient.running else None
    yield checkup.of_daemon(patient.running, ours)
    for setting, number, kind in (
        ("http_port", settings.http_port, socket.SOCK_STREAM),
        ("ws_port", settings.ws_port, socket.SOCK_STREAM),
        ("osc_port", settings.osc_port, socket.SOCK_DGRAM),
    ):
        address = settings.listen if kind == socket.SOCK_STREAM else ""
        taken = examination.try_port(address, number, kind)
        if taken is Taken.OTHERS and patient.running and (ours or kind == socket.SOCK_DGRAM):
            taken = Taken.OURS
        # Before it has anything to listen for, the daemon has no port for telemetry.
        running = patient.running and kind == socket.SOCK_STREAM
        yield checkup.of_port(setting, number, taken, running, address or "UDP")


def _caspar(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    where = f"{settings.caspar_host}:{settings.caspar_port}"
    try:
        asked = examination.Asked(settings.caspar_host, settings.caspar_port, time.monotonic)
    except OSError as error:
        yield Finding(
            "CasparCG",
            Grade.FAIL,
            f"{where} cannot be reached: {error.strerror or error}",
            "see that it runs, caspar_host and caspar_port, and the firewall in between (TCP)",
        )
        return
    with closing(asked):
        version = ServerVersion.parse(asked.ask(Version()).body)
        yield checkup.of_version(version)
        formats = dict(channels_from_info(asked.ask(InfoChannels())))
        for channel in settings.channels:
            if channel.number not in formats:
                yield checkup.of_rate(channel.number, channel.rate, None, "")
                continue
            reply = asked.ask(InfoChannel(channel.number))
            with suppress(Unreadable):
                status = channel_from_info(reply.body, channel.number)
                rate, format = status.rate or channel.rate, formats[channel.number]
                yield checkup.of_rate(channel.number, channel.rate, rate, format)
        yield _telemetry(patient, asked, version)
        yield from _clips(patient, asked)


def _telemetry(
    patient: Patient, asked: examination.Asked, version: ServerVersion | None
) -> Finding:
    wanted = patient.settings.osc_port
    old = version is not None and version < (2, 4)
    ports = (wanted or _OLD_OSC,) if old else (wanted, 0)

    def subscribe(port: int) -> None:
        if not old:
            asked.ask(OscSubscribe(port))

    try:
        count, port = examination.listen_for(
            asked.address, asked.family, ports, subscribe, time.monotonic
        )
    except OSError as error:
        sentence = f"it cannot be listened for: {error.strerror or error}"
        grade = Grade.WARN if patient.running else Grade.FAIL
        return Finding("telemetry", grade, sentence, "look at the daemon's own health")
    return checkup.of_telemetry(count, wanted, patient.running, port)


def _clips(patient: Patient, asked: examination.Asked) -> Iterator[Finding]:
    """The first few different clips of each playlist."""
    settings = patient.settings
    disk = "disk" in settings.media_sources
    for channel in settings.channels:
        path = settings.data_dir / playlist_file.file_name(channel.number)
        try:
            playlist = playlist_file.decode(path.read_bytes(), channel.rate).value
        except FileNotFoundError:
            continue
        except UnreadableFile as error:
            advice = "the daemon takes its backup; rtgplayout restore has older ones"
            yield Finding("playlist", Grade.FAIL, f"{path} cannot be read: {error}", advice)
            continue
        files = dict.fromkeys(each.file for each in playlist.items if each.kind is Kind.CLIP)
        for file in list(files)[:_CLIPS]:
            sent = addressed(settings.clip_prefix, file)
            here = (settings.media_dir / file).exists() if disk else None
            yield checkup.of_clip(file, here, _is_known(asked, sent), sent)


def _is_known(asked: examination.Asked, sent: str) -> bool | None:
    """Whether it is in CasparCG's library; L{None} when the library cannot be asked."""
    if "://" in sent or sent[1:3] == ":/" or sent.startswith("/"):
        return None
    quoted = stem(sent).replace("\\", "\\\\").replace('"', '\\"')
    try:
        if asked.ask(Raw(f'CINF "{quoted}"')).ok:
            return True
    except Unsendable:
        return None
    # A library that is not there refuses everything.
    return False if asked.ask(Raw("TLS")).ok else None


def _scanner(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    answer = examination.fetch(f"{settings.scanner}/media")
    if answer is not None and answer[0] == 200:
        yield Finding("scanner", Grade.OK, f"the media-scanner answers at {settings.scanner}")
        return
    needed = "scanner" in settings.media_sources
    what = "does not answer" if answer is None else f"answers {answer[0]}"
    yield Finding(
        "scanner",
        Grade.FAIL if needed else Grade.OK,
        f"the media-scanner {what} at {settings.scanner}",
        "start it beside CasparCG, or see scanner_url" if needed else "",
    )


def _clock(patient: Patient) -> Iterable[Finding]:
    return (checkup.of_clock(*examination.clock_state()),)


def _as_run(patient: Patient) -> Iterator[Finding]:
    folder = patient.settings.as_run_folder.absolute()
    if not folder.is_dir():
        yield Finding("as-run", Grade.OK, "nothing was written yet")
        return
    days = AsRunDays(folder, patient.settings.zone, time.time, maybeDeferred)
    fault = outcome(days.verify())
    if fault:
        advice = "rtgplayout asrun verify shows all; what was written is proof up to there"
        yield Finding("as-run", Grade.FAIL, fault, advice)
    else:
        yield Finding("as-run", Grade.OK, "all of it is as it was written")


def _backups(patient: Patient) -> Iterable[Finding]:
    settings, folder, newest = patient.settings, patient.settings.backup_dir, None
    if folder is not None and folder.is_dir():
        made = (moment_of(name, settings.station) for name in os.listdir(folder))
        newest = max((each for each in made if each is not None), default=None)
    return (checkup.of_backups(None if folder is None else str(folder), newest, time.time()),)


def _systemd(patient: Patient) -> Iterable[Finding]:
    if not Path("/run/systemd/system").is_dir():
        return (Finding("systemd", Grade.OK, "it does not run here"),)
    return (checkup.of_unit(examination.unit()),)


CHECKS: dict[str, Callable[[Patient], Iterable[Finding]]] = {
    "settings": _settings,
    "libraries": _libraries,
    "folders": _folders,
    "disk": _disk,
    "clock": _clock,
    "systemd": _systemd,
    "ports": _ports,
    "CasparCG": _caspar,
    "scanner": _scanner,
    "as-run": _as_run,
    "backups": _backups,
}
"""What is looked at, in that order."""
