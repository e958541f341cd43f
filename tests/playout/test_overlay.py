"""Graphics on a CasparCG: operators, items, other clients, and what breaks."""

from collections.abc import Mapping

from attrs import evolve
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import (
    CgAdd,
    CgClear,
    CgPlay,
    CgStop,
    CgUpdate,
    Command,
    InfoChannel,
    InfoChannels,
    InfoPaths,
    Target,
    Unsendable,
)
from rtgplayout.amcp.errors import CommandRefused, CommandTimedOut, LinkLost, NotConnected
from rtgplayout.amcp.status import ChannelStatus
from rtgplayout.amcp.wire import Reply
from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.page import Page
from rtgplayout.playout.graphics import MOST_DATA, MOST_TEMPLATES, GraphicsChange, What
from rtgplayout.playout.overlay import Overlay
from rtgplayout.playout.status import CannotDo, Mode
from rtgplayout.rundown.item import SecondaryEvent, SecondaryType, Trigger

from .scene import clip
from .studio import AIR, EPOCH, Studio
from .test_graphics import showing

BUG, TITLE, PREVIEW = Target(1, 20), Target(1, 21), Target(2, 20)


class OverlayTestCase(SynchronousTestCase):
    """Tests with a CasparCG that has two templates."""

    channels = 1

    def setUp(self) -> None:
        self.studio = Studio()
        self.server = self.studio.link.server
        self.server.templates = ("bug", "rtg-title/index")
        self.server.channel_count = self.channels
        self.server.restart()
        self.overlay = self.studio.overlay

    def connect(self) -> None:
        """Connect, and let all that follows from it happen."""
        self.studio.connect()
        self.studio.run(1)

    def page(self, target: Target) -> Page:
        """What CasparCG has on that layer."""
        found = self.server.channels[target.channel].layers[target.layer].foreground
        assert isinstance(found, Page)
        return found

    def done(self, asked: Deferred[None]) -> None:
        """What was asked is done, in a moment."""
        self.studio.run(0.01)
        self.successResultOf(asked)

    def refused(self, asked: Deferred[None]) -> CannotDo:
        """Why it is not."""
        self.studio.run(0.01)
        why = self.failureResultOf(asked, CannotDo).value
        assert isinstance(why, CannotDo)
        return why

    def there(self) -> list[tuple[int, int, str, bool]]:
        """Channel, layer, name and whether it plays."""
        return [
            (each.target.channel, each.target.layer, each.name, each.playing)
            for each in self.overlay.active()
        ]

    def told(self) -> list[tuple[What, int]]:
        """What watchers were told, since they were last asked."""
        told = [(each.what, each.template.target.layer) for each in self.studio.changes]
        self.studio.changes.clear()
        return told

    def written(self) -> list[tuple[object, ...]]:
        """What the as-run says of graphics."""
        fields = ("eventType", "templateName", "cause", "by", "itemId")
        return [
            tuple(each.get(name) for name in fields)
            for each in self.studio.disk.entries
            if str(each["eventType"]).startswith("TEMPLATE")
        ]

    def other_client(self, line: str) -> None:
        """Somebody else tells CasparCG something."""
        execute(self.server, line.encode(), self.server.connect())


class OperatorTests(OverlayTestCase):
    """What operators do."""

    def setUp(self) -> None:
        super().setUp()
        self.connect()

    def test_each_button(self) -> None:
        """Load, play, update, stop, remove: as CasparCG has it, told, and written down."""
        text = {"title": 'Éric "le" \\ 😀\n'}
        self.done(self.overlay.load(BUG, "bug", text, False, "me"))
        self.assertEqual((self.page(BUG).data, self.page(BUG).playing), (text, False))
        self.done(self.overlay.play(BUG, "me"))
        self.done(self.overlay.update(BUG, {"x": [1]}, "you"))
        self.assertEqual((self.page(BUG).data, self.page(BUG).playing), ({"x": [1]}, True))
        (template,) = self.overlay.active()
        self.assertEqual(template.data, {**text, "x": [1]})
        self.assertLess(abs(template.loaded_at - EPOCH - 1.5), 0.1)
        self.studio.run(10)
        self.done(self.overlay.stop(BUG, "you"))
        self.assertFalse(self.page(BUG).playing)
        self.done(self.overlay.remove(BUG, "me"))
        self.assertNotIn(20, self.server.channels[1].layers)
        self.assertEqual(
            [what for what, _ in self.told()],
            [What.LOADED, What.PLAYING, What.UPDATED, What.STOPPED, What.REMOVED],
        )
        self.assertEqual(
            self.written(),
            [
                ("TEMPLATE_SHOW", "bug", "operator", "me", ""),
                ("TEMPLATE_HIDE", "bug", "operator", "you", ""),
            ],
        )
        self.studio.run(2)
        self.assertEqual((self.there(), self.told()), ([], []))

    def test_told_when_it_is_so(self) -> None:
        """Who is told of a change finds it in the list."""
        lists = []
        overlay = Overlay(
            self.studio.link.send,
            self.studio.disk.write,
            lambda _: lists.append([each.playing for each in overlay.active()]),
            self.studio.clock,
            self.studio.now,
        )
        self.done(overlay.load(BUG, "bug", {}, True, "me"))
        self.assertEqual(lists, [[True], [True]])

    def test_it_stays_true(self) -> None:
        """As long as CasparCG shows it, and not longer."""
        self.done(self.overlay.load(BUG, "bug", {}, True, "me"))
        self.studio.run(60)
        self.assertEqual(self.there(), [(1, 20, "bug", True)])
        self.page(BUG).run("remove()")
        self.studio.run(0.1)
        self.assertEqual(self.there(), [])
        self.assertEqual(self.written()[-1], ("TEMPLATE_HIDE", "bug", "caspar", "", ""))
        self.assertRegex(str(self.studio.disk.entries[-1]["displayDuration"]), r"00:01:00\.0\d\d")

    def test_other_clients(self) -> None:
        """What others put there is found, can be worked with, and is gone when they take it off."""
        self.other_client('CG 1-21 ADD 1 "RTG-title/INDEX" 1 "{}"')
        self.studio.run(0.1)
        self.assertEqual(self.there(), [(1, 21, "rtg-title/index", True)])
        self.done(self.overlay.update(TITLE, {"a": 1}, "me"))
        self.assertEqual(self.page(TITLE).data, {"a": 1})
        self.studio.run(1)
        self.other_client('PLAY 1-21 [HTML] "bug" MIX 10')
        self.studio.run(0.1)
        self.assertEqual(self.there(), [(1, 21, "bug", True)])
        self.studio.run(2)
        self.other_client("CLEAR 1-21")
        self.studio.run(0.1)
        self.assertEqual(self.there(), [])

    def test_layers_of_playlists(self) -> None:
        """Nothing is told to the layer of a playlist."""
        sent = len(self.studio.link.sent)
        for asked in (
            self.overlay.load(AIR, "bug", {}, True, "me"),
            self.overlay.play(AIR, "me"),
            self.overlay.remove(AIR, "me"),
            self.overlay.perform(CgStop(AIR), "", "item"),
        ):
            why = self.refused(asked)
            self.assertEqual((why.path, why.reason), ("layer", "layer 1-10 is the playlist's own"))
        self.assertEqual(len(self.studio.link.sent), sent)

    def test_one_after_the_other(self) -> None:
        """Of two operators on a layer, one is done when the other begins; layers don't wait."""
        self.studio.link.sent.clear()
        first = self.overlay.load(BUG, "bug", {}, False, "me")
        second = self.overlay.play(BUG, "me")
        third = self.overlay.load(BUG, "rtg-title/index", {}, True, "you")
        fourth = self.overlay.stop(BUG, "you")
        other = self.overlay.load(TITLE, "bug", {}, True, "you")
        sent = [command for _, command in self.studio.link.sent]
        self.assertEqual([type(command) for command in sent], [CgAdd, CgAdd])
        self.assertEqual([command.target.layer for command in sent], [20, 21])  # type: ignore[union-attr]
        self.studio.run(0.1)
        for each in (first, second, third, fourth, other):
            self.successResultOf(each)
        mine = [type(each) for _, each in self.studio.link.sent if each.target == BUG]  # type: ignore[union-attr]
        self.assertEqual(mine, [CgAdd, CgPlay, CgAdd, CgStop])
        self.assertEqual(self.there(), [(1, 20, "rtg-title/index", False), (1, 21, "bug", True)])

    def test_what_fails_holds_up_nothing(self) -> None:
        """Who stands behind one that failed is served."""
        wrong = self.overlay.load(BUG, "none", {}, True, "me")
        right = self.overlay.load(BUG, "bug", {}, True, "me")
        self.studio.run(0.1)
        self.failureResultOf(wrong, CannotDo)
        self.successResultOf(right)
        self.studio.link.lose()
        for _ in range(2):
            asked = [self.overlay.remove(BUG, "me") for _ in range(3)]
            for each in asked:
                self.failureResultOf(each, CannotDo)


class RefusalTests(OverlayTestCase):
    """What cannot be done changes nothing, and says why."""

    def setUp(self) -> None:
        super().setUp()
        self.connect()

    def nothing_changed(self) -> None:
        self.studio.run(2)
        self.assertEqual((self.there(), self.told(), self.written()), ([], [], []))

    def test_no_such_template(self) -> None:
        """CasparCG does not have it."""
        why = self.refused(self.overlay.load(BUG, "none", {}, True, "me"))
        self.assertEqual(why.path, "templateName")
        self.assertEqual(why.reason, "CasparCG has no template 'none' (404 CG ADD FAILED)")
        self.nothing_changed()

    def test_no_template_there(self) -> None:
        """CasparCG says so, or would say OK and do nothing."""
        for asked in (self.overlay.stop(BUG, "me"), self.overlay.update(BUG, {}, "me")):
            why = self.refused(asked)
            self.assertEqual(why.path, "layer")
            self.assertIn("CasparCG has no template on layer 1-20 (403 CG ", why.reason)
        why = self.refused(self.overlay.play(BUG, "me"))
        self.assertEqual((why.path, why.reason), ("layer", "there is no template on layer 1-20"))
        self.assertEqual(self.studio.link.sent_as(CgPlay), [])
        self.nothing_changed()

    def test_no_such_channel(self) -> None:
        """CasparCG takes it for no command at all, and the operator is told which field it is."""
        why = self.refused(self.overlay.load(Target(9, 20), "bug", {}, True, "me"))
        self.assertEqual(why.path, "channel")
        self.assertEqual(why.reason, "CasparCG has no channel 9 (400 ERROR)")
        self.nothing_changed()

    def test_clearing_nothing(self) -> None:
        """Whatever is on a layer, afterwards there is nothing."""
        self.done(self.overlay.remove(BUG, "me"))
        self.nothing_changed()

    def test_unsendable(self) -> None:
        """A name that would end the line, and data that are no JSON."""
        why = self.refused(self.overlay.load(BUG, "a\r\nKILL", {}, True, "me"))
        self.assertEqual(why.path, "templateName")
        for asked in (
            self.overlay.load(BUG, "bug", {"a": float("nan")}, True, "me"),
            self.overlay.update(BUG, {"a": {1}}, "me"),
        ):
            self.assertEqual(self.refused(asked).path, "templateData")
        self.nothing_changed()

    def test_words(self) -> None:
        """Each way in which a command can fail has its words."""
        for error, words in (
            (NotConnected(CgStop(BUG)), "CasparCG is not connected"),
            (LinkLost(CgStop(BUG), sent=False), "CasparCG is not connected"),
            (LinkLost(CgStop(BUG), sent=True), "the link to CasparCG was lost"),
            (CommandTimedOut(CgStop(BUG), sent=False), "CasparCG is too busy"),
            (CommandTimedOut(CgStop(BUG), sent=True), "CasparCG did not answer"),
            (CommandRefused(CgStop(BUG), Reply(504, "QUEUE OVERFLOW")), "refused it (504 QUEUE"),
            (Unsendable("no"), "no"),
        ):
            self.studio.link.failing[CgStop] = error
            why = self.refused(self.overlay.stop(BUG, "me"))
            self.assertIn(words, why.reason)
            self.assertEqual(why.path, "")
        self.nothing_changed()

    def test_maybe_done(self) -> None:
        """What was done after all, though nobody said so, is found."""
        self.other_client('CG 1-20 ADD 1 "bug" 1 "{}"')
        self.studio.link.failing[CgAdd] = CommandTimedOut(CgAdd(BUG, "bug"), sent=True)
        self.refused(self.overlay.load(BUG, "bug", {}, True, "me"))
        self.assertEqual(self.there(), [])
        self.studio.run(1)
        self.assertEqual(self.there(), [(1, 20, "bug", True)])

    def test_a_fault_of_the_link(self) -> None:
        """What fails in a way that nobody thought of leaves the layer usable."""
        self.studio.link.raising = RuntimeError("oh")
        self.failureResultOf(self.overlay.remove(BUG, "me"), RuntimeError)
        self.studio.link.raising = None
        self.done(self.overlay.load(BUG, "bug", {}, True, "me"))


class FullTests(OverlayTestCase):
    """What would be too much, for CasparCG and for all who are told."""

    def setUp(self) -> None:
        super().setUp()
        self.connect()

    def test_layers(self) -> None:
        """No more layers than CasparCG has a browser for; those that are used stay usable."""
        asked = [
            self.overlay.load(Target(1, 100 + n), "bug", {}, True, "me")
            for n in range(MOST_TEMPLATES + 5)
        ]
        self.studio.run(1)
        why = [self.failureResultOf(each, CannotDo).value for each in asked[MOST_TEMPLATES:]]
        self.assertEqual({each.path for each in why}, {"layer"})
        self.assertEqual(len(self.overlay.active()), MOST_TEMPLATES)
        self.done(self.overlay.load(Target(1, 100), "bug", {"x": 1}, True, "me"))
        self.done(self.overlay.remove(Target(1, 100), "me"))
        self.done(self.overlay.load(Target(1, 300), "bug", {}, True, "me"))

    def test_data(self) -> None:
        """Updates that never end do not pile up."""
        self.done(self.overlay.load(BUG, "bug", {}, True, "me"))
        large = "x" * (MOST_DATA // 2 - 100)
        for key in "ab":
            self.done(self.overlay.update(BUG, {key: large}, "me"))
        self.assertEqual(
            self.refused(self.overlay.update(BUG, {"c": large}, "me")).path, "templateData"
        )
        self.done(self.overlay.update(BUG, {"a": ""}, "me"))
        self.done(self.overlay.update(BUG, {"c": large}, "me"))


class RestartTests(OverlayTestCase):
    """Connecting, and connecting again."""

    channels = 2

    def test_what_was_there_is_found(self) -> None:
        """On every channel, also on those without a playlist, with names that can be replayed."""
        self.other_client('CG 1-20 ADD 1 "rtg-title/index" 1 "{}"')
        self.other_client('CG 2-20 ADD 1 "bug" 1 "{}"')
        self.assertEqual(self.there(), [])
        self.connect()
        self.assertEqual(self.there(), [(1, 20, "rtg-title/index", True), (2, 20, "bug", True)])
        self.assertTrue(all(each.found for each in self.overlay.active()))
        self.assertEqual([each[2] for each in self.written()], ["recovery"] * 2)
        self.assertEqual(self.overlay._graphics.folder, "/template/")

    def test_telemetry_is_enough(self) -> None:
        """INFO is asked of no channel of which telemetry tells, by the overlay."""
        self.connect()
        self.assertEqual(self.studio.link.sent_as(InfoChannel), [InfoChannel(1)])  # the channel's

    def test_without_telemetry(self) -> None:
        """Each channel is looked at once, one after the other, when all has come to rest."""
        self.other_client('CG 2-20 ADD 1 "bug" 1 "{}"')
        self.server.advance(5)
        self.studio.telemetry = False
        self.studio.connect()
        before = len(self.studio.link.sent)
        self.assertEqual(self.there(), [])
        self.studio.run(0.6)
        self.assertEqual(self.there(), [(2, 20, "bug", True)])
        asked = [(at, command) for at, command in self.studio.link.sent[before:]]
        mine = [command for _, command in asked if isinstance(command, InfoChannel)]
        self.assertEqual(mine[-2:], [InfoChannel(1), InfoChannel(2)])

    def test_an_empty_server(self) -> None:
        """What a server that was restarted does not show any more is gone; it was till then."""
        self.connect()
        self.done(self.overlay.load(BUG, "bug", {}, True, "me"))
        self.done(self.overlay.load(PREVIEW, "bug", {}, False, "me"))
        self.studio.run(2)
        self.told()
        self.server.restart()
        self.studio.disconnect()
        self.studio.run(5)
        self.assertEqual(len(self.there()), 2)
        self.connect()
        self.assertEqual(self.there(), [])
        self.assertEqual(self.told(), [(What.REMOVED, 20), (What.REMOVED, 20)])
        self.assertEqual([each[0] for each in self.written()], ["TEMPLATE_SHOW", "TEMPLATE_HIDE"])

    def test_fewer_channels(self) -> None:
        """What was on a channel that is not there any more is gone."""
        self.connect()
        self.done(self.overlay.load(PREVIEW, "bug", {}, True, "me"))
        self.studio.disconnect()
        self.server.channel_count = 1
        self.server.restart()
        self.connect()
        self.assertEqual(self.there(), [])

    def test_the_same_server(self) -> None:
        """What goes on while the link is down is still there afterwards, with its data."""
        self.connect()
        self.done(self.overlay.load(BUG, "bug", {"a": 1}, True, "me"))
        self.studio.run(2)
        before = self.overlay.active()
        self.told()
        self.studio.disconnect()
        self.studio.run(30)
        self.assertIn("not connected", self.refused(self.overlay.stop(BUG, "me")).reason)
        self.assertEqual(self.overlay.active(), before)
        self.connect()
        self.assertEqual((self.overlay.active(), self.told()), (before, []))

    def test_lost_while_looking(self) -> None:
        """At whatever moment; nothing goes on, and nothing is left over."""
        for moment in (0.0, 0.001, 0.003, 0.005, 0.5, 1.003, 1.006):
            self.studio.link.connection = self.server.connect()
            self.overlay.link_up()
            self.studio.run(moment)
            self.studio.link.lose()
            self.overlay.link_down()
            self.studio.run(2)
        self.connect()
        self.done(self.overlay.load(BUG, "bug", {}, True, "me"))

    def test_info_fails(self) -> None:
        """What INFO does not tell is found by telemetry, named as well as can be."""
        for kind in (InfoPaths, InfoChannels, InfoChannel):
            self.setUp()
            self.other_client('CG 1-20 ADD 1 "bug" 1 "{}"')
            self.studio.link.failing[kind] = CommandTimedOut(InfoPaths(), sent=True)
            self.connect()
            self.assertEqual(self.there(), [(1, 20, "bug", True)])

    def test_nothing_is_named_too_soon(self) -> None:
        """Telemetry is waited with until it is known where templates are."""
        self.other_client('CG 1-20 ADD 1 "bug" 1 "{}"')
        self.server.advance(5)
        self.studio.link.connection = self.server.connect()
        self.overlay.link_up()
        self.overlay.shown(showing(l20="rtg-bug/index"))
        self.assertEqual(self.there(), [])
        self.studio.run(0.1)
        self.assertEqual(self.there(), [(1, 20, "bug", True)])


class OddServerTests(SynchronousTestCase):
    """Answers that make no sense, and helpers that fail."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.answers: dict[type[object], Reply] = {}
        self.changes: list[GraphicsChange] = []
        self.entries: list[Mapping[str, object]] = []
        self.overlay = Overlay(
            self.send, self.write, self.changes.append, self.clock, self.clock.seconds
        )

    def send(self, command: Command) -> Deferred[Reply]:
        return succeed(self.answers.get(type(command), Reply(202, "CG OK")))

    def write(self, entry: Mapping[str, object]) -> Deferred[None]:
        self.entries.append(entry)
        return succeed(None)

    def test_info_is_nonsense(self) -> None:
        """Nothing follows from it, least of all that everything is gone."""
        self.successResultOf(self.overlay.load(BUG, "bug", {}, True, "me"))
        tries: tuple[dict[type[object], Reply], ...] = (
            {},
            {InfoChannels: Reply(200, "INFO OK", ("1 720p2500 PLAYING",))},
            {InfoPaths: Reply(201, "INFO PATHS OK", ("<paths/>",))},
        )
        for self.answers in tries:
            self.overlay.link_up()
            self.clock.advance(2)
        self.assertEqual(len(self.overlay.active()), 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_disk_that_fails(self) -> None:
        """Is logged, and keeps nobody from being told."""
        broken: Deferred[None] = fail(OSError("full"))
        self.overlay = Overlay(
            self.send, lambda _: broken, self.changes.append, self.clock, self.clock.seconds
        )
        self.successResultOf(self.overlay.load(BUG, "bug", {}, True, "me"))
        self.assertEqual(len(self.changes), 2)
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)

    def test_a_watcher_that_fails(self) -> None:
        """Is logged, and keeps nothing from being so."""

        def told(change: GraphicsChange) -> None:
            raise ZeroDivisionError

        self.overlay = Overlay(self.send, self.write, told, self.clock, self.clock.seconds)
        self.successResultOf(self.overlay.load(BUG, "bug", {}, True, "me"))
        self.assertEqual((len(self.overlay.active()), len(self.entries)), (1, 1))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)

    def test_a_fault_of_our_own_while_looking(self) -> None:
        """Is logged."""

        def send(command: Command) -> Deferred[Reply]:
            raise ZeroDivisionError

        self.overlay = Overlay(
            send, self.write, self.changes.append, self.clock, self.clock.seconds
        )
        self.overlay.link_up()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_layers_that_nobody_waits_for_cost_nothing(self) -> None:
        """Nothing is kept of layers that were told something once."""
        self.overlay.link_up()
        for layer in range(100):
            self.successResultOf(self.overlay.remove(Target(1, layer), "me"))
        self.clock.advance(1)
        self.overlay.shown(ChannelStatus(1))
        self.assertEqual(self.overlay._lines, {})
        self.assertEqual(self.overlay._graphics.slots, {1: {}})


class SecondaryTests(SynchronousTestCase):
    """The graphics of items, through the channel's shell."""

    def studio(self, *events: SecondaryEvent) -> Studio:
        made = Studio([evolve(clip("a"), secondary_events=events), clip("b")])
        made.connect()
        return made

    def test_manual_play_and_short_end(self) -> None:
        """Of an item played by hand in manual mode, with an END event 0.5 s before it (14.6)."""
        add = SecondaryEvent("1", SecondaryType.CG_ADD, Trigger.START, 500, 20, "bug", {"a": "é"})
        stop = SecondaryEvent("2", SecondaryType.CG_STOP, Trigger.END, 500, 20)
        studio = self.studio(add, stop)
        self.assertEqual(studio.channel.status().mode, Mode.MANUAL)
        studio.channel.play("a", "me")
        studio.run(2)
        (template,) = studio.overlay.active()
        self.assertEqual(
            (template.name, template.data, template.playing), ("bug", {"a": "é"}, True)
        )
        studio.run(1)
        self.assertTrue(studio.overlay.active()[0].playing)
        studio.run(1)
        self.assertFalse(studio.overlay.active()[0].playing)
        lines = [e for e in studio.disk.entries if str(e["eventType"]).startswith("TEMPLATE")]
        self.assertEqual(
            [(e["eventType"], e["itemId"], e["cause"], e["by"]) for e in lines],
            [
                ("TEMPLATE_SHOW", "a", "secondary event", ""),
                ("TEMPLATE_HIDE", "a", "secondary event", ""),
            ],
        )
        self.assertEqual(lines[0]["data"], '{"a": "é"}')
        whats = [change.what for change in studio.changes]
        self.assertEqual(whats, [What.LOADED, What.PLAYING, What.STOPPED])

    def test_all_kinds(self) -> None:
        """CG_CLEAR takes an operator's graphic away as well; nothing is written of nothing."""
        clear = SecondaryEvent("1", SecondaryType.CG_CLEAR, Trigger.START, 500, 20)
        studio = self.studio(clear)
        studio.overlay.load(BUG, "bug", {}, True, "me")
        studio.channel.play("a", "me")
        studio.run(2)
        self.assertEqual(studio.overlay.active(), ())
        self.assertEqual(len(studio.link.sent_as(CgClear)), 1)

    def test_a_failure_is_told(self) -> None:
        """To everybody, and is in no list and no log; the item goes on."""
        add = SecondaryEvent("1", SecondaryType.CG_ADD, Trigger.START, 500, 20, "none")
        studio = self.studio(add)
        studio.channel.play("a", "me")
        studio.run(2)
        self.assertEqual(
            [(notice.level, notice.message) for notice in studio.notices],
            [("warning", "graphic none: CasparCG has no template 'none' (404 CG ADD FAILED)")],
        )
        self.assertEqual((studio.overlay.active(), studio.on_air()), ((), "a"))
        self.assertEqual(studio.link.sent_as(CgUpdate), [])

    def test_a_fault_is_logged(self) -> None:
        """What fails in a way that nobody thought of does the item no harm."""
        add = SecondaryEvent("1", SecondaryType.CG_ADD, Trigger.START, 500, 20, "bug")
        studio = self.studio(add)
        studio.link.failing[CgAdd] = ZeroDivisionError()
        studio.channel.play("a", "me")
        studio.run(2)
        self.assertEqual(studio.on_air(), "a")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_nothing_after_the_channel_stopped(self) -> None:
        """A channel that was stopped puts nothing on."""
        add = SecondaryEvent("1", SecondaryType.CG_ADD, Trigger.START, 500, 20, "bug")
        studio = self.studio(add)
        studio.channel.play("a", "me")
        studio.run(0.3)
        studio.channel.stopService()
        studio.run(2)
        self.assertEqual(studio.link.sent_as(CgAdd), [])
