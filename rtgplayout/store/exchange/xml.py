# -*- test-case-name: tests.store.exchange.test_xml -*-
"""
Imports of the old system's XML:

    <playlist>
      <item><name>News</name><file>news.mxf</file><duration>1800</duration></item>
    </playlist>

The old system cut decimals off durations; here they are kept. Besides these it may have C{type},
C{trimInSeconds} and C{hardStartTime}, which mean what they do in C{playlist.json}. Document types,
and with them entities, are refused.
"""

from collections.abc import Callable, Mapping
from reprlib import repr as short
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from attrs import define, field
from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from ...rundown.timing import parse_clock_time
from .fields import kind_of, seconds
from .gathering import Enough, Found, Gathering

__all__ = ["read_xml"]

_PIECE = 1 << 14
"""Characters that the parser is given at a time."""

_LONGEST_MARKUP = 1 << 16
"""
Characters from one C{<} to the next, and of a comment: the parser looks at a whole tag in one go,
and anew with each piece.
"""

_ENDS = (("<!--", "-->"), ("<![", "]]>"), ("<?", "?>"))
"""Where there may be a C{<} in between."""

_MOST_PIECES = 16
"""Pieces of an element's text that are kept: more than any field may be long."""

_DEEPEST = 100
_FIELDS = ("name", "file", "duration", "type", "trimInSeconds", "hardStartTime")


def read_xml(text: str, gathering: Gathering) -> None:
    """Put the items into C{gathering}."""
    place = _overlong(text)
    if place is not None:
        line = 1 + sum(
            text.count("\n", at, min(at + _PIECE, place)) for at in range(0, place, _PIECE)
        )
        gathering.fault(line, f"There are more than {_LONGEST_MARKUP} characters without a tag.")
        return
    parser = create_parser(forbid_dtd=True)
    content = _Content(gathering, parser.getLineNumber)
    parser.setContentHandler(content)
    try:
        for at in range(0, len(text), _PIECE):
            parser.feed(text[at : at + _PIECE])
        parser.close()
    except DefusedXmlException:
        line = parser.getLineNumber()
        gathering.fault(line, "It has a document type (<!DOCTYPE), which is refused.")
    except SAXParseException as error:
        inside = f"{gathering.where()}: it" if content.in_item else "It"
        line = error.getLineNumber() or 0
        gathering.fault(line, f"{inside} is not well-formed XML: {error.getMessage()}.")
    except UnicodeEncodeError:
        gathering.fault(parser.getLineNumber(), "There are characters that are half of one.")


def _overlong(text: str) -> int | None:
    """Where markup is too long for the parser; L{None} when it is nowhere."""
    at = 0
    while True:
        start = text.find("<", at, at + _LONGEST_MARKUP)
        if start < 0:
            return at if len(text) - at > _LONGEST_MARKUP else None
        at = start + 1
        for sign, end in _ENDS:
            if text.startswith(sign, start):
                at = text.find(end, start + len(sign), start + _LONGEST_MARKUP)
                if at < 0:
                    return start if len(text) - start > _LONGEST_MARKUP else None


@define(eq=False)
class _Content(ContentHandler):
    """
    What the parser finds.

    @ivar here: the line that the parser is at.
    @ivar _open: the elements that are not closed yet, from the root on.
    @ivar _line: where the present item starts.
    @ivar _texts: what its fields hold, in pieces.
    @ivar _wrong: why it cannot be read.
    """

    gathering: Gathering
    here: Callable[[], int]
    _open: list[str] = field(init=False, factory=list)
    _line: int = field(init=False, default=0)
    _texts: dict[str, list[str]] = field(init=False, factory=dict)
    _wrong: str = field(init=False, default="")

    @property
    def in_item(self) -> bool:
        """Whether an item was begun and not ended."""
        return self._open[1:2] == ["item"]

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        """An element begins."""
        line = self.here()
        depth = len(self._open)
        self._open.append(name)
        if depth == _DEEPEST:
            self.gathering.fault(line, f"Elements are nested more than {_DEEPEST} deep.")
            raise Enough
        if depth == 0 and name != "playlist":
            self.gathering.fault(line, f"Its root is <{_shown(name)}>, not <playlist>.")
            raise Enough
        if attrs.getLength():
            message = f"Attributes of <{_shown(name)}> are passed over."
            self.gathering.warn_once(line, message)
        if depth == 1 and name == "item":
            self.gathering.begin(line)
            self._line, self._texts, self._wrong = line, {}, ""
        elif depth == 1 or (depth == 2 and self.in_item and name not in _FIELDS):
            self.gathering.warn_once(line, f"<{_shown(name)}> is not known; passed over.")
        elif depth == 2 and self.in_item:
            if name in self._texts:
                self._wrong = f"it has two <{name}>"
            self._texts[name] = []
        elif self.in_item and self._open[2] in _FIELDS:
            self._wrong = f"<{self._open[2]}> has other elements in it"

    def characters(self, content: str) -> None:
        """Text, or a part of it."""
        if len(self._open) == 3 and self._open[2] in self._texts:
            pieces = self._texts[self._open[2]]
            if len(pieces) < _MOST_PIECES:
                pieces.append(content)
        elif len(self._open) < 3 and content.strip():
            self.gathering.warn_once(self.here(), "Text between elements is passed over.")

    def endElement(self, name: str) -> None:
        """An element ends."""
        if len(self._open) == 2 and self.in_item:
            texts = {field: "".join(pieces).strip() for field, pieces in self._texts.items()}
            try:
                if self._wrong:
                    raise ValueError(self._wrong)
                found = _found(self._line, texts, self.gathering)
            except ValueError as error:
                where = self.gathering.where(texts.get("name", ""))
                self.gathering.fault(self._line, f"{where}: {error}.")
            else:
                self.gathering.put(found)
            self._texts = {}
        self._open.pop()


def _found(line: int, texts: Mapping[str, str], gathering: Gathering) -> Found:
    """
    An item of these fields.

    @raise ValueError: it is none; a phrase that says why.
    """
    for needed in ("file", "duration"):
        if not texts.get(needed):
            raise ValueError(f"it has no <{needed}>")
    duration = texts["duration"]
    if "." in duration or "," in duration:
        message = "Decimals of durations are kept; the old system cut them off."
        gathering.warn_once(line, message)
    return Found(
        line,
        texts["file"],
        texts.get("name") or "Unknown",
        seconds(duration, gathering.rate),
        seconds(texts.get("trimInSeconds") or "0", gathering.rate),
        kind_of(texts.get("type", "")),
        parse_clock_time(hard) if (hard := texts.get("hardStartTime")) else None,
    )


def _shown(name: str) -> str:
    return short(name)[1:-1]
