# -*- test-case-name: tests.api.test_library -*-
"""What is asked of the library and its folders, as clients see it."""

from fractions import Fraction

from rtgplayout.media.facts import Facts, MediaKind
from rtgplayout.media.library import Entry, Library, State

from .rig import DoorTestCase, Json


def clip(file: str, seconds: int = 10) -> Entry:
    return Entry(file, 1000, 1, State.READY, Facts(MediaKind.VIDEO, Fraction(seconds)))


class LibraryTestCase(DoorTestCase):
    """Three clips, an old client and a new one."""

    def setUp(self) -> None:
        super().setUp()
        entries = clip("PUB/spot7.mxf"), clip("Jingles/J1.mp4", 5), clip("news.mxf", 1800)
        self.shelves.library.now = Library(7, {entry.file: entry for entry in entries})
        self.door.feeds.library.library_changed()
        self.clock.pump([1, 1])
        self.old, self.new = self.connect(), self.connect(2)
        self.old.take()
        self.new.take()

    def both(self, kind: str, data: object = None) -> tuple[list[Json], list[Json]]:
        """What the old client, who asks, and the new one get."""
        self.say(self.old, kind, data)
        self.clock.advance(1)
        self.flush()
        return self.old.take(), self.new.take()


class SearchTests(LibraryTestCase):
    """Version 2 asks for what it wants to see."""

    def found(self, **query: object) -> Json:
        page, ack = self.say(self.new, "SEARCH_LIBRARY", query, id=1)
        self.assertEqual((page["type"], page["id"], ack["type"]), ("LIBRARY_PAGE", 1, "ACK"))
        data: Json = page["data"]
        self.assertEqual(data["revision"], 7)
        return data

    def test_everything(self) -> None:
        """By name, with the folder of each."""
        files = self.found()["files"]
        names = ["Jingles/J1.mp4", "news.mxf", "PUB/spot7.mxf"]
        self.assertEqual([file["file"] for file in files], names)
        self.assertEqual([file["folderId"] for file in files], [3, 1, 1])

    def test_pages(self) -> None:
        """Some of them, and how many there are."""
        page = self.found(offset=1, limit=1)
        self.assertEqual((page["total"], page["offset"], len(page["files"])), (3, 1, 1))
        self.assertEqual(page["files"][0]["file"], "news.mxf")
        self.assertEqual(self.found(offset=5)["files"], [])

    def test_query(self) -> None:
        """Each field narrows it."""
        for query, names in (
            ({"text": "J1"}, ["Jingles/J1.mp4"]),
            ({"folderId": 3}, ["Jingles/J1.mp4"]),
            ({"minSeconds": 11}, ["news.mxf"]),
            ({"maxSeconds": 5}, ["Jingles/J1.mp4"]),
            ({"states": ["broken"]}, []),
            ({"kinds": ["audio"]}, []),
            (
                {"sort": "duration", "descending": True},
                ["news.mxf", "PUB/spot7.mxf", "Jingles/J1.mp4"],
            ),
        ):
            files = [file["file"] for file in self.found(**query)["files"]]
            self.assertEqual(files, names, query)

    def test_warning(self) -> None:
        """A name that CasparCG takes for another's is told as that."""
        self.shelves.library.warnings["news.mxf"] = "another file differs in case alone"
        told = {file["file"]: file["warning"] for file in self.found()["files"]}
        self.assertEqual(told.pop("news.mxf"), "another file differs in case alone")
        self.assertEqual(set(told.values()), {None})


class ScanTests(LibraryTestCase):
    """Scans."""

    def test_begun(self) -> None:
        """Everybody is told, once; a second one is refused to the one who asks."""
        old, new = self.both("SCAN_MEDIA")
        self.assertEqual([each["type"] for each in old], ["SCAN_STARTED", "MEDIA_LIBRARY"])
        self.assertIs(old[1]["data"]["isScanning"], True)
        self.assertEqual([each["type"] for each in new], ["LIBRARY_STATE", "SCAN_STARTED"])
        self.assertIs(new[0]["data"]["scanning"], True)
        late = self.connect()
        self.assertEqual(late.types[-1], "SCAN_STARTED")
        (error,) = self.say(self.old, "SCAN_MEDIA")
        self.assertIn("runs already", error["data"]["message"])
        self.assertEqual(self.new.take(), [])


class FolderTests(LibraryTestCase):
    """Folders: the list of them, then the files that are in them, then the toast."""

    def test_created(self) -> None:
        old, new = self.both("FOLDER_CREATE", {"name": "Archives", "parentId": None})
        self.assertEqual(
            [each["type"] for each in old], ["FOLDER_LIST", "MEDIA_LIBRARY", "NOTIFICATION"]
        )
        self.assertEqual(old[0]["data"]["folders"][-1]["name"], "Archives")
        self.assertEqual(old[0]["data"]["folders"][-1]["color"], "#118ab2")
        self.assertNotIn("revision", old[0]["data"])
        self.assertEqual(
            old[2]["data"], {"level": "success", "message": "Dossier « Archives » créé"}
        )
        self.assertEqual([each["type"] for each in new], ["FOLDER_LIST", "NOTIFICATION"])
        self.assertEqual(new[0]["data"]["revision"], 2)
        self.assertEqual(new[1]["data"]["message"], "Folder Archives was made")

    def test_updated(self) -> None:
        """What is named is changed; the first one keeps its name, but not its colour."""
        old, _ = self.both("FOLDER_UPDATE", {"id": 3, "updates": {"name": "Stings"}})
        folder = old[0]["data"]["folders"][2]
        self.assertEqual((folder["name"], folder["color"]), ("Stings", "#06d6a0"))
        old, _ = self.both("FOLDER_UPDATE", {"id": 1, "updates": {"color": "#000000"}})
        self.assertEqual(old[0]["data"]["folders"][0]["color"], "#000000")
        old, new = self.both("FOLDER_UPDATE", {"id": 1, "updates": {"name": "x"}})
        self.assertEqual((old[0]["type"], old[0]["data"]["path"]), ("ERROR", "updates.name"))
        self.assertEqual(new, [])

    def test_assigned(self) -> None:
        """The files come again: only with them are the badges right."""
        data = {"mediaFile": "PUB/spot7.mxf", "folderId": 4}
        old, _ = self.both("FOLDER_ASSIGN_MEDIA", data)
        self.assertEqual([each["type"] for each in old], ["FOLDER_LIST", "MEDIA_LIBRARY"])
        counts = [folder["mediaCount"] for folder in old[0]["data"]["folders"]]
        self.assertEqual(counts, [1, 0, 1, 1, 0])
        where = {file["file"]: file["folderId"] for file in old[1]["data"]["files"]}
        self.assertEqual(where["PUB/spot7.mxf"], 4)
        old, _ = self.both("FOLDER_ASSIGN_MEDIA", {**data, "folderId": None})
        where = {file["file"]: file["folderId"] for file in old[1]["data"]["files"]}
        self.assertEqual(where["PUB/spot7.mxf"], 1)

    def test_deleted(self) -> None:
        old, _ = self.both("FOLDER_DELETE", {"id": 3})
        self.assertEqual(
            [each["type"] for each in old], ["FOLDER_LIST", "MEDIA_LIBRARY", "NOTIFICATION"]
        )
        self.assertEqual([folder["id"] for folder in old[0]["data"]["folders"]], [1, 2, 4, 5])
        self.assertEqual(old[2]["data"]["message"], "Dossier « Jingles » supprimé")
        self.assertEqual({file["folderId"] for file in old[1]["data"]["files"]}, {1})

    def test_refused(self) -> None:
        """To the one who asks, and nobody else."""
        for kind, data, path in (
            ("FOLDER_DELETE", {"id": 1}, "id"),
            ("FOLDER_DELETE", {"id": 99}, "id"),
            ("FOLDER_UPDATE", {"id": 99, "updates": {}}, "id"),
            ("FOLDER_CREATE", {"name": "a", "parentId": 99}, "parentId"),
            ("FOLDER_ASSIGN_MEDIA", {"mediaFile": "a.mp4", "folderId": 99}, "folderId"),
        ):
            old, new = self.both(kind, data)
            self.assertEqual([each["type"] for each in old], ["ERROR"], kind)
            self.assertEqual(old[0]["data"]["path"], path)
            self.assertEqual(new, [])
