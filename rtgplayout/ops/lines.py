# -*- test-case-name: tests.ops.test_lines -*-
"""
What the log says of an event: a line of text, or of JSON; which events it tells; and what it tells
of none.

Whoever names a file, or a client, must not be able to write a line of the log, nor to move a
terminal's cursor: control characters are escaped, and only what is indented goes on below a line.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, urlsplit

import orjson
from attrs import define, evolve, field, frozen

__all__ = [
    "LEVELS",
    "Broken",
    "Levels",
    "Told",
    "as_json",
    "as_text",
    "for_journal",
    "forms",
    "masked",
    "masking",
    "short",
]

OURS = "rtgplayout."

LEVELS = ("debug", "info", "warn", "error", "critical")
"""In rising order."""

_PRIORITIES = dict(zip(LEVELS, (7, 6, 4, 3, 2), strict=True))
"""Those of syslog."""
_QUIET: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("twisted.internet", "twisted.web", "twisted.mail", "autobahn", "log_legacy"), "warn"
    )
)
"""Others' namespaces that speak of every connection; unless they are named in the settings."""

_MESSAGE = 4_000
"""Characters of a message; more are left out, as is said then."""
_VALUE = 1_000
"""Characters of a value of JSON."""
_VALUES = 40
"""Values of a line of JSON."""
_TRACEBACK = 12_000
"""Characters of a traceback, from its end; of its beginning there are a third as many."""
_INDENT = "    "

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

_LEAST_SECRET = 6
_MASK = "[secret]"


@frozen
class Broken:
    """
    What failed.

    @ivar kind: the exception's name.
    @ivar message: what it says.
    @ivar traceback: lines.
    """

    kind: str
    message: str
    traceback: str


@frozen
class Told:
    """
    Something that is logged.

    @ivar time: seconds since the epoch.
    @ivar level: one of L{LEVELS}.
    @ivar namespace: whose it is.
    @ivar values: what the message was made of.
    """

    time: float
    level: str
    namespace: str
    message: str
    values: Mapping[str, object] = field(factory=dict)
    broken: Broken | None = None


def short(namespace: str) -> str:
    """A namespace without our own name and without a class at its end."""
    parts = namespace.removeprefix(OURS).split(".")
    if len(parts) > 1 and parts[-1].lstrip("_")[:1].isupper():
        parts.pop()
    return ".".join(parts)


@define
class Levels:
    """
    From which level on events are told.

    @ivar given: levels by namespace, below C{rtgplayout} or any other; the empty one is for all
        that are not named.
    """

    given: Mapping[str, str]
    _least: dict[str, int] = field(init=False, factory=dict)

    def told(self, namespace: str, level: str) -> bool:
        """Whether such an event is told."""
        least = self._least.get(namespace)
        if least is None:
            if len(self._least) >= 1_000:  # names that others make up
                self._least.clear()
            least = self._least[namespace] = LEVELS.index(self._of(namespace))
        return LEVELS.index(level) >= least

    def _of(self, namespace: str) -> str:
        parts = namespace.split(".")
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            for known, called in (
                (self.given, name), (self.given, name.removeprefix(OURS)), (_QUIET, name),
            ):  # fmt: skip
                if called in known:
                    return known[called]
        return self.given.get("", "info")

    def lowest(self) -> str:
        """The lowest level of which anything is told."""
        return min(self.given.values(), key=LEVELS.index, default="info")


# What a line looks like.


def as_text(told: Told, zone: tzinfo | None) -> str:
    """
    A line, and below it, indented, what failed.

    @param zone: of its time; L{None} for a line without, as who takes it knows the time.
    """
    stamp = "" if zone is None else f"{_stamp(told.time, zone)} "
    message = _fit(_cut(told.message, _MESSAGE))
    line = f"{stamp}[{_fit(short(told.namespace))}#{told.level}] {message}\n"
    if told.broken is None:
        return line
    below = _cut_within(told.broken.traceback, _TRACEBACK).rstrip("\n").split("\n")
    return line + "".join(f"{_INDENT}{_fit(each)}\n" for each in below)


def as_json(told: Told, zone: tzinfo | None) -> str:
    """
    A line of JSON: C{time}, C{level}, C{namespace}, C{message}; in C{values} what the message was
    made of and is text or a number; in C{failure} the C{type}, C{message} and C{traceback}.

    @param zone: of its time; L{None} is UTC.
    """
    line: dict[str, object] = {
        "time": _stamp(told.time, zone),
        "level": told.level,
        "namespace": short(told.namespace),
        "message": _cut(told.message, _MESSAGE),
    }
    values = {name: _simple(value) for name, value in [*told.values.items()][:_VALUES]}
    if values:
        line["values"] = values
    if told.broken is not None:
        line["failure"] = {
            "type": told.broken.kind,
            "message": _cut(told.broken.message, _MESSAGE),
            "traceback": _cut_within(told.broken.traceback, _TRACEBACK),
        }
    try:
        return orjson.dumps(line).decode() + "\n"
    except TypeError:  # half of a character, as undecodable file names have
        return orjson.dumps(_whole(line)).decode() + "\n"


def for_journal(lines: str, level: str) -> str:
    """Lines as journald takes them: each says how important it is."""
    start = f"<{_PRIORITIES[level]}>"
    return "".join(f"{start}{line}\n" for line in lines.rstrip("\n").split("\n"))


def _stamp(time: float, zone: tzinfo | None) -> str:
    if zone is None:
        return datetime.fromtimestamp(time).astimezone().isoformat(timespec="milliseconds")
    return datetime.fromtimestamp(time, zone).isoformat(timespec="milliseconds")


def _fit(text: str) -> str:
    """Text without what a line or a terminal would obey to."""
    return _UNFIT.sub(_escape, text)


def _escape(found: "re.Match[str]") -> str:
    code = ord(found[0])
    return _SHORT_ESCAPES.get(found[0]) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def _cut_within(text: str, most: int) -> str:
    """The end is what failed; the beginning is who asked."""
    before = most // 3
    if len(text) <= most + before:
        return text
    return f"{text[:before]}…\n({len(text) - most - before} characters left out)\n…{text[-most:]}"


def _simple(value: object) -> object:
    """What JSON can hold, or in words."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 53 else str(value)
    return _cut(value if isinstance(value, str) else str(value), _VALUE)


def _whole(value: object) -> object:
    """The same without halves of characters."""
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return _LONE.sub(_escape, value) if isinstance(value, str) else value


# What no line tells.


def forms(secret: str) -> Iterator[str]:
    """
    All that a secret may look like: itself, in a URL, in Base64; of an address all that follows
    the host, and the values in it.
    """
    yield secret
    yield quote(secret, safe="")
    yield b64encode(secret.encode()).decode()
    if "://" in secret:
        parts = urlsplit(secret)
        yield f"{parts.path}?{parts.query}" if parts.query else parts.path
        yield from (value for _, value in parse_qsl(parts.query))
        # What is no word: a key that is a part of the path.
        yield from (part for part in parts.path.split("/") if len(part) > 15)


def masking(secrets: Iterable[str]) -> Callable[[str], str] | None:
    """
    What leaves secrets out of a text, as far as they are six characters or longer; L{None} when
    there are none.
    """
    hidden = [secret for secret in secrets if len(secret) >= _LEAST_SECRET]
    known = {form for secret in hidden for form in forms(secret) if len(form) >= _LEAST_SECRET}
    if not known:
        return None
    pattern = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))

    def mask(text: str) -> str:
        # Looking for each is several times quicker than looking for any of them.
        return pattern.sub(_MASK, text) if any(map(text.__contains__, known)) else text

    return mask


def masked(told: Told, mask: Callable[[str], str]) -> Told:
    """The same without secrets."""
    values = {
        name: value if value is None or isinstance(value, bool | int | float) else mask(str(value))
        for name, value in told.values.items()
    }
    broken = told.broken
    if broken is not None:
        broken = Broken(broken.kind, mask(broken.message), mask(broken.traceback))
    return evolve(told, message=mask(told.message), values=values, broken=broken)
