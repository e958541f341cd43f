# -*- test-case-name: tests.amcp.test_ticks -*-
"""
What CasparCG tells by itself, tick by tick: packets of OSC made into the status of channels.

The server sends the whole state of a channel every tick as one bundle, cut into packets: messages
in the order of their addresses are added until a packet holds 2048 bytes or more, so a shorter
packet is the last of its bundle. All packets of a bundle carry its number where OSC has a time; it
starts at 1 with the server and counts the bundles of all channels: with two channels, the ticks of
one are two apart.

Packets may get lost, come twice or in another order. A bundle of which a part is missing is not
told at all: a layer that is missing from a status would look like one that was cleared, and the
next tick tells everything again.

Bundles are taken apart here and not by python-osc, whose C{OscBundle} turns their number into a
date and never returns from one whose element has a negative size; it parses the messages.
"""

import math
import re
import struct
from functools import lru_cache
from typing import Any, TypeAlias

from attrs import define, field, frozen
from pythonosc.osc_message import OscMessage, ParseError

from .status import Background, ChannelStatus, Foreground, Layer, rate_from

_FULL = 2048
_BUNDLE = b"#bundle\0"
_SIZE = struct.Struct(">i")
_ADDRESS = re.compile(
    rb"/channel/(\d{1,6})/(?:(format|framerate|stage/layer/(\d{1,9})/((?:fore|back)ground/"
    rb"(?:producer|paused|loop|file/name|file/path|file/time|file/clip|frames_left"
    rb"|transition/frame|transition/type|transition/producer)))\0)?"
)
"""Channel, what it is about, and of a layer: number, and what. What does not matter has no what."""

_MOST_FACTS = 10_000
_SLACK = 32
"""How many bundles late a packet can be; later ones come from a server that counts anew."""

_REMEMBERED = 256
"""Messages whose contents are remembered."""
_ADDRESSES = 1024
"""Addresses likewise: they are the same at each tick."""
_LONGEST = 128
"""Bytes of an address that can matter."""

_Facts: TypeAlias = dict[tuple[int | None, str], list[Any]]


@frozen
class Telemetry:
    """
    A channel at one tick.

    @ivar at: when its last packet came, on the clock that L{OscTicks.feed} was given.
    """

    status: ChannelStatus
    at: float


@frozen
class ServerRestarted:
    """The server counts its ticks anew: it is another run of it, and knows nothing of before."""

    at: float


@define
class _Bundle:
    """What came of one tick of one channel."""

    at: float
    facts: _Facts = field(factory=dict)
    ended: bool = False


@define
class OscTicks:
    """
    Turns packets into the status of channels, one a tick.

    @ivar ignored: packets that were no OSC of CasparCG's, too late, or there already.
    @ivar incomplete: ticks of which a part was missing.
    """

    ignored: int = 0
    incomplete: int = 0
    _number: int = field(default=0, init=False)
    _bundles: dict[int, _Bundle] = field(factory=dict, init=False)
    _told: set[int] = field(factory=set, init=False)
    _late: int = field(default=0, init=False)

    @property
    def waiting(self) -> bool:
        """Whether something is there for L{settle} to tell."""
        return any(not each.ended for each in self._bundles.values())

    def feed(self, packet: bytes, at: float) -> list[Telemetry | ServerRestarted]:
        """
        What is known now that C{packet} came at C{at}: at once when it is the last of its tick,
        else with the first packet of the next tick, or with L{settle}. Never raises.
        """
        found: list[Telemetry | ServerRestarted] = []
        read = _read(packet)
        if read is None:
            self.ignored += 1
            return found
        number, messages = read
        if number < self._number:
            self._late += 1
            if self._number - number <= _SLACK and self._late <= _SLACK:
                self.ignored += 1
                return found
            found.append(ServerRestarted(at))
            self._bundles.clear()
            self._begin(number)
        elif number > self._number:
            found += self._tell()
            self.incomplete += len(self._bundles)
            self._begin(number)
        self._add(messages, len(packet) < _FULL, at)
        found += self._tell(only_ended=True)
        return found

    def settle(self) -> list[Telemetry]:
        """
        What can be told when no further packet is expected: a tick may fill its last packet
        exactly, and nothing in it says so.
        """
        return self._tell()

    def _begin(self, number: int) -> None:
        self._number, self._late = number, 0
        self._bundles.clear()
        self._told.clear()

    def _add(
        self, messages: list[tuple[int, int | None, str, bytes]], last: bool, at: float
    ) -> None:
        fresh = False
        for channel, layer, what, message in messages:
            if channel in self._told:
                continue
            fresh = True
            bundle = self._bundles.get(channel)
            if bundle is None:
                bundle = self._bundles[channel] = _Bundle(at)
            bundle.at = at
            bundle.ended = bundle.ended or last
            if what and len(bundle.facts) < _MOST_FACTS:
                bundle.facts[layer, what] = _parameters(message)
        if not fresh:
            self.ignored += 1

    def _tell(self, only_ended: bool = False) -> list[Telemetry]:
        found = []
        for channel, bundle in sorted(self._bundles.items()):
            if only_ended and not bundle.ended:
                continue
            status = _status(channel, self._number, bundle.facts)
            if status is not None:
                found.append(Telemetry(status, bundle.at))
                self._told.add(channel)
                del self._bundles[channel]
        return found


def _read(packet: bytes) -> tuple[int, list[tuple[int, int | None, str, bytes]]] | None:
    """
    A bundle's number, and of each message about a channel: its number, the layer, the rest of the
    address (empty when it does not matter), and its bytes; L{None} for anything else.
    """
    if len(packet) < 16 or not packet.startswith(_BUNDLE):
        return None
    number = int.from_bytes(packet[8:16], "big")
    messages, at, all_of_it = [], 16, len(packet)
    while at < all_of_it:
        if at + 4 > all_of_it:
            return None
        (size,) = _SIZE.unpack_from(packet, at)
        at += 4
        end = at + size
        if size <= 0 or end > all_of_it:
            return None
        about = _about(packet[at : min(packet.find(b"\0", at, end) + 1 or end, at + _LONGEST)])
        if about is not None:
            messages.append((*about, packet[at:end]))
        at = end
    return number, messages


@lru_cache(_ADDRESSES)
def _about(address: bytes) -> tuple[int, int | None, str] | None:
    """
    Channel, layer, and the rest of an address; L{None} when it is not about a channel.

    @param address: with the zero that ends it.
    """
    found = _ADDRESS.match(address)
    if found is None:
        return None
    layer = None if found[3] is None else int(found[3])
    return int(found[1]), layer, (found[4] or found[2] or b"").decode()


@lru_cache(_REMEMBERED)
def _parameters(message: bytes) -> list[Any]:
    """What a message tells; most say the same at each tick. Nobody changes it."""
    try:
        return OscMessage(message).params
    except (ParseError, ValueError, RecursionError):
        return []


def _status(channel: int, number: int, facts: _Facts) -> ChannelStatus | None:
    """The status that C{facts} make; L{None} when some are missing."""
    if (None, "format") not in facts:
        return None
    layers = {}
    for number_of_layer in {layer for layer, _ in facts if layer is not None}:
        layer = _layer(facts, number_of_layer)
        if layer is None:
            return None
        layers[number_of_layer] = layer
    return ChannelStatus(
        channel=channel,
        tick=number,
        rate=rate_from(_integers(facts.get((None, "framerate"), []))),
        format=_text(facts, None, "format"),
        layers=layers,
    )


def _layer(facts: _Facts, layer: int) -> Layer | None:
    if (layer, "background/producer") not in facts or (layer, "foreground/producer") not in facts:
        return None
    producer = _text(facts, layer, "foreground/producer")
    shown = facts.get((layer, "foreground/transition/frame"))
    if producer == "transition" and shown is None:
        # A sting may tell no frames, but each transition tells its type.
        if (layer, "foreground/transition/type") not in facts:
            return None
    frames = None if shown is None else (*_integers(shown), 0, 0)[:2]
    time, total = _seconds(facts, layer, "foreground/file/time")
    clip_in, clip_length = _seconds(facts, layer, "foreground/file/clip")
    left = _integers(facts.get((layer, "foreground/frames_left"), []))
    return Layer(
        Foreground(
            producer=producer or "empty",
            name=_text(facts, layer, "foreground/file/name"),
            path=_text(facts, layer, "foreground/file/path"),
            time=time,
            total=total,
            clip_in=clip_in,
            clip_length=clip_length,
            paused=facts.get((layer, "foreground/paused")) == [True],
            loop=facts.get((layer, "foreground/loop")) == [True],
            frames_left=left[0] if left else None,
            transition=None if frames is None else (frames[0], frames[1]),
            leads_to=_text(facts, layer, "foreground/transition/producer"),
        ),
        Background(
            producer=_text(facts, layer, "background/producer") or "empty",
            name=_text(facts, layer, "background/file/name"),
            path=_text(facts, layer, "background/file/path"),
        ),
    )


def _integers(values: list[Any]) -> tuple[int, ...]:
    return tuple(value for value in values if type(value) is int)


def _text(facts: _Facts, layer: int | None, what: str) -> str:
    """A text; of a DeckLink input the path is a number."""
    match facts.get((layer, what)):
        case [str() | int() as value]:
            return str(value)
        case _:
            return ""


def _seconds(facts: _Facts, layer: int, what: str) -> tuple[float, float]:
    match facts.get((layer, what)):
        case [float() as first, float() as second] if math.isfinite(first + second):
            return first, second
        case _:
            return 0.0, 0.0
