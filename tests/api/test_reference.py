# -*- test-case-name: tests.api.test_reference -*-
"""The reference of the protocol says all that the classes do, and is up to date."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from twisted.trial.unittest import SynchronousTestCase

import rtgplayout.api
from rtgplayout.api.answers import CODES, Answer, Error
from rtgplayout.api.codec import decode
from rtgplayout.api.epytext import documentation
from rtgplayout.api.messages import (
    AddItem,
    EventSpec,
    FolderAssignMedia,
    ItemSpec,
    Message,
    PresetSpec,
    UpdateItem,
    Version,
    wire_type,
)
from rtgplayout.api.reference import Row, parts, reference, rows

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
API = Path(rtgplayout.api.__file__).parent
MESSAGES, ANSWERS = get_args(Message), get_args(Answer)


def row(kind: Any, name: str, asked: bool = True) -> Row:
    (found,) = (each for each in rows(kind, asked) if each.name == name)
    return found


def codes() -> Iterator[str]:
    """The codes of errors that the door's modules know."""
    places = {"BadMessage": 0, "Error": 1, "Fault": 1}
    for path in API.glob("*.py"):
        if path.name == "examples.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = places.get(node.func.id)
                if place is not None and len(node.args) > place:
                    code = node.args[place]
                    if isinstance(code, ast.Constant):
                        yield str(code.value)


class CompleteTests(SynchronousTestCase):
    """Nothing is left unsaid."""

    def test_every_class_and_field(self) -> None:
        """Each says what it is: who adds one has to."""
        silent = []
        for kinds, asked in (MESSAGES, True), (ANSWERS, False):
            for kind in (*kinds, *parts(kinds)):
                if not documentation(kind.__doc__).text:
                    silent.append(kind.__name__)
                silent += [
                    f"{kind.__name__}.{each.name}"
                    for each in rows(kind, asked)
                    if not each.meaning or not each.form
                ]
        self.assertEqual(silent, [])

    def test_every_section(self) -> None:
        """Each message has its section, once, and an example that is there as it is sent."""
        page = reference()
        for kind in (*MESSAGES, *ANSWERS):
            name = wire_type(kind)
            self.assertEqual(page.count(f"\n#### `{name}`\n"), 1, name)
            section = page.split(f"\n#### `{name}`\n")[1].split("\n#")[0]
            (example,) = re.findall("```json\n(.*?)\n```", section, re.DOTALL)
            self.assertEqual(json.loads(example)["type"], name)

    def test_examples_of_requests(self) -> None:
        """What is printed is understood."""
        asked = reference().split("\n## What clients ask\n")[1].split("\n## ")[0]
        examples = re.findall("```json\n(.*?)\n```", asked, re.DOTALL)
        kinds = [type(decode(each.encode(), Version.TWO).message) for each in examples]
        self.assertEqual(set(kinds), set(MESSAGES))

    def test_codes(self) -> None:
        """All codes of errors that there are, and no others."""
        given = set(codes()) | {"refused", "hard_start", "bad_value"}
        self.assertEqual(set(CODES), given)
        self.assertEqual(Error("", "busy").code, "busy")

    def test_links(self) -> None:
        """What is linked to is there."""
        page = reference()
        heads = {
            re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-")
            for head in re.findall(r"^#+ (.+)$", page, re.MULTILINE)
        }
        self.assertEqual(set(re.findall(r"\]\(#([^)]+)\)", page)) - heads, set())

    def test_no_epytext(self) -> None:
        """None of the other markup is left."""
        self.assertNotRegex(reference(), r"\b[CLIB]\{|@ivar|@param")

    def test_up_to_date(self) -> None:
        """C{docs/protocol.md} is what C{scripts/reference} writes."""
        same = PAGE.read_text(encoding="utf-8") == reference()
        self.assertTrue(same, "scripts/reference has to be run")


class RowTests(SynchronousTestCase):
    """What is said of fields."""

    def test_bounds(self) -> None:
        """Bounds come from what checks them, words from the class or else from the type."""
        self.assertEqual(
            row(EventSpec, "layer"),
            Row(
                "layer",
                "whole number, 0 to 9999",
                "C{20}",
                "of the item's channel; not the one that the playlist is shown on",
            ),
        )
        self.assertEqual(row(ItemSpec, "name").meaning, "a label")
        self.assertEqual(row(ItemSpec, "durationSeconds").absent, "refused")

    def test_null(self) -> None:
        """Where null means something it is told; null may have to be there."""
        folder = row(FolderAssignMedia, "folderId")
        self.assertEqual(folder.form, "whole number, 1 to 2147483648, or null")
        self.assertEqual(folder.absent, "refused")
        time, known = row(UpdateItem, "hardStartTime"), row(ItemSpec, "hardStartTime")
        self.assertEqual((time.form, time.absent), (known.form, "not changed"))
        self.assertEqual(time.meaning, "a time of day in the station's time zone")

    def test_inlined(self) -> None:
        """The fields of an item stand in C{ADD_ITEM} itself; unknown ones of presets anywhere."""
        names = [each.name for each in rows(AddItem, True)]
        self.assertEqual(names, [*(each.name for each in rows(ItemSpec, True)), "at"])
        self.assertEqual(row(PresetSpec, "…").meaning, "any other field")

    def test_answers(self) -> None:
        """Of answers it is only told what may be left out."""
        self.assertEqual(row(Error, "path", False).absent, "")
        self.assertEqual(row(Error, "errors", False).absent, "there is nothing to say")
        self.assertEqual(
            row(Error, "errors", False).form, "list, each: L{HardStartProblem}, or null"
        )

    def test_parts(self) -> None:
        """What fields hold is found however deep it is, each once; what is one value is none."""
        found = parts([AddItem, UpdateItem])
        self.assertEqual(found, (ItemSpec, EventSpec))
