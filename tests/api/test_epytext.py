# -*- test-case-name: tests.api.test_epytext -*-
"""Docstrings as Markdown."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.epytext import documentation, markdown


class DocumentationTests(SynchronousTestCase):
    """What a docstring says of a class, and of its fields."""

    def test_text_and_fields(self) -> None:
        """The text stays as it is; each field's is on one line."""

        class Documented:
            """
            Some thing.

            It has two.

            @ivar first: one that is told
                over two lines.
            @ivar second_one: another: that has a colon.
            @raise ValueError: which is no field.
            """

        found = documentation(Documented.__doc__)
        self.assertEqual(found.text, "Some thing.\n\nIt has two.")
        self.assertEqual(
            found.fields,
            {
                "first": "one that is told over two lines.",
                "second_one": "another: that has a colon.",
            },
        )

    def test_without(self) -> None:
        """No fields, or nothing at all."""
        self.assertEqual(documentation("Short.").text, "Short.")
        self.assertEqual(documentation(None).text, "")
        self.assertEqual(documentation("@ivar a: b").fields, {"a": "b"})
        self.assertEqual(documentation("@ivar a: b").text, "")


class MarkdownTests(SynchronousTestCase):
    """From one markup to the other."""

    def test_code(self) -> None:
        """Braces inside stay, also over the end of a line."""
        self.assertEqual(markdown('as C{{"a": {}}} or C{b\n  c}'), 'as `{"a": {}}` or `b c`')

    def test_links(self) -> None:
        """What is linked to is named; where that stands, only Python knows."""
        self.assertEqual(markdown("see L{Item}, L{that one\n<a.b.C>}"), "see `Item`, `that one`")

    def test_names(self) -> None:
        """Who writes code may make links of it."""
        shown = markdown("C{A} L{B <b>}", lambda code: f"[{code}]")
        self.assertEqual(shown, "[A] [B]")

    def test_emphasis(self) -> None:
        self.assertEqual(markdown("I{owed C{a}} and B{so}"), "*owed `a`* and **so**")

    def test_paragraphs(self) -> None:
        """Each on one line."""
        self.assertEqual(markdown("a\nb\n\n  c\n"), "a b\n\nc")

    def test_what_means_something_there(self) -> None:
        """Plain text stays plain text."""
        self.assertEqual(markdown(r"a_b *c* <d> \e|f"), r"a\_b \*c\* \<d> \\e\|f")

    def test_open(self) -> None:
        """Braces that do not close are a mistake of the docstring's."""
        with self.assertRaises(ValueError):
            markdown("a C{b")
