# -*- test-case-name: tests.store.test_presets_file -*-
"""
C{presets.json}, as the old system wrote it, as we write it, and as nobody should.
"""

import json
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Target
from rtgplayout.playout.presets import Preset, Presets, fault_of
from rtgplayout.store.decoded import Decoded, Unreadable
from rtgplayout.store.presets_file import NoPreset, decode, encode, read, written

OLD_FILE = """[
  {
    "name": "guest 1",
    "channel": 1,
    "layer": 20,
    "templateName": "rtg-lower-third/index",
    "data": {
      "title": "É \\"x\\"",
      "lines": []
    },
    "savedAt": "2026-03-01T18:00:00.040Z"
  },
  {
    "name": "bug",
    "channel": 2,
    "layer": 30,
    "templateName": "rtg-bug/index",
    "data": {},
    "savedAt": "2026-03-01T18:00:00.000Z",
    "author": "somebody"
  }
]"""
THEN = 1772388000.0
GUEST = Preset(
    "guest 1",
    Target(1, 20),
    "rtg-lower-third/index",
    {"title": 'É "x"', "lines": []},
    THEN + 0.04,
)
BUG = Preset("bug", Target(2, 30), "rtg-bug/index", {}, THEN, {"author": "somebody"})
OLD = Presets((GUEST, BUG))

few = settings(deadline=None, max_examples=100, derandomize=True)
texts = st.text(st.characters(codec="utf-8"), max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
extra_keys = texts.filter(lambda key: key not in written(GUEST))
some_presets = st.lists(
    st.builds(
        Preset,
        texts,
        st.builds(Target, st.integers(1, 999), st.integers(0, 9_999)),
        texts,
        st.dictionaries(texts, plain, max_size=3),
        st.none() | st.integers(0, 10**13).map(lambda milliseconds: milliseconds / 1_000),
        st.dictionaries(extra_keys, plain, max_size=3),
    ).filter(lambda preset: fault_of(preset) is None),
    unique_by=lambda preset: preset.name,
    max_size=5,
).map(lambda presets: Presets(tuple(presets)))

json_values = plain | st.floats() | st.integers()
odd_presets = st.fixed_dictionaries(
    {},
    optional={
        "name": texts | json_values,
        "templateName": texts | json_values,
        "channel": st.integers(-1, 3) | json_values,
        "layer": st.integers(-1, 3) | json_values,
        "data": json_values,
        "savedAt": st.just("2026-03-01T18:00:00Z") | json_values,
        "x": json_values,
    },
)


class PresetsFileTests(SynchronousTestCase):
    """The file of the presets."""

    def test_old_file(self) -> None:
        """What the old system wrote is read without repairs, and written as it was."""
        self.assertEqual(decode(OLD_FILE.encode()), Decoded(OLD))
        self.assertEqual(encode(OLD).decode(), OLD_FILE)

    def test_none(self) -> None:
        self.assertEqual(encode(Presets()), b"[]")

    def test_any_mapping(self) -> None:
        """Whatever holds the data; what no JSON can hold is a mistake of ours."""
        proxied = Preset("a", Target(1, 20), "b", MappingProxyType({"c": MappingProxyType({})}))
        self.assertEqual(decode(encode(Presets((proxied,)))).value, Presets((proxied,)))
        broken = Preset("a", Target(1, 20), "b", {"c": object()})
        self.assertRaises(TypeError, encode, Presets((broken,)))

    def test_extra_never_hides_what_is_known(self) -> None:
        preset = Preset("a", Target(1, 20), "b", {}, None, {"name": "c", "savedAt": "d", "e": 1})
        self.assertEqual(
            written(preset),
            {"name": "a", "channel": 1, "layer": 20, "templateName": "b", "data": {}, "e": 1},
        )

    @few
    @given(some_presets)
    def test_round_trip(self, presets: Presets) -> None:
        """What is written is read again, without repairs."""
        self.assertEqual(decode(encode(presets)), Decoded(presets))

    @few
    @given(
        st.binary()
        | json_values.map(lambda value: json.dumps(value).encode())
        | st.lists(odd_presets).map(lambda value: json.dumps(value).encode())
    )
    def test_whatever_comes(self, content: bytes) -> None:
        """It is unreadable, or presets that can be written and read again."""
        try:
            decoded = decode(content)
        except Unreadable:
            return
        again = decode(encode(decoded.value))
        self.assertEqual(
            (again.repairs, len(again.value.presets)), ((), len(decoded.value.presets))
        )

    def test_unreadable(self) -> None:
        """What is no array, so that the backup is tried."""
        for content in (b"", b"[", b"{}", b"null", b'"a"'):
            with self.subTest(content=content):
                self.assertRaises(Unreadable, decode, content)


class RepairTests(SynchronousTestCase):
    """One bad thing in a good file: that alone is repaired or left out, and said."""

    def decode(self, old: str, new: str) -> Decoded[Presets]:
        self.assertIn(old, OLD_FILE)
        decoded = decode(OLD_FILE.replace(old, new, 1).encode())
        self.assertEqual(len(decoded.repairs), 1, decoded.repairs)
        return decoded

    def test_left_out(self) -> None:
        """A preset that would do something else than it says; the others are kept."""
        deep = '{"a":' * 300 + "1" + "}" * 300
        for old, new in (
            ('"name": "guest 1"', '"name": null'),
            ('"name": "guest 1"', '"name": "a\\nb"'),
            ('"templateName": "rtg-lower', '"template": "rtg-lower'),
            ('"templateName": "rtg-lower', '"templateName": "../'),
            ('"channel": 1', '"channel": "1"'),
            ('"channel": 1', '"channel": true'),
            ('"channel": 1', '"channel": 0'),
            ('"layer": 20', '"layer": 20.5'),
            ('"lines": []', f'"lines": {deep}'),
        ):
            with self.subTest(new=new[:30]):
                self.assertEqual(self.decode(old, new).value, Presets((BUG,)))

    def test_repaired(self) -> None:
        bug = Preset("bug", Target(2, 30), "rtg-bug/index", {}, None, {"author": "somebody"})
        for old, new in (
            ('"data": {},', '"data": [],'),
            ('"data": {},', ""),
        ):
            self.assertEqual(self.decode(old, new).value, OLD)
        bad_date = self.decode('"2026-03-01T18:00:00.000Z"', '"yesterday"')
        self.assertEqual(bad_date.value, Presets((GUEST, bug)))

    def test_imported_by_hand(self) -> None:
        """Without a date, a channel or a layer it is as it should be."""
        entry = {"name": "a", "templateName": "b", "data": {}}
        self.assertEqual(read(entry), (Preset("a", Target(1, 20), "b"), ()))

    def test_no_object(self) -> None:
        self.assertRaises(NoPreset, read, ["name"])

    def test_same_name(self) -> None:
        """The last counts, in the place of the first."""
        decoded = self.decode('"name": "bug"', '"name": "guest 1"')
        self.assertEqual([each.target.layer for each in decoded.value.presets], [30])
