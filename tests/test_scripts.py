# -*- test-case-name: tests.test_scripts -*-
"""
The commands in C{scripts/}, as processes.
"""

import os
import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site

SCRIPTS = Path(__file__).parents[1] / "scripts"


class Answering(Resource):
    """Answers everything alike."""

    isLeaf = True  # noqa: N815 - Twisted's

    def __init__(self, code: int, body: bytes) -> None:
        super().__init__()
        self.code, self.body = code, body

    def render_GET(self, request: Request) -> bytes:
        request.setResponseCode(self.code)
        return self.body


class HealthcheckTests(TestCase):
    """C{scripts/healthcheck}: 0 when the daemon says that it is well, 1 in every other case."""

    async def check(self, code: int, body: bytes) -> tuple[int, str]:
        """Its exit code and what it prints, when a daemon answers with that."""
        server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        port = await server.listen(Site(Answering(code, body)))
        self.addCleanup(port.stopListening)
        return await self.ask(str(port.getHost().port))

    async def ask(self, port: str) -> tuple[int, str]:
        out, err, code = await getProcessOutputAndValue(
            sys.executable, [str(SCRIPTS / "healthcheck")], {**os.environ, "HTTP_PORT": port}
        )
        self.assertEqual(err, b"")
        return code, out.decode()

    def test_well(self) -> Deferred[None]:
        async def check() -> None:
            said = await self.check(200, b'{"status": "healthy", "reasons": []}')
            self.assertEqual(said, (0, "healthy\n"))

        return Deferred.fromCoroutine(check())

    def test_unwell_with_the_reasons(self) -> Deferred[None]:
        async def check() -> None:
            said = await self.check(503, b'{"status": "degraded", "reasons": ["no OSC", "slow"]}')
            self.assertEqual(said, (1, "degraded: no OSC; slow\n"))

        return Deferred.fromCoroutine(check())

    def test_another_program_on_that_port_is_no_health(self) -> Deferred[None]:
        async def check() -> None:
            code, said = await self.check(200, b"<html>It works!</html>")
            self.assertEqual(code, 1)
            self.assertIn("not as rtgplayout does", said)

        return Deferred.fromCoroutine(check())

    def test_nobody_there(self) -> Deferred[None]:
        async def check() -> None:
            server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
            port = await server.listen(Site(Answering(200, b"")))
            number = str(port.getHost().port)
            await port.stopListening()
            code, said = await self.ask(number)
            self.assertEqual(code, 1)
            self.assertIn("failing: ", said)
            self.assertEqual(said.count("\n"), 1)

        return Deferred.fromCoroutine(check())
