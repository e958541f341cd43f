# -*- test-case-name: tests.api.test_websocket -*-
"""The door as clients see it, over a WebSocket in memory."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import txaio
from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from rtgplayout.api import feeds, websocket
from rtgplayout.api.answers import CriticalError, data_of
from rtgplayout.api.codec import MAX_MESSAGE
from rtgplayout.api.desk import NoPreflight
from rtgplayout.api.frames import Long
from rtgplayout.api.websocket import Limits
from rtgplayout.media.preflight import Fault, Finding
from rtgplayout.playout.status import Mode, Notice, Showing
from rtgplayout.rundown.playlist import Add

from .memory import START, MemoryDesk, TurnClock, clip
from .rig import Browser, DoorTestCase, Json, NarrowTransport

ITEM = {"name": "spot 7", "file": "PUB/spot7.mxf", "durationSeconds": 30}


def kinds(messages: list[Json]) -> list[str]:
    return [message["type"] for message in messages]


def intersperse(between: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, with something between every two."""
    for n, piece in enumerate(pieces):
        if n:
            yield between
        yield piece


class GreetingTests(DoorTestCase):
    """What a client gets on connecting."""

    def test_version_1(self) -> None:
        """The whole state, folders before the media that show them, in the recommended order."""
        browser = self.connect()
        self.assertEqual(
            browser.types,
            [
                "PLAYLIST_FULL",
                "FOLDER_LIST",
                "MEDIA_LIBRARY",
                "AUTOPLAY_STATUS",
                "PRESET_LIST",
                "TEMPLATE_ACTIVE_LIST",
            ],
        )
        data = browser.came[0]["data"]
        self.assertEqual(data["baseStartAt"], "2026-03-01T18:00:00.000Z")
        self.assertEqual([item["id"] for item in data["items"]], ["a", "b", "c"])

    def test_version_2(self) -> None:
        """The same, each thing in its own form; only what is of a channel names one."""
        browser = self.connect(2)
        self.assertEqual(
            browser.types,
            [
                "SNAPSHOT",
                "FOLDER_LIST",
                "LIBRARY_STATE",
                "STATUS",
                "PRESET_LIST",
                "TEMPLATE_ACTIVE_LIST",
                "ALERTS",
                "PREFLIGHT",
            ],
        )
        channels = [message.get("channel") for message in browser.came]
        self.assertEqual(channels, [1, None, None, 1, None, None, None, 1])
        data = browser.came[0]["data"]
        self.assertEqual((data["revision"], data["total"], data["rate"]), (1, 3, [25, 1]))

    def test_channels(self) -> None:
        """Version 2 sees every channel, version 1 the first alone."""
        other = MemoryDesk(clip("z"), channel=2)
        self.start({1: self.desk, 2: other})
        old, new = self.connect(), self.connect(2)
        told = [(each["type"], each["channel"]) for each in new.came if "channel" in each]
        feeds = ("SNAPSHOT", "STATUS", "PREFLIGHT")
        self.assertEqual(told, [(feed, channel) for channel in (1, 2) for feed in feeds])
        self.assertEqual(kinds(new.came).count("FOLDER_LIST"), 1)
        old.take()
        answer = self.say(new, "REMOVE_ITEM", {"id": "z"}, id=1, channel=2)
        self.assertEqual(kinds(answer), ["PLAYLIST_CHANGED", "ACK"])
        self.assertEqual(answer[1]["channel"], 2)
        other.tell(mode=Mode.AUTO)
        self.flush()
        self.assertEqual(old.take(), [])
        answer = self.say(new, "UNDO", {}, id=2, channel=3)
        self.assertEqual(answer[0]["data"]["code"], "unknown_channel")

    def test_contents(self) -> None:
        """What there is beside the playlist is shown, and given when asked for."""
        browser = self.connect()
        for kind, answer in (
            ("GET_MEDIA_LIBRARY", "MEDIA_LIBRARY"),
            ("FOLDER_GET_ALL", "FOLDER_LIST"),
            ("PRESET_GET_ALL", "PRESET_LIST"),
            ("TEMPLATE_GET_ACTIVE", "TEMPLATE_ACTIVE_LIST"),
            ("GET_PLAYLIST", "PLAYLIST_FULL"),
            ("GET_AUTOPLAY_STATUS", "AUTOPLAY_STATUS"),
        ):
            self.assertEqual(kinds(self.say(browser, kind)), [answer])
        new = self.connect(2)
        answers = kinds(self.say(new, "GET_MEDIA_LIBRARY", {}, id=1))
        self.assertEqual(answers, ["LIBRARY_STATE", "ACK"])


class PreflightTests(DoorTestCase):
    """What is wrong with the files of what is scheduled: for version 2."""

    def finding(self, item_id: str, channel: int = 1, deadline: float | None = None) -> Finding:
        return Finding(channel, item_id, "b.mov", Fault.GROWING, "It grows.", deadline, grave=True)

    def find(self, *found: Finding) -> None:
        """That is found, and told."""
        self.shelves.preflight.found = found
        for channel in sorted({each.channel for each in found} or {1}):
            self.door.feeds.preflight_changed(channel)
        self.flush()

    def test_told(self) -> None:
        """At each change, without a new revision; version 1 hears nothing of it."""
        old, new = self.connect(), self.connect(2)
        self.assertNotIn("PREFLIGHT", old.types)
        self.assertEqual(new.came[-1]["data"], {"total": 0, "offset": 0, "findings": []})
        for browser in old, new:
            browser.take()
        self.find(self.finding("b", deadline=START + 10), self.finding(""))
        (told,) = new.take()
        self.assertEqual((told["type"], told["channel"]), ("PREFLIGHT", 1))
        told_of_b = {
            "itemId": "b",
            "file": "b.mov",
            "fault": "growing",
            "sentence": "It grows.",
            "deadline": "2026-03-01T18:00:10.000Z",
            "grave": True,
        }
        self.assertEqual(told["data"]["total"], 2)
        self.assertEqual(
            told["data"]["findings"],
            [told_of_b, {**told_of_b, "itemId": None, "deadline": None}],
        )
        self.find()
        self.assertEqual([each["data"]["total"] for each in new.take()], [0])
        self.assertEqual(old.take(), [])

    def test_snapshot(self) -> None:
        """Items have their warnings, as of when it was asked for; others have none."""
        new = self.connect(2)
        for found in (self.finding("b"),), ():
            self.find(*found)
            snapshot, *_ = self.say(new, "GET_SNAPSHOT", {}, id=1)
            warned = [each.get("warnings") for each in snapshot["data"]["items"]]
            told = {"fault": "growing", "sentence": "It grows.", "grave": True}
            self.assertEqual(warned, [None, [told] if found else None, None])

    def test_many(self) -> None:
        """The first are told to everybody, the others to those who ask for them."""
        new = self.connect(2)
        new.take()
        self.find(*(self.finding(f"i{n}") for n in range(250)))
        (told,) = new.take()
        self.assertEqual((told["data"]["total"], len(told["data"]["findings"])), (250, 100))
        asked = {"offset": 200, "limit": 100}
        page, ack = self.say(new, "GET_PREFLIGHT", asked, id=7)
        self.assertEqual((page["type"], page["id"], ack["type"]), ("PREFLIGHT", 7, "ACK"))
        self.assertEqual((page["data"]["total"], page["data"]["offset"]), (250, 200))
        self.assertEqual(
            [each["itemId"] for each in page["data"]["findings"]],
            [f"i{n}" for n in range(200, 250)],
        )
        beyond, _ = self.say(new, "GET_PREFLIGHT", {"offset": 1000}, id=8)
        self.assertEqual(beyond["data"], {"total": 250, "offset": 1000, "findings": []})
        self.assertEqual(kinds(self.say(self.connect(), "GET_PREFLIGHT")), ["ERROR"])

    def test_channels(self) -> None:
        """Each channel has its own."""
        self.start({1: self.desk, 2: MemoryDesk(clip("z"), channel=2)})
        new = self.connect(2)
        new.take()
        self.find(self.finding("z", 2))
        (told,) = new.take()
        self.assertEqual((told["channel"], told["data"]["total"]), (2, 1))
        page, _ = self.say(new, "GET_PREFLIGHT", {}, id=1, channel=1)
        self.assertEqual((page["channel"], page["data"]["total"]), (1, 0))

    def test_slow(self) -> None:
        """A client that takes nothing is told the newest when it does."""
        new = self.connect(2)
        new.take()
        new.outbound.stalled = True
        self.door.feeds.tell(CriticalError("x" * (1 << 17), ""))
        for n in range(1, 6):
            self.find(*(self.finding(f"i{each}") for each in range(n)))
        new.outbound.stalled = False
        self.flush()
        told = [each["data"]["total"] for each in new.take() if each["type"] == "PREFLIGHT"]
        self.assertEqual(told, [5])

    def test_nobody_looks(self) -> None:
        """A daemon without a preflight finds nothing."""
        nothing = NoPreflight()
        self.assertEqual((nothing.ahead(1), nothing.of(1, "a")), ((), ()))


class EditTests(DoorTestCase):
    """Edits."""

    def setUp(self) -> None:
        super().setUp()
        self.old, self.new = self.connect(), self.connect(2)
        self.old.take()
        self.new.take()

    def edit(self, kind: str, data: object, *, version: int = 2) -> tuple[list[Json], list[Json]]:
        """What the old and the new client get."""
        for browser in self.old, self.new:
            browser.take()
        sender = self.new if version == 2 else self.old
        self.say(sender, kind, data, id=9)
        return self.old.take(), self.new.take()

    def test_each_in_its_own_way(self) -> None:
        """Version 1 gets the document and the status, version 2 what changed and an answer."""
        old, new = self.edit("ADD_ITEM", {**ITEM, "at": 1})
        self.assertEqual(kinds(old), ["PLAYLIST_UPDATED", "AUTOPLAY_STATUS"])
        ids = [item["id"] for item in old[0]["data"]["items"]]
        self.assertEqual(ids, ["a", "item-1772388000000-84g7vsuod", "b", "c"])
        self.assertEqual(kinds(new), ["PLAYLIST_CHANGED", "ACK"])
        data = new[0]["data"]
        self.assertEqual((data["from"], data["to"]), (1, 2))
        self.assertEqual(data["operations"][0]["op"], "insert")
        self.assertEqual(data["operations"][0]["index"], 1)
        self.assertEqual(data["operations"][0]["items"][0]["frames"], 750)
        self.assertEqual(new[1], {"type": "ACK", "id": 9, "channel": 1, "data": {"revision": 2}})

    def test_every_edit(self) -> None:
        """Every edit does what it says; the same from both versions."""
        for version in 2, 1:
            for kind, data, expected in (
                ("ADD_ITEM", {**ITEM, "id": "x", "stopAfter": True}, "abcx"),
                ("REORDER_PLAYLIST", {"fromIndex": 3, "toIndex": 0}, "xabc"),
                ("PLAYLIST_SET_HARD_START", {"itemId": "b", "hardStartTime": "20:00"}, "xabc"),
                ("PLAYLIST_SET_HARD_START", {"itemId": "b"}, "xabc"),
                (
                    "SECONDARY_EVENT_ADD",
                    {"itemId": "b", "event": {"type": "CG_CLEAR", "trigger": "END", "id": "e"}},
                    "xabc",
                ),
                ("SECONDARY_EVENT_REMOVE", {"itemId": "b", "eventId": "e"}, "xabc"),
                ("REMOVE_ITEM", {"id": "x"}, "abc"),
                ("SET_BASE_START", {"isoDate": "2026-03-02T18:00:00Z"}, "abc"),
                ("SET_BASE_START", {"isoDate": "2026-03-01T18:00:00Z"}, "abc"),
            ):
                old, new = self.edit(kind, data, version=version)
                self.assertEqual(kinds(old), ["PLAYLIST_UPDATED", "AUTOPLAY_STATUS"])
                ids = "".join(item["id"] for item in old[0]["data"]["items"])
                self.assertEqual(ids, expected)
                self.assertIn("PLAYLIST_CHANGED", kinds(new))
        self.edit("CLEAR_PLAYLIST", None, version=1)
        self.assertEqual(self.desk.plan().items, ())

    def test_new_edits(self) -> None:
        """Change, replace, undo: only in version 2."""
        change = {"id": "b", "name": "news", "durationSeconds": 5, "trimInSeconds": 2}
        self.edit("UPDATE_ITEM", change)
        item = self.desk.plan().items[1]
        self.assertEqual((item.name, item.duration, item.in_point), ("news", 125, 50))
        self.assertEqual(item.file, "GEN/b.mov")
        self.edit("REPLACE_PLAYLIST", {"items": [{**ITEM, "id": "n"}]})
        self.assertEqual([item.id for item in self.desk.plan().items], ["n"])
        self.edit("UNDO", {})
        self.edit("UNDO", {})
        self.assertEqual(self.desk.plan().items[1].name, "B")
        old, _ = self.edit("UNDO", {}, version=1)
        self.assertEqual(old[0]["data"]["code"], "unknown_type")

    def test_answer_after_saving(self) -> None:
        """Nothing is published or acknowledged before it is on disk, and then in that order."""
        self.desk.slow_disk = True
        old, new = self.edit("REMOVE_ITEM", {"id": "a"})
        self.assertEqual((old, new), ([], []))
        self.desk.save()
        self.flush()
        self.assertEqual(kinds(self.new.came), ["PLAYLIST_CHANGED", "ACK"])
        self.assertEqual(self.old.types, ["PLAYLIST_UPDATED", "AUTOPLAY_STATUS"])

    def test_quick_succession(self) -> None:
        """Two changes of one item, the second before the first is on disk, are both kept."""
        self.desk.slow_disk = True
        self.edit("UPDATE_ITEM", {"id": "b", "name": "news"})
        self.edit("UPDATE_ITEM", {"id": "b", "file": "x.mov"})
        self.desk.save()
        item = self.desk.document().playlist.items[1]
        self.assertEqual((item.name, item.file), ("news", "x.mov"))

    def test_refused(self) -> None:
        """What makes no sense is an error to its sender alone, under its field; nothing changed."""
        before = self.desk.document()
        for kind, data, path in (
            ("REMOVE_ITEM", {"id": "x"}, "id"),
            ("REORDER_PLAYLIST", {"fromIndex": 0, "toIndex": 3}, "toIndex"),
            ("ADD_ITEM", {**ITEM, "id": "a"}, "id"),
            ("ADD_ITEM", {**ITEM, "at": 4}, "at"),
            ("ADD_ITEM", {**ITEM, "type": "live"}, "file"),
            ("UPDATE_ITEM", {"id": "x"}, "id"),
            ("UPDATE_ITEM", {"id": "a", "type": "live"}, "file"),
            ("PLAYLIST_SET_HARD_START", {"itemId": "x", "hardStartTime": "20:00"}, "itemId"),
            (
                "SECONDARY_EVENT_ADD",
                {"itemId": "a", "event": {"type": "CG_ADD", "trigger": "END"}},
                "event.template",
            ),
            ("SECONDARY_EVENT_REMOVE", {"itemId": "a", "eventId": "x"}, "eventId"),
            ("PLAY_ITEM", {"id": "x"}, "id"),
            ("REPLACE_PLAYLIST", {"items": [{**ITEM, "id": "x"}] * 2}, "items[1].id"),
        ):
            old, new = self.edit(kind, data)
            self.assertEqual(old, [])
            self.assertEqual(kinds(new), ["ERROR"])
            self.assertEqual(new[0]["id"], 9)
            self.assertIn(new[0]["data"]["code"], {"refused", "cannot"})
            self.assertEqual(new[0]["data"]["path"], path, kind)
            if kind not in {"UPDATE_ITEM", "REPLACE_PLAYLIST"}:
                old, new = self.edit(kind, data, version=1)
                self.assertEqual(new, [])
                self.assertEqual(kinds(old), ["ERROR"])
                self.assertTrue(old[0]["data"]["message"].startswith(path))
        self.assertIs(self.desk.document(), before)

    def test_hard_start_refused(self) -> None:
        """A hard start that can not be kept: why not, to its sender alone, in its own terms."""
        data = {"itemId": "b", "hardStartTime": "19:00:00"}
        old, new = self.edit("PLAYLIST_SET_HARD_START", data, version=1)
        self.assertEqual(new, [])
        self.assertEqual(kinds(old), ["HARD_START_ERROR"])
        error = old[0]["data"]["errors"][0]
        self.assertEqual((error["itemId"], error["itemName"]), ("b", "B"))
        self.assertEqual(error["hardStartTime"], "19:00:00")
        self.assertEqual((error["trimNeeded"], error["maxTrim"]), (10, 5))
        self.assertEqual(error["targetStart"], "2026-03-01T18:00:00.000Z")
        old, new = self.edit("PLAYLIST_SET_HARD_START", data)
        self.assertEqual(old, [])
        self.assertEqual((new[0]["type"], new[0]["data"]["code"]), ("ERROR", "hard_start"))
        self.assertEqual(new[0]["data"]["errors"], [error])

    def test_hard_start_lost(self) -> None:
        """An edit that makes a hard start impossible is a toast for everybody."""
        self.edit("PLAYLIST_SET_HARD_START", {"itemId": "b", "hardStartTime": "19:00:08"})
        old, new = self.edit("ADD_ITEM", {**ITEM, "at": 0})
        for came in old, new:
            toast = next(message for message in came if message["type"] == "NOTIFICATION")
            self.assertEqual(toast["data"]["level"], "warning")
            self.assertIn("B at 19:00:08", toast["data"]["message"])

    def test_small(self) -> None:
        """On version 2 an edit is less than a kilobyte a client."""
        self.say(self.new, "ADD_ITEM", ITEM, id=1)
        self.assertLess(sum(self.new.sizes), 1000)


class OrderTests(DoorTestCase):
    """
    What one client asks is done in its order, whatever has to be worked out in a thread.

    @ivar jobs: what the threads have to do.
    """

    def in_thread(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.jobs.append((done, lambda: work(*args)))
        return done

    def setUp(self) -> None:
        self.jobs: list[tuple[Deferred[Any], Callable[[], Any]]] = []
        super().setUp()
        self.old, self.new = self.connect(), self.connect(2)
        self.new.take()

    def work(self) -> None:
        """The threads do what they have to."""
        while self.jobs:
            jobs, self.jobs = self.jobs, []
            for done, job in jobs:
                done.callback(job())
        self.flush()

    def names(self) -> list[str]:
        return [item.name for item in self.desk.document().playlist.items]

    def test_after_a_long_one(self) -> None:
        """What is short waits for what is long and was sent before it; other clients don't."""
        items = [{**ITEM, "name": f"{n}"} for n in range(300)]
        self.say(self.new, "REPLACE_PLAYLIST", {"items": items}, id=1)
        self.say(self.new, "ADD_ITEM", {**ITEM, "name": "last"}, id=2)
        self.say(self.old, "ADD_ITEM", {**ITEM, "name": "other"})
        self.assertEqual(self.names(), ["A", "B", "C", "other"])
        self.work()
        self.assertEqual(self.names(), [*map(str, range(300)), "last"])
        acks = [each["id"] for each in self.new.came if each["type"] == "ACK"]
        self.assertEqual(acks, [1, 2])

    def test_too_much(self) -> None:
        """A client that sends more than may wait is told so; the others are not disturbed."""
        text = "x" * 900_000
        for n in range(6):
            self.say(self.new, "IMPORT_PLAYLIST", {"format": "csv", "text": text}, id=n)
        self.assertEqual([each["data"]["code"] for each in self.new.came], ["busy"])
        self.assertEqual(kinds(self.say(self.old, "GET_AUTOPLAY_STATUS")), ["AUTOPLAY_STATUS"])

    def test_gone(self) -> None:
        """Who goes while a message is being understood leaves nothing behind."""
        items = [ITEM] * 300
        self.say(self.new, "REPLACE_PLAYLIST", {"items": items}, id=1)
        self.new.dropConnection(abort=True)
        self.flush()
        self.work()
        self.assertEqual(self.flushLoggedErrors(), [])


class BadInputTests(DoorTestCase):
    """What isn't a message."""

    def test_sender_alone(self) -> None:
        """Rubbish is an error to its sender; nobody else notices, and the sender stays."""
        for version in 1, 2:
            sender, other = self.connect(version), self.connect()
            for payload in b"", b"nul", b"[]", b'{"type":"X","id":1}', b'{"type":"ADD_ITEM"}':
                other.take()
                sender.take()
                sender.sendMessage(payload)
                self.flush()
                self.assertEqual(sender.types, ["ERROR"])
                self.assertTrue(sender.came[0]["data"]["message"])
                self.assertEqual(other.came, [])
            self.assertEqual(
                kinds(self.say(sender, "GET_PLAYLIST", id=1))[0][:4],
                "PLAY" if version == 1 else "SNAP",
            )
        self.assertEqual(self.door.traffic.errors, 10)

    def test_binary(self) -> None:
        """Binary messages are refused."""
        browser = self.connect()
        browser.take()
        browser.sendMessage(b"{}", isBinary=True)
        self.flush()
        self.assertEqual(browser.came[0]["data"]["code"], "not_text")

    def test_ten_megabytes(self) -> None:
        """A message of ten megabytes is refused while it comes, and the connection closed."""
        browser, other = self.connect(), self.connect()
        browser.take()
        browser.sendMessage(b'"' + b"x" * (10 << 20) + b'"')
        self.flush()
        self.assertEqual(browser.came[0]["data"]["code"], "too_large")
        assert browser.over is not None
        self.assertEqual(browser.over[0], 1009)
        self.assertIsNone(other.over)
        self.assertEqual(len(self.door.feeds.clients), 1)

    def test_largest(self) -> None:
        """The largest message allowed is looked at."""
        browser = self.connect()
        browser.take()
        browser.sendMessage(b"x" * MAX_MESSAGE)
        self.flush()
        self.assertEqual(browser.came[0]["data"]["code"], "not_json")

    def test_flood(self) -> None:
        """
        Who sends a thousand messages at once is told once, then shown the door with 1008; the
        others are served meanwhile.
        """
        browser, other = self.connect(), self.connect(2)
        browser.take()
        for _ in range(1000):
            browser.sendMessage(b'{"type":"GET_AUTOPLAY_STATUS"}')
        self.flush()
        errors = [message for message in browser.came if message["type"] == "ERROR"]
        self.assertEqual([error["data"]["code"] for error in errors], ["too_fast"])
        assert browser.over is not None
        self.assertEqual(browser.over[0], 1008)
        self.assertEqual(self.door.traffic.flooding, 1)
        self.assertLessEqual(self.door.traffic.requests, 200)
        self.assertEqual(kinds(self.say(other, "GET_STATUS", id=1)), ["STATUS", "ACK"])

    def test_pings_count(self) -> None:
        """A flood of pings is a flood."""
        browser = self.connect()
        for _ in range(1000):
            browser.sendPing(b"x")
        self.flush()
        assert browser.over is not None
        self.assertEqual(browser.over[0], 1008)

    def test_brisk_is_fine(self) -> None:
        """A hundred messages a second, second after second, are all answered."""
        browser = self.connect()
        browser.take()
        for _ in range(30):
            for _ in range(10):
                browser.sendMessage(b'{"type":"GET_AUTOPLAY_STATUS"}')
            self.clock.advance(0.1)
            self.flush()
        self.assertEqual(browser.types, ["AUTOPLAY_STATUS"] * 300)

    def test_too_many_waiting(self) -> None:
        """Requests whose answers don't come don't pile up."""
        browser = self.connect(2)
        self.desk.slow_disk = True
        for n in range(201):
            self.clock.advance(0.1)
            self.say(browser, "ADD_ITEM", {**ITEM, "id": f"x{n}"}, id=n)
        self.assertEqual(browser.came[0]["data"]["code"], "busy")
        self.desk.save()
        self.flush()
        self.assertEqual(browser.types.count("ACK"), 200)


class OnAirTests(DoorTestCase):
    """What is on air."""

    def test_play(self) -> None:
        """What is on air changed: the playlist, the status, then what plays."""
        old, new = self.connect(), self.connect(2)
        old.take()
        came = self.say(new, "PLAY_ITEM", {"id": "b", "file": "whatever"}, id=1)
        self.assertEqual(kinds(came), ["PLAYLIST_CHANGED", "STATUS", "ACK"])
        self.assertEqual(came[0]["data"]["operations"], [])
        self.assertEqual(came[1]["data"]["onAir"]["item"]["id"], "b")
        self.assertEqual(old.types, ["PLAYLIST_UPDATED", "AUTOPLAY_STATUS", "PLAYBACK_STATUS"])
        status = old.came[1]["data"]
        self.assertEqual(status["currentItem"]["id"], "b")
        self.assertEqual(status["currentItem"]["status"], "PLAYING")
        self.assertEqual(status["nextItem"]["id"], "c")
        self.assertEqual(
            old.came[2]["data"],
            {
                "itemId": "b",
                "status": "playing",
                "file": "GEN/b.mov",
                "startTime": "2026-03-01T18:00:00.000Z",
            },
        )

    def test_stop(self) -> None:
        """Stop is one status, mode MANUAL and nothing current, then "stopped"."""
        old = self.connect()
        self.say(old, "PLAY_ITEM", {"id": "b", "file": "b"})
        came = self.say(old, "STOP_PLAYBACK", {})
        self.assertEqual(kinds(came), ["AUTOPLAY_STATUS", "PLAYBACK_STATUS"])
        self.assertEqual(came[0]["data"]["mode"], "MANUAL")
        self.assertIsNone(came[0]["data"]["currentItem"])
        self.assertEqual(came[1]["data"], {"itemId": None, "status": "stopped"})

    def test_modes(self) -> None:
        """A mode is set for everybody."""
        old, new = self.connect(), self.connect(2)
        new.take()
        for mode in "AUTO", "ASSISTED", "MANUAL":
            came = self.say(old, "SET_AUTOPLAY_MODE", {"mode": mode})
            self.assertEqual(kinds(came), ["AUTOPLAY_STATUS"])
            self.assertEqual(came[0]["data"]["mode"], mode)
            self.assertEqual(new.take()[0]["data"]["mode"], mode)

    def test_take(self) -> None:
        """Take and next are the same, and named after who asked."""
        browser = self.connect(2)
        for kind in "TAKE", "NEXT":
            self.assertEqual(kinds(self.say(browser, kind, id="t")), ["ACK"])
        self.assertEqual([asked[0] for asked in self.desk.asked], ["take", "take"])

    def test_starting(self) -> None:
        """While an item only starts, version 1 still shows what the viewer still sees."""
        old = self.connect()
        self.say(old, "PLAY_ITEM", {"id": "a"})
        old.take()
        self.desk.tell(showing=Showing.STARTING)
        self.flush()
        self.assertEqual(old.came[0]["data"]["currentItem"]["id"], "a")
        self.assertEqual(old.types, ["AUTOPLAY_STATUS"])

    def test_jitter(self) -> None:
        """A status that says the same again, give or take milliseconds, is not told again."""
        old = self.connect()
        self.say(old, "PLAY_ITEM", {"id": "a"})
        old.take()
        on_air = self.desk.status().on_air
        assert on_air is not None
        self.desk.tell(on_air=evolve(on_air, started_at=on_air.started_at + 0.003))
        self.flush()
        self.assertEqual(old.came, [])

    def test_caspar(self) -> None:
        """Everybody hears that CasparCG is lost; a client may ask."""
        old, new = self.connect(), self.connect(2)
        old.take()
        new.take()
        self.desk.tell(connected=False)
        self.flush()
        self.assertEqual(old.types, ["AUTOPLAY_STATUS", "CASPAR_STATUS"])
        self.assertEqual(new.types, ["STATUS"])
        came = self.say(old, "CONNECT_CASPAR")
        self.assertEqual(came, [{"type": "CASPAR_STATUS", "data": {"connected": False}}])

    def test_notices(self) -> None:
        """A notice is a toast for everybody, its level in lower case."""
        old, new = self.connect(), self.connect(2)
        assert self.desk.watcher is not None
        self.desk.watcher.notice(1, Notice("WARNING", "x"))
        self.flush()
        self.assertEqual(
            old.came[-1], {"type": "NOTIFICATION", "data": {"level": "warning", "message": "x"}}
        )
        self.assertEqual(new.came[-1]["channel"], 1)

    def test_orphaned_trims(self) -> None:
        """There are none, which is what is said, to whom it may concern."""
        old, other = self.connect(), self.connect()
        other.take()
        came = self.say(old, "PLAYLIST_CLEAN_ORPHANED_TRIMS")
        self.assertEqual(came[0]["type"], "NOTIFICATION")
        self.assertEqual(came[0]["data"]["level"], "info")
        self.assertEqual(other.came, [])


class FiguresTests(DoorTestCase):
    """Health and figures."""

    def test_health(self) -> None:
        """How the server is, as it is."""
        browser = self.connect()
        data = self.say(browser, "HEALTH_CHECK")[0]["data"]
        self.assertEqual(data["status"], "healthy")
        self.assertEqual(data["timestamp"], "2026-03-01T18:00:00.000Z")
        self.assertEqual(
            data["websocket"],
            {"clients": 1, "errors": 0, "slow": 0, "dropped": 0, "queuedBytes": 0},
        )
        self.assertEqual(data["memory"], {"rss": "54 MB", "memoryMB": 54})
        self.assertEqual(data["playlist"], {"items": 3})
        self.assertEqual(data["media"], {"files": 0, "scanning": False})
        self.assertEqual(data["caspar"], {"connected": True})

    def test_stats(self) -> None:
        """The figures of the old system, where they mean something."""
        browser = self.connect(2)
        came = self.say(browser, "GET_SERVER_STATS", id=3)
        self.assertEqual([(m["type"], m["id"]) for m in came], [("SERVER_STATS", 3), ("ACK", 3)])
        data = came[0]["data"]
        self.assertEqual((data["memory"]["rss"], data["memory"]["memoryMB"]), ("54 MB", 54))
        self.assertEqual(data["connections"]["websocket"], 1)
        self.assertEqual(data["connections"]["traffic"]["clients"], 1)
        self.assertEqual(
            data["playlist"], {"itemCount": 3, "baseStartAt": "2026-03-01T18:00:00.000Z"}
        )
        self.assertEqual(data["autoplay"]["mode"], "MANUAL")
        self.assertIsNone(data["autoplay"]["status"]["currentItem"])
        self.assertEqual(data["media"], {"fileCount": 0, "scanning": False})

    def test_clients(self) -> None:
        """Who is here, who does not keep up and what waits for them; what was since the start."""
        slow, quick = self.connect(), self.connect(2)
        self.say(quick, "NONSENSE", id=1)
        self.say(slow, "NONSENSE")
        figures = self.door.figures()
        self.assertEqual((figures.connected, figures.errors, figures.slow), (2, 2, 0))
        self.assertEqual(figures.received, self.door.traffic.bytes_in)
        self.assertEqual(figures.sent, self.door.traffic.bytes_out)
        slow.outbound.stalled = True
        guest: Any = slow.server
        long = Long((b'{"type":"FILL","data":"', b"x" * 300_000, b'"}'))
        guest.send(long, b'{"type":"FILL"}')
        self.clock.advance(0)
        figures = self.door.figures()
        self.assertEqual((figures.connected, figures.slow), (2, 1))
        self.assertGreater(figures.queued, 150_000)
        self.assertLessEqual(figures.queued, long.size + 15)
        health = self.say(quick, "HEALTH_CHECK", id=2)[0]["data"]["websocket"]
        self.assertEqual((health["slow"], health["queuedBytes"]), (1, figures.queued))
        slow.outbound.stalled = False
        for _ in range(9):
            self.flush()
            self.clock.advance(0)
        self.assertEqual((self.door.figures().slow, self.door.figures().queued), (0, 0))

    def test_dropped(self) -> None:
        """Who was dropped with much waiting for it is counted, and nothing waits any more."""
        slow = self.connect()
        slow.outbound.stalled = True
        guest: Any = slow.server
        guest.send(Long((b"x" * 300_000,)))
        self.clock.advance(0)
        self.clock.pump([1] * 40)
        self.flush()
        figures = self.door.figures()
        self.assertEqual((figures.connected, figures.dropped, figures.queued), (0, 1, 0))


class BurstTests(DoorTestCase):
    """Much that comes at once."""

    def setUp(self) -> None:
        super().setUp()
        self.looked_at: list[Browser] = []

        def received(client: Any, payload: bytes) -> None:
            self.clock.rightNow += 0.001
            self.looked_at.append(client)

        self.patch(self.door, "received", received)

    def burst(self, browser: Browser) -> list[str]:
        """Have fifty messages come together; what was asked of the transport."""
        held: list[str] = []
        for name in ("pauseProducing", "resumeProducing"):
            self.patch(browser.outbound, name, lambda name=name: held.append(name))
        for _ in range(50):
            browser.sendMessage(b"x" * 500)
        browser.server.dataReceived(browser.pump.clientIO.getOutBuffer())
        return held

    def test_turns(self) -> None:
        """They are looked at in turns, some of each client's; nothing more is read meanwhile."""
        first, second = self.connect(), self.connect(2)
        held = self.burst(first)
        self.burst(second)
        self.assertLess(len(self.looked_at), 10)
        self.assertEqual(held, ["pauseProducing"])
        self.clock.advance(0)
        self.assertEqual(len(self.looked_at), 100)
        self.assertLess(self.looked_at.index(second.server), 10)
        self.assertEqual(held, ["pauseProducing", "resumeProducing"])

    def test_gone(self) -> None:
        """Of a client that is gone nothing more is looked at."""
        browser = self.connect()
        self.burst(browser)
        browser.server.dropConnection(abort=True)
        browser.server.connectionLost(Failure(ConnectionLost()))
        seen = len(self.looked_at)
        self.assertLess(seen, 10)
        self.clock.advance(0)
        self.assertEqual(len(self.looked_at), seen)


class SlowTests(DoorTestCase):
    """Clients that don't take what they are sent."""

    def stall(self, browser: Browser) -> None:
        """It takes nothing any more, and its buffers are full."""
        browser.outbound.stalled = True
        browser.server.send(b'{"type":"FILL","data":"' + b"x" * 70_000 + b'"}')
        self.assertFalse(browser.server.ready)
        browser.take()

    def test_latest_wins(self) -> None:
        """A slow client misses what is out of date and gets what is true, once, in order."""
        for version, expected in (
            (1, ["FILL", "PLAYLIST_UPDATED", "AUTOPLAY_STATUS", "PLAYBACK_STATUS"]),
            (2, ["FILL", "SNAPSHOT", "STATUS"]),
        ):
            slow, quick = self.connect(version), self.connect(version)
            self.stall(slow)
            quick.take()
            for n in range(20):
                self.desk.edit(Add((clip(f"v{version}n{n}"),)), "")
                self.desk.air(n % 2)
                self.flush()
            self.assertGreaterEqual(len(quick.came), 40)
            slow.outbound.stalled = False
            self.flush()
            self.assertEqual(slow.types, expected)
            self.assertEqual(slow.came[1]["data"]["items"][-1]["id"], f"v{version}n19")

    def test_stuck(self) -> None:
        """Who takes nothing for too long is dropped."""
        slow, other = self.connect(), self.connect()
        self.stall(slow)
        for _ in range(29):
            self.clock.advance(1)
            self.flush()
        self.assertIn(slow.server, self.door.feeds.clients)
        self.clock.advance(2)
        self.flush()
        self.assertEqual(self.door.feeds.clients, (other.server,))
        self.assertEqual(self.door.traffic.slow, 1)

    def test_recovered(self) -> None:
        """Who takes things again in time is not dropped later."""
        slow = self.connect()
        self.stall(slow)
        self.clock.advance(20)
        slow.outbound.stalled = False
        self.flush()
        for _ in range(20):
            self.clock.advance(1)
            self.flush()
        self.assertEqual(self.door.feeds.clients, (slow.server,))

    def test_answers_dont_pile_up(self) -> None:
        """Who asks and asks, and takes no answers, is dropped at a megabyte."""
        slow = self.connect()
        self.stall(slow)
        for _ in range(20):
            self.door.alarm("x" * 60_000, "")
        self.flush()
        self.assertEqual(self.door.feeds.clients, ())
        self.assertEqual(self.door.traffic.slow, 1)

    def test_dead(self) -> None:
        """Who doesn't answer pings is dropped; who does, stays."""
        dead, alive = self.connect(), self.connect()
        dead.answers_pings = False
        for _ in range(60):
            self.clock.advance(1)
            self.flush()
        self.assertEqual(self.door.feeds.clients, (alive.server,))


class LongListTests(DoorTestCase):
    """Lists that are encoded a piece at a time."""

    def setUp(self) -> None:
        super().setUp()
        self.desk = MemoryDesk(*(clip(f"i{n}") for n in range(2000)))
        self.start({1: self.desk})

    def test_greeting(self) -> None:
        """A new client gets it whole, and the rest after it."""
        browser = self.connect()
        self.assertEqual(browser.types[:2], ["PLAYLIST_FULL", "FOLDER_LIST"])
        self.assertEqual(len(browser.came[0]["data"]["items"]), 2000)

    def test_pages(self) -> None:
        """Version 2 gets pages that follow one another, all of one revision."""
        browser = self.connect(2)
        pages = [m["data"] for m in browser.came if m["type"] == "SNAPSHOT"]
        self.assertGreater(len(pages), 5)
        self.assertEqual({page["total"] for page in pages}, {2000})
        self.assertEqual({page["revision"] for page in pages}, {1})
        items = [item["id"] for page in pages for item in page["items"]]
        self.assertEqual(items, [item.id for item in self.desk.plan().items])
        self.assertIn("STATUS", browser.types)

    def test_longer_than_what_may_pile_up(self) -> None:
        """A list longer than what may wait for a slow client is still one thing to send."""
        self.factory.limits = Limits(piled=1000)
        browser = self.connect(2)
        self.assertIn("STATUS", browser.types)
        self.assertIsNone(browser.over)

    def test_turns(self) -> None:
        """It takes several turns of the reactor; what comes meanwhile comes after it."""
        browser = self.connect()
        browser.take()
        self.desk.edit(Add((clip("x"),)), "")
        self.desk.air(0)
        browser.pump.flush(advanceClock=False)
        self.assertEqual(browser.came, [])
        self.flush()
        self.assertEqual(browser.types[-2:], ["AUTOPLAY_STATUS", "PLAYBACK_STATUS"])
        self.assertEqual(set(browser.types[:-2]), {"PLAYLIST_UPDATED"})
        self.assertEqual(browser.came[-3]["data"]["items"][-1]["id"], "x")

    def test_coalesced(self) -> None:
        """Many edits while it is encoded are two encodings: what was begun, and the newest."""
        browser = self.connect()
        browser.take()
        for n in range(10):
            self.desk.edit(Add((clip(f"x{n}"),)), "")
        self.flush()
        self.assertEqual(browser.types, ["PLAYLIST_UPDATED"] * 2 + ["AUTOPLAY_STATUS"])
        self.assertEqual(browser.came[1]["data"]["items"][-1]["id"], "x9")

    def test_snapshot_and_changes(self) -> None:
        """A client that waits for a snapshot gets no changes before it, and all after it."""
        browser = self.connect(2)
        browser.take()
        browser.sendMessage(b'{"type":"GET_SNAPSHOT","id":1}')
        browser.pump.pump()
        self.desk.edit(Add((clip("x"),)), "")
        self.flush()
        last = [m["data"] for m in browser.came if m["type"] == "SNAPSHOT"][-1]
        self.assertEqual((last["revision"], last["total"]), (2, 2001))
        self.assertNotIn("PLAYLIST_CHANGED", browser.types)
        self.desk.edit(Add((clip("y"),)), "")
        self.flush()
        self.assertEqual(browser.types[-1], "PLAYLIST_CHANGED")

    def test_much_at_once(self) -> None:
        """A change of very many items is told by a snapshot."""
        browser = self.connect(2)
        browser.take()
        self.desk.edit(Add(tuple(clip(f"y{n}") for n in range(400))), "")
        self.flush()
        self.assertEqual(set(browser.types), {"SNAPSHOT"})


class LongMessageTests(DoorTestCase):
    """Messages that are sent in pieces, as each client takes them."""

    clock: TurnClock

    def setUp(self) -> None:
        super().setUp()
        self.clock = TurnClock()
        self.patch(txaio.config, "loop", self.clock)  # type: ignore[attr-defined]
        self.start({1: self.desk})
        pieces = [b'"%d%s"' % (n, b"x" * 20_000) for n in range(100)]
        self.long = Long((b'{"type":"LONG","data":[', *intersperse(b",", pieces), b"]}"))
        self.written: list[bytes] = []
        transport_write = NarrowTransport.writeSequence

        def write(transport: NarrowTransport, frame: tuple[bytes, bytes]) -> None:
            self.written.append(frame[1])
            transport_write(transport, frame)

        self.patch(NarrowTransport, "writeSequence", write)

    def waits(self, version: int = 1) -> Browser:
        """A client that has taken nothing yet of the long message that it is sent."""
        browser = self.connect(version)
        browser.outbound.stalled = True
        browser.server.send(self.long)
        self.flush()
        browser.take()
        return browser

    def takes_some(self, browser: Browser) -> None:
        """A client takes what was written, and no more."""
        browser.outbound.stalled = False
        browser.pump.pump()
        browser.outbound.stalled = True
        self.clock.advance(0)

    def test_whole(self) -> None:
        """It arrives as it was, after what was sent before it and before what is sent after it."""
        browser = self.connect()
        browser.take()
        before, after = b'{"type":"BEFORE"}', b'{"type":"AFTER"}'
        browser.server.send(before, self.long, after)
        browser.server.send(self.long)
        browser.server.send(after)
        self.flush()
        self.assertEqual(browser.types, ["BEFORE", "LONG", "AFTER", "LONG", "AFTER"])
        expected = json.loads(b"".join(self.long.pieces))
        self.assertEqual([browser.came[1], browser.came[3]], [expected, expected])
        self.assertTrue(browser.server.ready)

    def test_as_it_is_taken(self) -> None:
        """No more is written than the client takes, and no more of it is in memory."""
        browser = self.waits()
        total = sum(map(len, self.long.pieces))
        taken = 0
        while not browser.came:
            buffered = sum(map(len, browser.outbound.stream))
            self.assertLess(buffered, 100_000)
            taken += buffered
            self.takes_some(browser)
        self.assertGreater(taken, total)
        self.assertEqual(browser.types, ["LONG"])

    def test_not_ready(self) -> None:
        """What changes while it is under way is told once, after it, as it is then."""
        for version, expected in (
            (1, ["LONG", "PLAYLIST_UPDATED", "AUTOPLAY_STATUS"]),
            (2, ["LONG", "SNAPSHOT", "STATUS"]),
        ):
            browser = self.waits(version)
            for n in range(5):
                self.takes_some(browser)
                self.desk.edit(Add((clip(f"v{version}n{n}"),)), "")
                self.desk.tell(mode=(Mode.AUTO, Mode.MANUAL)[n % 2])
                self.clock.advance(0)
            browser.outbound.stalled = False
            self.flush()
            self.assertEqual(browser.types, expected)
            self.assertEqual(browser.came[1]["data"]["items"][-1]["id"], f"v{version}n4")
            self.assertEqual(browser.came[2]["data"]["mode"], "AUTO")

    def test_answers_wait(self) -> None:
        """An answer meanwhile comes after it."""
        browser = self.waits(2)
        browser.sendMessage(b'{"type":"TAKE","id":7}')
        self.takes_some(browser)
        self.takes_some(browser)
        self.assertEqual(self.desk.asked[0][0], "take")
        self.assertEqual(browser.came, [])
        browser.outbound.stalled = False
        self.flush()
        self.assertEqual(browser.types, ["LONG", "ACK"])

    def test_behind_it(self) -> None:
        """What waits behind it is bounded; the message itself, which all share, does not count."""
        self.factory.limits = Limits(piled=1000)
        patient, greedy = self.waits(), self.waits()
        patient.server.send(b"{}" * 400)
        self.assertIsNone(patient.over)
        for _ in range(3):
            greedy.server.send(b"{}" * 400)
        self.flush()
        self.assertEqual(self.door.feeds.clients, (patient.server,))
        self.assertEqual(self.door.traffic.slow, 1)

    def test_forgotten_once_taken(self) -> None:
        """What was taken counts no more."""
        self.factory.limits = Limits(piled=1000)
        browser = self.connect()
        for _ in range(5):
            browser.server.send(self.long)
            browser.server.send(b'{"type":"X","data":"%s"}' % (b"x" * 600))
            self.flush()
        self.assertEqual(browser.types[-2:], ["LONG", "X"])
        self.assertIsNone(browser.over)

    def test_pings(self) -> None:
        """A ping is answered, and ours go out, between two pieces of it."""
        browser = self.waits()
        pongs: list[bytes] = []
        pings: list[bytes] = []
        self.patch(browser, "onPong", pongs.append)
        self.patch(browser, "onPing", pings.append)
        browser.sendPing(b"there?")
        browser.server.sendPing(b"and you?")
        self.takes_some(browser)
        self.takes_some(browser)
        self.assertEqual((pongs, pings), ([b"there?"], [b"and you?"]))
        self.assertEqual(browser.came, [])
        browser.outbound.stalled = False
        self.flush()
        self.assertEqual(browser.types, ["LONG"])

    def test_closed_by_us(self) -> None:
        """When we close in the middle of it, the client is told why, and no more of it is sent."""
        for close, code in (("go_away", 1001), ("fail", 1011)):
            browser = self.waits()
            self.takes_some(browser)
            getattr(browser.server, close)()
            self.written.clear()
            browser.outbound.stalled = False
            self.flush()
            self.assertEqual(self.written, [])
            self.assertEqual(browser.came, [])
            assert browser.over is not None
            self.assertEqual(browser.over[0], code)
            self.assertEqual(self.door.feeds.clients, ())

    def test_closed_by_the_client(self) -> None:
        """When the client closes in the middle of it, that is that."""
        browser = self.waits()
        browser.sendClose(1000)
        self.takes_some(browser)
        self.written.clear()
        browser.outbound.stalled = False
        self.flush()
        self.assertEqual(self.written, [])
        assert browser.over is not None
        self.assertEqual(browser.over[0], 1000)
        self.assertEqual(self.door.feeds.clients, ())
        self.assertEqual(self.door.traffic.slow, 0)

    def test_lost(self) -> None:
        """When the connection is lost in the middle of it, nothing of it is kept."""
        browser = self.waits()
        self.takes_some(browser)
        self.written.clear()
        browser.server.connectionLost(Failure(ConnectionLost()))
        browser.outbound.stalled = False
        self.flush()
        self.assertEqual(self.written, [])
        self.assertEqual(self.door.feeds.clients, ())

    def test_stop(self) -> None:
        """The server stops in time, whoever has not taken all."""
        stalled, taking = self.waits(), self.waits()
        taking.outbound.stalled = False
        done = self.factory.stop()
        self.flush()
        self.clock.advance(0.5)
        self.successResultOf(done)
        assert taking.over is not None
        self.assertEqual(taking.over[0], 1001)
        self.assertEqual(stalled.came, [])

    def test_stuck(self) -> None:
        """Who takes nothing of it for too long is dropped."""
        browser, other = self.waits(), self.connect()
        self.takes_some(browser)
        for _ in range(29):
            self.clock.advance(1)
            self.flush()
        self.assertIn(browser.server, self.door.feeds.clients)
        self.clock.advance(2)
        self.flush()
        self.assertEqual(self.door.feeds.clients, (other.server,))
        self.assertEqual(self.door.traffic.slow, 1)

    def test_slow_is_not_stuck(self) -> None:
        """
        Who takes a little every now and then gets it all, however long it takes; it need not
        answer a ping before it could see it.
        """
        browser = self.waits()
        browser.answers_pings = False
        times = 0
        while not browser.came:
            self.assertIsNone(browser.over)
            for _ in range(15):
                self.clock.advance(1)
            self.takes_some(browser)
            times += 1
        self.assertGreater(times, 15)
        self.assertEqual(browser.types, ["LONG"])
        browser.outbound.stalled = False
        for _ in range(60):
            self.clock.advance(1)
            self.flush()
        self.assertIsNotNone(browser.over)

    def test_slow_costs_others_nothing(self) -> None:
        """Who takes nothing keeps nobody waiting."""
        self.waits()
        quick = self.connect()
        quick.take()
        quick.server.send(self.long)
        self.flush()
        self.assertEqual(quick.types, ["LONG"])

    def test_shared(self) -> None:
        """Fifty who get it, each at its own pace, share its bytes."""
        browsers = [self.waits() for _ in range(50)]
        for browser in browsers[::2]:
            browser.outbound.stalled = False
        self.flush()
        for browser in browsers[1::2]:
            browser.outbound.stalled = False
        self.flush()
        self.assertEqual([browser.types for browser in browsers], [["LONG"]] * 50)
        self.assertLessEqual({id(each) for each in self.long.pieces}, {*map(id, self.written)})
        ours = [each for each in self.written if len(each) > 10_000]
        self.assertEqual(len({id(each) for each in ours}), 100)
        self.assertEqual(len(ours), 50 * 100)

    def test_turns(self) -> None:
        """Fifty who would take all of it at once get some each turn, each its share."""
        browsers = [self.connect() for _ in range(50)]
        self.written.clear()
        for browser in browsers:
            browser.server.send(self.long)
        self.assertEqual(self.written, [])
        total = sum(map(len, self.long.pieces))
        turns = left = 0
        while any(browser.server._waiting for browser in browsers):
            self.assertEqual(self.clock.turn(), 1)
            self.assertLess(sum(map(len, self.written)), 400_000)
            self.written.clear()
            turns += 1
            for browser in browsers:
                browser.outbound.getOutBuffer()  # the network is quick
            left = max(len(browser.server._waiting) for browser in browsers)
            least = min(len(browser.server._waiting) for browser in browsers)
            self.assertLess(left - least, 10)
        self.assertGreater(turns, 50 * total / 400_000)

    def test_many_short_ones(self) -> None:
        """Many short messages behind it are not sent in one turn either."""
        browser = self.waits()
        for n in range(1000):
            browser.server.send(b"%d" % n)
        browser.outbound.stalled = False
        most = 0
        while browser.server._waiting:
            self.written.clear()
            browser.outbound.getOutBuffer()
            self.clock.turn()
            most = max(most, len(self.written))
        self.assertLess(most, 300)


class EconomyTests(DoorTestCase):
    """One encoding a change."""

    def test_encoded_once(self) -> None:
        """However many clients there are, a change is encoded once a version, and shared."""
        browsers = [self.connect(n % 2 + 1) for n in range(20)]
        encoded: list[str] = []
        framed: list[bytes] = []
        written: dict[int, tuple[str, bytes]] = {}
        real_data_of, real_prepare = data_of, self.factory.prepareMessage

        def counted(value: object) -> object:
            encoded.append(type(value).__name__)
            return real_data_of(value)

        def prepare(payload: bytes, *args: Any) -> Any:
            framed.append(payload)
            return real_prepare(payload, *args)

        def write(transport: NarrowTransport, frame: tuple[bytes, bytes]) -> None:
            written[id(frame[1])] = json.loads(frame[1])["type"], frame[1]
            transport.write(b"".join(frame))

        self.patch(feeds, "data_of", counted)
        self.patch(self.factory, "prepareMessage", prepare)
        self.patch(NarrowTransport, "writeSequence", write)
        for browser in browsers:
            browser.take()
        self.desk.edit(Add((clip("x"),)), "")
        self.flush()
        self.assertEqual(sorted(encoded), ["AutoplayStatus", "PlaylistChanged"])
        self.assertEqual([json.loads(payload)["type"] for payload in framed], ["PLAYLIST_CHANGED"])
        kinds = sorted(kind for kind, _ in written.values())
        self.assertEqual(kinds, ["AUTOPLAY_STATUS", "PLAYLIST_UPDATED"])
        self.assertTrue(all(browser.came for browser in browsers))

    def test_lists(self) -> None:
        """A list that did not change is not encoded again for each who comes, or can go on."""
        encoded: list[str] = []
        real_data_of = data_of

        def counted(value: object) -> object:
            encoded.append(type(value).__name__)
            return real_data_of(value)

        browser = self.connect(2)
        self.say(browser, "FOLDER_CREATE", {"name": "Archives"}, id=1)
        self.patch(feeds, "data_of", counted)
        for n in range(6):
            self.assertIn("Archives", str(self.connect(n % 2 + 1).came))
        lists = [each for each in encoded if each.endswith("List")]
        self.assertEqual(lists, ["FolderList", "PresetList", "TemplateActiveList"])

    def test_long_lists(self) -> None:
        """A long one goes out as its receiver takes it, whole for the others' sake."""
        browser = self.connect(2)
        framed: list[bytes] = []
        real_prepare = self.factory.prepareMessage

        def prepare(payload: bytes, *args: Any) -> Any:
            framed.append(payload)
            return real_prepare(payload, *args)

        self.patch(self.factory, "prepareMessage", prepare)
        data = {"x": "y" * 30_000}
        presets = [{"name": f"{n}", "templateName": "a", "data": data} for n in range(5)]
        self.say(browser, "PRESET_IMPORT", {"presets": presets}, id=1)
        for each in browser, self.connect(1):
            (told,) = (m for m in each.came if m["type"] == "PRESET_LIST" and m["data"]["presets"])
            self.assertEqual([m["data"] for m in told["data"]["presets"]], [data] * 5)
        self.assertEqual([each for each in framed if len(each) > 1 << 16], [])


class AdmissionTests(DoorTestCase):
    """Who may come in."""

    limits = Limits(origins=("http://playout.example:3000",), clients=3)

    def test_origins(self) -> None:
        """Pages of this machine, of the same host and those listed; other programs."""
        for origin in (
            None,
            "http://127.0.0.1:3000",
            "http://localhost",
            "http://playout.example:3000",
        ):
            browser = self.connect(origin=origin)
            self.assertEqual(browser.types[0], "PLAYLIST_FULL")
            browser.sendClose()
            self.flush()

    def test_other_pages(self) -> None:
        """Any other page is refused, and counted."""
        for origin in "http://evil.example", "null", "http://playout.example:3001":
            browser = self.connect(origin=origin)
            self.assertEqual(browser.came, [])
            self.assertIsNotNone(browser.over)
        self.assertEqual(self.door.traffic.refused, 3)

    def test_too_many(self) -> None:
        """There is a most of connections."""
        browsers = [self.connect() for _ in range(4)]
        self.assertEqual([bool(browser.came) for browser in browsers], [True] * 3 + [False])

    def test_endless_handshake(self) -> None:
        """Who sends headers without end is dropped."""
        server: Any = self.factory.buildProtocol(None)
        server.makeConnection(NarrowTransport(server, isServer=True))
        for _ in range(40):
            server.dataReceived(b"x" * 1024)
        self.assertTrue(server.transport.aborted)
        self.assertEqual(self.door.traffic.refused, 1)


class BugTests(DoorTestCase):
    """What fails here, fails for one client."""

    def broken(self, *_: object) -> Any:
        raise ZeroDivisionError("a bug")

    def check(self, browser: Browser, other: Browser) -> None:
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        assert browser.over is not None
        self.assertEqual(browser.over[0], 1011)
        self.assertIsNone(other.over)
        self.assertEqual(other.types, ["CRITICAL_ERROR"])
        self.assertEqual(other.came[0]["data"]["details"], "a bug")

    def test_in_a_desk(self) -> None:
        """A desk that raises at once."""
        browser, other = self.connect(2), self.connect(2)
        other.take()
        self.patch(self.desk, "take", self.broken)
        self.say(browser, "TAKE", id=1)
        self.check(browser, other)

    def test_in_a_desk_later(self) -> None:
        """A desk whose answer fails."""
        later: Deferred[None] = Deferred()
        browser, other = self.connect(2), self.connect(2)
        other.take()
        self.patch(self.desk, "take", lambda by: later)
        self.say(browser, "TAKE", id=1)
        self.assertIsNone(browser.over)
        later.errback(ZeroDivisionError("a bug"))
        self.flush()
        self.check(browser, other)

    def test_on_opening(self) -> None:
        """A greeting that can't be made."""
        other = self.connect()
        other.take()
        self.patch(self.door, "join", self.broken)
        self.check(self.connect(), other)

    def test_on_connecting(self) -> None:
        """A handshake that can't be judged is refused."""
        self.patch(websocket, "origin_allowed", self.broken)
        browser = self.connect()
        self.assertEqual(browser.came, [])
        self.assertIsNotNone(browser.over)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_in_a_broadcast(self) -> None:
        """What can't be told of a change is logged; the desk goes on."""
        self.connect()
        self.patch(feeds, "autoplay_status", self.broken)
        self.desk.tell(mode=Mode.AUTO)
        self.flush()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_one_client_fails(self) -> None:
        """A client that can't be sent to costs the others nothing."""
        bad, good = self.connect(), self.connect()
        good.take()
        self.patch(bad.server, "send", self.broken)
        self.desk.tell(mode=Mode.AUTO)
        self.flush()
        self.assertEqual(good.types, ["AUTOPLAY_STATUS"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class GoodbyeTests(DoorTestCase):
    """The end."""

    def test_stop(self) -> None:
        """Everybody is told, then the connections are closed with 1001; nobody new comes in."""
        browsers = [self.connect(), self.connect(2)]
        done = self.factory.stop()
        self.flush()
        self.successResultOf(done)
        for browser in browsers:
            self.assertEqual(browser.types[-1], "SERVER_SHUTDOWN")
            assert browser.over is not None
            self.assertEqual(browser.over[0], 1001)
        late = self.connect()
        self.assertEqual(late.came, [])
        self.assertIsNotNone(late.over)

    def test_who_does_not_go(self) -> None:
        """A client that doesn't close is dropped within half a second."""
        browser = self.connect()
        browser.outbound.stalled = True
        done = self.factory.stop()
        self.flush()
        self.assertNoResult(done)
        self.clock.advance(0.5)
        self.successResultOf(done)

    def test_nobody(self) -> None:
        """With nobody there it is done at once."""
        self.successResultOf(self.factory.stop())

    def test_left(self) -> None:
        """Who left is forgotten; what was asked goes on, and its answer goes nowhere."""
        self.desk.slow_disk = True
        browser = self.connect(2)
        self.say(browser, "REMOVE_ITEM", {"id": "a"}, id=1)
        browser.sendClose()
        self.flush()
        self.assertEqual(self.door.feeds.clients, ())
        self.desk.save()
        self.assertEqual(len(self.desk.document().playlist.items), 2)


class AsRunTests(DoorTestCase):
    """The record of what was on air, asked for."""

    def test_logs(self) -> None:
        """As much as was asked for, and whether there is more."""
        self.shelves.as_run.written = [{"n": n} for n in range(4)]
        browser = self.connect(2)
        data = {"startDate": "2026-03-01T00:00:00Z", "limit": 3}
        for limit, told, more in ((3, 3, True), (4, 4, False)):
            logs, _ = self.say(browser, "ASRUN_GET_LOGS", {**data, "limit": limit}, id=1)
            entries = [{"n": n} for n in range(told)]
            self.assertEqual(logs["data"], {"count": told, "more": more, "logs": entries})
        start = 1772323200.0
        self.assertEqual(self.shelves.as_run.asked[0], (start, START, 0, 4))

    def test_one_at_a_time(self) -> None:
        """
        Who asks much keeps nobody from anything else; who is gone is not answered, nor waited for.
        """
        begun: list[Deferred[Any]] = []

        def entries(*asked: object) -> Deferred[Any]:
            begun.append(Deferred())
            return begun[-1]

        self.patch(self.shelves.as_run, "entries", entries)
        first, second = self.connect(2), self.connect(2)
        data = {"startDate": "2026-03-01T00:00:00Z"}
        for n in range(5):
            self.say(first, "ASRUN_GET_LOGS", data, id=n)
        self.say(second, "ASRUN_GET_LOGS", data, id=1)
        self.assertEqual(len(begun), 1)
        self.assertEqual(self.say(first, "TAKE", id=9)[-1]["type"], "ACK")
        first.server.dropConnection(abort=True)
        first.server.connectionLost(Failure(ConnectionLost()))
        begun[0].callback(())
        self.assertEqual(len(begun), 2)
        begun[1].callback(({"n": 1},))
        self.flush()
        self.assertEqual([each["type"] for each in second.came], ["ASRUN_LOGS", "ACK"])

    def test_report(self) -> None:
        """Its name and counts; what cannot be done is told to the one who asked."""
        browser = self.connect()
        (told,) = self.say(browser, "ASRUN_GENERATE_REPORT", {"date": "2026-03-01"})
        self.assertEqual(told["type"], "ASRUN_REPORT_GENERATED")
        self.assertEqual(told["data"]["reportFile"], "report-2026-03-01.txt")
        for error, path in ((FileNotFoundError(), "date"), (OSError(28, "No space left"), "")):
            self.shelves.as_run.fails = error
            (told,) = self.say(browser, "ASRUN_GENERATE_REPORT", {})
            self.assertEqual((told["type"], told["data"]["path"]), ("ERROR", path))

    def test_export(self) -> None:
        """Where it is found; both versions may ask; which field is at fault when it cannot be."""
        days = {"startDate": "2026-03-01", "endDate": "2026-03-31"}
        for version in 1, 2:
            told = self.say(self.connect(version), "ASRUN_EXPORT", days, id=1)[0]
            self.assertEqual(told["type"], "ASRUN_EXPORTED")
            name = "export-2026-03-01-2026-03-31.csv"
            self.assertEqual(told["data"], {"file": name, "url": f"/asrun/{name}"})
        browser = self.connect(2)
        for data, path in (
            ({**days, "endDate": "2026-02-28"}, "endDate"),
            ({**days, "format": "pdf"}, "format"),
            ({"endDate": "2026-02-28"}, "startDate"),
        ):
            (told,) = self.say(browser, "ASRUN_EXPORT", data, id=1)
            self.assertEqual((told["type"], told["data"]["path"]), ("ERROR", path))
        self.shelves.as_run.fails = OSError(28, "No space left on device")
        (told,) = self.say(browser, "ASRUN_EXPORT", days, id=1)
        self.assertIn("No space left on device", told["data"]["message"])
