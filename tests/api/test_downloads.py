# -*- test-case-name: tests.api.test_downloads -*-
"""Playlists as files, over HTTP."""

from datetime import UTC
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.server import Site

from rtgplayout.api.downloads import Downloads
from rtgplayout.api.http import make_site

from .memory import START
from .site import HttpTestCase, asking, at_once


class DownloadsTests(HttpTestCase):
    """
    A channel with three items.

    @ivar waiting: threads that do not end by themselves.
    """

    waiting: list[Deferred[Any]] | None = None

    def in_thread(self, work: Any, *args: Any) -> Deferred[Any]:
        if self.waiting is None:
            return at_once(work, *args)
        done: Deferred[Any] = Deferred()
        self.waiting.append(done)
        return done

    def make_site(self) -> Site:
        downloads = Downloads({1: self.desk}, UTC, self.in_thread)
        return make_site(
            self.factory, lambda: self.health, self.clock, lambda: START, downloads=downloads
        )

    def test_each_format(self) -> None:
        """As a file, with its type and name."""
        for ending, kind, begins in (
            ("csv", "text/csv; charset=utf-8", b"name,file"),
            ("json", "application/json; charset=utf-8", b'{\n  "id": "MAIN-CHANNEL-1"'),
            ("m3u", "audio/x-mpegurl; charset=utf-8", b"#EXTM3U"),
        ):
            code, headers, body = self.ask(f"/export/playlist-1.{ending}")
            self.assertEqual((code, headers["content-type"]), (200, kind))
            name = f'attachment; filename="playlist-1.{ending}"'
            self.assertEqual(headers["content-disposition"], name)
            self.assertEqual(headers["cache-control"], "no-store")
            self.assertTrue(body.removeprefix(b"\xef\xbb\xbf").startswith(begins), body[:40])
            self.assertIn(b"GEN/c.mov", body)

    def test_head(self) -> None:
        code, headers, body = self.ask("/export/playlist-1.csv", "HEAD")
        self.assertEqual((code, body), (200, b""))
        self.assertGreater(int(headers["content-length"]), 50)

    def test_not_there(self) -> None:
        """No such channel, format, or name; nothing is looked for outside."""
        for path in (
            "/export",
            "/export/",
            "/export/playlist-2.csv",
            "/export/playlist-1.xml",
            "/export/playlist-1.csv/x",
            "/export/..%2fplaylist-1.csv",
            "/export/%zz",
        ):
            self.assertEqual(self.ask(path)[0], 404, path)

    def test_gone(self) -> None:
        """Who does not wait for it is no fault of ours."""
        self.waiting = []
        channel = self.begin(asking("/export/playlist-1.csv"))
        channel.connectionLost(None)
        (done,) = self.waiting
        done.callback(b"text")
        self.assertEqual(self.flushLoggedErrors(), [])
