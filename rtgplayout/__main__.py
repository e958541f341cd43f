# -*- test-case-name: tests.test_command -*-
"""The command C{rtgplayout}, as C{python -m rtgplayout}."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
