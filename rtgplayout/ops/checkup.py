# -*- test-case-name: tests.ops.test_checkup -*-
"""
What a look at an installation comes to: facts in, findings out, in plain words. Who gathers the
facts is L{rtgplayout.ops.examination}.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from fractions import Fraction

from attrs import frozen

from ..amcp.status import ServerVersion
from ..rundown.timing import RATES

__all__ = [
    "Finding", "Folder", "Grade", "Taken", "of_alerts", "of_backups", "of_clip", "of_clock",
    "of_daemon", "of_disk", "of_folder", "of_mode", "of_packages", "of_port", "of_rate",
    "of_telemetry", "of_unit", "of_version", "worst",
]  # fmt: skip

_OLDEST = ServerVersion(2, 2)
_TESTED = ServerVersion(2, 5)
_UNSYNCHRONISED = 5
_MANY_RESTARTS = 3
_FRESH = 2 * 86_400.0
_ROOM = 1_000_000_000
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([<>=!~0-9.,\s]*)$")


class Grade(Enum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@frozen
class Finding:
    """
    @ivar check: what was looked at, in a word or two.
    @ivar sentence: what was found.
    @ivar advice: what to do; empty when there is nothing.
    """

    check: str
    grade: Grade
    sentence: str
    advice: str = ""


@frozen
class Folder:
    """
    A folder as it was found.

    @ivar name: its setting.
    @ivar problem: why it cannot be used, in the system's words; empty when it can.
    @ivar share: the type of the network's file system that it is on; empty for a local disk.
    """

    name: str
    path: str
    problem: str = ""
    share: str = ""


class Taken(Enum):
    """Who has a port."""

    FREE = "free"
    OURS = "ours"
    OTHERS = "others"
    FORBIDDEN = "forbidden"
    NOT_HERE = "not here"


def worst(findings: Iterable[Finding]) -> Grade:
    """How bad all of it is."""
    grades = {each.grade for each in findings}
    return next((grade for grade in (Grade.FAIL, Grade.WARN) if grade in grades), Grade.OK)


def of_mode(path: str, mode: int, secret: bool) -> Finding:
    """
    Who may read a file of settings.

    @param mode: of the file.
    @param secret: whether something in it is.
    """
    if secret and mode & 0o004:
        advice = f"chmod 640 {path}, with the daemon's group as the file's"
        return Finding("settings", Grade.WARN, f"everybody can read the secrets in {path}", advice)
    if mode & 0o002:
        return Finding(
            "settings", Grade.WARN, f"everybody can write to {path}", f"chmod o-w {path}"
        )
    return Finding("settings", Grade.OK, f"{path} is read")


def of_alerts(reached: bool, heartbeat: bool) -> Finding:
    """
    Whether anybody learns of trouble.

    @param reached: alerts go to somebody.
    @param heartbeat: somebody notices silence.
    """
    if not reached:
        advice = "set alert_mail_to or alert_webhooks, and try it: rtgplayout alert-test"
        return Finding("alerts", Grade.WARN, "nobody gets alerts by e-mail or webhook", advice)
    if not heartbeat:
        advice = "set heartbeat_url to the address of a monitor elsewhere"
        return Finding("alerts", Grade.WARN, "nobody notices when this machine is dead", advice)
    return Finding("alerts", Grade.OK, "alerts go out, and silence is noticed")


def of_folder(folder: Folder, needed: bool = True) -> Finding:
    """
    Whether a folder can be used.

    @param needed: the daemon does not start, or does not do its work, without it.
    """
    called = f"{folder.name} {folder.path}"
    if folder.problem:
        grade = Grade.FAIL if needed else Grade.WARN
        advice = "make it, and let the daemon's user in (chown, chmod); or name another one"
        return Finding("folders", grade, f"{called} cannot be used: {folder.problem}", advice)
    if folder.share and folder.name == "data_dir":
        advice = "put it on a disk of this machine: a share that hangs holds up every save"
        return Finding("folders", Grade.WARN, f"{called} is on a share ({folder.share})", advice)
    on = f" (on a share, {folder.share})" if folder.share else ""
    return Finding("folders", Grade.OK, f"{called} can be used{on}")


def of_disk(name: str, free: int, total: int, percent: float) -> Finding:
    """
    Whether there is room.

    @param percent: how full it may be.
    """
    used = 100.0 * (total - free) / total if total else 0.0
    sentence = f"the disk of {name} is {used:.0f} % full, {free / 1e9:.1f} GB are free"
    if total and used >= percent:
        grade = Grade.FAIL if free < _ROOM else Grade.WARN
        return Finding("disk", grade, sentence, "delete what is not needed, or add room")
    return Finding("disk", Grade.OK, sentence)


def of_port(setting: str, number: int, taken: Taken, running: bool, address: str) -> Finding:
    """
    Whether the daemon has a port, or can have it.

    @param running: whether the daemon runs.
    """
    match taken:
        case Taken.FREE if running and number:
            sentence = f"the daemon runs, and nobody listens on {address}:{number} ({setting})"
            advice = "it was started with other settings: restart it"
            return Finding("ports", Grade.FAIL, sentence, advice)
        case Taken.FREE:
            what = f"{number} is free" if number else "is any that is free"
            return Finding("ports", Grade.OK, f"{setting} {what}")
        case Taken.OURS if address == "UDP":
            # Who has it cannot be asked.
            sentence = f"{setting} {number} is in use, as it should be while the daemon runs"
            return Finding("ports", Grade.OK, sentence)
        case Taken.OURS:
            return Finding("ports", Grade.OK, f"{setting} {number} is the daemon's")
        case Taken.OTHERS:
            sentence = f"another program has {address}:{number} ({setting})"
            advice = f"ss -lntup 'sport = :{number}' says which: end it, or take another port"
        case Taken.FORBIDDEN:
            sentence = f"{setting} {number} is not for ordinary users"
            advice = "take a port from 1024 on, or see the head of rtgplayout.service"
        case Taken.NOT_HERE:
            sentence = f"listen {address} is no address of this machine"
            advice = "ip address shows which there are; 0.0.0.0 is all of them"
    return Finding("ports", Grade.FAIL, sentence, advice)


def of_version(version: ServerVersion | None) -> Finding:
    """Whether that CasparCG is one that we know."""
    if version is None:
        advice = "see whether that is CasparCG at all, and which"
        return Finding("CasparCG", Grade.WARN, "it does not say which version it is", advice)
    if version < _OLDEST:
        advice = "use 2.2 or later"
        return Finding("CasparCG", Grade.FAIL, f"it is {version}, which is too old", advice)
    if version[:2] > _TESTED[:2]:
        advice = "try it beside the air first"
        return Finding("CasparCG", Grade.WARN, f"{version} is later than what was tested", advice)
    return Finding("CasparCG", Grade.OK, f"it answers, and is {version}")


def of_rate(channel: int, ours: Fraction, theirs: Fraction | None, format: str) -> Finding:
    """Whether a channel ticks as our settings say."""
    name = {rate: name for name, rate in RATES.items()}
    said = name.get(ours, str(ours))
    if theirs is None:
        return Finding(
            "channels",
            Grade.FAIL,
            f"CasparCG has no channel {channel}",
            "add it to casparcg.config, or take it out of channels",
        )
    if ours != theirs:
        told = name.get(theirs, str(theirs))
        return Finding(
            "channels",
            Grade.FAIL,
            f"channel {channel} is {format}: {told} frames a second, and the settings say {said}",
            f'rate = "{told}", or another video-mode in casparcg.config',
        )  # fmt: skip
    return Finding("channels", Grade.OK, f"channel {channel} is {format}, {said} frames a second")


def of_telemetry(packets: int, port: int, running: bool, tried: int) -> Finding:
    """
    Whether CasparCG's telemetry arrives.

    @param packets: how many came.
    @param port: the one of the settings.
    @param tried: where they were waited for: another one when the daemon has its own.
    """
    if packets:
        return Finding("telemetry", Grade.OK, f"it arrives ({packets} packets at port {tried})")
    advice = (
        ("" if port else "set osc_port to a port, and ")
        + f"let UDP from CasparCG to this machine pass at {f'port {port}' if port else 'it'}"
        " (firewalls on both, and between them); before 2.4 name this machine in casparcg.config"
        " under osc/predefined-clients"
    )
    if running and tried != port:
        own = port or "one of its own"
        sentence = f"none came to port {tried}; the daemon itself has {own}, see its health"
        return Finding("telemetry", Grade.WARN, sentence, advice)
    return Finding("telemetry", Grade.FAIL, f"none came to port {tried} in two seconds", advice)


def of_clip(file: str, here: bool | None, there: bool | None, sent: str) -> Finding:
    """
    Whether a clip of the playlist is where it is looked for.

    @param here: in the media folder; L{None} when that is not looked into.
    @param there: in CasparCG's library; L{None} when that cannot be asked.
    @param sent: the name that CasparCG is told.
    """
    if there is False:
        why = (
            "media_dir and CasparCG's media-path are different folders: see clip_prefix"
            if here
            else "copy the file"
        )
        sentence = f"CasparCG does not know {sent}"
        return Finding("clips", Grade.FAIL if here is False else Grade.WARN, sentence, why)
    if here is False:
        sentence = f"{file} is not in media_dir"
        return Finding("clips", Grade.WARN, sentence, "copy the file, or see media_dir")
    known = [place for place, found in (("media_dir", here), ("CasparCG", there)) if found]
    return Finding("clips", Grade.OK, f"{file} is known" + (f" ({', '.join(known)})" * bool(known)))


def of_clock(state: int | None, error: float) -> Finding:
    """
    Whether the clock follows others.

    @param state: what adjtimex(2) returns; L{None} when it cannot be asked.
    @param error: seconds by which it may be wrong.
    """
    advice = "install and start chrony; timedatectl shows how it is"
    if state is None:
        return Finding("clock", Grade.WARN, "it cannot be asked for its synchronisation", advice)
    if state == _UNSYNCHRONISED:
        return Finding("clock", Grade.WARN, "it is not synchronised: hard starts drift", advice)
    if error > 1.0:
        return Finding("clock", Grade.WARN, f"it may be wrong by {error:.1f} s", advice)
    return Finding("clock", Grade.OK, f"it is synchronised, to {error * 1000:.0f} ms or better")


def of_packages(wanted: Iterable[str], installed: Callable[[str], str | None]) -> Finding:
    """
    Whether the libraries are those that we ask for.

    @param wanted: requirements as in C{attrs>=26.1}; those of extras are passed over.
    @param installed: the version of one, by its name; L{None} when it is not there.
    """
    count = 0
    for each in wanted:
        requirement, _, marker = each.partition(";")
        match = _REQUIREMENT.match(requirement.strip())
        if match is None or "extra" in marker:
            continue
        count += 1
        version = installed(match[1])
        if not version or not _satisfies(version, match[2]):
            sentence = f"{each.strip()} is needed, and there is {version or 'none'}"
            return Finding(
                "libraries", Grade.FAIL, sentence, "scripts/install brings the right ones"
            )
    return Finding("libraries", Grade.OK, f"all {count} are those that are needed")


def _satisfies(version: str, wanted: str) -> bool:
    """Whether a version is in a range such as C{>=18.1,<19}."""
    have = _numbers(version)
    for part in filter(None, wanted.replace(" ", "").split(",")):
        sign = part.rstrip("0123456789.")
        limit = _numbers(part.removeprefix(sign))
        if (sign == ">=" and have < limit) or (sign == "<" and have >= limit):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(each) for each in found[0].split(".")] if found else []
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def of_unit(shown: Mapping[str, str]) -> Finding:
    """
    How systemd has the daemon.

    @param shown: what C{systemctl show} tells.
    """
    if shown.get("LoadState") != "loaded":
        sentence, advice = "systemd does not know the daemon", "scripts/install puts its units"
    elif shown.get("ActiveState") == "failed":
        advice = "journalctl -u rtgplayout says why"
        return Finding("systemd", Grade.FAIL, "the daemon failed", advice)
    elif shown.get("ActiveState") != "active":
        sentence = f"the daemon is {shown.get('ActiveState', 'not there')}"
        advice = "systemctl start rtgplayout; journalctl -u rtgplayout when it does not"
    elif shown.get("UnitFileState") != "enabled":
        sentence, advice = "it does not start with the machine", "systemctl enable rtgplayout"
    elif (restarts := shown.get("NRestarts", "0")).isdigit() and int(restarts) > _MANY_RESTARTS:
        sentence = f"the daemon was started again {restarts} times by itself"
        advice = "journalctl -u rtgplayout says why"
    else:
        return Finding("systemd", Grade.OK, "the daemon runs, and starts with the machine")
    return Finding("systemd", Grade.WARN, sentence, advice)


def of_daemon(running: bool, health: tuple[str, tuple[str, ...]] | None) -> Finding:
    """
    How the daemon says that it is.

    @param health: its word and its reasons; L{None} when it did not answer.
    """
    if not running:
        return Finding("daemon", Grade.OK, "it does not run: what follows is as it will find it")
    if health is None:
        advice = "see listen and HTTP_PORT; restart it when they are right"
        return Finding("daemon", Grade.FAIL, "it runs, and does not answer at /health", advice)
    word, reasons = health
    grade = {"healthy": Grade.OK, "degraded": Grade.WARN}.get(word, Grade.FAIL)
    sentence = ": ".join(filter(None, (f"it is {word}", "; ".join(reasons))))
    return Finding("daemon", grade, sentence, "" if grade is Grade.OK else "see to the reasons")


def of_backups(folder: str | None, newest: float | None, now: float) -> Finding:
    """
    Whether there is a backup.

    @param newest: when the last one was made; L{None} for never.
    """
    if folder is None:
        advice = "set backup_dir, to a folder on another disk"
        return Finding("backups", Grade.WARN, "none are made", advice)
    advice = "systemctl status rtgplayout-backup, or rtgplayout backup, says what is wrong"
    if newest is None:
        return Finding("backups", Grade.WARN, f"there is none in {folder}", advice)
    age = now - newest
    if age > _FRESH:
        sentence = f"the last one in {folder} is {age / 86_400:.0f} days old"
        return Finding("backups", Grade.WARN, sentence, advice)
    return Finding("backups", Grade.OK, f"the last one is {max(0.0, age) / 3600:.0f} hours old")
