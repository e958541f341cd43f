# -*- test-case-name: tests.api.test_asked -*-
"""What a browser asks for."""

from pathlib import PurePosixPath
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.asked import BadPath, content_type, has_it, names_in


class NamesTests(SynchronousTestCase):
    """The names in a path."""

    def test_down(self) -> None:
        """One after another, decoded; the last one is empty after a slash."""
        self.assertEqual(names_in(b"/"), ("",))
        self.assertEqual(names_in(b"/app.js"), ("app.js",))
        self.assertEqual(names_in(b"/a/b%20c/%C3%A9.png"), ("a", "b c", "é.png"))
        self.assertEqual(names_in(b"/a/"), ("a", ""))
        self.assertEqual(names_in(b"/100%25.html"), ("100%.html",))

    def test_nothing_that_leads_elsewhere(self) -> None:
        """Up, around, into what is hidden: there are no such names, however they are written."""
        for path in (
            b"",
            b"*",
            b"a",
            b"http://x/a",
            b"/..",
            b"/../a",
            b"/a/../b",
            b"/a/..",
            b"/./a",
            b"/%2e%2e/a",
            b"/%2E%2e%2fa",
            b"/..%2fa",
            b"/a%2fb",
            b"/a%5Cb",
            b"/..\\a",
            b"/a\\b",
            b"/%00",
            b"/a%00.html",
            b"/a%0a",
            b"/a\x7f",
            b"//a",
            b"/a//b",
            b"//",
            b"/.git/config",
            b"/.htpasswd",
            b"/%2egit",
            b"/%ff%fe",
            b"/%c0%ae%c0%ae/a",
            b"/\xff",
        ):
            self.assertIsNone(names_in(path), path)

    def test_malformed(self) -> None:
        """A percent sign that says nothing is the browser's fault."""
        for path in b"/%", b"/%z1", b"/a%2", b"/%%20", b"/a%2g/..", b"/%2\xe9":
            self.assertRaises(BadPath, names_in, path)

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.binary(max_size=30))
    def test_total(self, rest: bytes) -> None:
        """Whatever comes, it is names below the folder or a refusal."""
        try:
            names = names_in(b"/" + rest)
        except BadPath:
            return
        if names is not None:
            self.assertEqual(
                len(PurePosixPath("/", *names).parts) - 1, len(names) - (not names[-1])
            )
            again = "/" + "/".join(quote(name, safe="") for name in names)
            self.assertEqual(names_in(again.encode()), names)


class TypeTests(SynchronousTestCase):
    """What a file is said to be."""

    def test_known(self) -> None:
        """By its extension, whatever its case; texts are in UTF-8."""
        for name, expected in (
            ("index.html", "text/html; charset=utf-8"),
            ("APP.JS", "text/javascript; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("a.b.json", "application/json; charset=utf-8"),
            ("x.jpeg", "image/jpeg"),
        ):
            self.assertEqual(content_type(name), expected)

    def test_unknown(self) -> None:
        """What nobody knows is nothing that a browser should run or show."""
        for name in "x", "x.", "x.exe", "html":
            self.assertEqual(content_type(name), "application/octet-stream")


class HasItTests(SynchronousTestCase):
    """Conditional requests."""

    def test_tags(self) -> None:
        """One of those that it has, weak or not, or any."""
        for header in '"x"', 'W/"x"', '"a", "x"', '"a","x"', "*", " * ":
            self.assertTrue(has_it('"x"', "date", header, None), header)
        for header in '"y"', "x", "", '"xx"', '"a, x"':
            self.assertFalse(has_it('"x"', "date", header, None), header)

    def test_dates(self) -> None:
        """The date that it was told, where no tag says otherwise."""
        self.assertTrue(has_it('"x"', "date", None, "date"))
        self.assertFalse(has_it('"x"', "date", None, "another"))
        self.assertFalse(has_it('"x"', "date", '"y"', "date"))
        self.assertFalse(has_it('"x"', None, None, None))
        self.assertFalse(has_it('"x"', "date", None, None))
