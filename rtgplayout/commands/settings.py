# -*- test-case-name: tests.test_command -*-
"""C{rtgplayout settings}: what is in force, and who said so."""

import sys
from argparse import ArgumentParser, Namespace

from .. import loading
from ..config import Config

__all__ = ["HELP", "add_arguments", "run"]

HELP = "Show all settings that are in force, and where each was said"


def add_arguments(parser: ArgumentParser) -> None:
    """There is nothing more to say."""


def run(said: Namespace, settings: Config) -> int:
    """Show them, as a TOML file would say them."""
    sys.stdout.write(loading.describe(settings))
    return 0
