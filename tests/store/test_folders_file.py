# -*- test-case-name: tests.store.test_folders_file -*-
"""
C{mediaFolders.json}, as the old system wrote it, as we write it, and as nobody should.
"""

import json
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.folders import COLOR, LONGEST_NAME, Folder, Folders, initial, is_name
from rtgplayout.store.decoded import Decoded, Unreadable
from rtgplayout.store.folders_file import decode, encode

OLD_FILE = """{
  "folders": [
    [
      1,
      {
        "id": 1,
        "name": "Non classé",
        "parentId": null,
        "color": "#6c757d",
        "isDefault": true,
        "createdAt": "2026-03-01T10:00:00.000Z",
        "mediaCount": 0
      }
    ],
    [
      3,
      {
        "id": 3,
        "name": "Jingles",
        "parentId": null,
        "color": "#06d6a0",
        "isDefault": false,
        "createdAt": "2026-03-01T10:00:00.123Z",
        "mediaCount": 2
      }
    ]
  ],
  "mediaAssignments": [
    [
      "Jingles/J1.mp4",
      3
    ],
    [
      "Été \\"2\\".mp4",
      3
    ]
  ],
  "nextId": 6
}"""

THEN = 1772359200.0
ONE = Folder(1, "Non classé", "#6c757d", None, THEN)
THREE = Folder(3, "Jingles", "#06d6a0", None, THEN + 0.123)
OLD = Folders({1: ONE, 3: THREE}, {"Jingles/J1.mp4": 3, 'Été "2".mp4': 3}, 6)

few = settings(deadline=None, max_examples=100, derandomize=True)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=LONGEST_NAME).filter(is_name)
instants = st.integers(0, 10**13).map(lambda milliseconds: milliseconds / 1_000)


@st.composite
def some_folders(draw: st.DrawFn) -> Folders:
    """Folders, each standing at the top or in one that is older."""
    folders: dict[int, Folder] = {}
    for id in sorted({1, *draw(st.sets(st.integers(2, 2**40), max_size=5))}):
        above = None if id == 1 else draw(st.none() | st.sampled_from(sorted(folders)))
        color = draw(st.sampled_from(["#118ab2", "#ABCDEF"]))
        folders[id] = Folder(id, draw(names), color, above, draw(instants))
    files = st.text(st.characters(codec="utf-8"), min_size=1)
    assignments = draw(st.dictionaries(files, st.sampled_from(sorted(folders)), max_size=5))
    return Folders(folders, assignments, max(folders) + draw(st.integers(1, 3)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
odd_folders = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(0, 4),
        "name": st.text(max_size=5) | json_values,
        "color": st.just("#123456") | json_values,
        "parentId": st.none() | st.integers(-1, 4),
        "createdAt": st.just("2026-03-01T10:00:00.000Z") | json_values,
    },
)
ids = st.integers(-1, 5) | st.just(2**53) | json_values
odd_files = st.fixed_dictionaries(
    {"folders": st.lists(st.tuples(ids, odd_folders) | json_values, max_size=6)},
    optional={
        "mediaAssignments": st.lists(st.tuples(st.text(max_size=3), ids) | json_values),
        "nextId": ids,
    },
)


class FoldersFileTests(SynchronousTestCase):
    """The file of the virtual folders."""

    def test_old_file(self) -> None:
        """What the old system wrote is read without repairs, and written as it was."""
        self.assertEqual(decode(OLD_FILE.encode()), Decoded(OLD))
        self.assertEqual(encode(OLD).decode(), OLD_FILE)

    def test_nothing_assigned(self) -> None:
        """As JavaScript writes an empty list."""
        self.assertIn(b'\n  "mediaAssignments": [],\n', encode(initial(0.0)))

    def test_many_assignments(self) -> None:
        """They are encoded piece by piece; the file does not show it."""
        folders = evolve(initial(0.0), assignments={f"clip {n}": n % 5 + 1 for n in range(2_500)})
        content = encode(folders)
        self.assertEqual(
            content.decode(), json.dumps(json.loads(content), indent=2, ensure_ascii=False)
        )
        self.assertEqual(decode(content), Decoded(folders))

    def test_deleted_folder(self) -> None:
        """What was assigned to it is not, after a restart."""
        folders = evolve(OLD, assignments={"a": 2, "b": 3})
        self.assertEqual(decode(encode(folders)).value.assignments, {"b": 3})

    @few
    @given(some_folders())
    def test_round_trip(self, folders: Folders) -> None:
        """What is written is read again, without repairs."""
        self.assertEqual(decode(encode(folders)), Decoded(folders))

    @few
    @given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
    def test_whatever_comes(self, content: bytes) -> None:
        """It is unreadable, or folders."""
        try:
            decoded = decode(content)
        except Unreadable:
            return
        self.assertEqual(decode(encode(decoded.value)), Decoded(decoded.value))

    @few
    @given(odd_files)
    def test_odd_files(self, document: object) -> None:
        """What is nearly right is read too, and what was read is right."""
        decoded = decode(json.dumps(document).encode())
        self.assertEqual(decode(encode(decoded.value)), Decoded(decoded.value))
        self.assertTrue(decoded.repairs)

    def test_unreadable(self) -> None:
        """What has no list of folders, so that the backup is tried."""
        for content in (b"", b"{", b"[]", b"{}", b'{"folders": {}}', b'{"folders": null}'):
            with self.subTest(content=content):
                self.assertRaises(Unreadable, decode, content)


class RepairTests(SynchronousTestCase):
    """One bad thing in a good file: that alone is repaired, and said."""

    def decode(self, old: str, new: str) -> Decoded[Folders]:
        self.assertIn(old, OLD_FILE)
        return decode(OLD_FILE.replace(old, new).encode())

    def assert_repaired(self, old: str, new: str, wanted: Folders, *words: str) -> None:
        decoded = self.decode(old, new)
        self.assertEqual(decoded.value, wanted)
        self.assertEqual(len(decoded.repairs), 1, decoded.repairs)
        for word in words:
            self.assertIn(word, decoded.repairs[0])

    def with_three(self, **changes: Any) -> Folders:
        return evolve(OLD, folders={1: ONE, 3: evolve(THREE, **changes)})

    def test_fields(self) -> None:
        cases: tuple[tuple[str, str, dict[str, object]], ...] = (
            ('"Jingles"', '"L\'info <b>"', {"name": "L’info ‹b›"}),
            ('"Jingles"', '"\\n"', {"name": "3"}),
            ('"Jingles"', "null", {"name": "3"}),
            ('"#06d6a0"', '"red"', {"color": COLOR}),
            ('"#06d6a0"', "7", {"color": COLOR}),
            ('"2026-03-01T10:00:00.123Z"', "null", {"created_at": 0.0}),
            ('"mediaCount": 2', '"mediaCount": 2, "icon": "x"', {}),
            ('"id": 3', '"id": 7', {}),
            ('"isDefault": false', '"isDefault": true', {}),
        )
        for old, new, changes in cases:
            with self.subTest(new=new):
                self.assert_repaired(old, new, self.with_three(**changes), "older 3")

    def test_parents(self) -> None:
        """A folder in itself, or in none that there is, is at the top."""
        head, three = OLD_FILE.split("[\n      3,")
        for parent in ("9", "3", '"1"', "true"):
            with self.subTest(parent=parent):
                content = head + "[\n      3," + three.replace("null", parent)
                decoded = decode(content.encode())
                self.assertEqual((decoded.value, len(decoded.repairs)), (OLD, 1))
        default = decode((head.replace("null", "3") + "[\n      3," + three).encode())
        self.assertEqual((default.value, len(default.repairs)), (OLD, 1))

    def test_circle(self) -> None:
        """One folder of it comes to the top; what stands in the circle stays where it is."""
        pairs = [
            [id, {"id": id, "name": "a", "color": COLOR, "parentId": above, "isDefault": id == 1,
                  "createdAt": "2026-03-01T10:00:00.000Z"}]
            for id, above in ((1, None), (2, 3), (3, 4), (4, 3))
        ]  # fmt: skip
        document = {"folders": pairs, "mediaAssignments": [], "nextId": 5}
        decoded = decode(json.dumps(document).encode())
        parents = [each.parent_id for each in decoded.value.folders.values()]
        self.assertEqual((parents, len(decoded.repairs)), ([None, 3, None, 3], 1))

    def test_default_folder(self) -> None:
        """It is there again when it was missing."""
        content = json.loads(OLD_FILE)
        del content["folders"][0]
        decoded = decode(json.dumps(content).encode())
        self.assertEqual(decoded.value.folders[1], initial(0.0).folders[1])
        self.assertEqual(list(decoded.value.folders), [1, 3])
        self.assertEqual(len(decoded.repairs), 1)

    def test_bad_entries(self) -> None:
        """They are left out; the last of a folder counts, as it did in the old system."""
        content = json.loads(OLD_FILE)
        content["folders"][0:0] = [None, [2], ["2", {}], [True, {}], [0, {}], [2, []], [2**53, {}]]
        content["folders"].append([3, {**content["folders"][-1][1], "name": "Sons"}])
        decoded = decode(json.dumps(content).encode())
        self.assertEqual(decoded.value, self.with_three(name="Sons"))
        self.assertEqual(len(decoded.repairs), 8)

    def test_next_id(self) -> None:
        """Or the next folder would take the place of one that there is."""
        for new in ("1", "3", "null", '"6"', "6.5", "true"):
            wanted = evolve(OLD, next_id=4)
            self.assert_repaired('"nextId": 6', f'"nextId": {new}', wanted, "nextId")
        self.assert_repaired(',\n  "nextId": 6', "", evolve(OLD, next_id=4), "nextId")

    def test_assignments(self) -> None:
        """Bad ones are left out, and told in one sentence; of several, the last counts."""
        bad = '[["a"], [1, 3], ["", 3], ["b", 9], ["c", true], null, ["d", 1], ["d", 3]]'
        content = json.loads(OLD_FILE) | {"mediaAssignments": json.loads(bad)}
        decoded = decode(json.dumps(content).encode())
        self.assertEqual(decoded.value.assignments, {"d": 3})
        self.assertEqual(decoded.repairs, ("Assignments to no folder, or of no file: 6.",))
        del content["mediaAssignments"]
        self.assertEqual(decode(json.dumps(content).encode()).value.assignments, {})
