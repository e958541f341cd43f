"""
Tests of imports and exports of M3U.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Item, Kind
from rtgplayout.store.exchange import Format, Imported
from rtgplayout.store.exchange.m3u import write_m3u
from tests.rundown.examples import item, playlist
from tests.store.exchange.texts import imported, lines


def told(*texts: str) -> Imported:
    return imported(Format.M3U, "\n".join(texts), roots=("/srv/media",))


class ReadTests(SynchronousTestCase):
    """Lists as players write them."""

    def test_extended(self) -> None:
        found = told("#EXTM3U", "#EXTINF:12.48,Opener", "GEN/opener.mov", "", "#EXTINF:5,", "x.mov")
        self.assertEqual(
            found,
            Imported(
                (
                    Item("item-new1", "Opener", "GEN/opener.mov", 312),
                    Item("item-new2", "x", "x.mov", 125),
                )
            ),
        )

    def test_plain(self) -> None:
        """Without comments: names and lengths are those of the files."""
        found = told("a.mov\r", "# a comment\r", "NEWS/b.mxf\r", "\r")
        self.assertEqual(
            [(each.name, each.file, each.duration) for each in found.items],
            [("a", "a.mov", 250), ("b", "NEWS/b.mxf", 45_001)],
        )

    def test_length_of_the_file(self) -> None:
        """-1, 0 and nothing say that nobody knew."""
        for length in ("-1", "0", "", "-1 tvg-id=x"):
            self.assertEqual(told(f"#EXTINF:{length},A", "a.mov").items[0].duration, 250)

    def test_attributes(self) -> None:
        """Those of IPTV lists are passed over, with the commas in their quotes."""
        for attributes in ('tvg-id="1" group="a,b"', "logo=x", '5"'):
            found = told(f"#EXTINF:5 {attributes},A, b", "a.mov")
            self.assertEqual((found.items[0].name, found.items[0].duration), ("A, b", 125))
        self.assertEqual(told("#EXTINF:5", "a.mov").items[0].name, "a")

    def test_points(self) -> None:
        """VLC's options say where it starts and ends; each comment is for one path."""
        found = told(
            "#EXTINF:10,A", "#EXTVLCOPT:start-time=2.5", "#EXTVLCOPT:stop-time=6", "a.mov",
            "#EXTVLCOPT:start-time=2", "a.mov", "a.mov", "#EXTVLCOPT:network-caching=1", "a.mov",
        )  # fmt: skip
        self.assertEqual(
            [(each.in_point, each.duration) for each in found.items],
            [(63, 88), (50, 200), (0, 250), (0, 250)],
        )

    def test_paths(self) -> None:
        found = told(
            "#EXTINF:5,", ".\\GEN\\x.mov", "#EXTINF:5,", "file:///srv/media/x%20y.mov",
            "#EXTINF:5,", "/srv/media/GEN/x.mov", "#EXTINF:5,", "./#1.mov",
        )  # fmt: skip
        self.assertEqual(
            [each.file for each in found.items],
            ["GEN/x.mov", "x y.mov", "GEN/x.mov", "#1.mov"],
        )

    def test_faults(self) -> None:
        """Each with the line of its path."""
        found = told(
            "a.mov", "#EXTINF:5,B", "/etc/passwd", "../a.mov", "http://x/y", "unknown.mov",
            "#EXTINF:long,C", "a.mov", "#EXTVLCOPT:stop-time=1", "#EXTVLCOPT:start-time=2", "a.mov",
            "x" * 70_000, "a.mov",
        )  # fmt: skip
        self.assertEqual(
            lines(found.faults),
            [
                (3, "Item 2 'B': '/etc/passwd' is not below the media folder."),
                (4, "Item 3: '../a.mov' has .. in it."),
                (5, "Item 4: 'http://x/y' is not a file of the library."),
                (6, "Item 5: nothing says how long 'unknown.mov' lasts."),
                (8, "Item 6 'C': 'long' is neither seconds nor HH:MM:SS, .mmm or :FF behind it."),
                (11, "Item 7: the duration must be more than 0 to 7 days."),
                (12, "The line is longer than 65536 characters."),
            ],
        )

    def test_nothing(self) -> None:
        self.assertEqual(lines(told("#EXTM3U").faults), [(0, "There are no items in it.")])


class WriteTests(SynchronousTestCase):
    """What players are given."""

    def test_text(self) -> None:
        """Lengths, names and paths; where a clip does not start at its beginning, points too."""
        items = (
            item("a", 12.48),
            evolve(item("b", 5), in_point=50, name="Two\nlines"),
            evolve(item("c", 60), kind=Kind.LIVE, file="2"),
            evolve(item("d", 1), file="#1.mov"),
        )
        self.assertEqual(
            "".join(write_m3u(playlist(*items))),
            "#EXTM3U\n"
            "#EXTINF:12.48,A\n"
            "a.mov\n"
            "#EXTINF:5,Two lines\n"
            "#EXTVLCOPT:start-time=2\n"
            "#EXTVLCOPT:stop-time=7\n"
            "b.mov\n"
            "# C: live 2, which M3U cannot say\n"
            "#EXTINF:1,D\n"
            "./#1.mov\n",
        )

    def test_empty(self) -> None:
        self.assertEqual(list(write_m3u(playlist())), ["#EXTM3U\n"])
