# -*- test-case-name: tests.api.test_thumbnails -*-
"""Thumbnails over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Site

from rtgplayout.api.http import make_site
from rtgplayout.api.pages import Pages
from rtgplayout.api.thumbnails import Thumbnails, file_of_old_name
from rtgplayout.media.library import Entry, Library, Progress
from rtgplayout.media.naming import thumbnail_url
from rtgplayout.playout.status import CannotDo

from .memory import START
from .site import HttpTestCase, asking, at_once, read

FILES = (
    "PUB/spot7.mxf",
    "PUB/spot7.mov",
    "clip.MP4",
    "été #1 100%/l'\"é\\x.mov",
    "line\nend.mov",
    "sound.wav",
)


def library(*files: str) -> Library:
    return Library(entries={file: Entry(file, 1, 1) for file in files})


class OldNameTests(SynchronousTestCase):
    """Names that the old system gave."""

    def test_found(self) -> None:
        """The first clip that it would have called so; what it would not have, isn't there."""
        known = library(*FILES)
        for name, file in (
            ("PUB_spot7.jpg", "PUB/spot7.mov"),
            ("clip.MP4.jpg", "clip.MP4"),
            ("PUB/spot7.jpg", None),
            ("PUB_spot.jpg", None),
            ("", None),
        ):
            self.assertEqual(file_of_old_name(known, name), file)


class Shelf:
    """
    A media library.

    @ivar answers: what is made of each file; L{None} where it isn't there.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Deferred[bytes | None]] = {}
        self.asked: list[str] = []

    def library(self) -> Library:
        return library(*FILES)

    def progress(self) -> Progress:
        return Progress()

    def scan(self) -> None:
        raise CannotDo("it runs")

    def exact(self, file: str) -> str:
        return file

    def length_of(self, file: str) -> float | None:
        return None

    def warning_of(self, file: str) -> str:
        return ""

    def thumbnail(self, file: str) -> Deferred[bytes | None]:
        self.asked.append(file)
        return self.answers.pop(file, None) or succeed(b"JPEG of " + file.encode())


class ThumbnailsTestCase(HttpTestCase):
    with_pages = False
    searching: list[Deferred[Any]] | None = None
    """Threads that do not end by themselves."""

    def make_site(self) -> Site:
        self.shelf = Shelf()
        pages = None
        if self.with_pages:
            self.folder = Path(self.mktemp())
            (self.folder / "thumbnails").mkdir(parents=True)
            pages = Pages(self.folder, at_once, self.clock)
        thumbnails = Thumbnails(self.shelf, self.in_thread, pages)
        return make_site(
            self.factory, lambda: self.health, self.clock, lambda: START, thumbnails, pages
        )

    def in_thread(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        if self.searching is None:
            return at_once(work, *args)
        self.searching.append(Deferred())
        return self.searching[-1]


class ThumbnailsTests(ThumbnailsTestCase):
    """Each clip's, under its path."""

    def test_all(self) -> None:
        """Whatever it is called, under the address that messages name."""
        for file in FILES:
            code, headers, body = self.ask(thumbnail_url(file, "1-2"))
            self.assertEqual((code, body), (200, b"JPEG of " + file.encode()))
            self.assertEqual(headers["content-type"], "image/jpeg")
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertEqual(headers["content-length"], str(len(body)))
        self.assertEqual(self.shelf.asked, list(FILES))

    def test_caching(self) -> None:
        """With a version it stays good for ever, without for a minute."""
        cached = self.ask("/thumbnails/clip.MP4.jpg?v=12")[1]["cache-control"]
        self.assertEqual(cached, "public, max-age=31536000, immutable")
        cached = self.ask("/thumbnails/clip.MP4.jpg?w=1")[1]["cache-control"]
        self.assertEqual(cached, "max-age=60")

    def test_not_modified(self) -> None:
        """The same picture is not sent again; another one is."""
        tag = self.ask("/thumbnails/clip.MP4.jpg")[1]["etag"]
        self.assertRegex(tag, '^"[0-9a-f]{32}"$')
        condition = [f"If-None-Match: {tag}"]
        code, headers, body = self.ask("/thumbnails/clip.MP4.jpg?v=1", headers=condition)
        self.assertEqual((code, body, headers["etag"]), (304, b"", tag))
        self.assertIn("immutable", headers["cache-control"])
        self.shelf.answers["clip.MP4"] = succeed(b"another")
        self.assertEqual(self.ask("/thumbnails/clip.MP4.jpg", headers=condition)[0], 200)

    def test_head(self) -> None:
        """HEAD is GET without the body."""
        code, headers, body = self.ask("/thumbnails/clip.MP4.jpg", "HEAD")
        self.assertEqual((code, headers["content-length"], body), (200, "16", b""))

    def test_old_names(self) -> None:
        """The flat names of the old system's playlists find their clips."""
        self.assertEqual(self.ask("/thumbnails/PUB_spot7.jpg")[2], b"JPEG of PUB/spot7.mov")

    def test_none(self) -> None:
        """What is no clip, or has no picture, is not found."""
        self.shelf.answers["sound.wav"] = succeed(None)
        for path in (
            "/thumbnails",
            "/thumbnails/",
            "/thumbnails/none.mov.jpg",
            "/thumbnails/clip.MP4",
            "/thumbnails/PUB/none.jpg",
            "/thumbnails/../thumbnails/clip.MP4.jpg",
            "/thumbnails/PUB%2fspot7.mxf.jpg",
            "/thumbnails/%ff.jpg",
            "/thumbnails/%00.jpg",
            "/thumbnails/sound.wav.jpg",
        ):
            code, headers, body = self.ask(path)
            self.assertEqual((code, body), (404, b"not found\n"), path)
            self.assertEqual(headers["cache-control"], "no-store")
        self.assertEqual(self.shelf.asked, ["sound.wav"])

    def test_malformed(self) -> None:
        """A path that says nothing is the browser's fault."""
        self.assertEqual(self.ask("/thumbnails/%zz.jpg")[0], 400)

    def test_too_many(self) -> None:
        """When too many are being made, the browser is told when to come again."""
        self.shelf.answers["clip.MP4"] = fail(CannotDo("later"))
        code, headers, _ = self.ask("/thumbnails/clip.MP4.jpg")
        self.assertEqual((code, headers["retry-after"]), (503, "2"))
        self.assertEqual(headers["cache-control"], "no-store")

    def test_later(self) -> None:
        """What has to be made first comes when it is there."""
        made: Deferred[bytes | None] = Deferred()
        self.shelf.answers["clip.MP4"] = made
        self.begin(asking("/thumbnails/clip.MP4.jpg"))
        self.assertEqual(self.transport.value(), b"")
        made.callback(b"picture")
        self.assertEqual(read(self.transport.value())[::2], (200, b"picture"))

    def test_gone(self) -> None:
        """Who went away meanwhile is no error, whatever came of it."""
        for result in b"picture", None, CannotDo("later"):
            made: Deferred[bytes | None] = Deferred()
            self.shelf.answers["clip.MP4"] = made
            self.begin(asking("/thumbnails/clip.MP4.jpg")).connectionLost(None)
            if isinstance(result, CannotDo):
                made.errback(result)
            else:
                made.callback(result)
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_a_bug(self) -> None:
        """What fails is logged; the browser learns no more than that."""
        self.shelf.answers["clip.MP4"] = fail(ValueError("secret"))
        code, _, body = self.ask("/thumbnails/clip.MP4.jpg")
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertEqual((code, body), (500, b"something failed here\n"))

    def test_one_search_at_a_time(self) -> None:
        """However many ask for old names, one thread looks for them."""
        threads = self.searching = []
        for _ in range(3):
            self.begin(asking("/thumbnails/x.jpg"))
        self.assertEqual(len(threads), 1)
        threads[0].callback(None)
        self.assertEqual(len(threads), 2)
        threads[1].callback(None)
        threads[2].callback(None)


class WithPagesTests(ThumbnailsTestCase):
    """Beside a page with thumbnails in its own folder."""

    with_pages = True

    def test_files(self) -> None:
        """What is no clip's may be a file there; a clip's own picture is the newer one."""
        self.shelf.answers["sound.wav"] = succeed(None)
        for name in "old one.jpg", "PUB_spot7.jpg", "sound.wav.jpg":
            (self.folder / "thumbnails" / name).write_bytes(b"file")
        self.assertEqual(self.ask("/thumbnails/old%20one.jpg")[2], b"file")
        self.assertEqual(self.ask("/thumbnails/sound.wav.jpg")[2], b"file")
        self.assertEqual(self.ask("/thumbnails/PUB_spot7.jpg")[2], b"JPEG of PUB/spot7.mov")
        self.assertEqual(self.ask("/thumbnails/none.jpg")[0], 404)
        self.assertEqual(self.ask("/thumbnails/%2e%2e/x.jpg")[0], 404)
