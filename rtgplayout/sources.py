# -*- test-case-name: tests.test_config -*-
"""
Where settings are said: a TOML file, a C{.env} file, the environment, the command line.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import TextIO

from attrs import frozen
from dotenv.parser import parse_stream

from .settings import BadSetting, nearest

__all__ = ["Said", "from_env_file", "from_environment", "from_options", "from_toml"]

_PREFIX = "RTGPLAYOUT_"

_NOT_SETTINGS = {
    "RTGPLAYOUT_CONFIG",
    "RTGPLAYOUT_ENV_FILE",
    "RTGPLAYOUT_JOBS",
    "RTGPLAYOUT_PYTHON",
    "RTGPLAYOUT_VENVS",
}
"""Names of ours in the environment that say where settings are, or mean something to scripts."""


@frozen
class Said:
    """
    A setting as somebody wrote it.

    @ivar source: a file, C{environment} or C{command line}.
    @ivar called: its name there.
    @ivar written: text, or what TOML has for numbers, lists and tables.
    """

    setting: str
    source: str
    called: str
    written: object


def from_toml(source: str, text: str, known: Collection[str]) -> Iterator[Said]:
    """
    The settings of a TOML file.

    @raise BadSetting: it is not TOML, or has a key that is not C{known}.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(source, "config", f"it is not TOML: {error}") from None
    for name, written in document.items():
        if name not in known:
            raise BadSetting(source, name, f"it is not known{nearest(name, known)}")
        yield Said(name, source, name, written)


def from_env_file(source: str, stream: TextIO) -> Iterator[tuple[str, str]]:
    """
    Names and values of a C{.env} file.

    @raise BadSetting: a line of it is neither a comment nor C{NAME=value}.
    """
    for binding in parse_stream(stream):
        if binding.error or (binding.key is not None and binding.value is None):
            text = binding.original.string
            above = text[: len(text) - len(text.lstrip())].count("\n")
            line = f"line {binding.original.line + above}"
            raise BadSetting(source, line, "it must be like NAME=value")
        if binding.key is not None:
            yield binding.key, binding.value or ""


def from_environment(
    source: str, environ: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[Said]:
    """
    The settings of an environment, which has other things in it too.

    @param known: the settings by their names there.
    @raise BadSetting: a name looks like one of ours, and is not.
    """
    for called, written in environ.items():
        if called in known:
            yield Said(known[called], source, called, written)
        elif called.startswith(_PREFIX) and called not in _NOT_SETTINGS:
            bare = called.removeprefix(_PREFIX)
            hint = f"; it is {bare}" if bare in known else nearest(called, known)
            raise BadSetting(source, called, f"it is not known{hint}")


def from_options(options: Mapping[str, str | None], known: Collection[str]) -> Iterator[Said]:
    """The settings of a command line: those of its options that have a value and a known name."""
    for name in known:
        option = name.replace("_", "-")
        written = options.get(option)
        if written is not None:
            yield Said(name, "command line", f"--{option}", written)
