# -*- test-case-name: tests.test_tap -*-
"""The command line of C{twistd rtgplayout}."""

import os
import sys
from typing import NoReturn

from twisted.python import usage

from . import __version__, config, loading, logs
from .settings import BadSetting

__all__ = ["Options"]


class Options(usage.Options):
    """
    What may be said on the command line.

    @ivar config: all settings, from wherever they were said.
    """

    synopsis = "[options]"
    longdesc = (
        "Puts a television channel on air through CasparCG and keeps it there. Every setting can "
        "also stand in the environment, in .env or in a TOML file."
    )
    optParameters = [[name, None, None, help] for name, help in config.OPTIONS]
    optFlags = [["check-config", None, "Say what the settings are and where from, and exit."]]

    config: config.Config

    def opt_version(self) -> NoReturn:
        """Say which version this is, and exit."""
        sys.stdout.write(f"rtgplayout {__version__}\n")
        raise SystemExit(0)

    def postOptions(self) -> None:
        """
        Read the configuration, and log as it says.

        @raise SystemExit: a setting is wrong, in one line; or it was only to be checked.
        """
        try:
            self.config = loading.load(self, os.environ)
            if self["check-config"]:
                loading.check_folders(self.config)
                loading.check_media(self.config)
                sys.stdout.write(loading.describe(self.config))
                raise SystemExit(0)
        except BadSetting as bad:
            raise SystemExit(f"rtgplayout: {bad}") from None
        if self.parent is not None:
            logs.choose(self.parent, self.config)
