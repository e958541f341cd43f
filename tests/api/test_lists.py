# -*- test-case-name: tests.api.test_lists -*-
"""How the lists beside the playlist look on the wire."""

import json
from fractions import Fraction
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Target
from rtgplayout.api.answers import data_of
from rtgplayout.api.lists import (
    active_templates,
    folder_list,
    found_file,
    import_report,
    library_pieces,
    preset_list,
)
from rtgplayout.media.facts import AudioTrack, Facts, FieldOrder, MediaKind
from rtgplayout.media.folders import counts, initial
from rtgplayout.media.library import Entry, Library, State
from rtgplayout.playout.graphics import Template
from rtgplayout.playout.presets import Preset, Presets
from rtgplayout.store.exchange import Fault, ImportReport

from .memory import START

FACTS = Facts(
    MediaKind.VIDEO,
    Fraction(1001, 100),
    Fraction(30000, 1001),
    300,
    1920,
    1080,
    FieldOrder.TOP_FIRST,
    "mpeg2video",
    "mxf",
    (AudioTrack("pcm_s24le", 2, "stereo", 48_000),),
)
CLIP = Entry("PUB/spot #7 é.mxf", 1000, int(START * 1e9), State.READY, FACTS)


def old_library(*entries: Entry, scanning: bool = False) -> Any:
    library = Library(1, {entry.file: entry for entry in entries})
    return json.loads(b"".join(library_pieces(library, lambda file: 4, scanning)))


class OldLibraryTests(SynchronousTestCase):
    """What version 1 gets of the library."""

    maxDiff = None

    def test_entry(self) -> None:
        """The old fields, and beside them what is wrong with a file, and where it is."""
        told = old_library(CLIP)
        self.assertEqual(told["type"], "MEDIA_LIBRARY")
        self.assertIs(told["data"]["isScanning"], False)
        (entry,) = told["data"]["files"]
        thumbnail = entry.pop("thumbnail")
        self.assertTrue(thumbnail.startswith("/thumbnails/PUB/spot%20%237%20%C3%A9.mxf.jpg?v="))
        self.assertEqual(
            entry,
            {
                "name": "spot #7 é",
                "file": "PUB/spot #7 é.mxf",
                "path": "PUB/spot #7 é.mxf",
                "size": 1000,
                "durationSeconds": 10.01,
                "modified": "2026-03-01T18:00:00.000Z",
                "folderId": 4,
                "state": "ready",
                "sources": ["disk"],
            },
        )

    def test_thumbnail_of_a_new_version(self) -> None:
        """A file that was replaced has its picture elsewhere."""
        (before,) = old_library(CLIP)["data"]["files"]
        (after,) = old_library(evolve(CLIP, modified_ns=1))["data"]["files"]
        self.assertNotEqual(before["thumbnail"], after["thumbnail"])

    def test_without_a_picture(self) -> None:
        """What shows nothing, or cannot be read here, has no picture; and says what is wrong."""
        for entry in (
            evolve(CLIP, facts=Facts(MediaKind.AUDIO, Fraction(3))),
            evolve(CLIP, facts=None, state=State.WAITING),
            evolve(CLIP, on_disk=False, on_server=True),
            evolve(CLIP, state=State.BROKEN, facts=None, fault="it is empty"),
        ):
            (told,) = old_library(entry)["data"]["files"]
            self.assertIsNone(told["thumbnail"])
            self.assertEqual(told.get("fault", ""), entry.fault)
            self.assertEqual(told["sources"], ["disk"] if entry.on_disk else ["server"])

    def test_pieces(self) -> None:
        """However many there are, it is one JSON text; in natural order."""
        for count in 0, 1, 99, 100, 101, 250:
            entries = [Entry(f"{n}.mp4", 1, 1) for n in range(count)]
            told = old_library(*entries, scanning=True)
            names = [entry["file"] for entry in told["data"]["files"]]
            self.assertEqual(names, [f"{n}.mp4" for n in range(count)])
            self.assertIs(told["data"]["isScanning"], True)


class FoundFileTests(SynchronousTestCase):
    """What version 2 gets of a file."""

    maxDiff = None

    def test_everything(self) -> None:
        told = found_file(CLIP, 2)
        del told["thumbnail"]
        self.assertEqual(
            told,
            {
                "name": "spot #7 é",
                "file": "PUB/spot #7 é.mxf",
                "kind": "video",
                "state": "ready",
                "fault": None,
                "warning": None,
                "sources": ["disk"],
                "size": 1000,
                "modified": "2026-03-01T18:00:00.000Z",
                "durationSeconds": 10.01,
                "duration": (1001, 100),
                "rate": (30000, 1001),
                "frames": 300,
                "width": 1920,
                "height": 1080,
                "fieldOrder": "tff",
                "codec": "mpeg2video",
                "container": "mxf",
                "audio": [
                    {
                        "codec": "pcm_s24le",
                        "channels": 2,
                        "layout": "stereo",
                        "sampleRate": 48_000,
                    }
                ],
                "complete": True,
                "folderId": 2,
                "clip": "PUB/spot #7 é.mxf",
            },
        )

    def test_unknown(self) -> None:
        """What nobody looked into has the same fields, empty."""
        unknown = found_file(Entry("a.mp4", 1, 1), 1)
        self.assertEqual(set(unknown), set(found_file(CLIP, 1)))
        self.assertIsNone(unknown["duration"])
        still = found_file(evolve(CLIP, facts=Facts(MediaKind.STILL)), 1)
        self.assertEqual((still["duration"], still["rate"]), (None, None))


class OtherListsTests(SynchronousTestCase):
    """Folders, presets, graphics, imports."""

    maxDiff = None

    def test_folders(self) -> None:
        """The old fields, with counts that are true."""
        folders = initial(START)
        told = folder_list(folders, counts(folders, ["a.mp4", "Jingles/b.mp4", "jingles/c.mp4"]))
        self.assertEqual([each["mediaCount"] for each in told], [1, 0, 2, 0, 0])
        self.assertEqual(
            told[0],
            {
                "id": 1,
                "name": "Non classé",
                "parentId": None,
                "color": "#6c757d",
                "isDefault": True,
                "createdAt": "2026-03-01T18:00:00.000Z",
                "mediaCount": 1,
            },
        )

    def test_presets(self) -> None:
        """As they are stored; what a page can't show is shown otherwise."""
        preset = Preset(
            "l'invité", Target(1, 20), "a/b", {"t": "x'"}, START, {"name": "no", "more": 1}
        )
        for safe, name in (False, "l'invité"), (True, "l’invité"):
            self.assertEqual(
                preset_list(Presets((preset,)), safe),
                [
                    {
                        "name": name,
                        "more": 1,
                        "channel": 1,
                        "layer": 20,
                        "templateName": "a/b",
                        "data": {"t": "x'"},
                        "savedAt": "2026-03-01T18:00:00.000Z",
                    }
                ],
            )
        unknown = Presets((evolve(preset, saved_at=None),))
        self.assertIsNone(preset_list(unknown, False)[0]["savedAt"])

    def test_templates(self) -> None:
        """When it was loaded and played, and whether it was found there."""
        template = Template(Target(1, 20), "a<b", {"t": 1}, False, START)
        (told,) = active_templates((template,), safe=True)
        self.assertEqual(
            told,
            {
                "key": "1-20",
                "channel": 1,
                "layer": 20,
                "templateName": "a‹b",
                "data": {"t": 1},
                "playing": False,
                "loadedAt": "2026-03-01T18:00:00.000Z",
            },
        )
        (told,) = active_templates((evolve(template, played_at=START, found=True),), safe=False)
        self.assertEqual(told["templateName"], "a<b")
        self.assertEqual(told["playedAt"], "2026-03-01T18:00:00.000Z")
        self.assertIs(told["syncedFromCaspar"], True)

    def test_import_report(self) -> None:
        """At most a hundred unknown files are named."""
        report = ImportReport(
            2, 30.5, 1, tuple(map(str, range(200))), (Fault(3, "no"),), (Fault(0, "oh"),)
        )
        told: Any = data_of(import_report(report, imported=False))
        self.assertEqual(len(told.pop("unknownFiles")), 100)
        self.assertEqual(
            told,
            {
                "imported": False,
                "items": 2,
                "durationSeconds": 30.5,
                "hardStarts": 1,
                "faults": [{"line": 3, "message": "no"}],
                "warnings": [{"line": 0, "message": "oh"}],
            },
        )
