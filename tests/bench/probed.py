"""
C{twistd}, with a timer beside the daemon (L{tests.bench.probe}).
"""

import sys

from twisted.scripts.twistd import run

from .probe import Probe

if __name__ == "__main__":
    from twisted.internet import reactor

    reactor.callWhenRunning(Probe(reactor).start)
    sys.exit(run())
