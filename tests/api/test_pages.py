# -*- test-case-name: tests.api.test_pages -*-
"""The station's own page."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.server import Site

from rtgplayout.api.http import make_site
from rtgplayout.api.pages import Pages

from .memory import START
from .site import HttpTestCase, asking, at_once, read


class PagesTestCase(HttpTestCase):
    def make_site(self) -> Site:
        around = Path(self.mktemp()).absolute()
        self.folder = around / "frontend"
        (self.folder / "sub" / "deep").mkdir(parents=True)
        (self.folder / "empty").mkdir()
        for name, content in (
            ("index.html", "<p>é"),
            ("app.js", "1"),
            ("no type", "?"),
            (".secret", "no"),
            ("sub/index.html", "sub"),
            ("sub/deep/ü #1%.css", "deep"),
            ("nothing.txt", ""),
            ("../frontend-secret", "no"),
        ):
            (self.folder / name).write_text(content)
        self.waiting: list[tuple[Deferred[Any], Callable[[], Any]]] = []
        self.slow = False
        pages = Pages(self.folder, self.in_thread, self.clock)
        return make_site(self.factory, lambda: self.health, self.clock, lambda: START, pages=pages)

    def in_thread(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        if not self.slow:
            return at_once(work, *args)
        done: Deferred[Any] = Deferred()
        self.waiting.append((done, lambda: work(*args)))
        return done

    def tearDown(self) -> None:
        # What waits for ever is collected as garbage some time, and complains in another test.
        while self.waiting:
            self.work()
        super().tearDown()

    def work(self) -> None:
        """One thread does what it is to do."""
        done, work = self.waiting.pop(0)
        done.callback(work())


class PagesTests(PagesTestCase):
    """What there is in the folder, and only that."""

    def test_index(self) -> None:
        """It stands where the status page was, and may do what an operator page does."""
        code, headers, body = self.ask("/")
        self.assertEqual((code, body), (200, "<p>é".encode()))
        self.assertEqual(headers["content-type"], "text/html; charset=utf-8")
        self.assertEqual(headers["cache-control"], "no-cache")
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertEqual(
            headers["content-security-policy"],
            "default-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:;"
            " frame-ancestors 'self'; base-uri 'self'; object-src 'none'",
        )
        self.assertNotIn("server", headers)

    def test_ours_stay(self) -> None:
        """What has a place of its own keeps it, whatever is in the folder."""
        for name in "health", "status", "ws":
            (self.folder / name).write_text("not this")
        self.assertIn(b"rtgplayout", self.ask("/status")[2])
        self.assertEqual(self.ask("/health")[1]["content-type"], "application/json")
        self.assertEqual(self.ask("/ws")[0], 426)

    def test_files(self) -> None:
        """Each with its type; a query changes nothing."""
        for path, body in (
            ("/app.js", b"1"),
            ("/app.js?v=%zz", b"1"),
            ("/index.html", "<p>é".encode()),
            ("/sub/", b"sub"),
            ("/sub/deep/%C3%BC%20%231%25.css", b"deep"),
            ("/no%20type", b"?"),
            ("/nothing.txt", b""),
        ):
            code, headers, came = self.ask(path)
            self.assertEqual((code, came), (200, body), path)
            self.assertEqual(headers["content-length"], str(len(body)))
        self.assertEqual(headers["content-type"], "text/plain; charset=utf-8")
        self.assertEqual(self.ask("/no%20type")[1]["content-type"], "application/octet-stream")

    def test_head(self) -> None:
        """HEAD is GET without the body."""
        for path in "/", "/app.js", "/nothing.txt", "/none":
            _, headers, body = self.ask(path)
            _, others, nothing = self.ask(path, "HEAD")
            self.assertEqual(nothing, b"")
            self.assertEqual(others["content-length"], str(len(body)))
            self.assertEqual(others["content-type"], headers["content-type"])

    def test_only_reading(self) -> None:
        """Files are not posted to."""
        self.assertEqual(self.ask("/app.js", "POST")[0], 405)

    def test_none(self) -> None:
        """What isn't there, or is no file, is not found; nothing lists a folder."""
        os.mkfifo(self.folder / "pipe")
        for path in (
            "/none",
            "/app.js/",
            "/app.js/x",
            "/empty",
            "/empty/",
            "/sub/deep/",
            "/sub/deep",
            "/pipe",
            "/" + "a" * 1000,
            "/" + "a/" * 3000,
        ):
            code, headers, body = self.ask(path)
            self.assertEqual((code, body), (404, b"not found\n"), path)
            self.assertEqual(headers["content-security-policy"], "default-src 'none'")
            self.assertEqual(headers["cache-control"], "no-store")

    def test_never_outside(self) -> None:
        """Nothing outside of the folder, and nothing hidden."""
        for path in (
            "/../frontend-secret",
            "/..%2ffrontend-secret",
            "/%2e%2e/frontend-secret",
            "/%2e%2e%2ffrontend-secret",
            "/sub/../../frontend-secret",
            "/..%5cfrontend-secret",
            "/..\\frontend-secret",
            "/.secret",
            "/%2esecret",
            "/sub/../.secret",
            "/app.js%00",
            "//etc/passwd",
            "/%2fetc/passwd",
            f"/{self.folder}/../frontend-secret",
        ):
            self.assertEqual(self.ask(path)[::2], (404, b"not found\n"), path)

    def test_links(self) -> None:
        """Links are followed inside the folder, and not out of it or to what is hidden in it."""
        for name, target in (
            ("inside.js", "app.js"),
            ("out", "../frontend-secret"),
            ("up", ".."),
            ("etc", "/etc"),
            ("hidden", ".secret"),
            ("loop", "loop"),
            ("gone", "none"),
        ):
            (self.folder / name).symlink_to(target)
        self.assertEqual(self.ask("/inside.js")[::2], (200, b"1"))
        for path in "/out", "/up/frontend-secret", "/etc/passwd", "/hidden", "/loop", "/gone":
            self.assertEqual(self.ask(path)[0], 404, path)

    def test_folder_that_is_a_link(self) -> None:
        """The folder itself may be one, and lead elsewhere one day."""
        self.folder.rename(self.folder.with_name("one"))
        self.folder.symlink_to("one")
        self.assertEqual(self.ask("/app.js")[2], b"1")
        other = self.folder.with_name("two")
        other.mkdir()
        (other / "app.js").write_text("2")
        self.folder.unlink()
        self.folder.symlink_to("two")
        self.assertEqual(self.ask("/app.js")[2], b"2")

    def test_malformed(self) -> None:
        """A path that says nothing is the browser's fault."""
        for path in "/%", "/%zz", "/a%2":
            self.assertEqual(self.ask(path)[0], 400)

    def test_slash(self) -> None:
        """A folder's page is where its links work, which is told in a path of ours."""
        code, headers, _ = self.ask("/sub")
        self.assertEqual((code, headers["location"]), (301, "/sub/"))
        (self.folder / "é\"' x").mkdir()
        (self.folder / "é\"' x" / "index.html").write_text("x")
        self.assertEqual(self.ask("/%c3%a9%22%27%20x")[1]["location"], "/%C3%A9%22%27%20x/")

    def test_not_modified(self) -> None:
        """What the browser has is not sent again, until it changes."""
        headers = self.ask("/app.js")[1]
        for condition in (
            f"If-None-Match: {headers['etag']}",
            f"If-None-Match: W/{headers['etag']}",
            f"If-Modified-Since: {headers['last-modified']}",
        ):
            code, others, body = self.ask("/app.js", headers=[condition])
            self.assertEqual((code, body), (304, b""))
            self.assertEqual(others["etag"], headers["etag"])
            self.assertEqual(others["cache-control"], "no-cache")
            self.assertNotIn("content-length", others)
        (self.folder / "app.js").write_text("2")
        code, others, body = self.ask("/app.js", headers=[f"If-None-Match: {headers['etag']}"])
        self.assertEqual((code, body), (200, b"2"))
        self.assertNotEqual(others["etag"], headers["etag"])


class FlowTests(PagesTestCase):
    """How files travel."""

    def setUp(self) -> None:
        super().setUp()
        self.big = bytes(range(256)) * 4000
        (self.folder / "big.bin").write_bytes(self.big)

    def taken(self) -> bytes:
        """What of the body has come."""
        return read(self.transport.value())[2]

    def test_whole(self) -> None:
        """A big one comes whole."""
        self.assertEqual(self.ask("/big.bin")[2], self.big)

    def test_as_it_is_taken(self) -> None:
        """No more of it is read than the browser takes."""
        self.slow = True
        self.begin(asking("/big.bin"))
        self.work()
        self.work()
        first = len(self.taken())
        self.assertLess(first, len(self.big) / 2)
        self.transport.producer.pauseProducing()
        self.transport.producer.pauseProducing()
        self.work()
        self.assertEqual(self.waiting, [])
        self.transport.producer.resumeProducing()
        while self.waiting:
            self.work()
        self.assertEqual(self.taken(), self.big)
        self.assertEqual(self.clock.getDelayedCalls()[1:], [])

    def test_next_on_the_same_connection(self) -> None:
        """After one file comes another."""
        channel = self.begin(asking("/big.bin") + asking("/app.js"))
        self.assertTrue(self.transport.value().endswith(b"\r\n\r\n1"))
        channel.connectionLost(None)

    def test_nobody_takes_it(self) -> None:
        """Who takes nothing for a minute is let go."""
        channel = self.begin(asking("/app.js"))
        self.transport.clear()
        self.slow = True
        channel.dataReceived(asking("/big.bin"))
        self.work()
        self.transport.producer.pauseProducing()
        self.work()
        self.clock.advance(59)
        self.assertFalse(self.transport.disconnecting)
        self.clock.advance(1)
        self.assertTrue(self.transport.disconnecting)
        self.clock.advance(15)
        self.assertTrue(self.transport.disconnected)

    def test_gone(self) -> None:
        """Who goes away at any point leaves nothing behind, and no error."""
        self.slow = True
        for steps in range(4):
            for path in "/big.bin", "/none":
                channel = self.begin(asking(path))
                for _ in range(steps):
                    if self.waiting:
                        self.work()
                if steps == 3:
                    self.transport.producer.pauseProducing()
                channel.connectionLost(None)
                while self.waiting:
                    self.work()
        self.assertEqual(self.flushLoggedErrors(), [])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_becomes_shorter(self) -> None:
        """A file that is cut while it is sent can't be sent as was said: the connection ends."""
        self.slow = True
        self.begin(asking("/big.bin"))
        self.work()
        self.work()
        os.truncate(self.folder / "big.bin", 10)
        self.work()
        self.assertTrue(self.transport.disconnecting)

    def test_becomes_longer(self) -> None:
        """What is added while it is sent comes the next time."""
        self.slow = True
        self.begin(asking("/big.bin"))
        self.work()
        with (self.folder / "big.bin").open("ab") as file:
            file.write(b"more")
        while self.waiting:
            self.work()
        self.assertEqual(self.taken(), self.big)

    def test_few_threads(self) -> None:
        """A disk that never answers holds two threads, however many ask for it."""
        self.slow = True
        for _ in range(10):
            self.begin(asking("/app.js"))
        self.assertEqual(len(self.waiting), 2)

    def test_disk_fails(self) -> None:
        """A disk that fails is logged; the browser learns no more than that."""
        self.slow = True
        self.begin(asking("/app.js"))
        self.waiting.pop(0)[0].errback(OSError("broken"))
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        code, _, body = read(self.transport.value())
        self.assertEqual((code, body), (500, b"something failed here\n"))

    def test_disk_fails_in_the_middle(self) -> None:
        """When its length was said already, the connection ends."""
        self.slow = True
        self.begin(asking("/big.bin"))
        self.work()
        self.waiting.pop(0)[0].errback(OSError("broken"))
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.assertTrue(self.transport.disconnecting)

    def test_disk_fails_for_nobody(self) -> None:
        """When nobody waits any more, it is only logged."""
        self.slow = True
        self.begin(asking("/app.js")).connectionLost(None)
        self.waiting.pop(0)[0].errback(OSError("broken"))
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
