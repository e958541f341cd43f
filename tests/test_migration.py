# -*- test-case-name: tests.test_migration -*-
"""
A station that ran the old system stops it, and starts the daemon on the same data and the same
page; and it can go back.
"""

import json
import re
import shutil
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from twisted.internet.threads import deferToThread

from .processes import TERMINATED, Daemon, Operator, ProcessTestCase, media_folder

PLAYLIST: dict[str, Any] = {
    "id": "MAIN-CHANNEL-1",
    "baseStartAt": "2026-03-01T18:00:00.000Z",
    "items": [
        {
            "id": "item-1700000000000-abc123def", "name": "SPOT", "file": "PUB/spot 7.mp4",
            "type": "clip", "durationSeconds": 0.8, "trimInSeconds": 0, "trimOutSeconds": 1.2,
            "thumbnail": "/thumbnails/PUB_spot 7.jpg", "hardStartTime": None,
            "secondaryEvents": [
                {
                    "id": "evt-1700000000000-x1y2z", "type": "CG_ADD", "trigger": "START",
                    "offsetMs": 500, "layer": 20, "template": "rtg-lower-third/index",
                    "data": {"title": "Le \"thé\"\n"}, "executed": True,
                }
            ],
        },
        {
            "id": None, "name": "JINGLE", "file": "Jingles/J1.mp4", "type": "clip",
            "durationSeconds": 3, "trimInSeconds": 0.5, "trimOutSeconds": 0,
            "thumbnail": None, "secondaryEvents": [],
        },
        {
            "id": "item-3", "name": "PLATEAU", "file": "2", "type": "live", "durationSeconds": 90,
            "trimInSeconds": 0, "trimOutSeconds": -3831.848, "thumbnail": None,
            "hardStartTime": "19:30:00", "secondaryEvents": [],
        },
        {
            "id": "item-4", "name": "GONE", "file": "GEN/gone.mov", "type": "clip",
            "durationSeconds": 0, "trimInSeconds": 0, "trimOutSeconds": 0,
            "thumbnail": "/thumbnails/GEN_gone.jpg", "hardStartTime": None, "secondaryEvents": [],
        },
    ],
}  # fmt: skip
"""With what a hard start trimmed, what leaked into it, and an item that stopped its server."""

PRESETS = [
    {
        "name": "guest 1", "channel": 1, "layer": 20, "templateName": "rtg-lower-third/index",
        "data": {"title": "x"}, "savedAt": "2026-03-01T18:00:00.000Z",
    },
    {
        "name": "clock", "channel": 1, "layer": 60, "templateName": "rtg-clock/index",
        "data": {}, "savedAt": "2026-03-01T18:00:00.000Z", "note": "kept",
    },
]  # fmt: skip

FOLDERS = {
    "folders": [
        [id, {
            "id": id, "name": name, "parentId": None, "color": color, "isDefault": id == 1,
            "createdAt": "2026-03-01T10:00:00.000Z", "mediaCount": count,
        }]
        for id, name, color, count in (
            (1, "Non classé", "#6c757d", 0), (3, "Jingles", "#06d6a0", 7),
            (6, "Archives", "#8338ec", 1),
        )
    ],
    "mediaAssignments": [["PUB/spot 7.mp4", 6], ["GEN/gone.mov", 3]],
    "nextId": 7,
}  # fmt: skip


class MigrationTests(ProcessTestCase):
    """
    The data and the page as the old system leaves them.

    @ivar before: what its files held, by name.
    """

    def setUp(self) -> None:
        super().setUp()
        root = Path(self.mktemp()).absolute()
        self.media, self.page = root / "media", root / "frontend"
        for name, clip in (("PUB/spot 7.mp4", "clip2.mp4"), ("Jingles/J1.mp4", "clip4.mp4")):
            (self.media / name).parent.mkdir(parents=True)
            shutil.copy(media_folder() / clip, self.media / name)
        (self.page / "thumbnails").mkdir(parents=True)
        (self.page / "index.html").write_text("<script src=/app.js></script>é")
        (self.page / "app.js").write_text("connect(8080)")
        (self.page / "thumbnails" / "GEN_gone.jpg").write_bytes(b"an old picture")
        self.before: dict[str, bytes] = {}
        self.folder.mkdir()
        self.put("playlist.json", PLAYLIST)
        self.put("playlist.json.backup", {**PLAYLIST, "items": []})
        self.put("presets.json", PRESETS)
        self.put("presets.json.backup", [])
        self.put("mediaFolders.json", FOLDERS)
        self.put("playlist.json.tmp", '{"id": "MAIN-CH')

    def put(self, name: str, value: object) -> None:
        text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
        (self.folder / name).write_text(text)
        self.before[name] = text.encode()

    async def run_daemon(self) -> tuple[Daemon, Operator]:
        daemon = self.daemon("--media-dir", str(self.media), "--page-dir", str(self.page))
        await daemon.ready()
        operator = await self.operator(daemon)
        await operator.hears(
            "MEDIA_LIBRARY",
            lambda data: [each["durationSeconds"] for each in data["files"]] == [4, 2],
        )
        return daemon, operator

    async def stopped(self, daemon: Daemon) -> dict[str, Any]:
        """Stop it; what the old system would read, by the name of the file."""
        daemon.signal("TERM")
        self.assertEqual(await daemon.ended(), TERMINATED)
        return {
            "playlist.json": as_the_old_system_reads_playlists(self.folder / "playlist.json"),
            "presets.json": as_the_old_system_reads_presets(self.folder / "presets.json"),
            "mediaFolders.json": as_the_old_system_reads_folders(self.folder / "mediaFolders.json"),
        }

    async def test_there_and_back(self) -> None:
        """
        Everything is there, as the old page wants it. What had to be repaired is kept as it was.
        After an edit of each kind the old system can read it all again.
        """
        daemon, operator = await self.run_daemon()
        first: dict[str, Any] = {}
        for _, message in operator.came:
            first.setdefault(message["type"], message["data"])
        items = first["PLAYLIST_FULL"]["items"]
        self.assertEqual(
            [(each["name"], each["type"], each["file"]) for each in items],
            [(each["name"], each["type"], each["file"]) for each in PLAYLIST["items"][:3]],
        )
        self.assertEqual(items[0]["id"], "item-1700000000000-abc123def")
        self.assertRegex(items[1]["id"], "^[A-Za-z0-9_-]+$")
        self.assertEqual([each["hardStartTime"] for each in items], [None, None, "19:30:00"])
        (event,) = items[0]["secondaryEvents"]
        self.assertEqual((event["template"], event["layer"]), ("rtg-lower-third/index", 20))
        self.assertNotIn("executed", event)
        folders = {each["id"]: each for each in first["FOLDER_LIST"]["folders"]}
        self.assertEqual(
            [each["name"] for each in folders.values()], ["Non classé", "Jingles", "Archives"]
        )
        _, library = await operator.hears("MEDIA_LIBRARY", lambda data: len(data["files"]) == 2)
        self.assertEqual(
            {each["file"]: each["folderId"] for each in library["files"]},
            {"Jingles/J1.mp4": 3, "PUB/spot 7.mp4": 6},
        )
        self.assertEqual(
            {each["name"] for each in first["PRESET_LIST"]["presets"]}, {"guest 1", "clock"}
        )
        await operator.hears("NOTIFICATION", lambda data: "GONE" in data["message"])

        await self.page_is_served(daemon, items[0]["thumbnail"])

        operator.say("FOLDER_CREATE", {"name": "Été", "color": "#e63946", "parentId": None})
        operator.say("FOLDER_ASSIGN_MEDIA", {"mediaFile": "Jingles/J1.mp4", "folderId": 6})
        operator.say("PRESET_DELETE", {"name": "guest 1"})
        operator.say("PLAYLIST_SET_HARD_START", {"itemId": "item-3", "hardStartTime": None})
        await operator.hears("PRESET_DELETED")
        await operator.hears("FOLDER_LIST", lambda data: len(data["folders"]) == 4)
        await operator.hears(
            "PLAYLIST_UPDATED", lambda data: data["items"][2]["hardStartTime"] is None
        )
        read = await self.stopped(daemon)
        self.assertEqual(
            [(each["name"], each["durationSeconds"]) for each in read["playlist.json"]],
            [("SPOT", 2), ("JINGLE", 3), ("PLATEAU", 90)],
        )
        self.assertEqual(
            read["playlist.json"][0]["secondaryEvents"],
            [
                {
                    k: v
                    for k, v in PLAYLIST["items"][0]["secondaryEvents"][0].items()
                    if k != "executed"
                }
            ],
        )
        self.assertEqual(read["presets.json"], {"clock": PRESETS[1]})
        names, assignments, next_id = read["mediaFolders.json"]
        self.assertEqual(names, {1: "Non classé", 3: "Jingles", 6: "Archives", 7: "Été"})
        self.assertEqual(next_id, 8)
        self.assertEqual(assignments, {"PUB/spot 7.mp4": 6, "GEN/gone.mov": 3, "Jingles/J1.mp4": 6})
        self.assert_kept("playlist.json")

    async def page_is_served(self, daemon: Daemon, thumbnail: str) -> None:
        """The page, what it needs, thumbnails by their new names and by those of playlists."""
        code, kind, content = await deferToThread(fetch, daemon, "/")
        self.assertEqual((code, kind), (200, "text/html; charset=utf-8"))
        self.assertIn("é", content.decode())
        self.assertEqual((await deferToThread(fetch, daemon, "/app.js"))[2], b"connect(8080)")
        for path in (thumbnail, "/thumbnails/PUB_spot%207.jpg", "/thumbnails/PUB/spot%207.mp4.jpg"):
            code, kind, content = await deferToThread(fetch, daemon, path.replace(" ", "%20"))
            self.assertEqual((code, kind, content[:3]), (200, "image/jpeg", b"\xff\xd8\xff"), path)
        _, _, content = await deferToThread(fetch, daemon, "/thumbnails/GEN_gone.jpg")
        self.assertEqual(content, b"an old picture")
        self.assertEqual((await deferToThread(fetch, daemon, "/../data/playlist.json"))[0], 404)

    async def test_damaged(self) -> None:
        """
        Half a playlist: its backup is taken. Presets whose backup is good, too. Folders, which had
        none: those of the beginning. All of it is told, and what was found is kept.
        """
        self.put("playlist.json.backup", {**PLAYLIST, "items": PLAYLIST["items"][:1]})
        self.put("playlist.json", json.dumps(PLAYLIST)[:200])
        self.put("presets.json.backup", PRESETS[:1])
        self.put("presets.json", "undefined")
        self.put("mediaFolders.json", "{")
        daemon, operator = await self.run_daemon()
        _, playlist = await operator.hears("PLAYLIST_FULL")
        self.assertEqual([each["name"] for each in playlist["items"]], ["SPOT"])
        _, presets = await operator.hears("PRESET_LIST")
        self.assertEqual([each["name"] for each in presets["presets"]], ["guest 1"])
        _, folders = await operator.hears("FOLDER_LIST")
        self.assertEqual([each["id"] for each in folders["folders"]], [1, 2, 3, 4, 5])
        await operator.hears("NOTIFICATION", lambda data: is_told("playlist.json", data))
        await operator.hears("NOTIFICATION", lambda data: is_told("presets.json", data))
        await operator.hears("NOTIFICATION", lambda data: is_told("mediaFolders.json", data))
        operator.say("FOLDER_ASSIGN_MEDIA", {"mediaFile": "PUB/spot 7.mp4", "folderId": 4})
        await operator.hears(
            "MEDIA_LIBRARY", lambda data: [each["folderId"] for each in data["files"]] == [3, 4]
        )
        read = await self.stopped(daemon)
        self.assertEqual([each["name"] for each in read["playlist.json"]], ["SPOT"])
        self.assertEqual(list(read["presets.json"]), ["guest 1"])
        self.assertEqual(read["mediaFolders.json"][1], {"PUB/spot 7.mp4": 4})
        self.assert_kept(*self.before)

    def assert_kept(self, *names: str) -> None:
        """Whatever was in those files is still in the folder, under some name."""
        there = {path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        for name in names:
            if name != "playlist.json.tmp":  # a save that the old system did not finish
                self.assertIn(self.before[name], there, name)


def is_told(name: str, data: Any) -> bool:
    """Whether a notice says that this file was damaged."""
    return str(data["message"]).startswith(f"{name} cannot be read")


def fetch(daemon: Daemon, path: str) -> tuple[int, str, bytes]:
    """The code, the type and the content of what is there."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{daemon.http_port}{path}", timeout=10
        ) as got:
            return got.status, got.headers["content-type"], got.read()
    except HTTPError as refused:
        return refused.code, "", refused.read()


# What the old system accepts (facts of its formats): all else ended it at its start.


def as_the_old_system_reads_playlists(path: Path) -> list[dict[str, Any]]:
    """The items of a file that it would start with."""
    document = as_it_writes(path)
    assert set(document) == {"id", "baseStartAt", "items"} and document["id"] == "MAIN-CHANNEL-1"
    assert document["baseStartAt"] is None or is_date(document["baseStartAt"])
    for item in document["items"]:
        assert isinstance(item["id"], str) and re.fullmatch("[A-Za-z0-9_-]+", item["id"])
        assert all(isinstance(item[key], str) and item[key] for key in ("name", "file", "type"))
        assert all(type(item[key]) in (int, float) for key in ("trimInSeconds", "trimOutSeconds"))
        assert type(item["durationSeconds"]) in (int, float) and item["durationSeconds"] > 0
        assert item["hardStartTime"] is None or re.fullmatch(
            r"\d\d:\d\d:\d\d", item["hardStartTime"]
        )
        assert isinstance(item["thumbnail"], str | None)
        assert isinstance(item["secondaryEvents"], list)
    items: list[dict[str, Any]] = document["items"]
    return items


def as_the_old_system_reads_presets(path: Path) -> dict[str, Any]:
    """The presets, by name."""
    document = as_it_writes(path)
    for preset in document:
        assert {"name", "channel", "layer", "templateName", "data", "savedAt"} <= set(preset)
        assert is_date(preset["savedAt"])
    return {preset["name"]: preset for preset in document}


def as_the_old_system_reads_folders(path: Path) -> tuple[dict[int, str], dict[str, int], int]:
    """The names of the folders, what is assigned, and the id of the next one."""
    document = as_it_writes(path)
    folders, assignments = dict(document["folders"]), dict(document["mediaAssignments"])
    for id, folder in folders.items():
        assert folder["id"] == id and folder["isDefault"] == (id == 1)
        assert set(folder) == {
            "id", "name", "parentId", "color", "isDefault", "createdAt", "mediaCount"
        }  # fmt: skip
        assert is_date(folder["createdAt"])
        assert folder["mediaCount"] == list(assignments.values()).count(id)
    return {id: folder["name"] for id, folder in folders.items()}, assignments, document["nextId"]


def as_it_writes(path: Path) -> Any:
    """JSON as C{JSON.stringify(value, null, 2)} has it, without a newline at the end."""
    text = path.read_text()
    value = json.loads(text)
    assert text == json.dumps(value, indent=2, ensure_ascii=False), (
        f"{path.name} is written otherwise"
    )
    return value


def is_date(text: str) -> bool:
    """Whether it is a date with milliseconds, of UTC."""
    return text.endswith("Z") and datetime.fromisoformat(text).isoformat(
        timespec="milliseconds"
    ) == (text.replace("Z", "+00:00"))
