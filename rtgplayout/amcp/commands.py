# -*- test-case-name: tests.amcp.test_commands -*-
"""
What CasparCG can be told: each command a value that knows its line, its urgency and how long an
answer may take.
"""

from enum import IntEnum

from attrs import frozen


class Priority(IntEnum):
    """Which command goes first when several wait; smaller is more urgent."""

    TAKE = 0
    PLAY = 1
    CUE = 2
    REST = 3


@frozen
class Target:
    """A layer of a channel; written C{1-10}."""

    channel: int
    layer: int


@frozen
class Clip:
    """
    A media file as a source.

    @ivar name: as CasparCG is to find it: relative to its media folder, C{/} as separator,
        normally with its extension, since keywords are searched inside names too.
    @ivar seek: first frame, in channel ticks from the start of the file.
    @ivar length: how many ticks from C{seek}; L{None} plays to the end of the file. Never 0,
        never beyond the file's end.
    @ivar loop: start again from C{seek} at the end.
    """

    name: str
    seek: int = 0
    length: int | None = None
    loop: bool = False


@frozen
class Live:
    """A DeckLink input as a source; C{PLAY 1-10 DECKLINK 2}."""

    device: int


@frozen
class Colour:
    """A plain colour as a source, C{#AARRGGBB}."""

    argb: str


@frozen
class Empty:
    """Nothing as a source: C{LOADBG 1-10 EMPTY} takes a cue away."""


Source = Clip | Live | Colour | Empty


@frozen
class Play:
    """C{PLAY}: put C{source} on air at the next tick; without one, the cued background (a take)."""

    target: Target
    source: Source | None = None


@frozen
class LoadBackground:
    """
    C{LOADBG}: cue C{source} behind what is on air.

    @ivar auto: let the server itself cut to it when the foreground ends.
    """

    target: Target
    source: Source
    auto: bool = False


@frozen
class Load:
    """C{LOAD}: show the first frame of C{source}, paused."""

    target: Target
    source: Source


@frozen
class Stop:
    """C{STOP}: nothing in the foreground (black); the background stays, its AUTO is forgotten."""

    target: Target


@frozen
class Clear:
    """C{CLEAR}: the layer disappears, foreground and background."""

    target: Target


@frozen
class Pause:
    """C{PAUSE}."""

    target: Target


@frozen
class Resume:
    """C{RESUME}."""

    target: Target


@frozen
class CallLength:
    """C{CALL c-l LENGTH n}: the running clip ends C{length} ticks after its in point."""

    target: Target
    length: int


@frozen
class CallLoop:
    """C{CALL c-l LOOP 0|1}."""

    target: Target
    loop: bool


@frozen
class AskCueLength:
    """
    C{CALLBG c-l LENGTH}: how long the cued clip is, in ticks from its seek point; answers whether
    the file could be opened. Never answered for stills, colours and EMPTY.
    """

    target: Target


@frozen
class CgAdd:
    """
    C{CG c-l ADD 1 "template" play "data"}.

    @ivar data: the JSON text that the template is given.
    """

    target: Target
    template: str
    data: str = "{}"
    play: bool = True


@frozen
class CgPlay:
    """C{CG c-l PLAY 1}."""

    target: Target


@frozen
class CgStop:
    """C{CG c-l STOP 1}."""

    target: Target


@frozen
class CgUpdate:
    """C{CG c-l UPDATE 1 "data"}."""

    target: Target
    data: str


@frozen
class CgClear:
    """C{CG c-l CLEAR}."""

    target: Target


@frozen
class Version:
    """C{VERSION}; also the keepalive."""


@frozen
class InfoChannels:
    """C{INFO}: the list of channels."""


@frozen
class InfoChannel:
    """C{INFO n}: everything on a channel, as XML."""

    channel: int


@frozen
class OscSubscribe:
    """C{OSC SUBSCRIBE port} (server 2.4 and later), for the life of the connection."""

    port: int


@frozen
class Raw:
    """Any other command, as a line without its end; refused when it holds CR or LF."""

    line: str
    priority: Priority = Priority.REST


Command = (
    Play
    | LoadBackground
    | Load
    | Stop
    | Clear
    | Pause
    | Resume
    | CallLength
    | CallLoop
    | AskCueLength
    | CgAdd
    | CgPlay
    | CgStop
    | CgUpdate
    | CgClear
    | Version
    | InfoChannels
    | InfoChannel
    | OscSubscribe
    | Raw
)
