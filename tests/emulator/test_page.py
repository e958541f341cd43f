"""A page on a layer: what the server's JavaScript says to it."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.page import Page, called, literal
from rtgplayout.emulator.viewer import BLACK


class LiteralTests(SynchronousTestCase):
    """String literals, as JavaScript reads them."""

    def test_escapes(self) -> None:
        """Letters, numbers, anything else itself; two halves make one emoji."""
        for text, value in (
            ('""', ""),
            (r'"a\"b\\c\/d"', 'a"b\\c/d'),
            (r'"\b\f\n\r\t\v\0"', "\b\f\n\r\t\v\0"),
            (r'"\u00e9\xe9\ud83d\ude00é😀"', "éé😀é😀"),
            (r'"\ud800\\u12"', "\ud800\\u12"),
        ):
            self.assertEqual(literal(text), value)

    def test_what_is_none(self) -> None:
        """A quote or a line end in it, or half an escape."""
        for text in ('"a', 'a"', '"a"b"', '"a\nb"', r'"\u12"', r'"\xg0"', '"\\"', "'a'", "1"):
            self.assertIsNone(literal(text), text)

    def test_how_data_is_called(self) -> None:
        """Quotes are escaped; spaces and quotes around it go; backslashes stay as they are."""
        self.assertEqual(called(r' {"a":"\n"}"'), r'update("{\"a\":\"\n\"}")')


class PageTests(SynchronousTestCase):
    """What a page makes of it."""

    def test_what_it_does_not_understand(self) -> None:
        """Is kept, to be looked at; the page goes on."""
        page = Page("file:///t.html")
        wrong = ("f()", "play", 'update("x")', "update(1)", 'update("{""}")')
        for each in (*wrong, "RELOAD", "play()"):
            page.run(each)
        self.assertEqual(tuple(page.failed), wrong)
        self.assertTrue(page.playing)

    def test_removed(self) -> None:
        """It shows nothing, tells nothing, and does nothing any more."""
        page = Page("file:///t.html", playing=True)
        page.run("remove()")
        page.run("play()")
        self.assertEqual((page.state(), page.receive()), ({}, BLACK))
