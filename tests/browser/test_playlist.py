# -*- test-case-name: tests.browser.test_playlist -*-
"""The playlist and what is on air, as operators work them on the old page."""

import re
import signal
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from .studio import PAGE, ZONE, StudioTestCase

OLD_NAMES = {
    "ADD_ITEM", "REMOVE_ITEM", "REORDER_PLAYLIST", "CLEAR_PLAYLIST", "GET_MEDIA_LIBRARY",
    "SCAN_MEDIA", "PLAY_ITEM", "STOP_PLAYBACK", "SET_AUTOPLAY_MODE", "TEMPLATE_LOAD",
    "TEMPLATE_PLAY", "TEMPLATE_STOP", "TEMPLATE_UPDATE", "TEMPLATE_REMOVE",
    "TEMPLATE_LOAD_AND_PLAY", "TEMPLATE_GET_ACTIVE", "PRESET_SAVE", "PRESET_LOAD",
    "PRESET_GET_ALL", "PRESET_DELETE", "PRESET_IMPORT", "FOLDER_CREATE", "FOLDER_UPDATE",
    "FOLDER_DELETE", "FOLDER_ASSIGN_MEDIA", "PLAYLIST_SET_HARD_START", "SECONDARY_EVENT_ADD",
    "SECONDARY_EVENT_REMOVE",
}  # fmt: skip
"""What the old page sends: 28 kinds."""


class PageTests(StudioTestCase):
    """The page itself."""

    def test_it_speaks_all_of_version_1(self) -> None:
        """It sends what the old page sends, and nothing else."""
        script = (PAGE / "app.js").read_text()
        spoken = re.findall(r'(?:send|template)\(\s*"([A-Z_]+)"', script)
        spoken += re.findall(r"template\('([A-Z_]+)'\)", (PAGE / "index.html").read_text())
        spoken += re.findall(r'\? "(TEMPLATE_\w+)" : "(TEMPLATE_\w+)"', script)[0]
        self.assertEqual(set(spoken), OLD_NAMES)

    def test_greeting(self) -> None:
        """It is told everything, in the order in which it can draw it; the clock runs."""
        operator = self.operator
        self.assertEqual(
            operator.sent[:3],
            [
                {"type": "GET_MEDIA_LIBRARY"},
                {"type": "PRESET_GET_ALL", "data": {}},
                {"type": "TEMPLATE_GET_ACTIVE", "data": {}},
            ],
        )
        order = [
            "PLAYLIST_FULL",
            "FOLDER_LIST",
            "MEDIA_LIBRARY",
            "AUTOPLAY_STATUS",
            "PRESET_LIST",
            "TEMPLATE_ACTIVE_LIST",
        ]
        self.assertEqual([kind for kind in operator.types() if kind in order][:6], order)
        operator.sees("#empty", "Aucun")
        operator.sees("#mode", "MANUAL")
        operator.sees("#clock", re.compile(r"\d\d:\d\d:\d\d"))
        before = operator.page.inner_text("#clock")
        operator.until("a second", lambda: operator.page.inner_text("#clock") != before)


class UnaskedTests(StudioTestCase):
    """What the old page never asks, and other programs of the old system's time may."""

    def test_all(self) -> None:
        """Each is answered in words of version 1, and what no page knows does not disturb one."""
        item = "<item><name>Un</name><file>un.mp4</file><duration>2</duration></item>"
        base = "2026-03-01T18:00:00.000Z"
        for kind, data, answer in (
            ("IMPORT_XML", {"xml": f"<playlist>{item}</playlist>"}, "PLAYLIST_UPDATED"),
            ("SET_BASE_START", {"isoDate": base}, "PLAYLIST_UPDATED"),
            ("GET_PLAYLIST", None, "PLAYLIST_FULL"),
            ("PLAYLIST_CLEAN_ORPHANED_TRIMS", None, "NOTIFICATION"),
            ("CONNECT_CASPAR", None, "CASPAR_STATUS"),
            ("GET_AUTOPLAY_STATUS", None, "AUTOPLAY_STATUS"),
            ("FOLDER_GET_ALL", None, "FOLDER_LIST"),
            ("HEALTH_CHECK", None, "HEALTH_STATUS"),
            ("GET_SERVER_STATS", None, "SERVER_STATS"),
            ("ASRUN_GET_LOGS", {"startDate": base}, "ASRUN_LOGS"),
            ("ASRUN_GENERATE_REPORT", {}, "ASRUN_REPORT_GENERATED"),
        ):
            before = len(self.operator.came)
            self.operator.page.evaluate("([type, data]) => send(type, data)", [kind, data])
            told = self.operator.hears(answer, "ERROR", since=before)
            self.assertEqual(told["type"], answer, told)
        self.operator.reads("#rows .name", "Un")
        self.assertEqual(self.saved("playlist.json")["baseStartAt"], base)


class ListTests(StudioTestCase):
    """Making a list."""

    def items(self) -> list[str]:
        saved = self.saved("playlist.json") or {"items": []}
        return [item["name"] for item in saved["items"]]

    def test_edits(self) -> None:
        """Adding, moving, deleting, clearing: on the page, on everybody's, on disk."""
        operator, page = self.operator, self.operator.page
        other = self.sit_down()
        self.add("Un", "un.mp4", 2)
        self.add("Deux", "deux.mp4", 3)
        page.fill("#add-name", "Trois")
        page.fill("#add-file", "long.mp4")
        page.fill("#add-duration", "30")
        page.press("#add-duration", "Enter")
        for each in operator, other:
            each.counts("#rows tr", 3)
            self.assertEqual(each.texts("#rows .name"), ["Un", "Deux", "Trois"])
            each.sees("#item-count", "3")
            each.sees("#total", "00:00:35")
        self.assertEqual(operator.texts("#rows .duration"), ["00:00:02", "00:00:03", "00:00:30"])
        self.assertEqual(operator.texts("#rows .file"), ["un.mp4", "deux.mp4", "long.mp4"])
        self.assertEqual(
            operator.asked("ADD_ITEM")[0], {"name": "Un", "file": "un.mp4", "durationSeconds": 2}
        )
        starts = [int(text[-2:]) for text in operator.texts("#rows .start")]
        self.assertEqual((starts[2] - starts[1]) % 60, 3)
        page.drag_and_drop("#rows tr:nth-child(3) .file", "#rows tr:nth-child(1) .file")
        for each in operator, other:
            each.reads("#rows .name", "Trois", "Un", "Deux")
        self.assertEqual(operator.asked("REORDER_PLAYLIST"), [{"fromIndex": 2, "toIndex": 0}])
        page.drag_and_drop("#rows tr:nth-child(1) .file", "#rows tr:nth-child(2) .file")
        other.reads("#rows .name", "Un", "Trois", "Deux")
        self.assertEqual(self.items(), ["Un", "Trois", "Deux"])
        operator.agrees = False
        operator.click("#rows tr:nth-child(2) .delete")
        operator.agrees = True
        self.assertEqual(operator.asked("REMOVE_ITEM"), [])
        operator.click("#rows tr:nth-child(2) .delete")
        for each in operator, other:
            each.reads("#rows .name", "Un", "Deux")
        self.assertEqual(self.items(), ["Un", "Deux"])
        operator.click("#clear")
        for each in operator, other:
            each.counts("#rows tr", 0)
            each.sees("#empty", "Aucun")
            each.sees("#total", "00:00:00")
        self.assertEqual(self.items(), [])
        self.assertEqual(len(operator.confirms), 3)

    def test_what_is_wrong_is_told_to_one(self) -> None:
        """A wrong entry is an alert for who made it, in words; nobody else sees anything."""
        other = self.sit_down()
        before = len(other.came)
        page = self.operator.page
        page.fill("#add-name", "Secret")
        page.fill("#add-file", "../secret.mp4")
        page.fill("#add-duration", "5")
        page.click("#add-go")
        told = self.operator.alerted()
        self.assertRegex(told, "^Erreur: file: ")
        self.add("Un", "un.mp4", 2)
        other.counts("#rows tr", 1)
        self.assertNotIn("ERROR", [message["type"] for message in other.came[before:]])

    def test_live(self) -> None:
        """A live input, on the list and on air."""
        operator, page = self.operator, self.operator.page
        operator.click("#live-open")
        page.fill("#live-name", "PLATEAU")
        page.select_option("#live-device", "2")
        page.fill("#live-duration", "00:01:30")
        operator.click("#live-ok")
        operator.reads("#rows .file", "DeckLink 2")
        operator.sees("#rows .live", "DIRECT")
        operator.sees("#rows .duration", "00:01:30")
        self.assertEqual(
            operator.asked("ADD_ITEM"),
            [{"name": "PLATEAU", "file": "2", "type": "live", "durationSeconds": 90}],
        )
        self.assertEqual(self.saved("playlist.json")["items"][0]["type"], "live")
        operator.click("#rows .play")
        operator.sees("#rows .on-air", "ON AIR")
        layer = self.layer(10)
        assert layer is not None
        self.assertEqual(layer.foreground.producer, "decklink")

    def test_hard_starts(self) -> None:
        """Set, seen, refused when it can't be, taken away; what was cut comes back."""
        operator, page = self.operator, self.operator.page
        self.add("Avant", "long.mp4", 30)
        self.add("Journal", "deux.mp4", 3)
        operator.click("#rows tr:nth-child(1) .play")
        operator.sees("#rows tr:nth-child(1) .on-air", "ON AIR")
        at = (datetime.now(ZoneInfo(ZONE)) + timedelta(seconds=15)).strftime("%H:%M:%S")
        self.set_hard_start(at)
        operator.reads("#rows tr:nth-child(2) .fixed", at)
        operator.sees("#rows tr:nth-child(1) .trim", re.compile(r"-1\d(\.\d+)?"))
        start = operator.texts("#rows tr:nth-child(2) .start")[0]  # on the frame, not after it
        self.assertIn((int(at[-2:]) - int(start[-2:])) % 60, (0, 1))
        operator.sees("#next", "⏰ " + at)
        self.assertEqual(operator.page.locator("button.hard.set").count(), 1)
        self.assertEqual(self.saved("playlist.json")["items"][1]["hardStartTime"], at)
        past = (datetime.now(ZoneInfo(ZONE)) - timedelta(seconds=60)).strftime("%H:%M:%S")
        self.set_hard_start(past)
        self.assertRegex(operator.alerted(), "^Heure fixe impossible: Journal: ")
        operator.reads("#rows tr:nth-child(2) .fixed", at)
        operator.click("#rows tr:nth-child(2) .hard")
        operator.sees("#hard-state", at)
        self.assertTrue(page.is_checked("#hard-on"))
        self.assertEqual(page.input_value("#hard-time"), at)
        page.uncheck("#hard-on")
        operator.click("#hard-ok")
        operator.counts("#rows .fixed", 0)
        operator.counts("#rows .trim", 0)
        operator.sees("#rows tr:nth-child(1) .duration", "00:00:30")
        sent = operator.asked("PLAYLIST_SET_HARD_START")
        self.assertEqual([each["hardStartTime"] for each in sent], [at, past, None])

    def set_hard_start(self, at: str) -> None:
        self.operator.click("#rows tr:nth-child(2) .hard")
        self.operator.page.check("#hard-on")
        self.operator.page.fill("#hard-time", at)
        self.operator.click("#hard-ok")


class AirTests(StudioTestCase):
    """What is on air."""

    def test_by_hand_and_by_itself(self) -> None:
        """Play, the next one by itself, stop; shown to everybody as it is."""
        operator = self.operator
        other = self.sit_down()
        self.add("Un", "un.mp4", 2)
        self.add("Deux", "deux.mp4", 3)
        self.add("Trois", "long.mp4", 30)
        operator.sees("#next .name", "Un")
        operator.click("#mode")
        for each in operator, other:
            each.sees("#mode", "AUTO")
        operator.click("#rows tr:nth-child(1) .play")
        self.airs("un.mp4")
        for each in operator, other:
            each.sees("tr.playing .name", "Un")
            each.sees("tr.playing .on-air", "ON AIR")
            each.sees("#next .name", "Deux")
            each.sees("#countdown", re.compile(r"dans 00:0\d"))
        self.assertEqual(set(operator.asked("PLAY_ITEM")[0]), {"id", "file"})
        for each in operator, other:
            each.sees("tr.playing .name", "Deux")
            each.sees("#next .name", "Trois")
        self.airs("deux.mp4")
        for each in operator, other:
            each.sees("tr.playing .name", "Trois")
            each.reads("#next", "")
            self.assertTrue(each.page.is_visible("#progress"))
        self.airs("long.mp4")
        operator.click("#mode")
        other.sees("#mode", "MANUAL")
        operator.agrees = False
        operator.click("#stop")
        operator.agrees = True
        self.assertEqual(operator.asked("STOP_PLAYBACK"), [])
        operator.click("#stop")
        for each in operator, other:
            each.counts("tr.playing", 0)
            self.assertFalse(each.page.is_visible("#progress"))

        def empty() -> bool:
            layer = self.layer(10)  # a stop is on air with the next frame
            return layer is None or layer.foreground.producer == "empty"

        operator.until("nothing on air", empty)

    def test_replay_and_what_is_deleted(self) -> None:
        """The button of the playing row plays it again; what is deleted stays on air."""
        operator = self.operator
        self.add("Trois", "long.mp4", 30)
        operator.click("#rows .play")
        self.airs("long.mp4")
        operator.reads("#rows .play", "⏸")
        operator.page.wait_for_timeout(1200)
        layer = self.layer(10)
        assert layer is not None
        self.assertGreater(layer.foreground.time, 1.0)
        operator.click("#rows .play")

        def again() -> bool:
            layer = self.layer(10)
            return layer is not None and 0 < layer.foreground.time < 1.0

        operator.until("it plays from the start", again)
        operator.click("#rows .delete")
        operator.counts("#rows tr", 0)
        self.airs("long.mp4")

    def test_missing_clip(self) -> None:
        """A clip that isn't there is told to who pressed its button, and shown as no more."""
        operator = self.operator
        self.add("Rien", "rien.mp4", 5)
        operator.click("#rows .play")
        operator.alerted()
        operator.counts(".on-air", 0)

    def test_events(self) -> None:
        """Graphics tied to an item: added, listed, on air with it, taken away."""
        operator, page = self.operator, self.operator.page
        self.add("Trois", "long.mp4", 30)
        operator.click("#rows .events")
        page.fill("#event-data", '{"title": "Été \\"l\'or\\" <b>"}')
        operator.click("#event-ok")
        operator.reads("#rows .events", "✨1")
        page.select_option("#event-type", "CG_STOP")
        page.select_option("#event-trigger", "END")
        page.fill("#event-offset", "500")
        operator.click("#event-ok")
        operator.reads("#rows .events", "✨2")
        page.select_option("#event-type", "CG_CLEAR")
        page.fill("#event-layer", "30")
        operator.click("#event-ok")
        operator.reads("#rows .events", "✨3")
        self.assertEqual(
            operator.asked("SECONDARY_EVENT_ADD")[1]["event"],
            {"type": "CG_STOP", "trigger": "END", "offsetMs": 500, "layer": 20},
        )
        operator.click("#events-close")
        operator.click("#rows .play")
        self.has_page(20)
        operator.sees("#active", "rtg-lower-third/index")
        operator.click("#rows .events")
        self.assertEqual(operator.page.locator("#events li").count(), 3)
        operator.sees("#events li:nth-child(1)", "rtg-lower-third")
        operator.click("#events li:nth-child(2) .delete")
        operator.reads("#rows .events", "✨2")
        operator.click("#events-close")
        operator.click("#rows .events")
        operator.counts("#events li", 2)
        kinds = [
            each["type"] for each in self.saved("playlist.json")["items"][0]["secondaryEvents"]
        ]
        self.assertEqual(kinds, ["CG_ADD", "CG_CLEAR"])


class RestartTests(StudioTestCase):
    """The daemon goes away and comes back."""

    def test_page_comes_back(self) -> None:
        """The picture stays; the page connects again and shows it; meanwhile it says what is."""
        operator = self.operator
        self.add("Trois", "long.mp4", 30)
        operator.click("#rows .play")
        self.airs("long.mp4")
        operator.sees(".on-air", "ON AIR")
        self.daemon.end(signal.SIGKILL)
        operator.sees("#connection", "Déconnecté")
        operator.click("#mode")
        self.assertEqual(operator.alerted(), "Pas de connexion")
        self.airs("long.mp4")
        before = len(operator.came)
        self.start_daemon()
        operator.sees("#connection", "Connecté")
        operator.until("the greeting", lambda: len(operator.came) > before)
        operator.faults.clear()  # pictures asked for while nobody was there
        self.assertEqual(operator.came[before]["type"], "PLAYLIST_FULL")
        operator.sees("tr.playing .name", "Trois")
        self.airs("long.mp4")

    def test_page_is_told_that_it_stops(self) -> None:
        """An ordered end is announced, before the connection closes."""
        self.daemon.end(signal.SIGTERM)
        self.operator.sees("#connection", "Déconnecté")
        self.assertIn("SERVER_SHUTDOWN", self.operator.types())
        self.operator.faults.clear()  # pictures that were being made


class NamesTests(StudioTestCase):
    """Names that hurt who is careless with them."""

    FILES = (
        "l'été.mp4",
        'dit "oui".mp4',
        "a\\b.mp4",
        "<b>gras<b>.mp4",
        "😀 ñ 日本.mp4",
        "50% #1 & ?.mp4",
        "<img src=x data-injected>.mp4",
    )

    def prepare(self) -> None:
        for file in self.FILES:
            self.put("long.mp4", file)

    def test_shown_and_played(self) -> None:
        """They are shown as text, and their buttons work."""
        operator = self.operator
        for n, file in enumerate(self.FILES, 1):
            name = Path(file).stem
            self.add(name, file, 30)
            self.assertEqual(operator.texts("#rows .name")[-1], name)
            operator.click(f"#rows tr:nth-child({n}) .play")
            operator.sees(f"#rows tr:nth-child({n}) .on-air", "ON AIR")
            layer = self.layer(10)
            assert layer is not None
            self.assertTrue(layer.foreground.path.endswith(file), layer.foreground.path)
            self.assertEqual(self.saved("playlist.json")["items"][-1]["file"], file)
        operator.sees("#item-count", str(len(self.FILES)))

    def test_refused(self) -> None:
        """What could be neither shown nor played is refused, to who typed it."""
        operator = self.operator
        send = "([name, file]) => send('ADD_ITEM', {name, file, durationSeconds: 5})"
        for name, file in ("a\nb", "un.mp4"), ("a", "un\n.mp4"), ("a\u0000", "un.mp4"):
            operator.page.evaluate(send, [name, file])
            self.assertRegex(operator.alerted(), "^Erreur: (name|file): ")
        operator.counts("#rows tr", 0)
