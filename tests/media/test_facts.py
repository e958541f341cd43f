"""Facts as JSON, there and back."""

import json
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.facts import AudioTrack, Facts, FieldOrder, MediaKind, from_json, to_json

CLIP = Facts(
    MediaKind.VIDEO,
    Fraction(1001, 100),
    Fraction(30000, 1001),
    300,
    1920,
    1080,
    FieldOrder.TOP_FIRST,
    "mpeg2video",
    "mxf",
    (AudioTrack("pcm_s24le", 8, "8 channels", 48000), AudioTrack("aac", 2, "stereo", 44100)),
    False,
)
STILL = Facts(MediaKind.STILL, width=720, height=576, codec="png")
SOUND = Facts(MediaKind.AUDIO, Fraction(7, 3), container="wav", audio=CLIP.audio[:1])

_counts = some.integers(0, 2**63 - 1)
_positive = some.fractions(Fraction(1, 10**9), 10**9, max_denominator=10**9)
_names = some.text(some.characters(categories=["L", "N", "P"]), max_size=20)
_tracks = some.lists(some.builds(AudioTrack, _names, _counts, _names, _counts), max_size=3)
_clips = some.builds(
    Facts,
    some.just(MediaKind.VIDEO),
    _positive,
    _positive,
    _counts,
    _counts,
    _counts,
    some.sampled_from(FieldOrder),
    _names,
    _names,
    _tracks.map(tuple),
    some.booleans(),
)
_json: Any = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=5,
)


class JSONTests(SynchronousTestCase):
    @given(_clips)
    @settings(deadline=None, max_examples=50, derandomize=True)
    def test_there_and_back_nothing_is_lost(self, facts: Facts) -> None:
        """Through bytes, as a child process or a cache file has it."""
        self.assertEqual(facts, from_json(json.loads(json.dumps(to_json(facts)))))

    def test_stills_and_sounds_too(self) -> None:
        for facts in (STILL, SOUND, CLIP):
            self.assertEqual(facts, from_json(json.loads(json.dumps(to_json(facts)))))

    def test_fractions_are_exact(self) -> None:
        told = to_json(CLIP)
        self.assertEqual(([1001, 100], [30000, 1001]), (told["duration"], told["rate"]))

    @given(some.sampled_from(sorted(to_json(CLIP))), _json)
    @settings(deadline=None, max_examples=200, derandomize=True)
    def test_anything_in_a_field_is_taken_as_it_is_or_refused(self, name: str, value: Any) -> None:
        """Never another error, and never something else than what was said."""
        told = {**to_json(CLIP), name: value}
        try:
            facts = from_json(told)
        except ValueError:
            return
        if name in ("duration", "rate"):
            self.assertEqual(Fraction(*value), getattr(facts, name))
        else:
            self.assertEqual(told, to_json(facts))

    def test_what_is_refused(self) -> None:
        clip, track = to_json(CLIP), to_json(CLIP)["audio"][0]  # type: ignore[index]
        wrongs: tuple[Any, ...] = (
            None,
            [],
            "facts",
            {},
            {**clip, "more": 1},
            {name: value for name, value in clip.items() if name != "complete"},
            {**clip, "kind": "film"},
            {**clip, "kind": []},
            {**clip, "kind": None},
            {**clip, "field_order": {}},
            {**clip, "duration": None},
            {**clip, "duration": 10.01},
            {**clip, "duration": [1, 0]},
            {**clip, "duration": [0, 1]},
            {**clip, "duration": [-1, 25]},
            {**clip, "duration": [1, 25, 1]},
            {**clip, "duration": [1.0, 25]},
            {**clip, "duration": [2**63, 1]},
            {**clip, "duration": "10"},
            {**clip, "rate": None},
            {**clip, "frames": None},
            {**clip, "frames": 1.0},
            {**clip, "frames": True},
            {**clip, "frames": -1},
            {**clip, "width": None},
            {**clip, "height": 2**63},
            {**clip, "codec": None},
            {**clip, "codec": "x" * 1000},
            {**clip, "codec": "h264\nabc"},
            {**clip, "codec": "\udcff"},
            {**clip, "audio": None},
            {**clip, "audio": "abc"},
            {**clip, "audio": {}},
            {**clip, "audio": [None]},
            {**clip, "audio": [{**track, "language": "fr"}]},
            {**clip, "audio": [{**track, "channels": "2"}]},
            {**clip, "complete": 1},
            {**to_json(STILL), "duration": [1, 25]},
            {**to_json(STILL), "rate": [25, 1]},
            {**to_json(SOUND), "frames": 10},
            {**to_json(SOUND), "rate": [25, 1], "frames": 10},
        )
        for wrong in wrongs:
            with self.assertRaises(ValueError, msg=wrong):
                from_json(wrong)

    def test_a_boolean_is_no_number_of_a_fraction(self) -> None:
        self.assertRaises(ValueError, from_json, {**to_json(CLIP), "rate": [True, True]})

    def test_a_fraction_need_not_be_reduced(self) -> None:
        told = {**to_json(CLIP), "rate": [50, 2]}
        self.assertEqual(evolve(CLIP, rate=Fraction(25)), from_json(told))
