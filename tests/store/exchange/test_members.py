"""
Tests of JSON read member by member.
"""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.exchange.members import LONGEST_ENTRY, Member, NotJson, members

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-9, 9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
WIDE = st.text(" \t\r\n", max_size=3)


def found(text: str) -> list[tuple[int, str, object]]:
    return [(each.line, each.key, each.value) for each in members(text, "items")]


class MembersTests(SynchronousTestCase):
    """An object with a long list in it."""

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(
        st.dictionaries(st.text().filter(lambda key: key != "items"), values, max_size=4),
        st.lists(values),
        st.sampled_from([None, 0, 3]),
    )
    def test_says_what_json_says(
        self, others: dict[str, object], entries: list[object], indent: int | None
    ) -> None:
        """However it is laid out, the members and entries are those that the whole text has."""
        text = json.dumps({**others, "items": entries}, indent=indent)
        read = list(members(text, "items"))
        self.assertEqual([each.value for each in read if each.key == "items"], entries)
        self.assertEqual({e.key: e.value for e in read if e.key != "items"}, others)

    def test_lines(self) -> None:
        """Each has the line that its value starts in."""
        text = '\n{"a":\n\n1, "items": [\n{"x":\n1},\n\n2,3]\n, "b": "c"}\n'
        self.assertEqual(
            found(text),
            [(4, "a", 1), (5, "items", {"x": 1}), (8, "items", 2), (8, "items", 3), (9, "b", "c")],
        )

    def test_entries_longer_than_a_first_look(self) -> None:
        """The parser is shown more of the text until it has the whole; numbers are not cut."""
        entries = ["x" * n for n in (2045, 2046, 2047, 2048, 16_384, 100_000)]
        text = json.dumps({"items": [*entries, 12345]})
        self.assertEqual([each[2] for each in found(text)], [*entries, 12345])
        blanks = " " * 2046 + "\n" * 9000
        self.assertEqual(found('{"items":[' + blanks + "12345,6]}")[0], (9001, "items", 12345))
        for n in range(2040, 2050):
            text = '{"items":[' + "1" * n + "]}"
            self.assertEqual(found(text), [(1, "items", float("inf"))])

    def refused(self, text: str) -> tuple[int, str]:
        error = self.assertRaises(NotJson, found, text)
        return error.line, error.reason

    def test_refused(self) -> None:
        """What is wrong, and where."""
        for text, line, reason in (
            ("", 1, "it is not a JSON object"),
            ("\n[]", 2, "it is not a JSON object"),
            ("{", 1, "the name of a member is missing"),
            ('{"a":1,\n}', 2, "there is a comma before }"),
            ('{"a"\n1}', 2, "a colon is missing after 'a'"),
            ('{"a":1\n"b":2}', 2, "a comma or } is missing"),
            ("{3:4}", 1, "the name of a member is missing"),
            ('{"items":\n{}}', 2, '"items" is not a list'),
            ('{"items":[],\n"items":[]}', 2, 'there are two "items"'),
            ('{"items":[1,]}', 1, "there is a comma before ]"),
            ('{"items":[1\n2]}', 2, "a comma or ] is missing"),
            ('{"items":[1', 1, "a comma or ] is missing"),
            ('{"items":[]}\n1', 2, "there is something behind its end"),
            ("{}", 0, 'it has no "items"'),
        ):
            self.assertEqual(self.refused(text), (line, reason), text)

    def test_no_json_inside(self) -> None:
        """A fault in the middle of a value has the line where it is."""
        line, reason = self.refused('{"items":[\n{"a":\n,}]}')
        self.assertEqual(line, 3)
        self.assertIn("it is not JSON: Expecting value", reason)

    def test_too_deep(self) -> None:
        self.assertIn("nested too deeply", self.refused('{"items":[' + "[" * 100_000)[1])

    def test_too_long(self) -> None:
        """One entry is not a whole file."""
        text = '{"items":["' + "x" * LONGEST_ENTRY + '"]}'
        self.assertIn(f"longer than {LONGEST_ENTRY} characters", self.refused(text)[1])
        line, reason = self.refused('{"items":[' + "9" * 5000 + "]}")
        self.assertEqual((line, "digits" in reason), (1, True))

    def test_large_integers(self) -> None:
        """They become floats, as they could not be written again."""
        self.assertEqual(found('{"items":[18446744073709551616]}')[0][2], 2.0**64)

    def test_member_is_a_value(self) -> None:
        self.assertEqual(next(members('{"a":1}', "items")), Member(1, "a", 1))
