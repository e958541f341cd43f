# -*- test-case-name: tests.browser.test_graphics -*-
"""Graphics and presets, as operators work them on the old page."""

import json
from pathlib import Path
from typing import Any

from .studio import StudioTestCase

HARD = {"title": "L'été \"d'or\" \\ <b>", "lines": ["é", "😀", "a\nb"], "n": 1.5, "no": None}


class GraphicsTests(StudioTestCase):
    """By hand."""

    def test_a_template_s_life(self) -> None:
        """Load, play, update, stop, remove: on the layer, and in everybody's list."""
        operator, page = self.operator, self.operator.page
        other = self.sit_down()
        page.fill("#data", json.dumps(HARD))
        operator.click("#cg-load")
        self.assertEqual(
            operator.asked("TEMPLATE_LOAD"),
            [
                {
                    "channel": 1,
                    "layer": 20,
                    "templateName": "rtg-lower-third/index",
                    "templateData": HARD,
                }
            ],
        )
        for each in operator, other:
            each.reads("#active .name", "rtg-lower-third/index")
            each.sees("#active li", "1-20")
            each.reads("#active .turn", "Play")
        self.has_page(20)
        operator.click("#cg-play")
        for each in operator, other:
            each.counts("#active li.playing", 1)
        page.fill("#data", '{"title": "Autre"}')
        operator.click("#cg-update")
        operator.until("it was told", lambda: "TEMPLATE_UPDATED" in operator.types())
        operator.click("#cg-stop")
        for each in operator, other:
            each.counts("#active li.playing", 0)
            each.counts("#active li", 1)
        operator.click("#cg-remove")
        for each in operator, other:
            each.counts("#active li", 0)
        self.has_page(20, there=False)
        self.assertEqual(operator.asked("TEMPLATE_REMOVE"), [{"channel": 1, "layer": 20}])

    def test_at_once_and_from_the_list(self) -> None:
        """Load and play; then the buttons of the list."""
        operator, page = self.operator, self.operator.page
        page.select_option("#template", "rtg-election/index")
        self.assertIn("candidates", page.input_value("#data"))
        page.select_option("#layer", "40")
        operator.click("#cg-load-play")
        operator.counts("#active li.playing", 1)
        self.has_page(40)
        operator.click("#active .turn")
        operator.reads("#active .turn", "Play")
        operator.click("#active .turn")
        operator.reads("#active .turn", "Stop")
        operator.click("#active .remove")
        operator.counts("#active li", 0)
        self.has_page(40, there=False)

    def test_what_cannot_be(self) -> None:
        """An empty layer, a channel that isn't there, data that is no JSON: said to who asked."""
        operator, page = self.operator, self.operator.page
        other = self.sit_down()
        page.fill("#data", "{")
        operator.click("#cg-load")
        operator.sees("#toasts .error", "JSON invalide")
        self.assertEqual(operator.asked("TEMPLATE_LOAD"), [])
        page.select_option("#template", "rtg-bug/index")
        page.select_option("#channel", "2")
        operator.click("#cg-load-play")
        self.assertRegex(operator.alerted(), "^Erreur: ")
        page.select_option("#channel", "1")
        operator.click("#cg-play")
        self.assertRegex(operator.alerted(), "^Erreur: ")
        page.evaluate("send('TEMPLATE_LOAD', {channel: 1, layer: 10, templateName: 'x/y'})")
        self.assertRegex(operator.alerted(), "^Erreur: layer: ")
        page.evaluate("send('TEMPLATE_LOAD', {channel: 1, layer: 20, templateName: '<b>'})")
        self.assertRegex(operator.alerted(), "^Erreur: templateName: ")
        self.assertEqual(other.alerts, [])
        operator.counts("#active li", 0)


class PresetTests(StudioTestCase):
    """Presets."""

    def save(self, name: str, layer: str = "20") -> None:
        page = self.operator.page
        page.select_option("#layer", layer)
        page.fill("#data", json.dumps(HARD))
        page.click("#preset-save")
        page.fill("#preset-name", name)
        page.click("#preset-ok")

    def names(self, saved: Any) -> list[str]:
        return [each["name"] for each in saved or ()]

    def test_saved_played_deleted(self) -> None:
        """By one, for everybody, and on disk."""
        operator = self.operator
        other = self.sit_down()
        name, shown = "l'<b>\"é😀", "l’‹b›”é😀"
        self.save("invité 1")
        self.save(name, "30")
        for each in operator, other:
            each.reads("#presets .name", "invité 1", shown)
        self.assertEqual(
            operator.asked("PRESET_SAVE")[0],
            {
                "name": "invité 1",
                "channel": 1,
                "layer": 20,
                "templateName": "rtg-lower-third/index",
                "templateData": HARD,
            },
        )
        self.saves("presets.json", lambda saved: len(self.names(saved)) == 2)
        first = self.saved("presets.json")[0]
        self.assertEqual((first["data"], first["layer"]), (HARD, 20))
        operator.click("#presets li:nth-child(2) .load")
        for each in operator, other:
            each.sees("#active li.playing", "1-30")
        self.has_page(30)
        operator.click("#presets li:nth-child(1) .delete")
        for each in operator, other:
            each.reads("#presets .name", shown)
        self.assertEqual(operator.asked("PRESET_DELETE"), [{"name": "invité 1"}])
        operator.click("#presets .delete")
        for each in operator, other:
            each.counts("#presets li", 0)
        self.saves("presets.json", lambda saved: saved == [])

    def test_exported_and_imported(self) -> None:
        """The file that the page makes comes back with all that was in it."""
        operator, page = self.operator, self.operator.page
        self.save("un")
        self.save("deux", "30")
        operator.counts("#presets li", 2)
        with page.expect_download() as downloading:
            page.click("#preset-export")
        download = downloading.value
        self.assertRegex(download.suggested_filename, r"^rtg_presets_\d{4}-\d\d-\d\d\.json$")
        file = self.folder / "exported.json"
        download.save_as(file)
        exported = json.loads(file.read_bytes())
        self.assertEqual(self.names(exported), ["un", "deux"])
        for _ in range(2):
            operator.click("#presets li:nth-child(1) .delete")
            page.wait_for_timeout(300)
        operator.counts("#presets li", 0)
        self.read(file)
        operator.sees("#toasts .success >> nth=-1", "2 préréglages")
        operator.reads("#presets .name", "un", "deux")
        self.saves("presets.json", lambda saved: self.names(saved) == ["un", "deux"])
        self.assertEqual(self.saved("presets.json")[0]["data"], HARD)
        operator.agrees = False
        self.read(file)
        self.assertEqual(len(operator.asked("PRESET_IMPORT")), 1)

    def test_old_and_broken_files(self) -> None:
        """What the old system kept is taken; what is broken beside it is left out, and said."""
        operator = self.operator
        file = self.folder / "old.json"
        good = {
            "name": "invité",
            "channel": 1,
            "layer": 20,
            "templateName": "rtg-bug/index",
            "data": {},
            "savedAt": "2026-03-01T18:00:00.000Z",
        }
        file.write_text(json.dumps([good, {"name": "sans modèle"}]))
        self.read(file)
        operator.sees("#toasts .success", "1 préréglages")
        operator.reads("#presets .name", "invité")
        file.write_text("[")
        self.read(file)
        operator.sees("#toasts .error", "illisible")

    def read(self, file: Path) -> None:
        self.operator.page.set_input_files("#preset-import", file)
        self.operator.page.wait_for_timeout(200)
