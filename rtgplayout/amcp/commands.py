# -*- test-case-name: tests.amcp.test_commands -*-
"""
What CasparCG can be told: each command a value; its line, its urgency and how long its answer may
take are told by L{line}, L{priority} and L{deadline}.
"""

import json
import re
from enum import IntEnum
from functools import singledispatch

from attrs import frozen

from .status import ServerVersion


class Unsendable(ValueError):
    """A command that must not, or cannot, be put into a line."""


class Priority(IntEnum):
    """Which command goes first when several wait; smaller is more urgent."""

    TAKE = 0
    PLAY = 1
    CUE = 2
    REST = 3


LAST_CHANNEL = 999
LAST_LAYER = 9_999
"""What is not taken for a mistake; CasparCG itself knows no last ones."""


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
class SetCueLength:
    """
    C{CALLBG c-l LENGTH n}: the cued clip will end C{length} ticks after its seek point. Measured:
    exact, whether the file is open by then or not; but the probe answers C{length} ever after.
    """

    target: Target
    length: int


@frozen
class CgAdd:
    """
    C{CG c-l ADD 1 "template" play "data"}: the template takes the place of whatever is on the
    layer.

    @ivar data: the JSON object that the template is given, as text.
    """

    target: Target
    template: str
    data: str = "{}"
    play: bool = True


@frozen
class CgPlay:
    """C{CG c-l PLAY 1}; taken, and without effect, when there is no template."""

    target: Target


@frozen
class CgStop:
    """C{CG c-l STOP 1}."""

    target: Target


@frozen
class CgUpdate:
    """
    C{CG c-l UPDATE 1 "data"}.

    @ivar data: a JSON object, as text.
    """

    target: Target
    data: str


@frozen
class CgClear:
    """C{CG c-l CLEAR}: the layer disappears, whatever is on it."""

    target: Target


CgCommand = CgAdd | CgPlay | CgStop | CgUpdate | CgClear
"""What is told to templates."""


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
class InfoPaths:
    """C{INFO PATHS}: the server's folders, as XML."""


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
    | SetCueLength
    | CgAdd
    | CgPlay
    | CgStop
    | CgUpdate
    | CgClear
    | Version
    | InfoChannels
    | InfoChannel
    | InfoPaths
    | OscSubscribe
    | Raw
)

_PARAMETERS = frozenset(
    "AUTO LOOP SEEK LENGTH IN OUT FILTER VF AF SCALE_MODE SEEKABLE CLEAR_ON_404 STING".split()
)
_PRODUCERS = frozenset(
    "EMPTY BLACK WHITE RED GREEN BLUE ORANGE YELLOW BROWN GRAY TEAL "
    "DECKLINK ROUTE NDI [HTML] [NDI]".split()
)
_COLOUR = re.compile(r"#(?:[0-9A-F]{6}|[0-9A-F]{8})", re.IGNORECASE)
_TRANSITION = re.compile(r"(?:VFADE|FADECUT|CUTFADE|CUT|PUSH|SLIDE|WIPE|MIX)\s+\d+", re.IGNORECASE)
_RAW = re.compile(r"[A-Z_]+(?= |$)", re.IGNORECASE)
_JSON_ESCAPES = ('"', "b", "f", "n", "r", "t", "u000", "u001", "u0022", "u005c", "u005C")
"""How the escape goes on of what must still be escaped when JSON is read."""
_NEVER = {
    "DIAG": "kills a server without a screen",
    "CHANNEL_GRID": "kills the server",
    "BEGIN": "opens a batch, and batches lose commands",
    "COMMIT": "ends a batch, and batches lose commands",
    "DISCARD": "ends a batch, and batches lose commands",
    "REQ": "is the link's own",
    "PING": "takes no request id, so its answer cannot be told from others",
}


def _is_keyword(name: str) -> bool:
    upper = name.upper()
    return upper in _PARAMETERS or upper in _PRODUCERS or _COLOUR.fullmatch(name) is not None


def written_name(name: str) -> str:
    """
    A clip's name as it is written into commands, and so as INFO and OSC report it.

    CasparCG looks for its keywords among all parameters, the name included, quoted or not; a name
    that is one itself is written as C{/name}, which finds the same file and is no keyword.
    """
    return "/" + name if _is_keyword(name) else name


def is_trap(name: str) -> str | None:
    """
    Why a clip of that name is dangerous in commands written by hand or by other programs; L{line}
    disarms it. What a name cannot tell: a C{name_a} or C{name_alpha} beside C{name} makes the
    server play the two as fill and key.

    @return: a sentence for the operator, or L{None}.
    """
    if _is_keyword(name):
        return f"{name!r} is a CasparCG keyword; it is sent as {written_name(name)!r}"
    if found := _TRANSITION.search(name):
        return f"CasparCG would read {found[0]!r} in {name!r} as a transition; it is switched off"
    if "://" in name:
        return f"CasparCG takes {name!r} for the address of a stream, not for a file"
    return None


def _clean(text: str, what: str) -> str:
    """
    @raise Unsendable: when C{text} would end the line, or cannot be written.
    """
    if any(character in text for character in "\r\n\0"):
        raise Unsendable(f"{what} holds a line end or a NUL character: {text!r}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unsendable(f"{what} is not Unicode text: {text!r}") from None
    return text


def _quoted(text: str, what: str) -> str:
    return '"' + _clean(text, what).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted_json(data: str, version: ServerVersion | None) -> str:
    r"""
    A JSON object as a template is given it, in ASCII alone. Before 2.6 one emoji on a line, in the
    C locale one accent, kills the connection (field P24); and a C{\u} escape means the same letter
    in JSON and in JavaScript.

    For CasparCG writes the text into a line of JavaScript, C{update("…")}. Before 2.6 it escapes
    the quotes in it but no backslashes, so JavaScript takes away those that JSON needs. The escape
    of any other letter is left as it is, and right on every server.
    """
    if not data.startswith("{"):  # the server would take it for the name of a file
        raise Unsendable(f"a template's data is a JSON object: {data[:40]!r}")
    for blank in "\t\r\n":  # between the words of JSON, all white space is the same
        data = data.replace(blank, " ")
    # json escapes all that is not ASCII, and quotes and backslashes, which are there already
    text = json.dumps(data)[1:-1]
    text = text.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")
    if version is not None and version < (2, 6):
        text = text.replace("\\\\", "\\u005c")
        for letter in _JSON_ESCAPES:
            text = text.replace(f"\\{letter}", f"\\\\{letter}")
    return _quoted(text, "data")


def _number(value: int, least: int, what: str) -> int:
    if value < least:
        raise Unsendable(f"{what} must be at least {least}, not {value}")
    return value


def _layer(target: Target) -> str:
    channel = _number(target.channel, 1, "channel")
    return f"{channel}-{_number(target.layer, 0, 'layer')}"


def _source(source: Source) -> str:
    match source:
        case Clip(name, seek, length, loop):
            if not name:
                raise Unsendable("a clip needs a name")
            words = [_quoted(written_name(name), "name")]
            if _number(seek, 0, "SEEK"):
                words.append(f"SEEK {seek}")
            if length is not None:
                words.append(f"LENGTH {_number(length, 1, 'LENGTH')}")
            if loop:
                words.append("LOOP")
            return " ".join(words)
        case Live(device):
            return f"DECKLINK {_number(device, 1, 'device')}"
        case Colour(argb):
            if not _COLOUR.fullmatch(argb):
                raise Unsendable(f"a colour is written #AARRGGBB, not {argb!r}")
            return argb
        case Empty():
            return "EMPTY"


def _ending(source: Source) -> str:
    """
    The last transition named on a line wins, and one of 0 ticks is none: it switches off what the
    clip's name may have switched on.
    """
    return " CUT 0" if isinstance(source, Clip) else ""


def _ending_auto(source: Source, version: ServerVersion | None) -> str:
    """
    Before 2.5 the automatic cut of a plain cue comes one tick late, the last frame held; a mix of
    one tick shows the new clip whole on the right tick. From 2.5 on the plain cut is exact.
    """
    if version is not None and version < (2, 5):
        return " AUTO MIX 1"
    return " AUTO" + _ending(source)


@singledispatch
def line(command: Command, version: ServerVersion | None = None) -> str:
    """
    What is sent for C{command}, without its line end and request id.

    @param version: of the server; L{None} for the newest.
    @raise Unsendable: when it holds what cannot be sent: line ends, impossible numbers.
    """
    raise TypeError(f"not a command: {command!r}")


@line.register
def _(command: Play, version: ServerVersion | None = None) -> str:
    if command.source is None:
        return f"PLAY {_layer(command.target)}"
    return f"PLAY {_layer(command.target)} {_source(command.source)}{_ending(command.source)}"


@line.register
def _(command: LoadBackground, version: ServerVersion | None = None) -> str:
    source = command.source
    ending = _ending_auto(source, version) if command.auto else _ending(source)
    return f"LOADBG {_layer(command.target)} {_source(source)}{ending}"


@line.register
def _(command: Load, version: ServerVersion | None = None) -> str:
    return f"LOAD {_layer(command.target)} {_source(command.source)}{_ending(command.source)}"


@line.register(Stop)
@line.register(Clear)
@line.register(Pause)
@line.register(Resume)
def _(command: Stop | Clear | Pause | Resume, version: ServerVersion | None = None) -> str:
    return f"{type(command).__name__.upper()} {_layer(command.target)}"


@line.register
def _(command: CallLength, version: ServerVersion | None = None) -> str:
    return f"CALL {_layer(command.target)} LENGTH {_number(command.length, 1, 'LENGTH')}"


@line.register
def _(command: CallLoop, version: ServerVersion | None = None) -> str:
    return f"CALL {_layer(command.target)} LOOP {int(command.loop)}"


@line.register
def _(command: AskCueLength, version: ServerVersion | None = None) -> str:
    return f"CALLBG {_layer(command.target)} LENGTH"


@line.register
def _(command: SetCueLength, version: ServerVersion | None = None) -> str:
    return f"CALLBG {_layer(command.target)} LENGTH {_number(command.length, 1, 'LENGTH')}"


@line.register
def _(command: CgAdd, version: ServerVersion | None = None) -> str:
    template, data = _quoted(command.template, "template"), _quoted_json(command.data, version)
    return f"CG {_layer(command.target)} ADD 1 {template} {int(command.play)} {data}"


@line.register
def _(command: CgPlay, version: ServerVersion | None = None) -> str:
    return f"CG {_layer(command.target)} PLAY 1"


@line.register
def _(command: CgStop, version: ServerVersion | None = None) -> str:
    return f"CG {_layer(command.target)} STOP 1"


@line.register
def _(command: CgUpdate, version: ServerVersion | None = None) -> str:
    return f"CG {_layer(command.target)} UPDATE 1 {_quoted_json(command.data, version)}"


@line.register
def _(command: CgClear, version: ServerVersion | None = None) -> str:
    return f"CG {_layer(command.target)} CLEAR"


@line.register
def _(command: Version, version: ServerVersion | None = None) -> str:
    return "VERSION"


@line.register
def _(command: InfoChannels, version: ServerVersion | None = None) -> str:
    return "INFO"


@line.register
def _(command: InfoChannel, version: ServerVersion | None = None) -> str:
    return f"INFO {_number(command.channel, 1, 'channel')}"


@line.register
def _(command: InfoPaths, version: ServerVersion | None = None) -> str:
    return "INFO PATHS"


@line.register
def _(command: OscSubscribe, version: ServerVersion | None = None) -> str:
    if not 0 < command.port < 65536:
        raise Unsendable(f"there is no port {command.port}")
    return f"OSC SUBSCRIBE {command.port}"


@line.register
def _(command: Raw, version: ServerVersion | None = None) -> str:
    text = _clean(command.line, "the line")
    word = _RAW.match(text)
    if word is None:
        raise Unsendable(f"a line starts with a command's name: {text!r}")
    if why := _NEVER.get(word[0].upper()):
        raise Unsendable(f"{word[0].upper()} is never sent: it {why}")
    return text


def priority(command: Command) -> Priority:
    """
    What goes first when several wait: what the viewer waits for, then what is on air next, then
    what is only asked.
    """
    match command:
        case Play(source=None):
            return Priority.TAKE
        case Play() | Load() | Stop() | Clear() | Pause() | Resume():
            return Priority.PLAY
        case CgAdd(play=True) | CgPlay() | CgStop() | CgUpdate() | CgClear():
            return Priority.PLAY
        case LoadBackground() | AskCueLength() | SetCueLength() | CallLength():
            return Priority.CUE
        case CallLoop() | CgAdd():
            return Priority.CUE
        case Raw(priority=chosen):
            return chosen
        case _:
            return Priority.REST


def deadline(command: Command) -> float:
    """
    Seconds in which an answer is to be expected; then the command counts as lost.

    Loading reads the media folder, 0.2 s with 20,000 files in it and longer over a network; the
    probe of a cue answers at once or never.
    """
    match command:
        case AskCueLength():
            return 0.3
        case Play(source=None):
            return 2.0
        case Play() | LoadBackground() | Load() | CgAdd() | Raw():
            return 5.0
        case _:
            return 2.0


def target(command: Command) -> Target | None:
    """The layer that C{command} is about; L{None} when it is about none."""
    return getattr(command, "target", None)
