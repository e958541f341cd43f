# -*- test-case-name: tests.emulator.test_fidelity -*-
"""
The commands that ask: INFO, the media library, stored data; and those for the server itself.
"""

from pathlib import PurePosixPath

from rtgplayout.emulator.call import Action, Call
from rtgplayout.emulator.media import Kind, Media
from rtgplayout.emulator.mixer import PROPERTIES
from rtgplayout.emulator.numerals import stoi
from rtgplayout.emulator.source import NotFound, Wrong
from rtgplayout.emulator.xml import Tree, tree_of, write

_VERSION = "2.5.0 N/A Stable"
_CLEAR_PHRASE = "secret"
# Asking while something is loaded corrupted the server's memory after 9,000 to 37,000 times.
_FATAL_INFO = 1 / 15000
_BUSY_TICKS = 2
_TYPES = {Kind.VIDEO: "MOVIE", Kind.STILL: "STILL", Kind.AUDIO: "AUDIO"}
# A picture of one pixel.
_THUMBNAIL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def _version(call: Call) -> str:
    return f"201 VERSION OK\r\n{_VERSION}\r\n"


def _info(call: Call) -> str:
    lines = (
        f"{number} {channel.format.name} PLAYING\r\n" for number, channel in call.channels.items()
    )
    return f"200 INFO OK\r\n{''.join(lines)}\r\n"


def _info_channel(call: Call) -> str | None:
    server, channel = call.server, call.on
    busy = server.tick - channel.busy <= _BUSY_TICKS
    if busy and server.chance.random() < _FATAL_INFO:
        server.die()
        return None
    tree: Tree = [("channel", tree_of(channel.state()))]
    return f"201 INFO OK\r\n{write(tree)}\r\n"


def _paths(folder: str) -> Tree:
    return [(f"{name}-path", f"{folder}{name}/") for name in ("media", "log", "data", "template")]


def _info_paths(call: Call) -> str:
    folder = call.server.folder
    tree: Tree = [("paths", [*_paths(folder), ("initial-path", folder)])]
    return f"201 INFO PATHS OK\r\n{write(tree)}\r\n"


def _info_config(call: Call) -> str:
    channels: Tree = [
        ("channel", [("video-mode", channel.format.name), ("consumers", [])])
        for channel in call.channels.values()
    ]
    client: Tree = [("address", "127.0.0.1"), ("port", "6250")]
    tree: Tree = [
        ("paths", _paths(call.server.folder)),
        ("lock-clear-phrase", _CLEAR_PHRASE),
        ("log-level", call.server.log_level),
        ("channels", channels),
        ("controllers", [("tcp", [("port", "5250"), ("protocol", "AMCP")])]),
        ("amcp", [("media-server", [("host", "localhost"), ("port", "8000")])]),
        (
            "osc",
            [("default-port", "6250"), ("predefined-clients", [("predefined-client", client)])],
        ),
    ]
    return f"201 INFO CONFIG OK\r\n{write([('configuration', tree)])}\r\n"


def _gl_info(call: Call) -> str:
    def totals(name: str, *counts: str) -> tuple[str, Tree]:
        return name, [(each, "0") for each in counts]

    several = ("total_read_count", "total_write_count", "total_read_size", "total_write_size")
    details: Tree = [("pooled_device_buffers", []), ("pooled_host_buffers", [])]
    summary: Tree = [
        totals("pooled_device_buffers", "total_count", "total_size"),
        totals("pooled_host_buffers", *several),
        totals("all_host_buffers", *several),
    ]
    tree: Tree = [("gl", [("details", details), ("summary", summary)])]
    return f"201 GL INFO OK\r\n{write(tree)}\r\n"


def _done(call: Call) -> str:
    return call.done


def _log_level(call: Call) -> str:
    if not call.words:
        return f"201 LOG OK\r\n{call.server.log_level.upper()}\r\n"
    level = call.words[0].lower()
    if level not in ("trace", "debug", "info", "warning", "error", "fatal"):
        return "403 LOG FAILED\r\n"
    call.server.log_level = level
    return "202 LOG OK\r\n"


def _dies(call: Call) -> str:
    """Without a screen, asking for windows ends the process."""
    call.server.die()
    return call.done


def _dies_silently(call: Call) -> None:
    call.server.die()


def _restart(call: Call) -> str:
    call.server.restart()
    return call.done


def _lock(call: Call) -> str:
    number = stoi(call.words[0])
    if number not in call.server.locks:
        raise IndexError(number)
    lock = call.server.locks[number]
    action = call.words[1].upper()
    if action == "ACQUIRE":
        taken = lock.acquire(call.words[2], call.connection)
        return f"{'202 LOCK ACQUIRE OK' if taken else '503 LOCK ACQUIRE FAILED'}\r\n"
    if action == "RELEASE":
        lock.release(call.connection)
        return "202 LOCK RELEASE OK\r\n"
    if action == "CLEAR":
        if call.words[2] != _CLEAR_PHRASE:
            return "503 LOCK CLEAR FAILED\r\n"
        lock.clear()
        return "202 LOCK CLEAR OK\r\n"
    raise NotFound(action)


def _port(text: str) -> int | None:
    try:
        return stoi(text) % (1 << 16)
    except (ValueError, IndexError):
        return None


def _osc_subscribe(call: Call) -> str:
    port = _port(call.words[0])
    if port is None:
        return "403 OSC SUBSCRIBE BAD PORT\r\n"
    call.connection.subscriptions.add(port)
    return call.done


def _osc_unsubscribe(call: Call) -> str:
    port = _port(call.words[0])
    if port is None:
        return "403 OSC UNSUBSCRIBE BAD PORT\r\n"
    call.connection.subscriptions.discard(port)
    return call.done


# The media-scanner.


def _identity(media: Media) -> str:
    path = PurePosixPath(media.name)
    return str(path.with_suffix("")).replace("\\", "/").upper()


def _line(media: Media) -> str:
    return (
        f'"{_identity(media)}"  {_TYPES[media.kind]}  {media.size} {media.modified} '
        f"{media.file_frames} {media.time_base}\r\n"
    )


def _readable(media: Media) -> bool:
    return media.openable and '"' not in media.name


def _scanned(call: Call) -> None:
    if not call.server.scanner:
        raise ValueError("no media-scanner")


def _cls(call: Call) -> str:
    _scanned(call)
    lines = sorted(_line(each) for each in call.server.library if _readable(each))
    return f"200 CLS OK\r\n{''.join(lines)}\r\n"


def _cinf(call: Call) -> str:
    _scanned(call)
    wanted = call.words[0].upper()
    for media in call.server.library:
        if _identity(media) == wanted:
            line = _line(media) if _readable(media) else "undefined"
            return f"201 CINF OK\r\n{line}"
    raise ValueError(wanted)


def _fls(call: Call) -> str:
    raise ValueError("no font folder")


def _tls(call: Call) -> str:
    _scanned(call)
    lines = (f"{each.upper()}\r\n" for each in sorted(call.server.templates))
    return f"200 TLS OK\r\n{''.join(lines)}\r\n"


def _thumbnail_list(call: Call) -> str:
    _scanned(call)
    lines = sorted(
        f'"{_identity(each)}" {each.thumbnail[0]} {each.thumbnail[1]}\r\n'
        for each in call.server.library
        if each.thumbnail and _readable(each)
    )
    return f"200 THUMBNAIL LIST OK\r\n{''.join(lines)}\r\n"


def _thumbnail_retrieve(call: Call) -> str:
    _scanned(call)
    wanted = call.words[0].upper()
    if not any(_identity(each) == wanted and each.thumbnail for each in call.server.library):
        raise ValueError(wanted)
    return f"201 THUMBNAIL RETRIEVE OK\r\n{_THUMBNAIL}\r\n"


def _thumbnail_generate(call: Call) -> str:
    _scanned(call)
    return call.done


# Stored data: files below the data folder, found without regard to case, kept with their folders.


def _stored(call: Call) -> str | None:
    wanted = call.words[0].upper()
    return next((name for name in call.server.data if name.upper() == wanted), None)


def _data_store(call: Call) -> str:
    name = _stored(call) or call.words[0]
    call.server.data[name] = call.words[1]
    return call.done


def _data_retrieve(call: Call) -> str:
    name = _stored(call)
    content = call.server.data[name] if name is not None else ""
    if not content:
        raise NotFound(call.words[0])
    return f"201 DATA RETRIEVE OK\r\n{content.removesuffix(chr(10))}\r\n"


def _data_list(call: Call) -> str:
    folder = call.words[0].strip("/").upper() + "/" if call.words else ""
    names = sorted(name.upper() for name in call.server.data)
    found = [name for name in names if name.startswith(folder)]
    if folder and not found:
        raise NotFound(folder)
    return f"200 DATA LIST OK\r\n{''.join(f'{each}{chr(13)}{chr(10)}' for each in found)}\r\n"


def _data_remove(call: Call) -> str:
    if call.server.data.pop(call.words[0], None) is None:
        raise NotFound(call.words[0])
    return call.done


# MIXER.


def _mixer(call: Call) -> str:
    property_name = call.name.removeprefix("MIXER ")
    return call.on.mixer.command(call.index(), property_name, call.words)


def _master_volume(call: Call) -> str:
    if not call.words:
        return f"201 MIXER OK\r\n{call.on.master_volume:.6f}\r\n"
    try:
        call.on.master_volume = float(call.words[0])
    except ValueError:
        raise Wrong(call.words[0]) from None
    return "202 MIXER OK\r\n"


def _mixer_grid(call: Call) -> str:
    call.on.mixer.grid(max(1, stoi(call.words[0])))
    return "202 MIXER OK\r\n"


def _mixer_commit(call: Call) -> str:
    call.on.mixer.commit()
    return "202 MIXER OK\r\n"


def _mixer_clear(call: Call) -> str:
    call.on.mixer.clear(None if call.number == -1 else call.number)
    return "202 MIXER OK\r\n"


# Name, action, and how many words it needs.
CHANNEL: dict[str, tuple[Action, int]] = {
    "INFO": (_info_channel, 0),
    **{f"MIXER {name}": (_mixer, 0) for name in PROPERTIES},
    "MIXER MASTERVOLUME": (_master_volume, 0),
    "MIXER GRID": (_mixer_grid, 1),
    "MIXER COMMIT": (_mixer_commit, 0),
    "MIXER CLEAR": (_mixer_clear, 0),
}
GENERAL: dict[str, tuple[Action, int]] = {
    "VERSION": (_version, 0),
    "INFO": (_info, 0),
    "INFO CONFIG": (_info_config, 0),
    "INFO PATHS": (_info_paths, 0),
    "GL INFO": (_gl_info, 0),
    "GL GC": (_done, 0),
    "LOG LEVEL": (_log_level, 0),
    "LOCK": (_lock, 2),
    "DIAG": (_dies, 0),
    "KILL": (_dies, 0),
    "CHANNEL_GRID": (_dies_silently, 0),
    "RESTART": (_restart, 0),
    "BYE": (_done, 0),
    "OSC SUBSCRIBE": (_osc_subscribe, 1),
    "OSC UNSUBSCRIBE": (_osc_unsubscribe, 1),
    "CLS": (_cls, 0),
    "CINF": (_cinf, 1),
    "FLS": (_fls, 0),
    "TLS": (_tls, 0),
    "THUMBNAIL LIST": (_thumbnail_list, 0),
    "THUMBNAIL RETRIEVE": (_thumbnail_retrieve, 1),
    "THUMBNAIL GENERATE": (_thumbnail_generate, 1),
    "THUMBNAIL GENERATE_ALL": (_thumbnail_generate, 0),
    "DATA STORE": (_data_store, 2),
    "DATA RETRIEVE": (_data_retrieve, 1),
    "DATA LIST": (_data_list, 0),
    "DATA REMOVE": (_data_remove, 1),
}
