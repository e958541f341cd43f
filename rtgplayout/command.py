# -*- test-case-name: tests.test_command -*-
"""
The command C{rtgplayout}: what is done beside the daemon, from a shell or from cron. The daemon
itself is C{twistd rtgplayout}.

Every verb takes the settings that the daemon takes, from the same places. It exits with 0 when all
is well, with 1 when it found something wrong and with 2 when it was called wrongly.
"""

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from . import __version__, loading
from .commands import alert_test, asrun, backup, doctor, restore, settings
from .config import OPTIONS, Config
from .settings import BadSetting

__all__ = ["VERBS", "Verb", "main"]


class Verb(Protocol):
    """What the command can do: a module of L{rtgplayout.commands}."""

    HELP: str
    """What it does, in a sentence without a full stop."""

    @property
    def add_arguments(self) -> Callable[[ArgumentParser], None]:
        """Say what may be said behind it."""

    @property
    def run(self) -> Callable[[Namespace, Config], int]:
        """Do it; the exit code."""


VERBS: Mapping[str, Any] = MappingProxyType(
    {
        "alert-test": alert_test,
        "asrun": asrun,
        "backup": backup,
        "doctor": doctor,
        "restore": restore,
        "settings": settings,
    }
)
"""Each verb and its module, which is a L{Verb}."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what the command line says.

    @param arguments: without the name of the command; those of the process by default.
    @return: the exit code.
    """
    parser = _parser()
    try:
        said = parser.parse_args(arguments)
    except SystemExit as stop:  # what had to be said was said
        return int(stop.code or 0)
    wanted = {name: getattr(said, f"setting {name}") for name, _ in OPTIONS}
    try:
        config = loading.load(wanted, os.environ)
    except BadSetting as bad:
        print(f"rtgplayout: {bad}", file=sys.stderr)
        return 2
    try:
        return int(said.verb.run(said, config))
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> ArgumentParser:
    """The command line of all verbs."""
    common = ArgumentParser(add_help=False)
    group = common.add_argument_group(
        "settings", "as twistd rtgplayout --help lists them, from the same files and environment"
    )
    for name, help in OPTIONS:
        told = help.replace("%", "%%") if name in ("config", "env-file") else SUPPRESS
        group.add_argument(f"--{name}", dest=f"setting {name}", metavar="VALUE", help=told)
    parser = ArgumentParser("rtgplayout", description="What is done beside the daemon.")
    parser.add_argument("--version", action="version", version=f"rtgplayout {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name, verb in VERBS.items():
        each = verbs.add_parser(name, parents=[common], help=verb.HELP, description=verb.HELP + ".")
        verb.add_arguments(each)
        each.set_defaults(verb=verb)
    return parser
