# -*- test-case-name: tests.emulator.test_playback -*-
"""
From the words of a command to a producer. Keywords are looked for among all of them, the file
name included.
"""

import random
import re
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType

from attrs import define

from rtgplayout.emulator.clip import NO_LENGTH, OPENINGS, Clip, Opening
from rtgplayout.emulator.formats import Format
from rtgplayout.emulator.media import Kind, Library, Media
from rtgplayout.emulator.page import Page
from rtgplayout.emulator.producer import UNKNOWN, Clock, Live, Producer, Separated, Steady, Still
from rtgplayout.emulator.transition import Style, Transition, written_in
from rtgplayout.emulator.viewer import Picture

Words = tuple[str, ...]

_COLOURS = {
    "EMPTY": "#00000000",
    "BLACK": "#FF000000",
    "WHITE": "#FFFFFFFF",
    "RED": "#FFFF0000",
    "GREEN": "#FF00FF00",
    "BLUE": "#FF0000FF",
    "ORANGE": "#FFFFA500",
    "YELLOW": "#FFFFFF00",
    "BROWN": "#FFA52A2A",
    "GRAY": "#FF808080",
    "TEAL": "#FF008080",
}
_HEX = re.compile(r"#[0-9a-fA-F]{8}")
_ROUTE = re.compile(r"route://(\d+)(?:-(\d+))?", re.IGNORECASE)


class NotFound(Exception):
    """C{404}: nothing is of that name."""


class Wrong(Exception):
    """C{403}: a parameter that cannot be read, or a device that is not there."""


def contains(words: Iterable[str], keyword: str) -> bool:
    """Whether one of the words is that keyword, in any case."""
    return any(word.upper() == keyword for word in words)


def value_of(words: Words, keyword: str) -> str | None:
    """
    The word after C{keyword}; L{None} when it is not there.

    @raise Wrong: nothing follows it.
    """
    for at, word in enumerate(words):
        if word.upper() == keyword:
            if at + 1 == len(words):
                raise Wrong(keyword)
            return words[at + 1]
    return None


def unsigned(words: Words, keyword: str, default: int) -> int:
    """
    The number after C{keyword}, in 32 bits without sign: C{-5} is a very large one.

    @raise Wrong: it is not a number.
    """
    text = value_of(words, keyword)
    if text is None:
        return default
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdecimal()) or int(digits) > UNKNOWN:
        raise Wrong(keyword)
    return int(digits) if text[0] != "-" else -int(digits) % (1 << 32)


def colour(word: str) -> str | None:
    """The C{#AARRGGBB} of a colour's name or code; L{None} for another word."""
    code = "#FF" + word[1:] if word.startswith("#") and len(word) == 7 else word
    code = _COLOURS.get(word.upper(), code)
    return code if _HEX.fullmatch(code) else None


SHY = 13 / 20
"""How often a file is not open yet when its length is asked right after loading it."""


@define
class Sources:
    """
    What a server can show.

    @ivar devices: numbers of the DeckLink inputs that are there.
    @ivar templates: where HTML templates are, by their names in capitals; when there are none, the
        server is one without HTML.
    @ivar openings: how quickly files get ready, each as likely as its last number says.
    @ivar shy: how likely a file says, right after it was loaded, that it is not open.
    """

    clock: Clock
    library: Library
    chance: random.Random
    devices: Container[int] = ()
    templates: Mapping[str, str] = MappingProxyType({})
    openings: tuple[tuple[int, int, bool, int], ...] = OPENINGS
    channels: int = 1
    shy: float = SHY

    def load(self, words: Words, format: Format) -> Transition:
        """
        What LOADBG loads: the producer and the transition to it.

        @raise NotFound: nothing is of that name.
        @raise Wrong: a parameter cannot be read.
        """
        producer = self.create(words, format)
        style = self._sting(words, format) or written_in(words)
        return Transition(producer, style)

    def create(self, words: Words, format: Format) -> Producer:
        """
        The producer that C{words} ask for.

        @raise NotFound: nothing is of that name.
        @raise Wrong: a parameter cannot be read.
        """
        producer = self._create(words, format)
        key = None
        if "://" not in words[0]:
            for ending in ("_A", "_ALPHA"):
                try:
                    key = key or self._create((words[0] + ending, *words[1:]), format)
                except Wrong:
                    break
        if producer is None:
            raise NotFound(words[0])
        return producer if key is None else Separated(producer, key)

    def template(self, name: str) -> Page:
        """
        The page that CG shows for a name, or for an address on the web.

        @raise NotFound: there is none.
        """
        if name.lower().startswith(("http:", "https:")) and self.templates:
            return Page(name)
        if name.upper() not in self.templates:
            raise NotFound(name)
        return Page(f"file://{self.templates[name.upper()]}")

    def _create(self, words: Words, format: Format) -> Producer | None:
        if colour(words[0]) is not None:
            return self._colour(words)
        if (route := _ROUTE.fullmatch(words[0])) is not None:
            return self._route(int(route[1]), route[2])
        if words[0].upper() == "[HTML]" and self.templates:
            known = self.templates.get(words[1].upper())
            return Page(words[1] if known is None else f"file://{known}")
        if words[0].upper() == "DECKLINK":
            return self._live(words, format)
        if "://" in words[0]:
            return self._stream(words, format)
        media = self.library.find(words[0])
        if media is None:
            return None
        return self._media(media, words, format)

    def _colour(self, words: Words) -> Producer:
        colours: list[str] = []
        for word in words:
            if colour(word) is None:
                break
            colours.append(word)
        written = ", ".join(colours)
        return Steady("color", Picture("colour", written), {"color": (written,)})

    def _route(self, channel: int, layer: str | None) -> Producer:
        if not 1 <= channel <= self.channels:
            raise Wrong("route")
        facts = {"route/channel": (channel,)}
        if layer is not None:
            facts["route/layer"] = (int(layer),)
        name = f"{channel}-{layer}" if layer is not None else str(channel)
        return Steady("route", Picture("route", name), facts)

    def _live(self, words: Words, format: Format) -> Producer | None:
        text = value_of(words, "DEVICE") or (words[1] if len(words) > 1 else "")
        if not text.isdecimal() or not self.devices:
            return None
        if int(text) not in self.devices:
            raise Wrong("DEVICE")
        return Live(
            self.clock,
            int(text),
            format.name,
            float(format.rate),
            unsigned(words, "LENGTH", UNKNOWN),
        )

    def _stream(self, words: Words, format: Format) -> Producer | None:
        """A network stream: nobody answers there."""
        if words[0].lower().startswith("ndi://") or "." not in words[0].rpartition("/")[2]:
            return None
        return self._clip(Media(words[0], openable=False), words[0], words, format)

    def _media(self, media: Media, words: Words, format: Format) -> Producer:
        path = self.library.path(media)
        if media.kind is Kind.STILL:
            length = unsigned(words, "LENGTH", UNKNOWN)
            return Still("image", Picture("still", path), {"file/path": (path,)}, length)
        return self._clip(media, path, words, format)

    def _clip(self, media: Media, path: str, words: Words, format: Format) -> Clip:
        seek = unsigned(words, "SEEK", 0)
        start = unsigned(words, "IN", seek)
        if not contains(words, "SEEK"):
            seek = start
        out = unsigned(words, "LENGTH", UNKNOWN)
        out = out + start if out < UNKNOWN - start else UNKNOWN
        out = unsigned(words, "OUT", out)
        first, second, prompt, _ = self.chance.choices(
            self.openings, [each[-1] for each in self.openings]
        )[0]
        return Clip(
            self.clock,
            media,
            words[0],
            path,
            float(format.rate),
            int(format.rate) // 4,
            start=start or None,
            seek_to=seek,
            length=(out - start) % (1 << 32) if out != UNKNOWN else None,
            loop=contains(words, "LOOP"),
            opening=Opening(first, second, prompt, self._shyness(path)),
        )

    def _shyness(self, path: str) -> int:
        """How often the file will say that it is not open; the same whenever it is loaded then."""
        return int(random.Random(f"{path} {self.clock.now}").random() < self.shy)

    def _sting(self, words: Words, format: Format) -> Style | None:
        """A sting: a mask file that covers the change."""
        places = [at for at, word in enumerate(words) if word.upper() == "STING"]
        if not places or places[0] + 1 == len(words):
            return None
        asked = words[places[0] + 1 :]
        if asked[0].startswith("("):
            pairs = (pair.partition("=") for pair in asked[0].strip("()").split())
            named = {name.upper(): value.strip('"') for name, _, value in pairs}
            mask, trigger = named.get("MASK", ""), named.get("TRIGGER_POINT", "0")
        else:
            mask, trigger = asked[0], asked[1] if len(asked) > 1 else "0"
        if not mask:
            return None
        if not trigger.isdecimal():
            raise Wrong("STING")
        cover = self.create((mask,), format)
        if isinstance(cover, Clip):
            cover.opening.shy = 0  # it waits until it knows
        length = int(cover.call(("LENGTH",)) or NO_LENGTH)
        return Style("sting", length if length < UNKNOWN else 600, trigger=int(trigger))
