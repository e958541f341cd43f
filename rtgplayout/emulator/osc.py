# -*- test-case-name: tests.emulator.test_osc -*-
"""
OSC as CasparCG sends it: all of a channel's state every tick, in bundles whose time tag is the
tick counter.
"""

import struct
from collections.abc import Iterable

from rtgplayout.emulator.producer import Long, Value

PACKET = 2048  # bytes; messages are added to a datagram until it holds as many (source)

Message = tuple[str, tuple[Value, ...]]


def packets(tick: int, messages: Iterable[Message]) -> list[bytes]:
    """The datagrams of a tick, each a bundle with the same time tag."""
    header = b"#bundle\0" + struct.pack(">Q", tick)
    made: list[bytes] = []
    bundle = b""
    for address, values in messages:
        message = encode(address, values)
        element = struct.pack(">i", len(message)) + message
        bundle += element
        if len(header) + len(bundle) >= PACKET:
            made.append(header + bundle)
            bundle = b""
    if bundle:
        made.append(header + bundle)
    return made


def encode(address: str, values: Iterable[Value]) -> bytes:
    """One message."""
    tags, content = ",", b""
    for value in values:
        if isinstance(value, bool):
            tags += "T" if value else "F"
        elif isinstance(value, Long):
            tags += "h"
            content += struct.pack(">q", value)
        elif isinstance(value, int):
            tags += "i"
            content += struct.pack(">i", value)
        elif isinstance(value, float):
            tags += "f"
            content += struct.pack(">f", value)
        else:
            tags += "s"
            content += _text(value)
    return _text(address) + _text(tags) + content


def _text(text: str) -> bytes:
    """Ended by a zero, filled up to four bytes."""
    data = text.encode() + b"\0"
    return data + b"\0" * (-len(data) % 4)
