# -*- test-case-name: tests.test_config -*-
"""
The configuration: every setting, what it is when nobody says anything, and where it may be said.

In rising order: a TOML file (C{rtgplayout.toml} in the working directory, or the one that is
named), a C{.env} file (likewise), the environment, the command line. A setting C{max_clients} is
C{max_clients} in TOML, C{RTGPLAYOUT_MAX_CLIENTS} in the environment and C{--max-clients} on the
command line; the five that the old system's documents name, like C{HTTP_PORT}, are called that in
the environment.
"""

import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from attrs import Attribute, asdict, field, fields, frozen

from . import settings
from .settings import BadSetting, Channel, optional
from .sources import Said, from_env_file, from_environment, from_options, from_toml

__all__ = [
    "OPTIONS",
    "BadSetting",
    "Channel",
    "Config",
    "check_folders",
    "check_media",
    "describe",
    "load",
]


def _folder(written: object) -> Path:
    return Path(settings.line(written)).expanduser()


def _read_by(
    parse: Callable[[object], object], help: str, environment: str | None = None
) -> Mapping[str, object]:
    """
    What is known of a setting besides its type and default.

    @param parse: raises L{ValueError} with a sentence.
    @param help: what it is, in words for an operator.
    @param environment: its name there, when the old system's documents name it.
    """
    return MappingProxyType({"parse": parse, "help": help, "environment": environment})


@frozen
class Config:
    """
    Every setting. What each one means stands beside it, in the words of C{--help}.

    @ivar sources: where each setting was said that is not left at its default.
    """

    data_dir: Path = field(
        default=Path("data"),
        metadata=_read_by(_folder, "Folder of all that is kept: playlists and more."),
    )
    media_dir: Path = field(
        default=Path("media"),
        metadata=_read_by(_folder, "Folder of the clips, as this machine sees it."),
    )
    media_sources: tuple[str, ...] = field(
        default=("disk",),
        metadata=_read_by(
            settings.choices("disk", "scanner", "caspar"),
            "Where the media library comes from: disk (media_dir), scanner (the media-scanner's"
            " HTTP), caspar (CLS); several with commas.",
        ),
    )
    media_watch: str = field(
        default="auto",
        metadata=_read_by(
            settings.choice("auto", "inotify", "poll"),
            "How changes in the media folder are noticed; auto polls network shares.",
        ),
    )
    scanner_url: str | None = field(
        default=None,
        metadata=_read_by(
            optional(settings.http_url),
            "The media-scanner's address; not set is port 8000 where CasparCG runs.",
        ),
    )
    clip_prefix: str = field(
        default="",
        metadata=_read_by(
            settings.prefix,
            "What stands before a clip's name for CasparCG, where media_dir is not its media-path,"
            " as in medias/ or Z:/nodal/medias/.",
        ),
    )
    page_dir: Path | None = field(
        default=None,
        metadata=_read_by(
            optional(_folder),
            "Folder with the station's own operator page, served at /; not set shows the status.",
        ),
    )
    import_dir: Path | None = field(
        default=None,
        metadata=_read_by(
            optional(_folder),
            "Folder that playlists are imported from; not set is imports in the data folder.",
        ),
    )
    as_run_dir: Path | None = field(
        default=None,
        metadata=_read_by(
            optional(_folder), "Folder of the as-run files; not set is as-run in the data folder."
        ),
    )
    caspar_host: str = field(
        default="127.0.0.1", metadata=_read_by(settings.host, "Where CasparCG runs.", "CASPAR_HOST")
    )
    caspar_port: int = field(
        default=5250,
        metadata=_read_by(settings.number(1, 65_535), "CasparCG's AMCP port.", "CASPAR_PORT"),
    )
    osc_port: int = field(
        default=0,
        metadata=_read_by(
            settings.port,
            "UDP port for CasparCG's telemetry; 0 is any free one. Before 2.4 it sends to 6250.",
        ),
    )
    http_port: int = field(
        default=3000,
        metadata=_read_by(
            settings.port, "Port of pages, thumbnails and /ws; 0 is any free one.", "HTTP_PORT"
        ),
    )
    ws_port: int = field(
        default=8080,
        metadata=_read_by(
            settings.port,
            "Port of the WebSocket; 0 is any free one. The old operator page knows only 8080.",
            "WS_PORT",
        ),
    )
    listen: str = field(
        default="127.0.0.1",
        metadata=_read_by(settings.address, "Address to be reached at; 0.0.0.0 for every network."),
    )
    preferred_ip: str | None = field(
        default=None,
        metadata=_read_by(
            optional(settings.address),
            "Address of this machine to be shown to people.",
            "PREFERRED_IP",
        ),
    )
    zone: ZoneInfo = field(
        default=ZoneInfo("UTC"),
        metadata=_read_by(
            settings.zone,
            "Time zone of hard starts and of the as-run's days; not set is the system's.",
        ),
    )
    rate: Fraction = field(
        default=Fraction(25),
        metadata=_read_by(settings.rate, "Frames a second of channels that do not say their own."),
    )
    filler: str | None = field(
        default=None,
        metadata=_read_by(
            optional(settings.line), "Clip that covers gaps, repeated; not set holds a frame."
        ),
    )
    slate: str | None = field(
        default=None,
        metadata=_read_by(
            optional(settings.slate),
            "Clip or colour (#RRGGBB) for when nothing else can be shown; not set holds a frame.",
        ),
    )
    channels: tuple[Channel, ...] = field(
        default=(Channel(1),),
        metadata=_read_by(settings.channels, "Channels with their layers, as in 1-10,2-10."),
    )
    minimum_trim_seconds: float = field(
        default=5.0,
        metadata=_read_by(
            settings.seconds, "Seconds that an item keeps at least when a hard start trims it."
        ),
    )
    give_up_after: int | None = field(
        default=None,
        metadata=_read_by(
            optional(settings.number(1, 1_000_000)),
            "Failed attempts in a row to reach CasparCG before it is left alone; not set is never.",
        ),
    )
    allowed_origins: tuple[str, ...] = field(
        default=(),
        metadata=_read_by(
            settings.origins,
            "Origins of pages that may connect, with commas between; not set is our own.",
        ),
    )
    max_clients: int = field(
        default=200,
        metadata=_read_by(
            settings.number(1, 10_000), "WebSocket clients that may be connected at once."
        ),
    )
    sources: Mapping[str, str] = field(factory=dict, eq=False, repr=False)

    @property
    def import_folder(self) -> Path:
        """The folder that playlists are imported from."""
        return self.data_dir / "imports" if self.import_dir is None else self.import_dir

    @property
    def scanner(self) -> str:
        """The address of the media-scanner."""
        host = f"[{self.caspar_host}]" if ":" in self.caspar_host else self.caspar_host
        return self.scanner_url or f"http://{host}:8000"

    @property
    def as_run_folder(self) -> Path:
        """The folder of the as-run files."""
        return self.data_dir / "as-run" if self.as_run_dir is None else self.as_run_dir


_SETTINGS: Mapping[str, "Attribute[Any]"] = MappingProxyType(
    {each.name: each for each in fields(Config) if each.name != "sources"}
)

_CALLED: Mapping[str, str] = MappingProxyType(
    {
        each.metadata["environment"] or f"RTGPLAYOUT_{name.upper()}": name
        for name, each in _SETTINGS.items()
    }
)
"""The settings by their names in the environment."""


def _help(setting: "Attribute[Any]") -> str:
    """What a setting is, and what it is by default."""
    default = "1-10" if setting.name == "channels" else setting.default
    unsaid = default in (None, ()) or setting.name == "zone"
    return f"{setting.metadata['help']}" + ("" if unsaid else f" [{default}]")


OPTIONS: tuple[tuple[str, str], ...] = (
    ("config", "TOML file with settings [rtgplayout.toml, if it is there]"),
    ("env-file", "File with settings as in the environment [.env, if it is there]"),
    *((name.replace("_", "-"), _help(each)) for name, each in _SETTINGS.items()),
)
"""Name and help sentence of each command line option that takes a value."""


def load(
    options: Mapping[str, str | None],
    environ: Mapping[str, str],
    read: Callable[[Path], bytes] = Path.read_bytes,
    readlink: Callable[[str], str] = os.readlink,
) -> Config:
    """
    The configuration that all sources make together.

    @param options: the command line, by the names in L{OPTIONS}; others are not looked at.
    @param read: raises L{OSError} for a file that cannot be read.
    @raise BadSetting: a source says something that is unknown or impossible.
    """
    env_path = options.get("env-file") or environ.get("RTGPLAYOUT_ENV_FILE") or None
    env_text = _read(env_path, ".env", "env-file", read)
    env_file = dict(from_env_file(env_path or ".env", io.StringIO(env_text)))
    path = options.get("config") or {**env_file, **environ}.get("RTGPLAYOUT_CONFIG") or None
    toml_text = _read(path, "rtgplayout.toml", "config", read)
    said = {
        each.setting: each
        for source in (
            from_toml(path or "rtgplayout.toml", toml_text, _SETTINGS.keys()),
            from_environment(env_path or ".env", env_file, _CALLED),
            from_environment("environment", environ, _CALLED),
            from_options(options, _SETTINGS.keys()),
        )
        for each in source
    }
    values: dict[str, Any] = {name: _parsed(each) for name, each in said.items()}
    values.setdefault("zone", _system_zone(environ, read, readlink))
    common = {name: values[name] for name in ("rate", "filler", "slate") if name in values}
    given = values.get("channels", ({"number": 1},))
    values["channels"] = tuple(Channel(**{**common, **each}) for each in given)
    config = Config(**values, sources={name: each.source for name, each in said.items()})
    _check_together(config, said)
    return config


def _parsed(said: Said) -> object:
    try:
        return _SETTINGS[said.setting].metadata["parse"](said.written)
    except ValueError as error:
        raise BadSetting(said.source, said.called, str(error)) from None


def _check_together(config: Config, said: Mapping[str, Said]) -> None:
    """
    See that settings do not contradict one another.

    @raise BadSetting: names one that was said.
    """
    if config.http_port == config.ws_port != 0:
        last = said.get("ws_port") or said["http_port"]
        raise BadSetting(last.source, last.called, "http_port and ws_port must be different")
    if {"scanner", "caspar"} <= set(config.media_sources):
        last = said["media_sources"]
        raise BadSetting(last.source, last.called, "it is scanner or caspar, not both")


def _read(path: str | None, default: str, option: str, read: Callable[[Path], bytes]) -> str:
    """A file's text; empty when it is not there and nobody said that it is."""
    source = path or default
    try:
        return read(Path(source)).decode("utf-8-sig")
    except FileNotFoundError:
        if path is None:
            return ""
        raise BadSetting(source, option, "there is no such file") from None
    except OSError as error:
        raise BadSetting(source, option, f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSetting(source, option, "it must be text in UTF-8") from None


def _system_zone(
    environ: Mapping[str, str], read: Callable[[Path], bytes], readlink: Callable[[str], str]
) -> ZoneInfo:
    """The time zone of this machine; UTC when it has none that has a name."""

    def candidates() -> Iterator[str]:
        yield environ.get("TZ", "").removeprefix(":").rpartition("zoneinfo/")[2]
        for find in (
            lambda: readlink("/etc/localtime").rpartition("zoneinfo/")[2],
            lambda: read(Path("/etc/timezone")).decode().strip(),
        ):
            try:
                yield find()
            except (OSError, UnicodeDecodeError):
                continue

    for name in candidates():
        try:
            return settings.zone(name)
        except ValueError:
            continue
    return ZoneInfo("UTC")


def describe(config: Config) -> str:
    """All settings as a TOML file would say them, with where each one was said."""
    lines = []
    for name in _SETTINGS:
        value, source = getattr(config, name), config.sources.get(name, "default")
        if name == "channels":
            continue
        if value is None:
            lines.append(f"# {name} is not set  # {source}")
        else:
            lines.append(f"{name} = {_toml(value)}  # {source}")
    for channel in config.channels:
        lines += ["", f"[[channels]]  # {config.sources.get('channels', 'default')}"]
        lines += [
            f"{name} = {_toml('' if value is None else value)}"
            for name, value in asdict(channel).items()
        ]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, Fraction):
        value = settings.rate_name(value)
    if isinstance(value, Path | ZoneInfo):
        value = str(value)
    return json.dumps(value, ensure_ascii=False)


def check_folders(config: Config) -> None:
    """
    See that the folders that we write into can be used; make them. And that the station's page is
    where it is said to be.

    @raise BadSetting: one of them cannot.
    """
    if config.page_dir is not None and not config.page_dir.is_dir():
        raise BadSetting(
            config.sources.get("page_dir", "default"),
            "page_dir",
            f"{config.page_dir} is no folder",
        )
    for name, folder in (("data_dir", config.data_dir), ("as_run_dir", config.as_run_folder)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise _bad_folder(config, name, folder, "it must be writable", error) from None


def check_media(config: Config) -> None:
    """
    See that the media folder can be read. A daemon starts without it: what is on air comes from
    CasparCG.

    @raise BadSetting: it cannot.
    """
    if "disk" not in config.media_sources:
        return
    try:
        with os.scandir(config.media_dir) as entries:
            next(entries, None)
    except OSError as error:
        raise _bad_folder(
            config, "media_dir", config.media_dir, "it must be readable", error
        ) from None


def _bad_folder(
    config: Config, name: str, folder: Path, sentence: str, error: OSError
) -> BadSetting:
    source = config.sources.get(name, "default")
    return BadSetting(source, name, f"{folder} is no folder to use: {sentence} ({error.strerror})")
