# -*- test-case-name: tests.api.test_graphics -*-
"""What is asked of graphics and presets, as clients see it."""

from rtgplayout.amcp.commands import Target

from .rig import DoorTestCase

PLACE = {"channel": 2, "layer": 30}
LAYER = Target(2, 30)
PRESET = {
    "name": "guest 1",
    "channel": 1,
    "layer": 20,
    "templateName": "rtg-lower-third/index",
    "data": {"title": "x"},
    "savedAt": "2026-03-01T17:00:00.000Z",
    "colour": "blue",
}


class TemplateTests(DoorTestCase):
    """By hand, on any channel and layer."""

    def test_every_message(self) -> None:
        """Each is asked of the graphics, with who asks."""
        browser = self.connect()
        by = browser.server.name
        template = {**PLACE, "templateName": "a/b", "templateData": {"t": "é"}}
        for kind, data, asked in (
            ("TEMPLATE_LOAD", template, ("load", LAYER, "a/b", {"t": "é"}, False, by)),
            ("TEMPLATE_LOAD_AND_PLAY", template, ("load", LAYER, "a/b", {"t": "é"}, True, by)),
            ("TEMPLATE_PLAY", PLACE, ("play", LAYER, by)),
            (
                "TEMPLATE_UPDATE",
                {**PLACE, "templateData": {"t": 1}},
                ("update", LAYER, {"t": 1}, by),
            ),
            ("TEMPLATE_STOP", PLACE, ("stop", LAYER, by)),
            ("TEMPLATE_REMOVE", PLACE, ("remove", LAYER, by)),
        ):
            self.assertEqual(self.say(browser, kind, data), [], kind)
            self.assertEqual(self.shelves.graphics.asked.pop(), asked)

    def test_refused(self) -> None:
        """What CasparCG refuses is an error to the one who asked."""
        browser, other = self.connect(), self.connect()
        other.take()
        self.shelves.graphics.fails = "404 CG ADD FAILED"
        (error,) = self.say(browser, "TEMPLATE_LOAD", {**PLACE, "templateName": "a"})
        self.assertEqual(error["type"], "ERROR")
        self.assertEqual(error["data"]["message"], "404 CG ADD FAILED")
        self.assertEqual(other.take(), [])


class PresetTests(DoorTestCase):
    """Presets."""

    def setUp(self) -> None:
        super().setUp()
        self.old, self.new = self.connect(), self.connect(2)
        self.say(self.old, "PRESET_IMPORT", {"presets": [PRESET]})
        self.old.take()
        self.new.take()

    def names(self) -> list[str]:
        return [preset.name for preset in self.shelves.presets.value.presets]

    def test_saved(self) -> None:
        """Everybody gets the list, once."""
        data = {**PLACE, "name": "guest 2", "templateName": "a/b", "templateData": {"t": 1}}
        (told,) = self.say(self.old, "PRESET_SAVE", data)
        self.assertEqual(told["type"], "PRESET_LIST")
        self.assertEqual(
            told["data"]["presets"][1],
            {
                "name": "guest 2",
                **PLACE,
                "templateName": "a/b",
                "data": {"t": 1},
                "savedAt": "2026-03-01T18:00:00.000Z",
            },
        )
        (told,) = self.new.take()
        self.assertEqual((told["type"], told["data"]["revision"]), ("PRESET_LIST", 3))

    def test_loaded(self) -> None:
        """It goes where it was saved for, and is shown unless that is not wanted."""
        self.say(self.old, "PRESET_LOAD", {"name": "guest 1"})
        self.say(self.old, "PRESET_LOAD", {"name": "guest 1", "play": False})
        asked = [each[1:5] for each in self.shelves.graphics.asked]
        what = (Target(1, 20), "rtg-lower-third/index", {"title": "x"})
        self.assertEqual(asked, [(*what, True), (*what, False)])

    def test_as_it_is_shown(self) -> None:
        """A name that a page can't show is found by what it shows."""
        self.say(self.old, "PRESET_IMPORT", {"presets": [{**PRESET, "name": "l'invité"}]})
        shown = self.say(self.old, "PRESET_GET_ALL")[0]["data"]["presets"][1]["name"]
        self.assertNotEqual(shown, "l'invité")
        self.assertEqual(self.say(self.old, "PRESET_LOAD", {"name": shown}), [])
        self.say(self.old, "PRESET_DELETE", {"name": shown})
        self.assertEqual(self.names(), ["guest 1"])

    def test_exported_as_it_is_shown(self) -> None:
        """What the old page exported comes back to where it was: no preset is there twice."""
        self.say(self.old, "PRESET_IMPORT", {"presets": [{**PRESET, "name": "l'invité"}]})
        exported = self.say(self.old, "PRESET_GET_ALL")[0]["data"]["presets"]
        told = self.say(self.old, "PRESET_IMPORT", {"presets": exported, "overwrite": True})
        self.assertEqual(told[-1]["count"], 2)
        self.assertEqual(self.names(), ["guest 1", "l'invité"])
        told = self.say(self.old, "PRESET_IMPORT", {"presets": exported})
        self.assertEqual(told[-1]["count"], 0)

    def test_deleted(self) -> None:
        """Everybody gets the list, then the name; as the old page knows it."""
        told = self.say(self.old, "PRESET_DELETE", {"name": "guest 1"})
        self.assertEqual([each["type"] for each in told], ["PRESET_LIST", "PRESET_DELETED"])
        self.assertEqual(told[1]["data"], {"name": "guest 1"})

    def test_unknown(self) -> None:
        """There is no such preset: an error to the one who asked, nothing to the others."""
        for kind in "PRESET_LOAD", "PRESET_DELETE":
            (error,) = self.say(self.old, kind, {"name": "nobody"})
            self.assertEqual((error["type"], error["data"]["path"]), ("ERROR", "name"))
        self.assertEqual(self.new.take(), [])

    def test_imported(self) -> None:
        """The count stands where the old page reads it, and where it belongs; the rest is kept."""
        presets = [{**PRESET, "layer": 21}, {**PRESET, "name": "guest 2"}, {"name": "nothing"}]
        told = self.say(self.old, "PRESET_IMPORT", {"presets": presets, "overwrite": True})
        self.assertEqual([each["type"] for each in told], ["PRESET_LIST", "PRESET_IMPORT_SUCCESS"])
        self.assertEqual((told[1]["count"], told[1]["data"]), (2, {"count": 2}))
        first, second = told[0]["data"]["presets"]
        self.assertEqual((first["layer"], first["colour"]), (21, "blue"))
        self.assertEqual(second["savedAt"], PRESET["savedAt"])
        told = self.say(self.new, "PRESET_IMPORT", {"presets": [PRESET]}, id=1)
        self.assertEqual([each["type"] for each in told], ["PRESET_IMPORT_SUCCESS", "ACK"])
        self.assertEqual((told[0]["data"], "count" in told[0]), ({"count": 0}, False))

    def test_not_saved(self) -> None:
        """What cannot be saved is told to the one who asked, and did not happen."""
        self.shelves.presets.fails = "the disk is full"
        (error,) = self.say(self.old, "PRESET_DELETE", {"name": "guest 1"})
        self.assertEqual(error["data"]["message"], "the disk is full")
        self.assertEqual(self.names(), ["guest 1"])
        self.assertEqual(self.new.take(), [])
