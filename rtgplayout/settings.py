# -*- test-case-name: tests.test_settings -*-
"""
What a setting may be: functions from what somebody wrote, in a file, the environment or a command,
to a value; what it cannot be is a L{ValueError} whose sentence says what would be right.

Text comes from every source; numbers, lists and tables come from TOML only.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from attrs import frozen

from .amcp.addressing import fault_of_prefix
from .amcp.commands import LAST_CHANNEL, LAST_LAYER
from .rundown.timing import RATES, parse_rate

__all__ = [
    "BadSetting",
    "Channel",
    "address",
    "channels",
    "choice",
    "choices",
    "clock_time",
    "host",
    "hours",
    "http_url",
    "levels",
    "line",
    "mail_address",
    "mail_addresses",
    "megabytes",
    "minutes",
    "nearest",
    "number",
    "optional",
    "origins",
    "percent",
    "port",
    "prefix",
    "rate",
    "rate_name",
    "seconds",
    "seconds_from_one",
    "slate",
    "url",
    "urls",
    "yes_or_no",
    "zone",
]

T = TypeVar("T")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[A-Za-z0-9_.:%-]+")
_COLOUR = re.compile(r"#(?:[0-9A-F]{2})?[0-9A-F]{6}", re.IGNORECASE)
_HTTP = re.compile(r"https?://[^\s/?#@]+/?", re.IGNORECASE)
_ORIGIN = re.compile(r"\*|null|https?://[^\s/]+", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#@,\x00-\x1f]+[^\s,\x00-\x1f]*", re.IGNORECASE)
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
)
_CLOCK_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_NAMESPACE = re.compile(r"[A-Za-z0-9_.]*")
_YES_OR_NO = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_CHANNEL = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


class BadSetting(Exception):
    """
    A setting cannot be what it is.

    @ivar source: where it was said: a file, C{environment}, C{command line}, or C{default}.
    @ivar name: what it is called there.
    @ivar sentence: what would be right.
    """

    def __init__(self, source: str, name: str, sentence: str) -> None:
        super().__init__(f"{source}: {name}: {sentence}")
        self.source = source
        self.name = name
        self.sentence = sentence


@frozen
class Channel:
    """
    One channel of CasparCG that is put on air.

    @ivar number: CasparCG's own number of it, from 1.
    @ivar layer: the layer that the playlist is shown on.
    @ivar rate: frames a second.
    @ivar filler: the clip that covers gaps; L{None} for none.
    @ivar slate: the clip, or colour (C{#AARRGGBB}), for when nothing else can be shown; L{None}
        holds the last frame.
    """

    number: int
    layer: int = 10
    rate: Fraction = RATES["25"]
    filler: str | None = None
    slate: str | None = None


def nearest(name: str, known: Collection[str]) -> str:
    """The words that suggest the known name most like C{name}; empty when none is."""
    found = get_close_matches(name, known, 1)
    return f"; did you mean {found[0]}?" if found else ""


def line(written: object) -> str:
    """Some text on one line."""
    if not isinstance(written, str) or not written.strip() or _CONTROL.search(written):
        raise ValueError("it must be some text on one line")
    return written.strip()


def host(written: object) -> str:
    """The name or address of a machine."""
    if not isinstance(written, str) or not _HOST.fullmatch(written.strip()):
        raise ValueError("it must be a host name or an IP address, as in 127.0.0.1")
    return written.strip()


def address(written: object) -> str:
    """An IP address of this machine; the word C{localhost} is taken for it."""
    if written == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(str(written).strip()))
    except ValueError:
        raise ValueError(
            "it must be an IP address: 127.0.0.1 for this machine alone, 0.0.0.0 for all its"
            " networks"
        ) from None


def number(least: int, most: int) -> Callable[[object], int]:
    """A whole number in a range, its ends included."""

    def parse(written: object) -> int:
        if isinstance(written, str) and re.fullmatch(r"[0-9]{1,9}", written.strip()):
            written = int(written)
        if type(written) is not int or not least <= written <= most:
            raise ValueError(f"it must be a whole number from {least} to {most}")
        return written

    return parse


port = number(0, 65_535)
"""A port; 0 is any that is free."""


def _quantity(unit: str, least: float, most: float) -> Callable[[object], float]:
    """A number of something in a range, its ends included."""

    def parse(written: object) -> float:
        try:
            value = float(written) if isinstance(written, str | int | float) else math.nan
        except (ValueError, OverflowError):
            value = math.nan
        if isinstance(written, bool) or not least <= value <= most:
            raise ValueError(f"it must be a number of {unit} from {least:g} to {most:g}")
        return value

    return parse


seconds = _quantity("seconds", 0, 86_400)
"""A number of seconds, not negative, at most a day."""
seconds_from_one = _quantity("seconds", 1, 86_400)
"""A number of seconds, at most a day; at least one, as between two things that are done."""
minutes = _quantity("minutes", 0, 10_080)
"""A number of minutes, not negative, at most a week."""
hours = _quantity("hours", 0, 168)
"""A number of hours, not negative, at most a week."""
percent = _quantity("percent", 1, 100)
"""A percentage, not 0."""
megabytes = _quantity("megabytes", 0.01, 1_000_000)
"""A number of megabytes, at most a terabyte."""


def yes_or_no(written: object) -> bool:
    """Whether something is so."""
    word = str(written).strip().lower()
    if word not in _YES_OR_NO:
        raise ValueError("it must be true or false")
    return _YES_OR_NO[word]


def clock_time(written: object) -> str:
    """A time of day, as C{HH:MM}."""
    if not isinstance(written, str) or not _CLOCK_TIME.fullmatch(written.strip()):
        raise ValueError("it must be a time of day as in 04:30")
    return written.strip()


def levels(written: object) -> Mapping[str, str]:
    """
    Levels of the log, as C{"info, amcp=debug"} or a TOML table: by namespace below C{rtgplayout},
    or any other as it is; the empty one is for all that are not named.
    """
    if isinstance(written, str):
        parts = [part.strip() for part in written.split(",") if part.strip()]
        given = dict(part.rpartition("=")[::2] for part in parts)
    elif isinstance(written, dict):
        given = {str(name): str(word) for name, word in written.items()}
    else:
        raise ValueError("it must be text as in info,amcp=debug")
    found = {"": "info"}
    for name, word in given.items():
        level = _level(word)
        if not _NAMESPACE.fullmatch(name.strip()):
            raise ValueError(f"{name!r} is no namespace; one is amcp, another amcp.client")
        found[name.strip()] = level
    return MappingProxyType(found)


def rate(written: object) -> Fraction:
    """A frame rate, as C{"25"}, C{"29.97"} or C{"30000/1001"}."""
    return parse_rate(str(written).strip())


def rate_name(value: Fraction) -> str:
    """The name that L{rate} reads."""
    return next(name for name, known in RATES.items() if known == value)


def zone(written: object) -> ZoneInfo:
    """A time zone by its name in the IANA database."""
    name = str(written).strip()
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        hint = nearest(name, available_timezones())
        raise ValueError(f"there is no time zone {name!r}; one is Europe/Paris{hint}") from None


def slate(written: object) -> str:
    """A clip's name, or a colour as C{#RRGGBB} or C{#AARRGGBB}; a colour gets the longer form."""
    name = line(written)
    if not name.startswith("#"):
        return name
    if not _COLOUR.fullmatch(name):
        raise ValueError("a colour is written #RRGGBB or #AARRGGBB")
    return f"#{name[1:].upper():F>8}"


def choice(*words: str) -> Callable[[object], str]:
    """One of some words, in any case."""

    def parse(written: object) -> str:
        word = str(written).strip().lower()
        if word not in words:
            raise ValueError(f"it must be one of {', '.join(words)}{nearest(word, words)}")
        return word

    return parse


_level = choice("debug", "info", "warn", "error", "critical")


def choices(*words: str) -> Callable[[object], tuple[str, ...]]:
    """Some of some words, each once: a list, or text with commas."""
    one = choice(*words)

    def parse(written: object) -> tuple[str, ...]:
        parts = written.split(",") if isinstance(written, str) else written
        if not isinstance(parts, list) or not parts:
            raise ValueError(f"it must be some of {', '.join(words)}, with commas")
        return tuple(dict.fromkeys(map(one, parts)))

    return parse


def http_url(written: object) -> str:
    """The address of a server, without a path."""
    if (
        not isinstance(written, str)
        or not _HTTP.fullmatch(written.strip())
        or not _is_url(written.strip())
    ):
        raise ValueError("it must be an address as in http://192.0.2.10:8000")
    return written.strip().rstrip("/")


def url(written: object) -> str:
    """A whole address on the web."""
    if not isinstance(written, str) or not _is_url(written.strip()):
        raise ValueError("it must be an address as in https://hooks.example/alert")
    return written.strip()


def _is_url(text: str) -> bool:
    """Whether it can be asked for: with a host, and a port that there is."""
    if not _URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def mail_address(written: object) -> str:
    """An e-mail address."""
    if not isinstance(written, str) or not _MAIL.fullmatch(written.strip()):
        raise ValueError("it must be an e-mail address as in desk@station.example")
    return written.strip()


def _several(one: Callable[[object], str], what: str) -> Callable[[object], tuple[str, ...]]:
    """Any number of something: a list, or text with commas."""

    def parse(written: object) -> tuple[str, ...]:
        parts = written.split(",") if isinstance(written, str) else written
        if not isinstance(parts, list):
            raise ValueError(f"it must be {what}, with commas between")
        wanted = [part for part in parts if not isinstance(part, str) or part.strip()]
        return tuple(dict.fromkeys(map(one, wanted)))

    return parse


urls = _several(url, "addresses")
"""Any number of whole addresses on the web."""
mail_addresses = _several(mail_address, "e-mail addresses")
"""Any number of e-mail addresses."""


def prefix(written: object) -> str:
    """What stands before names of clips; may be nothing at all."""
    if not isinstance(written, str):
        raise ValueError("it must be text, as in medias/")
    if why := fault_of_prefix(written):
        raise ValueError(why)
    return written


def optional(parse: Callable[[object], T]) -> Callable[[object], T | None]:
    """What C{parse} reads, or nothing at all."""

    def parse_some(written: object) -> T | None:
        return None if isinstance(written, str) and not written.strip() else parse(written)

    return parse_some


def origins(written: object) -> tuple[str, ...]:
    """Where pages may come from: a list, or text with commas; C{*} stands for anything."""
    parts = written.split(",") if isinstance(written, str) else written
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError("it must be a list of origins, as in http://desk.example:3000")
    found = tuple(part.strip() for part in parts if part.strip())
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is no origin; one is http://desk.example:3000")
    return found


def channels(written: object) -> tuple[Mapping[str, object], ...]:
    """
    Channels as C{"1-10, 2-10"} (number and layer) or as a list of TOML tables; of each the fields
    of L{Channel} that were given.
    """
    if isinstance(written, str):
        found = [_channel_of_text(part.strip()) for part in written.split(",")]
    elif isinstance(written, list):
        found = [_channel_of_table(each, n) for n, each in enumerate(written)]
    else:
        raise ValueError('it must be text like "1-10, 2-10" or a list of tables')
    numbers = [each["number"] for each in found]
    if not found:
        raise ValueError("there must be at least one channel")
    if len(set(numbers)) < len(numbers):
        raise ValueError("a channel's number may stand there once")
    return tuple(found)


_CHANNEL_FIELDS: Mapping[str, Callable[[object], object]] = {
    "number": number(1, LAST_CHANNEL),
    "layer": number(0, LAST_LAYER),
    "rate": rate,
    "filler": optional(line),
    "slate": optional(slate),
}


def _channel_of_text(text: str) -> dict[str, object]:
    match = _CHANNEL.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= LAST_CHANNEL:
        raise ValueError(f"{text!r} is no channel; 1 is one, and with its layer 1-10")
    given: dict[str, object] = {"number": int(match[1])}
    return given if match[2] is None else {**given, "layer": int(match[2])}


def _channel_of_table(table: object, position: int) -> dict[str, object]:
    if not isinstance(table, dict) or "number" not in table:
        raise ValueError(f"[{position}] must be a table that has a number")
    given = {}
    for key, value in table.items():
        if key not in _CHANNEL_FIELDS:
            hint = nearest(key, _CHANNEL_FIELDS)
            raise ValueError(f"[{position}].{key} is not known{hint}")
        try:
            given[key] = _CHANNEL_FIELDS[key](value)
        except ValueError as error:
            raise ValueError(f"[{position}].{key}: {error}") from None
    return given
