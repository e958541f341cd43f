"""
Tests of reading in any of the formats.
"""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.exchange import Format, Imported
from rtgplayout.store.exchange.gathering import MOST_FAULTS
from tests.store.exchange.texts import imported

EXAMPLES = {
    Format.XML: """<?xml version="1.0"?>
<playlist>
  <item><name>A</name><file>a.mov</file><duration>5.5</duration><type>clip</type></item>
  <item><name>B &amp; C</name><file>NEWS/b.mxf</file><duration>60</duration>
    <trimInSeconds>1</trimInSeconds><hardStartTime>20:00:00</hardStartTime></item>
</playlist>""",
    Format.JSON: """{"id": "MAIN-CHANNEL-1", "baseStartAt": "2026-03-01T18:00:00.000Z", "items": [
  {"id": "a", "name": "A", "file": "a.mov", "durationSeconds": 5, "trimOutSeconds": 1,
   "hardStartTime": "20:00", "secondaryEvents": [{"type": "CG_ADD", "trigger": "START",
   "offsetMs": 0, "layer": 20, "template": "bug", "data": {"a": [1, null]}}]},
  {"id": "b", "name": "B", "file": "1", "type": "live", "durationSeconds": 60}]}""",
    Format.FFPLAYOUT: """{"channel": "T", "date": "2026-03-01", "begin": "06:00", "program": [
  {"in": 0, "out": 5.5, "duration": 10.0, "source": "/media/a.mov", "category": "x"},
  {"in": 1, "out": 9, "duration": 10.0, "source": "a.mov", "audio": "", "title": "T"}]}""",
    Format.M3U: """#EXTM3U
#EXTINF:-1 tvg-id="a,b",A
a.mov
#EXTINF:5.5,B
#EXTVLCOPT:start-time=1
#EXTVLCOPT:stop-time=6
.\\NEWS\\b.mxf
file:///media/x%20y.mov""",
    Format.CSV: """name;file;duration;in;hard start;stop after;id
"A; \"\"b\"\"";a.mov;00:00:05:12;0,5;20:00;yes;i1
B;b.mov;5""",
}

formats = st.sampled_from(list(Format))
SIGNS = "<>&;!?-[]{}\"'\\/:,.=#%\n\r\t \x00\ufeff\ud800é€😀019aNn"


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Format, str]:
    """An example with some of it cut out, doubled or replaced."""
    format = draw(formats)
    text = EXAMPLES[draw(st.just(format) | formats)]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.integers(0, 12)))
        put = draw(st.text(SIGNS, max_size=4) | st.just(text[start:stop] * 2))
        text = text[:start] + put + text[stop:]
    return format, text


class ReadTests(SynchronousTestCase):
    """Whatever text comes, it is read or refused."""

    def assert_sound(self, text: str, found: Imported) -> None:
        """All or nothing, and what there is could stand in a playlist and be sent to anybody."""
        self.assertNotEqual(bool(found.items), bool(found.faults), text)
        self.assertLessEqual(len(found.faults), MOST_FAULTS + 1)
        self.assertEqual([each.fault for each in found.items if each.fault], [])
        self.assertEqual(len({each.id for each in found.items}), len(found.items))
        for each in found.faults + found.warnings:
            self.assertTrue(each.message.encode())
            self.assertLessEqual(each.line, len(re.split("[\r\n]", text)))

    def test_examples(self) -> None:
        """Each is read but one, whose last line has no length; byte order marks are passed over."""
        for format, text in EXAMPLES.items():
            for before in ("", "\ufeff"):
                found = imported(format, before + text, roots=("/media",))
                if format is Format.M3U:
                    self.assertEqual([each.line for each in found.faults], [8])
                else:
                    self.assertEqual((len(found.items), found.faults), (2, ()), format)

    def test_documentation(self) -> None:
        """Its examples can be imported as they stand."""
        page = Path(__file__).parents[3].joinpath("docs", "exchange.md").read_text("utf-8")
        blocks = re.findall("```[a-z]*\n(.*?)```", page, re.DOTALL)
        order = (Format.JSON, Format.CSV, Format.M3U, Format.XML, Format.FFPLAYOUT)
        for format, text in zip(order, blocks, strict=False):
            found = imported(format, text, roots=("/media",))
            self.assertEqual(found.faults, (), format)

    @settings(deadline=None, max_examples=300, derandomize=True)
    @given(damaged())
    def test_damaged(self, told: tuple[Format, str]) -> None:
        format, text = told
        self.assert_sound(text, imported(format, text, roots=("/media",)))

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(formats, st.text(SIGNS) | st.text())
    def test_any_text(self, format: Format, text: str) -> None:
        self.assert_sound(text, imported(format, text))

    def test_too_many_faults(self) -> None:
        """The reading stops, in every format."""
        for format, text in (
            (Format.XML, "<playlist>" + "<item/>" * 500),
            (Format.JSON, '{"items": [' + "1," * 500),
            (Format.FFPLAYOUT, '{"program": [' + "1," * 500),
            (Format.M3U, "../x\n" * 500),
            (Format.CSV, "file\n" + "../x\n" * 500),
        ):
            found = imported(format, text)
            self.assertEqual(len(found.faults), MOST_FAULTS + 1, format)
            self.assertIn("and more", found.faults[-1].message)

    def test_too_many_items(self) -> None:
        found = imported(Format.M3U, "a.mov\n" * 20_001)
        self.assertEqual([each.line for each in found.faults], [20_001])

    def test_taken_ids(self) -> None:
        """What is appended has no id of the playlist."""
        found = imported(Format.CSV, EXAMPLES[Format.CSV], taken={"i1"})
        self.assertEqual([each.id for each in found.items], ["item-new1", "item-new2"])
