# -*- test-case-name: tests.test_config -*-
"""
The configuration as it is said, read and checked.

In rising order: a TOML file (C{rtgplayout.toml} in the working directory, or the one that is
named), a C{.env} file (likewise), the environment, the command line. A setting C{max_clients} is
C{max_clients} in TOML, C{RTGPLAYOUT_MAX_CLIENTS} in the environment and C{--max-clients} on the
command line; the five that the old system's documents name, like C{HTTP_PORT}, are called that in
the environment.
"""

import errno
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attrs import asdict

from . import settings
from .config import CALLED, SETTINGS, Config
from .settings import BadSetting, Channel
from .sources import Said, from_env_file, from_environment, from_options, from_toml

__all__ = ["check_folders", "check_media", "describe", "load"]

_LARGEST = 1 << 20
"""Bytes of a file of settings."""


def _read_some(path: Path) -> bytes:
    """A file's beginning, by which a larger one is known."""
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)


def load(
    options: Mapping[str, str | None],
    environ: Mapping[str, str],
    read: Callable[[Path], bytes] = _read_some,
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
            from_toml(path or "rtgplayout.toml", toml_text, SETTINGS.keys()),
            from_environment(env_path or ".env", env_file, CALLED),
            from_environment("environment", environ, CALLED),
            from_options(options, SETTINGS.keys()),
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
        return SETTINGS[said.setting].metadata["parse"](said.written)
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
        content = read(Path(source))
        if len(content) > _LARGEST:
            raise BadSetting(source, option, "it has more than 1 MB, and no settings have")
        return content.decode("utf-8-sig")
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
    for name in SETTINGS:
        value, source = getattr(config, name), config.sources.get(name, "default")
        if name == "channels":
            continue
        if SETTINGS[name].metadata["secret"] and value:
            lines.append(f"# {name} is set, and secret  # {source}")
        elif value is None:
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
    if isinstance(value, Mapping):
        value = ",".join("=".join(filter(None, each)) for each in value.items())
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
            # A disk that became read-only in the night keeps nobody off the air: it is told by
            # whoever wants to write.
            if error.errno != errno.EROFS or not folder.is_dir():
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
