# -*- test-case-name: tests.emulator.test_playback -*-
"""
The commands that change what is on air.
"""

from rtgplayout.emulator.call import Action, Call
from rtgplayout.emulator.channel import Channel, Consumer
from rtgplayout.emulator.formats import FORMATS
from rtgplayout.emulator.numerals import stoi
from rtgplayout.emulator.page import Page, called
from rtgplayout.emulator.producer import Steady
from rtgplayout.emulator.source import NotFound, Wrong, contains
from rtgplayout.emulator.transition import Transition
from rtgplayout.emulator.viewer import Picture

_TEMPLATE_LAYER = 9999
_CG_DONE = "202 CG OK\r\n"


def _clear_colour() -> Steady:
    """What CLEAR_ON_404 loads."""
    return Steady("color", Picture("colour", "#00000000"))


def _loadbg(call: Call) -> str:
    auto = contains(call.words, "AUTO")
    call.on.busy = call.on.clock.now
    try:
        producer = call.server.sources.load(call.words, call.on.format)
    except NotFound:
        if contains(call.words, "CLEAR_ON_404"):
            call.layer().load(_clear_colour(), auto=auto)
        raise
    call.layer().load(producer, auto=auto)
    return call.done


def _load(call: Call) -> str:
    if not call.words:
        call.layer().preview()
        return call.done
    call.on.busy = call.on.clock.now
    try:
        producer = call.server.sources.create(call.words, call.on.format)
    except NotFound:
        if contains(call.words, "CLEAR_ON_404"):
            call.layer().load(_clear_colour(), preview=True)
        raise
    call.layer().load(Transition(producer), preview=True)
    return call.done


def _play(call: Call) -> str:
    if call.words:
        try:
            _loadbg(call)
        except NotFound:
            if contains(call.words, "CLEAR_ON_404"):
                call.layer().play()
            raise
    call.layer().play()
    return call.done


def _pause(call: Call) -> str:
    call.layer().paused = True
    return call.done


def _resume(call: Call) -> str:
    call.layer().paused = False
    return call.done


def _stop(call: Call) -> str:
    call.layer().stop()
    return call.done


def _clear(call: Call) -> str:
    call.on.clear(None if call.number == -1 else call.number)
    return call.done


def _clear_all(call: Call) -> str:
    for channel in call.channels.values():
        channel.clear()
    return call.done


def _call(call: Call) -> str | None:
    return _answered(call, call.layer().foreground.call(call.words))


def _callbg(call: Call) -> str | None:
    return _answered(call, call.layer().background.call(call.words))


def _answered(call: Call, answer: str | None) -> str | None:
    if answer is None:
        return None
    return f"201 {call.name} OK\r\n{answer}\r\n" if answer else call.done


def _swap(call: Call) -> str:
    with_transforms = len(call.words) > 1 and call.words[1].upper() == "TRANSFORMS"
    if call.number != -1:
        parts = call.words[0].split("-")
        other = _channel(call, parts[0])
        mine, theirs = call.number, stoi(parts[1])
        a, b = call.on.layer(mine), other.layer(theirs)
        call.on.layers[mine], other.layers[theirs] = b, a
        if with_transforms:
            call.on.mixer.swap(mine, other.mixer, theirs)
        return call.done
    other = _channel(call, call.words[0])
    if other is not call.on:
        call.on.remember()
        other.remember()
        call.on.layers, other.layers = other.layers, call.on.layers
        if with_transforms:
            call.on.mixer, other.mixer = other.mixer, call.on.mixer
    return call.done


def _channel(call: Call, text: str) -> Channel:
    number = stoi(text)
    if number not in call.channels:
        raise IndexError(text)
    return call.channels[number]


def _port(path: str) -> int:
    """The number the server gives an output file: from the CRC-16 of its path."""
    crc = 0
    for byte in path.encode():
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return 100000 + crc


def _consumer(call: Call) -> str:
    """The path of the output that is named; only files and streams are known."""
    if call.words[0].upper() not in ("FILE", "STREAM"):
        raise NotFound(call.words[0])
    return call.words[1]


def _add(call: Call) -> str:
    path = _consumer(call)
    port = _port(path) if call.number == -1 else call.number
    call.on.consumers[port] = Consumer(path, call.on.clock.now)
    return call.done


def _remove(call: Call) -> str:
    port = call.number
    if port == -1:
        if not call.words:
            raise IndexError
        port = _port(_consumer(call))
    if call.on.consumers.pop(port, None) is None:
        raise NotFound(str(port))
    return call.done


def _print(call: Call) -> str:
    return call.done


def _set(call: Call) -> str:
    name, value = call.words[0].upper(), call.words[1].upper()
    if name != "MODE" or value not in FORMATS:
        raise Wrong(name)
    call.on.set_format(FORMATS[value])
    return "202 SET MODE OK\r\n"


def _cg_add(call: Call) -> str:
    stoi(call.words[0])
    at = 2 if len(call.words[2]) <= 1 else 3  # a label may stand before the flag
    flag = call.words[at]
    play = flag[0] == "1" if at == 2 else flag.startswith("1")
    data = _cg_data(call, call.words[at + 1]) if len(call.words) > at + 1 else ""
    layer = call.layer(_TEMPLATE_LAYER)
    page = call.server.sources.template(call.words[1])
    call.on.busy = call.on.clock.now
    layer.load(page)
    layer.play()
    page.run(called(data))
    if play:
        page.run("play()")
    return _CG_DONE


def _cg_data(call: Call, data: str) -> str:
    """XML or JSON; anything else names a file in the data folder."""
    return data if data[0] in "<{" else call.server.data.get(data, "")


def _cg_play(call: Call) -> str:
    stoi(call.words[0])
    page = call.layer(_TEMPLATE_LAYER).foreground
    if isinstance(page, Page):
        page.run("play()")
    return _CG_DONE


def _page(call: Call) -> Page:
    """
    The page on the layer.

    @raise Wrong: there is none.
    """
    page = call.layer(_TEMPLATE_LAYER).foreground
    if not isinstance(page, Page):
        raise Wrong("no template")
    return page


def _cg_run(call: Call) -> str:
    """STOP, NEXT and REMOVE are functions of the page."""
    stoi(call.words[0])
    _page(call).run(f"{call.name.removeprefix('CG ').lower()}()")
    return _CG_DONE


def _cg_update(call: Call) -> str:
    stoi(call.words[0])
    data = _cg_data(call, call.words[1])
    _page(call).run(called(data))
    return _CG_DONE


def _cg_invoke(call: Call) -> str:
    stoi(call.words[0])
    function = call.words[1].strip(' "')
    _page(call).run(function if function.endswith(")") else f"{function}()")
    return "201 CG OK\r\n\r\n"


def _cg_clear(call: Call) -> str:
    call.on.clear(call.index(_TEMPLATE_LAYER))
    return _CG_DONE


# Name, action, and how many words it needs after the channel.
CHANNEL: dict[str, tuple[Action, int]] = {
    "LOADBG": (_loadbg, 1),
    "CALLBG": (_callbg, 1),
    "LOAD": (_load, 0),
    "PLAY": (_play, 0),
    "PAUSE": (_pause, 0),
    "RESUME": (_resume, 0),
    "STOP": (_stop, 0),
    "CLEAR": (_clear, 0),
    "CALL": (_call, 1),
    "SWAP": (_swap, 1),
    "ADD": (_add, 1),
    "REMOVE": (_remove, 0),
    "PRINT": (_print, 0),
    "SET": (_set, 2),
    "CG ADD": (_cg_add, 3),
    "CG PLAY": (_cg_play, 1),
    "CG STOP": (_cg_run, 1),
    "CG NEXT": (_cg_run, 1),
    "CG REMOVE": (_cg_run, 1),
    "CG CLEAR": (_cg_clear, 0),
    "CG UPDATE": (_cg_update, 2),
    "CG INVOKE": (_cg_invoke, 2),
}
GENERAL: dict[str, tuple[Action, int]] = {"CLEAR ALL": (_clear_all, 0)}
