"""
Tests of imports of the old system's XML.
"""

from reprlib import repr as short

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Item, Kind
from rtgplayout.store.exchange import Format, Imported
from tests.store.exchange.texts import imported, lines

NO_LENGTH = "is neither seconds nor HH:MM:SS, .mmm or :FF behind it"
GOOD = "<item><file>a.mov</file><duration>5</duration></item>"


def told(*items: str) -> Imported:
    """What a document with these, each in a line of its own, says."""
    return imported(Format.XML, "\n".join(("<playlist>", *items, "</playlist>")))


class XmlTests(SynchronousTestCase):
    """The form that the old system read."""

    def test_old_example(self) -> None:
        text = """<?xml version="1.0" encoding="UTF-8"?>
<playlist>
  <item><name>Opener</name><file>GEN/opener.mov</file><duration>15</duration></item>
  <!-- the news -->
  <item><name>News &amp; <![CDATA[<weather>]]></name><file> news.mxf\n</file>
    <duration>1800</duration></item>
</playlist>
"""
        found = imported(Format.XML, text)
        self.assertEqual(
            found,
            Imported(
                (
                    Item("item-new1", "Opener", "GEN/opener.mov", 375),
                    Item("item-new2", "News & <weather>", "news.mxf", 45_000),
                )
            ),
        )

    def test_any_declared_encoding(self) -> None:
        """The text is text already, whatever its first line says."""
        for encoding in ("ISO-8859-1", "UTF-16", "nonsense"):
            text = f'<?xml version="1.0" encoding="{encoding}"?><playlist>{GOOD}</playlist>'
            found = imported(Format.XML, text.replace("a.mov", "é€.mov"))
            self.assertEqual([each.file for each in found.items], ["é€.mov"], encoding)

    def test_optional_elements(self) -> None:
        found = told(
            "<item><name>L</name><type>live</type><file>2</file><duration>60</duration>"
            "<trimInSeconds>0.48</trimInSeconds><hardStartTime>20:00</hardStartTime></item>",
            "<item><file>a.mov</file><duration>5</duration><type/><hardStartTime> </hardStartTime>"
            "<trimInSeconds></trimInSeconds></item>",
        )
        live, clip = found.items
        self.assertEqual(
            (live.kind, live.in_point, str(live.hard_start)), (Kind.LIVE, 12, "20:00:00")
        )
        self.assertEqual((clip.name, clip.kind, clip.hard_start), ("Unknown", Kind.CLIP, None))
        self.assertEqual(found.warnings, ())

    def test_decimals_are_kept(self) -> None:
        """The old system cut them off; that they count now is told, once."""
        item = "<item><file>b.mov</file><duration>8.9</duration></item>"
        found = told(item, item)
        self.assertEqual([each.duration for each in found.items], [223, 223])
        self.assertEqual(
            lines(found.warnings),
            [(2, "Decimals of durations are kept; the old system cut them off.")],
        )

    def test_passed_over(self) -> None:
        """Attributes and elements that mean nothing are told once; the rest is read."""
        item = '<item id="1"><file>a.mov</file><duration lang="">5</duration><x><y>z</y></x></item>'
        found = told(item, item, "<title>T<b/></title>", "text")
        self.assertEqual(len(found.items), 2)
        self.assertEqual(
            lines(found.warnings),
            [
                (2, "Attributes of <item> are passed over."),
                (2, "Attributes of <duration> are passed over."),
                (2, "<x> is not known; passed over."),
                (4, "<title> is not known; passed over."),
                (4, "Text between elements is passed over."),
            ],
        )

    def test_faults(self) -> None:
        """Each names the line and the item; one is enough to import nothing."""
        found = told(
            GOOD,
            "<item><name>A</name><duration>5</duration></item>",
            "<item><name>B</name><file>b</file></item>",
            "<item><name>C</name><file>c</file><duration>0</duration></item>",
            "<item><name>D</name><file>d</file><duration>5 min</duration></item>",
            "<item><name>E</name><file>a</file><file>b</file><duration>5</duration></item>",
            "<item><name>F<b>G</b></name><file>a</file><duration>5</duration></item>",
            "<item>\n<name>H</name><file>a</file><duration>5</duration><type>x</type></item>",
            "<item><file>a</file><duration>5</duration><hardStartTime>25:00</hardStartTime></item>",
            f"<item><name>{'x' * 40_000}</name><file>a</file><duration>5</duration></item>",
            "<item></item>",
        )
        self.assertEqual(found.items, ())
        self.assertEqual(
            lines(found.faults),
            [
                (3, "Item 2 'A': it has no <file>."),
                (4, "Item 3 'B': it has no <duration>."),
                (5, "Item 4 'C': the duration must be more than 0 to 7 days."),
                (6, f"Item 5 'D': '5 min' {NO_LENGTH}."),
                (7, "Item 6 'E': it has two <file>."),
                (8, "Item 7 'F': <name> has other elements in it."),
                (9, "Item 8 'H': its type is 'x', not clip or live."),
                (11, "Item 9: '25:00' is not a time of day: the hour goes from 0 to 23."),
                (12, f"Item 10 {short('x' * 501)}: the name is longer than 500 characters."),
                (13, "Item 11: it has no <file>."),
            ],
        )  # fmt: skip

    def test_wrong_root(self) -> None:
        """The old system emptied the playlist."""
        for root in ("PLAYLIST", "x:playlist", "item"):
            found = imported(Format.XML, f"<{root}>{GOOD}</{root}>")
            self.assertEqual(lines(found.faults), [(1, f"Its root is <{root}>, not <playlist>.")])

    def test_no_items(self) -> None:
        for text in ("", "<playlist/>", "<playlist><items/></playlist>"):
            self.assertEqual(
                lines(imported(Format.XML, text).faults), [(0, "There are no items in it.")]
            )

    def test_not_well_formed(self) -> None:
        """The line is where the parser noticed."""
        for text, line, said in (
            (" ", 1, "It is not well-formed XML: no element found."),
            ("news.mxf", 1, "It is not well-formed XML: syntax error."),
            (f"<playlist>\n{GOOD}\n<item><file>x</name>", 3, "Item 2: it is not well-formed XML"),
            (f"<playlist>\n{GOOD}\n", 3, "It is not well-formed XML: no element found."),
            (f"<playlist>{GOOD}\n&what;</playlist>", 2, "undefined entity"),
            ("<playlist>\n\x01</playlist>", 2, "not well-formed"),
            ("<playlist>\n\ud800</playlist>", 1, "characters that are half of one"),
        ):
            ((found, message),) = lines(imported(Format.XML, text).faults)
            self.assertIn(said, message)
            self.assertEqual(found, line, text)


class HostileTests(SynchronousTestCase):
    """A text can do no harm."""

    def test_document_types(self) -> None:
        """Refused by name: with them go entities, files that they name, and their floods."""
        laughs = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        for text in (
            f"\n<!DOCTYPE playlist [{laughs}]>\n<playlist>&b;</playlist>",
            f'\n<!DOCTYPE playlist SYSTEM "file:///etc/passwd">\n<playlist>{GOOD}</playlist>',
            '\n<!DOCTYPE playlist [<!ENTITY x SYSTEM "http://localhost/">]><playlist>&x;</playlist>',
        ):
            found = imported(Format.XML, text)
            self.assertEqual(
                lines(found.faults), [(2, "It has a document type (<!DOCTYPE), which is refused.")]
            )

    def test_long_markup(self) -> None:
        """The parser would look at it in one go, and keep all others waiting."""
        long = 70_000
        for text in (
            "<playlist>\n<a>" + "x" * long,
            "<playlist>\n<!--" + "<" * long + "--></playlist>",
            "<playlist>\n<![CDATA[" + "<" * long + "]]></playlist>",
            "<playlist>\n<?x " + "<" * long + "?></playlist>",
            "<playlist>\n<item " + "".join(f'a{n}="" ' for n in range(long // 8)) + "/></playlist>",
            "<playlist>\n<!--" + "<" * long,
        ):
            found = imported(Format.XML, text)
            self.assertEqual(
                lines(found.faults), [(2, "There are more than 65536 characters without a tag.")]
            )

    def test_open_comment(self) -> None:
        """A short one is the parser's to refuse."""
        ((_, message),) = lines(imported(Format.XML, "<playlist>\n<!-- <").faults)
        self.assertIn("not well-formed", message)

    def test_long_document(self) -> None:
        """Many comments and items are fine: it is read in pieces."""
        found = told(*[f"<!-- {'<' * 500} -->\n{GOOD}"] * 200)
        self.assertEqual((len(found.items), found.faults), (200, ()))

    def test_deep(self) -> None:
        ((_, message),) = lines(imported(Format.XML, "<playlist>" + "<a>" * 5_000).faults)
        self.assertEqual(message, "Elements are nested more than 100 deep.")

    def test_endless_field(self) -> None:
        """Not more of a field is kept than is needed to refuse it."""
        name = "".join("x" * 10_000 + "<!-- -->" for _ in range(40))
        found = told(f"<item><name>{name}</name><file>a</file><duration>5</duration></item>")
        self.assertIn("longer than 500", found.faults[0].message)
