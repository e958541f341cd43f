"""
What a real CasparCG 2.5.0 answered, byte by byte, in the order in which it was asked.

C{tests/data/transcripts.json} is a list of exchanges; in its texts C{\\r}, C{\\n}, C{\\t}, C{\\0}
and C{\\xNN} stand for those bytes, so that the file can be read.
"""

import json
import re
from pathlib import Path

from attrs import frozen

_ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0"}
_ESCAPE = re.compile(r"\\(?:([rnt0])|x([0-9a-f]{2}))")


@frozen
class Exchange:
    """
    One request and what came back.

    @ivar section: which part of the recording it belongs to, as in C{"callbg"}.
    @ivar connection: which of several connections, when there were several.
    @ivar silent: nothing came within 1.5 s.
    @ivar closed: the server closed the connection.
    @ivar elided: the middle of the request or of the reply is not in the recording.
    """

    section: str
    sent: bytes
    received: bytes
    connection: str = ""
    silent: bool = False
    closed: bool = False
    elided: bool = False


def as_bytes(text: str) -> bytes:
    """The bytes that a text of the recording stands for."""
    parts, at = [], 0
    for match in _ESCAPE.finditer(text):
        if text[max(0, match.start() - 1)] == "\\" and match.start() > at:
            continue  # an escaped backslash of the request itself
        parts.append(text[at : match.start()].encode())
        parts.append(_ESCAPES[match[1]] if match[1] else bytes([int(match[2], 16)]))
        at = match.end()
    parts.append(text[at:].encode())
    return b"".join(parts)


def exchanges(*sections: str) -> list[Exchange]:
    """The recorded exchanges of those sections; of all when none is named."""
    recorded = json.loads((Path(__file__).parent / "data" / "transcripts.json").read_text())
    return [
        Exchange(**{**each, "sent": as_bytes(each["sent"]), "received": as_bytes(each["received"])})
        for each in recorded
        if not sections or each["section"] in sections
    ]
