"""
Tests of imports and exports of tables.
"""

from datetime import UTC, datetime

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Item, Kind
from rtgplayout.rundown.schedule import Anchor, schedule
from rtgplayout.rundown.timing import parse_clock_time
from rtgplayout.store.exchange import Format, Imported
from rtgplayout.store.exchange.csv import COLUMNS, write_csv
from tests.rundown.examples import PARIS, at, item, playlist
from tests.store.exchange.texts import imported, lines


def told(*rows: str, end: str = "\r\n") -> Imported:
    return imported(Format.CSV, "".join(row + end for row in rows))


class ReadTests(SynchronousTestCase):
    """Tables as people and spreadsheets make them."""

    def test_all_columns(self) -> None:
        found = told(
            "name,file,type,start,duration,in,hard start,stop after,id",
            "News,NEWS/b.mxf,clip,whenever,00:10:00,12.48,20:00,yes,my-id",
        )
        self.assertEqual(
            found,
            Imported(
                (
                    Item(
                        "my-id", "News", "NEWS/b.mxf", 15_000, 312,
                        hard_start=parse_clock_time("20:00:00"), stop_after=True,
                    ),
                )
            ),
        )  # fmt: skip

    def test_only_files(self) -> None:
        """The rest is that of the files."""
        found = told("FILE", "a.mov", "", " ", "NEWS/b.mxf", end="\n")
        self.assertEqual(
            [(each.name, each.duration) for each in found.items], [("a", 250), ("b", 45_001)]
        )

    def test_delimiters(self) -> None:
        """A comma, a semicolon, a tab: whatever makes the columns known."""
        for delimiter in ",;\t":
            for first in ((), (f"sep={delimiter}",), (f"SEP={delimiter}",)):
                found = told(
                    *first,
                    delimiter.join(("Name", "file", "Duration")),
                    delimiter.join(("x", "a.mov", "1")),
                )
                self.assertEqual([each.duration for each in found.items], [25], delimiter)

    def test_decimal_commas(self) -> None:
        found = told("file;duration;in", "a.mov;2,5;0,48")
        self.assertEqual([(each.duration, each.in_point) for each in found.items], [(63, 12)])

    def test_byte_order_mark(self) -> None:
        self.assertEqual(len(told("\ufefffile", "a.mov").items), 1)

    def test_other_names_of_columns(self) -> None:
        """Those of the messages, in any case, with or without signs."""
        found = told(
            "Title,File,durationSeconds,trim_in_seconds,HARD-START TIME", "T,a.mov,5,1,20:00"
        )
        self.assertEqual(found.warnings, ())
        ((name, in_point, hard),) = [(i.name, i.in_point, str(i.hard_start)) for i in found.items]
        self.assertEqual((name, in_point, hard), ("T", 25, "20:00:00"))

    def test_quotes(self) -> None:
        """Cells may hold what would else end them."""
        found = told("name,file,duration", '"A ""b"", c","x,y.mov",5')
        self.assertEqual(
            [(each.name, each.file) for each in found.items], [('A "b", c', "x,y.mov")]
        )

    def test_blanks(self) -> None:
        """Around cells they mean nothing, but for a file that has them in its name."""
        found = told(" name , file , duration ", " A , b.mov , 5 ")
        self.assertEqual([(each.name, each.file) for each in found.items], [("A", "b.mov")])

    def test_stop_after(self) -> None:
        for text, expected in (
            ("x", True),
            ("Oui", True),
            ("TRUE", True),
            ("0", False),
            ("", False),
        ):
            found = told("file,stop after", f"a.mov,{text}")
            self.assertEqual([each.stop_after for each in found.items], [expected], text)

    def test_apostrophes(self) -> None:
        """What keeps a cell from being a formula is not of it; other apostrophes are."""
        found = told("name,file,duration", "'=A,'-b.mov,1", "''=A,b.mov,1", "'n A,b.mov,1")
        self.assertEqual([each.name for each in found.items], ["=A", "'=A", "'n A"])
        self.assertEqual(found.items[0].file, "-b.mov")

    def test_unknown_columns(self) -> None:
        found = told("file,colour,", "a.mov,red,")
        self.assertEqual(
            lines(found.warnings), [(1, "The column 'colour' is not known; passed over.")]
        )

    def test_faults(self) -> None:
        """Each with the line that its row starts in, also after cells of several lines."""
        found = told(
            "sep=,",
            "name,file,type,duration,in,hard start,stop after",
            '"A\nB",a.mov',
            "C,,clip",
            "D,a.mov,stream",
            "E,a.mov,,soon",
            "F,a.mov,,,x",
            "G,a.mov,,,,25:00",
            "H,a.mov,,,,,maybe",
            "I,a.mov,,,,,,more",
            "J,unknown.mov",
            "K,1,live,",
        )
        self.assertEqual(
            [(line, message[:24]) for line, message in lines(found.faults)],
            [
                (3, "Item 1 'A\\nB': the name "),
                (5, "Item 2 'C': it has no fi"),
                (6, "Item 3 'D': its type is "),
                (7, "Item 4 'E': 'soon' is ne"),
                (8, "Item 5 'F': 'x' is neith"),
                (9, "Item 6 'G': '25:00' is n"),
                (10, "Item 7 'H': stop after i"),
                (11, "Item 8 'I': it has more "),
                (12, "Item 9 'J': nothing says"),
                (13, "Item 10 'K': nothing say"),
            ],
        )

    def test_no_table(self) -> None:
        for text, line, said in (
            ("", 1, 'There is no column "file". Columns that are known: name, file,'),
            ("a.mov,5\nb.mov,6\n", 1, 'There is no column "file".'),
            ("file,name,FILE\n", 1, 'There are two columns "file".'),
            ("file\n\n\n\n", 0, "There are no items in it."),
            ('file\na.mov\n"b"c\n', 3, "It is no CSV:"),
            ("file\na.mov\rb.mov\n", 2, "It is no CSV:"),
            ('file\na.mov\n"b\n', 3, "It is no CSV:"),
            ("x" * 70_000, 1, "The line is longer than 65536 characters."),
            ("file\n" + "x" * 70_000, 2, "The line is longer than 65536 characters."),
            ('file\na.mov\n"' + "\n" * 140_000, 3, "The row is longer than 131072 characters."),
        ):
            ((found, message),) = lines(imported(Format.CSV, text).faults)
            self.assertTrue(message.startswith(said), message)
            self.assertEqual(found, line, text[:20])


class WriteTests(SynchronousTestCase):
    """What spreadsheets are given."""

    def test_table(self) -> None:
        """One line an item, with its start in the channel's zone."""
        items = (
            item("a", 12.48),
            evolve(item("b", 5, "20:00"), in_point=12, stop_after=True, name='Say "x", y'),
            evolve(item("c", 60), kind=Kind.LIVE, file="2", name="Two\nlines "),
        )
        listed = playlist(*items)
        planned = schedule(listed, Anchor(0, at("19:59:47.520", PARIS)), PARIS)
        self.assertEqual(
            "".join(write_csv(listed, planned, PARIS)).split("\r\n"),
            [
                ",".join(COLUMNS),
                "A,a.mov,clip,2026-03-02T19:59:47.520+01:00,12.48,0,,,a",
                '"Say ""x"", y",b.mov,clip,2026-03-02T20:00:00.000+01:00,5,0.48,20:00:00,yes,b',
                '"Two lines ",2,live,2026-03-02T20:00:05.000+01:00,60,0,,,c',
                "",
            ],
        )

    def test_without_a_schedule(self) -> None:
        self.assertIn("A,a.mov,clip,,1,0,,,a\r\n", list(write_csv(playlist(item("a", 1)))))

    def test_formulas(self) -> None:
        """No cell begins like one."""
        for sign in "=+-@＝'=":
            named = evolve(item("a", 1), name=f"{sign}cmd", file=f"{sign}x.mov")
            (_, line) = write_csv(playlist(named))
            self.assertTrue(line.startswith(f"'{sign}cmd,'{sign}x.mov,") or sign == "'", line)

    def test_after_all_calendars(self) -> None:
        """A start after the year 9999 is left out."""
        listed = playlist(item("a", 1))
        end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
        planned = schedule(listed, Anchor(0, end + 5), PARIS)
        self.assertIn("A,a.mov,clip,,1,0,,,a\r\n", list(write_csv(listed, planned, PARIS)))
