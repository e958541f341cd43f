# -*- test-case-name: tests.amcp.test_status -*-
"""
What CasparCG says of itself: channels, layers, what is on air; the same values from INFO's XML
and from OSC.
"""

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element, ParseError

from attrs import field, frozen
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .wire import Reply

T = TypeVar("T", int, float)


class Unreadable(ValueError):
    """An answer of CasparCG that makes no sense."""


class ServerVersion(NamedTuple):
    """
    Which CasparCG it is; compares with other versions and with plain tuples, as in
    C{version >= (2, 4)}.
    """

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> "ServerVersion | None":
        """
        The version that C{VERSION} answers, as in C{2.5.0 N/A Stable}; L{None} when there is none
        in it.
        """
        found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
        return None if found is None else cls(int(found[1]), int(found[2]), int(found[3] or 0))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@frozen
class Foreground:
    """
    What a layer shows.

    @ivar producer: C{ffmpeg}, C{image}, C{color}, C{decklink}, C{html}, C{route}, C{empty},
        C{separated} (key and fill), or C{transition} while a transition or an opening lasts.
    @ivar name: as written in the command that loaded it; C{""} when there is none.
    @ivar path: of the file, on the server; for decklink the device number.
    @ivar time: seconds from the start of the file of the frame on air.
    @ivar total: seconds of the whole file; 0 until it is open.
    @ivar clip_in: seconds; where the excerpt starts in the file.
    @ivar clip_length: seconds; how long the excerpt is; 0 until it is open.
    @ivar frames_left: ticks to the automatic cut (1 on the last frame); L{None} unless an AUTO cue
        is armed.
    @ivar transition: (frame, length) of a running transition; (0, 0) for a plain cut that waits
        for its file to open; L{None} otherwise.
    @ivar leads_to: the producer that the transition leads to; C{""} outside one.
    """

    producer: str = "empty"
    name: str = ""
    path: str = ""
    time: float = 0.0
    total: float = 0.0
    clip_in: float = 0.0
    clip_length: float = 0.0
    paused: bool = False
    loop: bool = False
    frames_left: int | None = None
    transition: tuple[int, int] | None = None
    leads_to: str = ""


@frozen
class Background:
    """
    What a layer has cued; C{producer} is C{empty} when nothing, and normally C{transition} when
    something is (its real producer is then one level down and not told here).
    """

    producer: str = "empty"
    name: str = ""
    path: str = ""


@frozen
class Layer:
    """A layer: foreground and background."""

    foreground: Foreground = Foreground()
    background: Background = Background()


@frozen
class ChannelStatus:
    """
    A channel at one tick.

    @ivar tick: the server's tick counter (from the OSC bundle's time tag; it starts at 1 with the
        server and is common to all channels, so that with several channels it may grow by more
        than one from tick to tick); L{None} when it comes from INFO.
    @ivar rate: ticks a second, as the server's C{framerate} says; L{None} when it was not in the
        packets received.
    @ivar layers: only those that exist.
    """

    channel: int
    tick: int | None = None
    rate: Fraction | None = None
    format: str = ""
    layers: Mapping[int, Layer] = field(factory=dict)

    def layer(self, number: int) -> Layer:
        """The layer of that number; an empty one when there is none."""
        return self.layers.get(number, _NOTHING)


_NOTHING = Layer()


def channels_from_info(reply: Reply) -> tuple[tuple[int, str], ...]:
    """
    The channels listed by C{INFO}: number and video format of each, as in C{(1, "720p2500")}.
    """
    found = (re.match(r"(\d+)\s+(\S+)", each) for each in reply.lines)
    return tuple((int(each[1]), each[2]) for each in found if each is not None)


def channel_from_info(xml: str, channel: int) -> ChannelStatus:
    """
    What C{INFO n} tells; what is not there, or is no number where one should be, is left at its
    default.

    @param channel: its number, which INFO does not repeat.
    @raise Unreadable: when it is no XML, or XML that attacks its reader.
    """
    root = _xml(xml, f"INFO {channel}")
    layers = {}
    for each in root.iterfind("stage/layer/*"):
        number = each.tag.removeprefix("layer_")
        if number.isdecimal():
            layers[int(number)] = _layer(each)
    return ChannelStatus(
        channel=channel,
        rate=rate_from(_numbers(root, "framerate", int)),
        format=_text(root, "format"),
        layers=layers,
    )


def template_folder_from_info(xml: str) -> str:
    """
    Where the server has its templates, as C{INFO PATHS} tells it; empty when it does not.

    @raise Unreadable: likewise.
    """
    return _text(_xml(xml, "INFO PATHS"), "template-path")


def rate_from(framerate: tuple[int, ...]) -> Fraction | None:
    """
    Ticks a second, from the two numbers of C{framerate}; L{None} when they are no rate.
    """
    match framerate:
        case (numerator, denominator) if numerator > 0 and denominator > 0:
            return Fraction(numerator, denominator)
        case _:
            return None


def _xml(text: str, what: str) -> Element:
    try:
        root: Element = fromstring(text.strip())
    except (ParseError, DefusedXmlException) as e:
        raise Unreadable(f"{what} is no XML: {e}") from e
    return root


def _layer(layer: Element) -> Layer:
    foreground, background = layer.find("foreground"), layer.find("background")
    return Layer(
        Foreground() if foreground is None else _foreground(foreground),
        Background() if background is None else _background(background),
    )


def _foreground(found: Element) -> Foreground:
    time, total = _pair(_numbers(found, "file/time", float), 0.0)
    clip_in, clip_length = _pair(_numbers(found, "file/clip", float), 0.0)
    frames_left = _numbers(found, "frames_left", int)
    transition = found.find("transition")
    return Foreground(
        producer=_text(found, "producer") or "empty",
        name=_text(found, "file/name"),
        path=_text(found, "file/path"),
        time=time,
        total=total,
        clip_in=clip_in,
        clip_length=clip_length,
        paused=_text(found, "paused") == "true",
        loop=_text(found, "loop") == "true",
        frames_left=frames_left[0] if frames_left else None,
        transition=None if transition is None else _pair(_numbers(transition, "frame", int), 0),
        leads_to=_text(found, "transition/producer"),
    )


def _background(found: Element) -> Background:
    return Background(
        producer=_text(found, "producer") or "empty",
        name=_text(found, "file/name"),
        path=_text(found, "file/path"),
    )


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _numbers(element: Element, path: str, kind: Callable[[str], T]) -> tuple[T, ...]:
    """The numbers at C{path}; nothing at all when one of them is none."""
    try:
        found = tuple(kind(each.text or "") for each in element.iterfind(path))
    except (ValueError, OverflowError):
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _pair(numbers: tuple[T, ...], default: T) -> tuple[T, T]:
    match numbers:
        case (first, second):
            return first, second
        case _:
            return default, default
