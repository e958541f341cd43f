# -*- test-case-name: tests.api.test_http -*-
"""The HTTP port."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from attrs import evolve
from twisted.web.server import Site

from rtgplayout.api.desk import Health
from rtgplayout.api.http import make_site

from .memory import START
from .site import HttpTestCase, asking


class AnswerTests(HttpTestCase):
    """What there is."""

    def test_page(self) -> None:
        """A page of our own, that may run its own script and nothing else."""
        code, headers, body = self.ask("/")
        self.assertEqual(code, 200)
        self.assertEqual(headers["content-type"], "text/html; charset=utf-8")
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertNotIn("server", headers)
        policy = headers["content-security-policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        for element in b"style", b"script":
            found = re.search(b"<%s>(.*?)</%s>" % (element, element), body, re.DOTALL)
            assert found is not None
            digest = b64encode(sha256(found[1]).digest()).decode()
            self.assertIn(f"{element.decode()}-src 'sha256-{digest}'", policy)

    def test_status(self) -> None:
        """The same page has a place that stays its own."""
        self.assertEqual(self.ask("/status")[2], self.ask("/")[2])

    def test_page_is_whole(self) -> None:
        """It loads nothing, and puts nothing together as HTML."""
        body = self.ask("/")[2].decode()
        self.assertNotRegex(body, r"(src|href)=\"(?!/health)")
        self.assertNotIn("innerHTML", body)
        self.assertIn('lang="en"', body)

    def test_health(self) -> None:
        """200 while the show goes on, 503 when it doesn't; what is known, in JSON."""
        for status, expected in ("healthy", 200), ("degraded", 200), ("failing", 503):
            self.health = evolve(self.health, status=status, reasons=("because",))
            code, headers, body = self.ask("/health")
            self.assertEqual(code, expected)
            self.assertEqual(headers["content-type"], "application/json")
            data = json.loads(body)
            self.assertEqual((data["status"], data["reasons"]), (status, ["because"]))
            self.assertEqual(data["memoryBytes"], 54 << 20)
            self.assertEqual(data["websocket"]["clients"], 0)

    def test_head(self) -> None:
        """HEAD is GET without the body."""
        for path in "/", "/health":
            code, headers, body = self.ask(path, "HEAD")
            self.assertEqual((code, body), (200, b""))
            self.assertGreater(int(headers["content-length"]), 10)

    def test_nothing_else(self) -> None:
        """What isn't there is 404, and is not repeated."""
        for path in (
            "/x",
            "/health/x",
            "//",
            "/../etc/passwd",
            "/%",
            "/%zz",
            "/%00",
            "/%ff%fe",
            "/<script>",
            "/" + "a" * 2000,
        ):
            code, headers, body = self.ask(path)
            self.assertEqual((code, body), (404, b"not found\n"), path)
            self.assertEqual(headers["content-security-policy"], "default-src 'none'")
            self.assertEqual(self.ask(path, "HEAD")[2], b"")

    def test_query(self) -> None:
        """A query changes nothing."""
        self.assertEqual(self.ask("/health?x=%zz&&=")[0], 200)

    def test_methods(self) -> None:
        """Only GET and HEAD, everywhere."""
        for method in "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW":
            for path in "/", "/health", "/ws", "/x":
                code, headers, body = self.ask(path, method)
                self.assertEqual((code, headers["allow"]), (405, "GET, HEAD"))
                self.assertEqual(body, b"only GET and HEAD\n")

    def test_star(self) -> None:
        """A request for the server itself tells nothing of it."""
        _, headers, _ = self.ask("*", "OPTIONS")
        self.assertNotIn("server", headers)

    def test_long_body(self) -> None:
        """A long body is not kept: the connection ends."""
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
        self.assertEqual(self.send(head + b"x" * 100_000), b"")
        self.assertTrue(self.transport.disconnecting)

    def test_short_body(self) -> None:
        """A short one doesn't matter."""
        came = self.send(b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        self.assertTrue(came.startswith(b"HTTP/1.1 200"))

    def test_a_bug(self) -> None:
        """What fails is logged; the client learns no more than that."""
        self.health = None  # type: ignore[assignment]
        code, headers, body = self.ask("/health")
        self.assertEqual(len(self.flushLoggedErrors(AttributeError)), 1)
        self.assertEqual(code, 500)
        self.assertNotIn("server", headers)
        self.assertNotIn(b"Error", body)

    def test_access_log(self) -> None:
        """The access log has the date of the wall clock, and no line ends of a client's."""
        self.ask("/health", headers=["User-Agent: x"])
        self.assertIn("[01/Mar/2026:18:00:00 +0000]", self.lines[0])
        self.assertNotIn("\n", self.lines[0])


class BurstTests(HttpTestCase):
    """Many requests in one piece."""

    def make_site(self) -> Site:
        def health() -> Health:
            self.clock.rightNow += 0.001
            return self.health

        return make_site(self.factory, health, self.clock, lambda: START)

    def test_turns(self) -> None:
        """They are answered in turns, and do not keep the reactor until the last one is."""
        self.begin(asking("/health") * 100)
        self.assertLess(self.transport.value().count(b"HTTP/1.1 200"), 10)
        self.clock.advance(0)
        self.assertEqual(self.transport.value().count(b"HTTP/1.1 200"), 100)

    def test_gone(self) -> None:
        """Who is gone is not answered."""
        self.begin(asking("/health") * 100).connectionLost(None)
        before = self.clock.seconds()
        self.clock.advance(0)
        self.assertEqual(self.clock.seconds(), before)


class WebSocketTests(HttpTestCase):
    """The door under C{/ws}."""

    def served(self) -> Any:
        return self.site.buildProtocol(None)

    def test_both_versions(self) -> None:
        """It is the same door."""
        for version, greeting in (1, "PLAYLIST_FULL"), (2, "SNAPSHOT"):
            browser = self.connect(version, server=self.served, path="/ws")
            self.assertEqual(browser.types[0], greeting)
            answer = self.say(browser, "GET_PLAYLIST", id=1)
            self.assertEqual(answer[0]["type"], greeting)
        self.assertEqual(len(self.door.feeds.clients), 2)

    def test_other_path(self) -> None:
        """And nowhere else."""
        browser = self.connect(server=self.served, path="/w")
        self.assertIsNotNone(browser.over)

    def test_stays(self) -> None:
        """The site's own timeouts don't end it."""
        browser = self.connect(2, server=self.served, path="/ws")
        for _ in range(300):
            self.clock.advance(1)
            self.flush()
        self.assertIsNone(browser.over)
        self.assertEqual(self.say(browser, "GET_STATUS", id=1)[0]["type"], "STATUS")

    def test_slow(self) -> None:
        """Backpressure works through the site, too."""
        slow = self.connect(server=self.served, path="/ws")
        slow.outbound.stalled = True
        client: Any = self.door.feeds.clients[0]
        client.send(b'{"type":"FILL","data":"' + b"x" * 70_000 + b'"}')
        self.assertFalse(client.ready)
        slow.outbound.stalled = False
        self.flush()
        self.assertTrue(client.ready)

    def test_no_upgrade(self) -> None:
        """Who comes with no WebSocket is told that it takes one."""
        code, headers, body = self.ask("/ws")
        self.assertEqual(code, 426)
        self.assertNotIn("server", headers)
        self.assertNotIn(b"autobahn", body.lower())
