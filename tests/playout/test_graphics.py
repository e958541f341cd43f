"""What is on graphics layers: what commands did, what CasparCG shows, what is written down."""

import json
import sys
from types import MappingProxyType

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import CgAdd, CgClear, CgCommand, CgPlay, CgStop, CgUpdate, Target
from rtgplayout.amcp.status import ChannelStatus, Foreground, Layer
from rtgplayout.playout.asrun import Cause, Confirmation, Entry, TemplateHide, TemplateShow
from rtgplayout.playout.events import Now
from rtgplayout.playout.graphics import (
    PATIENCE,
    After,
    Graphics,
    GraphicsChange,
    Template,
    What,
    active,
    answered,
    asked,
    differs,
    json_text,
    on_layer,
    seen,
    taken,
    template_name,
)

BUG, CLOCK, AIR, PREVIEW = Target(1, 20), Target(1, 60), Target(1, 10), Target(2, 20)
ADD, SHOW = CgAdd(BUG, "rtg-bug/index", '{"a":1}', False), CgAdd(BUG, "rtg-bug/index", '{"a":1}')
FOLDER = "file:///srv/caspar/template/"


def at(mono: float) -> Now:
    """That instant on both clocks."""
    return Now(1_772_388_000.0 + mono, mono)


def page(name: str, producer: str = "html", leads_to: str = "") -> Layer:
    """A layer that shows that template."""
    path = FOLDER + name + ".html" if name else ""
    return Layer(Foreground(producer, path=path, leads_to=leads_to))


def showing(channel: int = 1, /, **layers: Layer | str) -> ChannelStatus:
    """What CasparCG shows: templates, by the names C{l20} of their layers."""
    return ChannelStatus(
        channel,
        layers={
            int(name[1:]): page(each) if isinstance(each, str) else each
            for name, each in layers.items()
        },
    )


class Scene:
    """
    Graphics, and what came of what happened to them.

    @ivar told: what happened to which layer.
    """

    def __init__(self, *reserved: Target) -> None:
        looked = frozenset((1, 2))
        self.graphics = Graphics(frozenset(reserved), "/srv/caspar/template/", looked=looked)
        self.told: list[tuple[str, int]] = []
        self.changes: list[GraphicsChange] = []
        self.entries: list[Entry] = []
        self.mono = 100.0

    def wait(self, seconds: float) -> None:
        self.mono += seconds

    def tell(self, command: CgCommand, by: str = "me", item_id: str = "") -> None:
        """CasparCG takes that command."""
        self.graphics = asked(self.graphics, command.target)
        self.graphics = answered(self.graphics, command.target, at(self.mono))
        self._become(taken(self.graphics, command, at(self.mono), by, item_id))

    def look(self, status: ChannelStatus) -> bool:
        """CasparCG shows that; whether it was anything new."""
        new = differs(self.graphics, status, self.mono)
        if new:
            self._become(seen(self.graphics, status, at(self.mono)))
        return new

    def settle(self, **layers: str) -> None:
        """Let CasparCG show what it was told to show."""
        self.wait(PATIENCE)
        self.look(showing(**layers))

    def _become(self, after: After) -> None:
        self.graphics = after.graphics
        self.changes += after.changes
        self.told += [(each.what.value, each.template.target.layer) for each in after.changes]
        self.entries += after.entries

    def there(self) -> list[tuple[int, str, bool]]:
        """Layer, name, and whether it plays."""
        return [(each.target.layer, each.name, each.playing) for each in active(self.graphics)]

    def written(self) -> list[tuple[str, str, str]]:
        """The as-run log, in short."""
        return [
            ("show" if isinstance(each, TemplateShow) else "hide", each.template, each.cause.value)
            for each in self.entries
            if isinstance(each, TemplateShow | TemplateHide)
        ]


class CommandTests(SynchronousTestCase):
    """What a command does that CasparCG took."""

    def setUp(self) -> None:
        self.it = Scene()

    def template(self, target: Target = BUG) -> Template:
        found = on_layer(self.it.graphics, target)
        assert found is not None
        return found

    def test_load(self) -> None:
        """Loaded, it is there with its data, and nobody sees it."""
        self.it.tell(ADD)
        self.assertEqual(
            active(self.it.graphics),
            (Template(BUG, "rtg-bug/index", {"a": 1}, False, 1_772_388_100.0),),
        )
        self.assertEqual((self.it.told, self.it.entries), ([("loaded", 20)], []))

    def test_load_and_play(self) -> None:
        """Played with its loading, it is seen from then on."""
        self.it.tell(SHOW, "10.0.0.1")
        self.assertEqual(
            self.template(),
            Template(BUG, "rtg-bug/index", {"a": 1}, True, 1_772_388_100.0, 1_772_388_100.0),
        )
        self.assertEqual(self.it.told, [("loaded", 20), ("playing", 20)])
        self.assertEqual(
            self.it.entries,
            [
                TemplateShow(
                    "rtg-bug/index", 1, 20, '{"a": 1}', 1_772_388_100.0, Cause.OPERATOR, "10.0.0.1"
                )
            ],
        )

    def test_play_and_stop(self) -> None:
        """What is told to play is seen until it is told to stop; it stays loaded then."""
        self.it.tell(ADD)
        self.it.wait(5)
        self.it.tell(CgPlay(BUG))
        self.it.wait(12.5)
        self.it.tell(CgStop(BUG), "you")
        self.assertEqual(self.it.there(), [(20, "rtg-bug/index", False)])
        self.assertEqual(self.template().played_at, 1_772_388_105.0)
        self.assertEqual(self.it.told, [("loaded", 20), ("playing", 20), ("stopped", 20)])
        self.assertEqual(
            self.it.entries[1:],
            [TemplateHide("rtg-bug/index", 1, 20, 12.5, 1_772_388_117.5, Cause.OPERATOR, "you")],
        )

    def test_play_again(self) -> None:
        """Told to play while it plays, it is not seen any less; after a stop it is seen anew."""
        self.it.tell(SHOW)
        self.it.wait(2)
        self.it.tell(CgPlay(BUG))
        self.assertEqual(self.template().played_at, 1_772_388_102.0)
        self.it.wait(2)
        self.it.tell(CgStop(BUG))
        self.it.tell(CgPlay(BUG))
        self.assertEqual([each[0] for each in self.it.written()], ["show", "hide", "show"])
        hide = self.it.entries[1]
        assert isinstance(hide, TemplateHide)
        self.assertEqual(hide.shown_for, 4)

    def test_stop_twice(self) -> None:
        """What does not play cannot stop playing."""
        self.it.tell(ADD)
        self.it.tell(CgStop(BUG))
        self.assertEqual((self.it.told, self.it.entries), ([("loaded", 20)], []))

    def test_update(self) -> None:
        """Its data are merged at the top only; what is shown anew is shown with all of it."""
        self.it.tell(CgAdd(BUG, "t", '{"a":{"x":1},"b":2}', False))
        self.it.tell(CgUpdate(BUG, '{"a":{"y":3},"c":"é"}'))
        self.assertEqual(self.template().data, {"a": {"y": 3}, "b": 2, "c": "é"})
        self.assertEqual(self.it.told, [("loaded", 20), ("updated", 20)])
        self.it.tell(CgPlay(BUG))
        shown = self.it.entries[0]
        assert isinstance(shown, TemplateShow)
        self.assertEqual(shown.data, '{"a": {"y": 3}, "b": 2, "c": "é"}')

    def test_data_cannot_be_changed(self) -> None:
        """By who was told of them."""
        self.it.tell(ADD)
        self.it.tell(CgUpdate(BUG, "{}"))
        for change in self.it.changes:
            self.assertIsInstance(change.template.data, MappingProxyType)

    def test_replaced(self) -> None:
        """What plays on a layer is hidden by what is put there in its place."""
        self.it.tell(SHOW)
        self.it.wait(3)
        self.it.tell(CgAdd(BUG, "other"))
        self.assertEqual(self.it.there(), [(20, "other", True)])
        self.assertEqual(
            self.it.written(),
            [
                ("show", "rtg-bug/index", "operator"),
                ("hide", "rtg-bug/index", "operator"),
                ("show", "other", "operator"),
            ],
        )

    def test_clear(self) -> None:
        """What was seen is hidden; what was not is only gone; nothing is nothing."""
        self.it.tell(SHOW)
        self.it.tell(CgAdd(CLOCK, "clock", play=False))
        for target in (BUG, CLOCK, PREVIEW):
            self.it.tell(CgClear(target))
        self.assertEqual(self.it.there(), [])
        self.assertEqual(self.it.told[-2:], [("removed", 20), ("removed", 60)])
        self.assertEqual([each[:2] for each in self.it.written()][1:], [("hide", "rtg-bug/index")])
        self.assertTrue(self.it.changes[-2].template.playing)

    def test_nothing_there(self) -> None:
        """What CasparCG takes for a layer without a template does nothing."""
        for command in (CgPlay(BUG), CgStop(BUG), CgUpdate(BUG, "{}"), CgClear(BUG)):
            self.it.tell(command)
        self.assertEqual((self.it.there(), self.it.told, self.it.entries), ([], [], []))

    def test_secondary_events(self) -> None:
        """What comes and goes with an item has the schedule for its cause, and the item's id."""
        self.it.tell(SHOW, "", "item-1")
        self.it.tell(CgStop(BUG), "", "item-2")
        causes = [
            (each.cause, each.item_id)
            for each in self.it.entries
            if isinstance(each, TemplateShow | TemplateHide)
        ]
        self.assertEqual(causes, [(Cause.SECONDARY, "item-1"), (Cause.SECONDARY, "item-2")])

    def test_order(self) -> None:
        """The list is by channel and layer."""
        for target in (PREVIEW, CLOCK, BUG):
            self.it.tell(CgAdd(target, "t"))
        self.assertEqual([each.target for each in active(self.it.graphics)], [BUG, CLOCK, PREVIEW])


class GoneTests(SynchronousTestCase):
    """What CasparCG shows no more."""

    def setUp(self) -> None:
        self.it = Scene()
        self.it.tell(SHOW)

    def test_late(self) -> None:
        """For a moment after a command, what CasparCG shows is what was before it."""
        self.it.wait(PATIENCE - 0.01)
        self.assertFalse(self.it.look(showing()))
        self.it.settle(l20="rtg-bug/index")
        self.assertEqual(self.it.there(), [(20, "rtg-bug/index", True)])
        self.it.tell(CgClear(BUG))
        self.it.wait(PATIENCE - 0.01)
        self.assertFalse(self.it.look(showing(l20="rtg-bug/index")))

    def test_on_its_way(self) -> None:
        """While a command is on its way, nobody knows what it did already."""
        self.it.settle(l20="rtg-bug/index")
        self.it.graphics = asked(self.it.graphics, BUG)
        self.it.wait(10)
        self.assertFalse(self.it.look(showing()))
        self.assertFalse(self.it.look(showing(l20="other")))
        self.it.graphics = answered(self.it.graphics, BUG, at(self.it.mono))
        self.it.settle(l20="rtg-bug/index")
        self.assertEqual(self.it.there(), [(20, "rtg-bug/index", True)])

    def test_gone_by_itself(self) -> None:
        """A layer that is not there, is empty, or shows anything else has lost its template."""
        self.it.settle(l20="rtg-bug/index")
        before = self.it.graphics
        others = (
            showing(),
            showing(l20=Layer()),
            showing(l20=Layer(Foreground("ffmpeg", path="/media/a.mp4"))),
            showing(l20=page("")),
        )
        for status in others:
            self.it = Scene()
            self.it.graphics = before
            self.it.wait(20)
            self.assertTrue(self.it.look(status))
            self.assertEqual((self.it.there(), self.it.told), ([], [("removed", 20)]))
            self.assertEqual(
                self.it.entries,
                [
                    TemplateHide(
                        "rtg-bug/index",
                        1,
                        20,
                        20,
                        1_772_388_120.0,
                        Cause.CASPAR,
                        confirmation=Confirmation.INFO,
                    )
                ],
            )

    def test_never_came(self) -> None:
        """What CasparCG took and does not show when it should is gone."""
        self.it.settle()
        self.assertEqual(self.it.told[2:], [("removed", 20)])

    def test_gone_unseen(self) -> None:
        """What was not seen cannot be hidden."""
        self.it.tell(CgStop(BUG))
        self.it.entries.clear()
        self.it.settle()
        self.assertEqual((self.it.there(), self.it.entries), ([], []))

    def test_replaced_by_others(self) -> None:
        """Another page on the layer is another template, at once or later."""
        self.it.settle(l20="rtg-clock/index")
        self.assertEqual(self.it.there(), [(20, "rtg-clock/index", True)])
        self.it.look(showing(l20="other"))
        self.assertEqual(self.it.there(), [(20, "other", True)])
        self.assertEqual(
            self.it.written()[1:],
            [
                ("hide", "rtg-bug/index", "caspar"),
                ("show", "rtg-clock/index", "caspar"),
                ("hide", "rtg-clock/index", "caspar"),
                ("show", "other", "caspar"),
            ],
        )

    def test_names_are_found_as_casparcg_finds_them(self) -> None:
        """In any case, with odd separators, on Windows, from the web."""
        for name, path in (
            ("RTG-Bug/Index", FOLDER + "rtg-bug/index.html"),
            ("/rtg-bug//./index", FOLDER + "/rtg-bug//./index.html".replace("//./", "/")),
            ("rtg-bug\\index", "file://Z:\\graphics\\rtg-bug\\index.html"),
            ("http://there/x.html", "http://there/x.html"),
        ):
            self.it = Scene()
            self.it.tell(CgAdd(BUG, name))
            self.it.wait(PATIENCE)
            self.it.look(showing(l20=Layer(Foreground("html", path=path))))
            self.assertEqual(self.it.there(), [(20, name, True)])

    def test_in_a_transition(self) -> None:
        """While a mix leads to a page, that page is there."""
        self.it.settle(l20="rtg-bug/index")
        self.assertFalse(self.it.look(showing(l20=page("rtg-bug/index", "transition", "html"))))
        self.assertTrue(self.it.look(showing(l20=page("", "transition", "ffmpeg"))))

    def test_other_channels(self) -> None:
        """What one channel shows says nothing of another."""
        self.it.tell(CgAdd(PREVIEW, "t"))
        self.it.settle(l20="rtg-bug/index")
        self.assertEqual(len(self.it.there()), 2)
        self.it.look(showing(2))
        self.assertEqual(self.it.there(), [(20, "rtg-bug/index", True)])


class FoundTests(SynchronousTestCase):
    """What CasparCG shows and nobody here put there."""

    def test_found(self) -> None:
        """It plays, as far as anybody can see, and is named so that it can be put there again."""
        it = Scene()
        it.look(showing(l20="rtg-bug/index", l60=Layer(Foreground("ffmpeg", path="/a.mp4"))))
        when = 1_772_388_100.0
        self.assertEqual(
            active(it.graphics),
            (Template(BUG, "rtg-bug/index", {}, True, when, None, found=True),),
        )
        self.assertEqual(it.told, [("loaded", 20), ("playing", 20)])
        self.assertEqual(
            it.entries,
            [
                TemplateShow(
                    "rtg-bug/index", 1, 20, "{}", when, Cause.CASPAR, confirmation=Confirmation.INFO
                )
            ],
        )

    def test_before_this_daemon(self) -> None:
        """What is there at the first look is no other showing; what comes later is one."""
        it = Scene()
        it.graphics = Graphics()
        self.assertTrue(it.look(showing(l20="rtg-bug/index")))
        self.assertFalse(it.look(showing(l20="rtg-bug/index")))
        it.look(showing(l20="rtg-bug/index", l30="clock"))
        self.assertEqual(
            [(e.cause, e.continued) for e in it.entries if isinstance(e, TemplateShow)],
            [(Cause.RECOVERY, True), (Cause.CASPAR, False)],
        )

    def test_confirmation(self) -> None:
        """It is written how it is known: a command was taken, INFO or OSC showed it."""
        it = Scene()
        it.tell(ADD)
        it.tell(CgPlay(BUG))
        it.look(showing(l20="rtg-bug/index", l30="clock"))
        it.look(evolve(showing(l20="rtg-bug/index"), tick=5))
        self.assertEqual(
            [
                e.confirmation.value
                for e in it.entries
                if isinstance(e, TemplateShow | TemplateHide)
            ],
            ["amcp", "info", "osc"],
        )

    def test_worked_with(self) -> None:
        """It can be told what others can."""
        it = Scene()
        it.look(showing(l20="rtg-bug/index"))
        it.tell(CgUpdate(BUG, '{"a":1}'))
        it.tell(CgPlay(BUG))
        it.tell(CgStop(BUG))
        (found,) = active(it.graphics)
        self.assertEqual((found.data, found.playing, found.found), ({"a": 1}, False, True))
        self.assertEqual(found.played_at, 1_772_388_100.0)
        self.assertEqual([each[0] for each in it.written()], ["show", "hide"])

    def test_layers_of_playlists(self) -> None:
        """On the layer of a playlist there are no graphics."""
        it = Scene(AIR)
        self.assertFalse(it.look(showing(l10="rtg-bug/index")))
        it.look(showing(l10="rtg-bug/index", l20="rtg-bug/index"))
        self.assertEqual(it.there(), [(20, "rtg-bug/index", True)])

    def test_after_a_failed_command(self) -> None:
        """What may have been done after all is found when it was."""
        it = Scene()
        it.graphics = answered(asked(it.graphics, BUG), BUG, at(it.mono))
        it.settle(l20="rtg-bug/index")
        self.assertEqual(it.there(), [(20, "rtg-bug/index", True)])


class CheapTests(SynchronousTestCase):
    """It is asked 25 times a second for each channel."""

    def test_nothing_new(self) -> None:
        """When nothing changed, nothing is made."""
        it = Scene(AIR)
        for layer in range(20, 30):
            it.tell(CgAdd(Target(1, layer), f"t{layer}"))
        status = showing(l10=page("", "ffmpeg"), **{f"l{n}": f"t{n}" for n in range(20, 30)})
        it.wait(PATIENCE)
        self.assertTrue(it.look(status))
        self.assertFalse(it.look(status))
        graphics, mono = it.graphics, it.mono
        differs(graphics, status, mono)
        before = sys.getallocatedblocks()
        for _ in range(1000):
            differs(graphics, status, mono)
        self.assertLess(sys.getallocatedblocks() - before, 100)

    def test_awaited_layers_are_forgotten(self) -> None:
        """Layers that were only told something are known no longer than that matters."""
        it = Scene()
        for layer in range(20, 30):
            it.tell(CgClear(Target(1, layer)))
        it.wait(PATIENCE)
        self.assertTrue(it.look(showing()))
        self.assertFalse(it.look(showing()))


class NameTests(SynchronousTestCase):
    """The names of what was found."""

    def test_names(self) -> None:
        """Relative to the template folder, when that is known; else to one that is called so."""
        for path, folder, name in (
            ("file:///srv/template/rtg-bug/index.html", "/srv/template/", "rtg-bug/index"),
            ("file:///srv/template/rtg-bug/index.html", "/srv/template", "rtg-bug/index"),
            ("file:///srv/template/rtg-bug/index.html", "", "rtg-bug/index"),
            ("file:///srv/gfx/template/bug.html", "/srv/gfx/", "template/bug"),
            ("file:///srv/gfx/templates/old/templates/bug.HTML", "", "bug"),
            ("file:///srv/gfx/templates/bug.html", "/elsewhere/", "bug"),
            ("file://Z:/nodal/Templates/Bug/index.html", "z:\\nodal\\templates\\", "Bug/index"),
            ("file://Z:\\nodal\\Templates\\Bug\\index.html", "", "Bug/index"),
            ("file://template/bug.html", "template/", "bug"),
            ("file:///srv/gfx/bug.html", "", "/srv/gfx/bug"),
            ("/srv/template/bug", "", "bug"),
            ("http://there/templates/x.html", "/srv/", "http://there/templates/x.html"),
            ("https://there/?a=b", "", "https://there/?a=b"),
        ):  # fmt: skip
            self.assertEqual(template_name(path, folder), name, path)

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.lists(st.text("aÉ .İß-", min_size=1), min_size=1, max_size=4).map("/".join))
    def test_can_be_put_there_again(self, name: str) -> None:
        """The name that leads to a path is found in it."""
        for folder in ("/srv/templates/", "/srv/my İ template/"):
            self.assertEqual(template_name(f"file://{folder}{name}.html", folder), name)


class TextTests(SynchronousTestCase):
    """The data of templates as text."""

    def test_letters_stay(self) -> None:
        """So that people can read the as-run; half an emoji is written down as well as it goes."""
        self.assertEqual(json_text({"a": "Éric 😀"}), '{"a": "Éric 😀"}')
        half = json_text(MappingProxyType({"a": "\ud83d"}))
        self.assertTrue(half.isascii())
        self.assertEqual(json.loads(half), {"a": "\ud83d"})

    def test_what_json_cannot_say(self) -> None:
        """Is refused, whatever it is."""
        deep: list[object] = []
        for _ in range(100_000):
            deep = [deep]
        for wrong in (float("nan"), {1, 2}, deep):
            with self.assertRaises(ValueError):
                json_text({"a": wrong})


class AnyOrderTests(SynchronousTestCase):
    """Whatever happens, in whatever order."""

    COMMANDS = st.sampled_from(
        [
            command
            for target in (BUG, CLOCK)
            for command in (
                CgAdd(target, "a"),
                CgAdd(target, "b", play=False),
                CgPlay(target),
                CgStop(target),
                CgUpdate(target, '{"x":1}'),
                CgClear(target),
            )
        ]
    )
    STATUSES = st.sampled_from(
        [showing(), showing(l20="a"), showing(l20="b", l60="a"), showing(l60=page(""))]
    )

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.lists(COMMANDS | STATUSES | st.sampled_from([0.1, 0.6]), max_size=20))
    def test_shown_and_hidden_in_turn(self, events: list[object]) -> None:
        """
        Of each layer, the as-run tells shows and hides in turn, and its last word is what the list
        says; the changes lead from list to list.
        """
        it = Scene()
        lists: dict[Target, Template] = {}
        for event in events:
            before = len(it.changes)
            if isinstance(event, float):
                it.wait(event)
            elif isinstance(event, ChannelStatus):
                it.look(event)
                self.assertFalse(it.look(event) and it.look(event))
            else:
                it.tell(event)  # type: ignore[arg-type]
            for change in it.changes[before:]:
                lists[change.template.target] = change.template
                if change.what is What.REMOVED:
                    del lists[change.template.target]
            told = sorted(lists.values(), key=lambda each: each.target.layer)
            self.assertEqual(active(it.graphics), tuple(told))
        for target in (BUG, CLOCK):
            mine = [
                each
                for each in it.entries
                if isinstance(each, TemplateShow | TemplateHide) and each.layer == target.layer
            ]
            for n, entry in enumerate(mine):
                self.assertIsInstance(entry, TemplateHide if n % 2 else TemplateShow)
            there = on_layer(it.graphics, target)
            self.assertEqual(len(mine) % 2 == 1, there is not None and there.playing)

    def test_values(self) -> None:
        """A value that was given away stays what it was."""
        it = Scene()
        it.tell(SHOW)
        before = it.graphics
        copy = evolve(before)
        it.tell(CgClear(BUG))
        it.settle(l60="x")
        self.assertEqual(before, copy)
        self.assertEqual(len(active(before)), 1)
