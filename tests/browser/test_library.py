# -*- test-case-name: tests.browser.test_library -*-
"""The media library and its folders, as operators work them on the old page."""

import re
from typing import Any

from playwright.sync_api import expect

from .studio import Operator, StudioTestCase

HARD = 'l\'été "<b>" #1.mp4'


class LibraryTestCase(StudioTestCase):
    def prepare(self) -> None:
        self.put("un.mp4", "Jingles/j1.mp4")
        self.put("deux.mp4", 'l\'été "<b>" #1.mp4')

    def setUp(self) -> None:
        super().setUp()
        self.known(self.operator)

    def known(self, operator: Operator, count: int = 5) -> None:
        """Wait until all media are known with their durations."""
        operator.counts("#media .media", count)
        operator.until("all durations", lambda: "--:--" not in operator.texts("#media .duration"))

    def card(self, file: str) -> str:
        return f'.media:has(.file:text-is("{file}"))'


class MediaTests(LibraryTestCase):
    """The media."""

    fresh = True

    def test_shown(self) -> None:
        """With name, path, duration, the colour of its folder and a picture that is there."""
        operator = self.operator
        card = self.card("Jingles/j1.mp4")
        operator.sees(card + " .name", "j1")
        operator.sees(card + " .duration", "00:00:02")
        operator.sees(self.card("long.mp4") + " .duration", "00:00:30")
        operator.sees("#media-count", "5")
        self.assertEqual(operator.page.locator("b").filter(has_text="#1").count(), 0)
        self.assertEqual(operator.page.locator(card + " .dot").get_attribute("title"), "Jingles")

        def pictures() -> bool:
            widths = operator.page.eval_on_selector_all(
                "#media img", "all => all.map(one => one.naturalWidth)"
            )
            return len(widths) == 5 and all(width > 0 for width in widths)

        operator.until("all pictures", pictures)
        sources = operator.page.eval_on_selector_all(
            "#media img", "all => all.map(one => one.getAttribute('src'))"
        )
        for source in sources:
            self.assertRegex(source, r"^/thumbnails/[A-Za-z0-9%/._~-]+\.jpg(\?v=[\w.%-]+)?$")

    def test_added_by_a_click(self) -> None:
        """At the end of the list, with its picture, which is the next one's."""
        operator = self.operator
        operator.click(self.card("un.mp4") + " .name")
        operator.counts("#rows tr", 1)
        sent = operator.asked("ADD_ITEM")[0]
        self.assertEqual(set(sent), {"name", "file", "durationSeconds", "thumbnail"})
        operator.sees("#next .name", "un")

        def picture() -> Any:
            images = operator.page.locator("#next img")
            return images.count() and images.evaluate("one => one.naturalWidth")

        operator.until("its picture", picture)
        operator.page.locator(".media", has_text="#1").click()
        operator.counts("#rows tr", 2)
        operator.click("#rows tr:nth-child(2) .play")
        self.airs('l\'été "<b>" #1.mp4')
        operator.sees("tr.playing .on-air", "ON AIR")

    def test_added_by_dragging(self) -> None:
        """On a row: at the end of the list, in whole seconds; on an empty list nothing happens."""
        operator, page = self.operator, self.operator.page
        page.drag_and_drop(self.card("un.mp4"), "#empty")
        page.wait_for_timeout(200)
        operator.counts("#rows tr", 0)
        operator.click(self.card("long.mp4") + " .name")
        operator.counts("#rows tr", 1)
        page.drag_and_drop(self.card("deux.mp4"), "#rows tr:nth-child(1) .file")
        operator.reads("#rows .file", "long.mp4", "deux.mp4")
        self.assertEqual(
            operator.asked("ADD_ITEM")[1],
            {"name": "deux", "file": "deux.mp4", "durationSeconds": 3},
        )

    def test_scan(self) -> None:
        """The button works for everybody; what is new is there, what was known stays known."""
        operator = self.operator
        other = self.sit_down()
        self.known(other)
        self.put("un.mp4", "Nouveau/neuf.mp4")
        operator.click("#scan")
        self.assertIn({"type": "SCAN_MEDIA"}, operator.sent)
        for each in operator, other:
            each.hears("SCAN_STARTED")
            each.sees(self.card("Nouveau/neuf.mp4") + " .duration", "00:00:02")
            self.known(each, 6)
            expect(each.page.locator("#scan")).to_be_enabled()
            each.sees("#scan", "Scanner")

    def test_by_itself(self) -> None:
        """New files come, and deleted ones go, with nobody asking."""
        self.put("deux.mp4", "tard.mp4")
        self.operator.sees(self.card("tard.mp4") + " .duration", "00:00:03")
        (self.media / "tard.mp4").unlink()
        self.operator.counts(self.card("tard.mp4"), 0)

    def test_what_cannot_be_played(self) -> None:
        """A file that is no clip, or has a name that can't be told, is shown and harms nobody."""
        (self.media / "cassé <img data-injected>.mp4").write_bytes(b"no clip" * 1000)
        self.put("un.mp4", "a\nb.mp4")
        self.operator.counts("#media .media", 7)
        broken = self.operator.page.locator(".media", has_text="cassé")
        self.operator.until("it was tried", broken.count)
        broken.click()
        self.assertIn("Durée inconnue", self.operator.alerted())
        self.operator.counts("#rows tr", 0)


class FolderTests(LibraryTestCase):
    """The folders."""

    def line(self, name: str) -> str:
        return f'.folder:has(.name:text-is("{name}"))'

    def test_from_the_start(self) -> None:
        """The five, the first protected; a file is in the one that its directory is called like."""
        operator = self.operator
        operator.reads(
            "#folders .name", "Non classé", "Vidéos", "Jingles", "Publicités", "Génériques"
        )
        self.assertEqual(operator.page.locator(self.line("Non classé") + " button").count(), 0)
        operator.click(self.line("Jingles") + " .name")
        operator.reads("#media .name", "j1")
        operator.sees("#folder-shown", "Jingles")
        operator.click(self.line("Jingles") + " .name")
        operator.counts("#media .media", 5)
        operator.click(self.line("Non classé") + " .name")
        operator.counts("#media .media", 4)

    def test_made_changed_used_deleted(self) -> None:
        """All of a folder's life, seen by everybody at once, badges too, and on disk."""
        operator, page = self.operator, self.operator.page
        other = self.sit_down()
        self.known(other)
        operator.click("#folder-new")
        page.fill("#folder-name", "Archivés d'été")
        operator.click('.swatch[title="#e63946"]')
        operator.click("#folder-ok")
        for each in operator, other:
            each.counts(".folder", 6)
            each.sees(".folder:nth-child(6) .count", "0")
            each.sees("#toasts .success", "Archiv")
        name = operator.texts("#folders .name")[5]
        self.assertEqual(
            operator.asked("FOLDER_CREATE"),
            [{"name": "Archivés d'été", "color": "#e63946", "parentId": None}],
        )
        operator.click(".folder:nth-child(6) .edit")
        page.fill("#folder-name", "Archives")
        operator.click('.swatch[title="#8338ec"]')
        operator.click("#folder-ok")
        for each in operator, other:
            each.sees(".folder:nth-child(6) .name", "Archives")
        self.assertNotEqual(name, "Archives")
        self.assertEqual(
            operator.asked("FOLDER_UPDATE")[0]["updates"], {"name": "Archives", "color": "#8338ec"}
        )
        page.drag_and_drop(self.card("un.mp4"), ".folder:nth-child(6)")
        for each in operator, other:
            each.sees(".folder:nth-child(6) .count", "1")
            each.has(self.card("un.mp4") + " .dot", "title", "Archives")
            each.has(self.card("un.mp4") + " .dot", "style", re.compile("#8338ec|131, 56, 236"))
        page.click(self.card("deux.mp4"), button="right")
        operator.sees("#menu li:nth-child(1)", "✓")
        operator.click("#menu li:nth-child(6)")
        for each in operator, other:
            each.sees(".folder:nth-child(6) .count", "2")
        self.assertEqual(
            operator.asked("FOLDER_ASSIGN_MEDIA")[1],
            {"mediaFile": "deux.mp4", "folderId": 6},
        )
        page.locator(".media", has_text="#1").click(button="right")
        operator.click("#menu li:nth-child(6)")
        other.sees(".folder:nth-child(6) .count", "3")
        # The files come after the folders; a click while the page is drawn again meets nothing.
        other.has('.media:has-text("#1") .dot', "title", "Archives")
        other.click(".folder:nth-child(6) .name")
        other.counts("#media .media", 3)

        def on_disk(saved: Any) -> bool:
            wanted = "un.mp4", "deux.mp4", HARD
            return all([file, 6] in saved["mediaAssignments"] for file in wanted)

        self.saves("mediaFolders.json", on_disk)
        operator.click(".folder:nth-child(6) .delete")
        for each in operator, other:
            each.counts(".folder", 5)
            each.sees("#toasts", "Archives")
        operator.has(self.card("un.mp4") + " .dot", "title", "Non classé")
        self.saves("mediaFolders.json", lambda saved: len(saved["folders"]) == 5)

    def test_names_that_hurt(self) -> None:
        """A folder's name is harmless on every page, or it is refused to who typed it."""
        operator, page = self.operator, self.operator.page
        for name in ('"><img src=x data-injected>', "'\"<b>", "   "):
            before = len(operator.came)
            page.evaluate("name => send('FOLDER_CREATE', {name, color: '#118ab2'})", name)
            operator.hears("ERROR", "FOLDER_LIST", since=before)
            page.wait_for_timeout(50)
            operator.alerts.clear()
        self.assertEqual(page.locator("[data-injected]").count(), 0)
        for color in "red", '#11"onclick="alert(1)', "", 5:
            page.evaluate("color => send('FOLDER_CREATE', {name: 'x', color})", color)
            self.assertRegex(operator.alerted(), "^Erreur: color: ")

    def test_default_stays(self) -> None:
        """The first folder can be coloured, and not renamed or deleted."""
        page = self.operator.page
        page.evaluate("send('FOLDER_UPDATE', {id: 1, updates: {color: '#118ab2'}})")
        colour = re.compile("#118ab2|17, 138, 178")
        self.operator.has(".folder:nth-child(1) .dot", "style", colour)
        page.evaluate("send('FOLDER_UPDATE', {id: 1, updates: {name: 'x'}})")
        self.assertIn("Erreur", self.operator.alerted())
        page.evaluate("send('FOLDER_DELETE', {id: 1})")
        self.assertIn("Erreur", self.operator.alerted())
        self.operator.sees(".folder:nth-child(1) .name", "Non classé")
