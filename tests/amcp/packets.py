"""
OSC packets as CasparCG sends them, for tests.
"""

import struct
from collections.abc import Iterator

FULL = 2048
"""Messages are added to a packet until it holds this many bytes."""


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (4 - len(data) % 4)


def message(address: str, *values: object) -> bytes:
    """One message; a tuple of one number stands for 64 bits."""
    tags, data = ",", b""
    for value in values:
        match value:
            case bool():
                tags += "T" if value else "F"
            case (int() as number,):
                tags, data = tags + "h", data + struct.pack(">q", number)
            case int():
                tags, data = tags + "i", data + struct.pack(">i", value)
            case float():
                tags, data = tags + "f", data + struct.pack(">f", value)
            case _:
                tags, data = tags + "s", data + _padded(str(value).encode())
    return _padded(address.encode()) + _padded(tags.encode()) + data


def packet(number: int, *messages: bytes) -> bytes:
    """A bundle in one packet."""
    head = b"#bundle\0" + struct.pack(">Q", number)
    return head + b"".join(struct.pack(">i", len(each)) + each for each in messages)


def packets(number: int, *messages: bytes) -> Iterator[bytes]:
    """A bundle, cut into packets as the server cuts it."""
    held: list[bytes] = []
    for each in messages:
        held.append(each)
        if len(packet(number, *held)) >= FULL:
            yield packet(number, *held)
            held = []
    if held:
        yield packet(number, *held)


def channel(number: int, *layers: bytes) -> list[bytes]:
    """The messages of a channel; those of its layers follow."""
    at = f"/channel/{number}/"
    return [
        message(at + "format", "720p2500"),
        message(at + "framerate", 25, 1),
        message(at + "mixer/audio/volume", *[0] * 16),
        *layers,
    ]


def clip(
    layer: int, name: str = "clip8", time: float = 0.5, cue: str = "", number: int = 1
) -> list[bytes]:
    """The messages of a layer with a clip of 8 s on air and, if named, one cued to follow."""
    at = f"/channel/{number}/stage/layer/{layer}/"
    found = []
    if cue:
        found += [
            message(at + "background/file/clip", 0.0, 0.0),
            message(at + "background/file/name", cue),
            message(at + "background/file/path", f"/media/{cue}.mp4"),
            message(at + "background/file/time", 0.0, 0.0),
            message(at + "background/loop", False),
        ]
    found += [
        message(at + "background/producer", "transition" if cue else "empty"),
        message(at + "foreground/file/clip", 0.0, 8.0),
        message(at + "foreground/file/name", name),
        message(at + "foreground/file/path", f"/media/{name}.mp4"),
        message(at + "foreground/file/streams/0/fps", 25, 1),
        message(at + "foreground/file/time", time, 8.0),
    ]
    if cue:
        found.append(message(at + "foreground/frames_left", (172,)))
    return [
        *found,
        message(at + "foreground/loop", False),
        message(at + "foreground/paused", False),
        message(at + "foreground/producer", "ffmpeg"),
    ]
