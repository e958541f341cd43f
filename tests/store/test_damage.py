"""
Presets and folders of which some bytes changed, or are missing: what is good in them is kept, and
what is not is in the backup or set aside, and told.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Target
from rtgplayout.media import folders
from rtgplayout.playout.presets import Preset, Presets
from rtgplayout.store import folders_file, presets_file
from rtgplayout.store.decoded import Decoded, Unreadable
from rtgplayout.store.documents import Document, Loaded

from .threads import at_once

T = TypeVar("T")

NOON = 1_772_366_400.0
PRESETS = Presets(
    tuple(
        Preset(f"guest {n}", Target(1, 20 + n), "rtg/titre", {"title": f"é {n}"}, NOON, {"x": [n]})
        for n in range(8)
    )
)
BEFORE = Presets(PRESETS.presets[:5])
FOLDERS = folders.assign(
    folders.create(folders.initial(NOON), "Archives é", "#e63946", 2, NOON), "a/é.mp4", 3
)

damage = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), min_size=1, max_size=3)


class DamageTests(SynchronousTestCase):
    """What a start makes of them."""

    def loaded(
        self,
        encode: Callable[[T], bytes],
        decode: Callable[[bytes], Decoded[T]],
        content: bytes,
        before: T | None = None,
    ) -> Loaded[T]:
        """
        Read such a file, with a backup of C{before}; then again.

        All bytes that were there are there still, unless they say what was read.
        """
        folder = Path(self.mktemp())
        folder.mkdir()
        path = folder / "list.json"
        path.write_bytes(content)
        if before is not None:
            path.with_name("list.json.backup").write_bytes(encode(before))
        document: Document[T] = Document(path, encode, decode, at_once, lambda: NOON)
        loaded = document.load()
        kept = [each.read_bytes() for each in folder.iterdir()]
        if loaded.notices:
            self.assertIn(content, kept)
        else:
            self.assertIsNotNone(loaded.value)
        if loaded.value is not None:
            self.successResultOf(document.save(loaded.value))
            again = document.load()
            self.assertEqual(again.value, loaded.value)
            self.assertEqual(again.notices, ())
        return loaded

    def test_cut(self) -> None:
        """Of a file that ends anywhere before its end nothing is believed, and the backup is."""
        content = presets_file.encode(PRESETS)
        for end in range(len(content)):
            self.assertRaises(Unreadable, presets_file.decode, content[:end])
        loaded = self.loaded(presets_file.encode, presets_file.decode, content[:-1], BEFORE)
        self.assertEqual(loaded.value, BEFORE)
        self.assertRegex(loaded.notices[0], "set aside as list.json.damaged")
        content = folders_file.encode(FOLDERS)
        for end in range(len(content)):
            self.assertRaises(Unreadable, folders_file.decode, content[:end])
        nothing = self.loaded(folders_file.encode, folders_file.decode, b"")
        self.assertIsNone(nothing.value)
        self.assertRegex(nothing.notices[0], "set aside as list.json.damaged")

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(damage)
    def test_presets(self, flips: list[tuple[int, int]]) -> None:
        """
        Each flip costs no more than the preset that it is in, and another of the same name; what is
        missing is told.
        """
        loaded = self.loaded(
            presets_file.encode,
            presets_file.decode,
            _flipped(presets_file.encode(PRESETS), flips),
            BEFORE,
        )
        assert loaded.value is not None
        if loaded.value == BEFORE:
            self.assertTrue(loaded.notices)
            return
        good = set(map(repr, PRESETS.presets)) & set(map(repr, loaded.value.presets))
        self.assertGreaterEqual(len(good), len(PRESETS.presets) - 2 * len(flips))
        if len(loaded.value.presets) < len(PRESETS.presets):
            self.assertTrue(loaded.notices)

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(damage)
    def test_folders(self, flips: list[tuple[int, int]]) -> None:
        """The same of folders; the first one is there in any case."""
        content = _flipped(folders_file.encode(FOLDERS), flips)
        loaded = self.loaded(folders_file.encode, folders_file.decode, content, FOLDERS)
        assert loaded.value is not None
        shelves = loaded.value.folders
        self.assertIn(folders.DEFAULT, shelves)
        good = [each for each in FOLDERS.folders.values() if shelves.get(each.id) == each]
        self.assertGreaterEqual(len(good), len(FOLDERS.folders) - 2 * len(flips))
        if set(shelves) != set(FOLDERS.folders):
            self.assertTrue(loaded.notices)


def _flipped(content: bytes, flips: list[tuple[int, int]]) -> bytes:
    """C{content} with some bits of some bytes the other way."""
    found = bytearray(content)
    for place, bits in flips:
        found[place % len(found)] ^= bits
    return bytes(found)
