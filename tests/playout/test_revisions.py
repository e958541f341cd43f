"""An edit's way to the disk and to everybody."""

from collections.abc import Iterable

from attrs import evolve
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout import revisions as revisions_module
from rtgplayout.playout.events import Edited, Now
from rtgplayout.playout.revisions import Revisions
from rtgplayout.playout.state import Setup, State
from rtgplayout.playout.status import CannotDo, HardStartRefused, Published
from rtgplayout.rundown.item import Item, SecondaryEvent, SecondaryType, Trigger
from rtgplayout.rundown.playlist import (
    Add,
    Change,
    Edit,
    EditRefused,
    Move,
    Playlist,
    Remove,
    Replace,
    SetHardStart,
    apply,
)
from rtgplayout.rundown.schedule import Anchor, schedule
from rtgplayout.rundown.timing import parse_clock_time
from tests.store.threads import Held, at_once

from .scene import EPOCH, RATE, ZONE, clip
from .studio import Disk


class RevisionsTestCase(SynchronousTestCase):
    """A channel's playlist, and what happened to it, in order."""

    def setUp(self) -> None:
        self.start([clip("a"), clip("b"), clip("c")])

    def start(self, items: Iterable[Item], threads: object = at_once) -> None:
        self.state = State(
            Setup(RATE, ZONE, minimum_trim=25), Playlist(RATE, tuple(items), EPOCH + 60)
        )
        self.disk = Disk()
        self.clock = Clock()
        self.happened: list[object] = []
        self.revisions = Revisions(
            lambda: self.state,
            lambda: Now(EPOCH + self.clock.seconds(), self.clock.seconds()),
            self.save,
            self.in_force,
            self.happened.append,
            threads,  # type: ignore[arg-type]
        )

    def save(self, playlist: Playlist) -> Deferred[None]:
        saved = self.disk.save(playlist)

        def note(_: None) -> None:
            self.happened.append("saved")

        return saved.addCallback(note)

    def in_force(self, edited: Edited) -> None:
        self.happened.append(edited)
        self.state = evolve(self.state, playlist=edited.playlist)

    def edit(self, edit: Edit) -> Deferred[Published]:
        return self.revisions.edit(edit, "me")

    def ids(self) -> str:
        """The playlist as published."""
        return "".join(item.id for item in self.revisions.document.playlist.items)

    def kinds(self) -> list[str]:
        return [each if isinstance(each, str) else type(each).__name__ for each in self.happened]


class EditTests(RevisionsTestCase):
    """Edits, one after the other."""

    def test_saved_then_in_force_then_published_then_answered(self) -> None:
        done = self.edit(Remove(("b",)))

        def answered(published: Published) -> Published:
            self.happened.append("answered")
            return published

        published = self.successResultOf(done.addCallback(answered))
        self.assertEqual(self.kinds(), ["saved", "Edited", "Published", "answered"])
        self.assertIs(self.happened[2], published)
        self.assertEqual(self.disk.playlists, [self.state.playlist])
        self.assertEqual(published.document, self.revisions.document)
        self.assertEqual((published.document.revision, published.by), (2, "me"))
        self.assertEqual(self.ids(), "ac")

    def test_nothing_is_told_before_it_is_on_disk(self) -> None:
        self.disk.held = True
        done = self.edit(Remove(("b",)))
        self.assertNoResult(done)
        self.assertEqual((self.happened, self.ids()), ([], "abc"))
        self.assertEqual([item.id for item in self.revisions.plan().items], ["a", "c"])
        self.disk.work()
        self.successResultOf(done)

    def test_in_quick_succession(self) -> None:
        """Each is applied to what those before it made, and answered in its turn."""
        self.disk.held = True
        dones = [self.edit(Add((clip(name),), 0)) for name in ("d", "e", "f")]
        self.disk.work()
        self.successResultOf(dones[0])
        self.assertNoResult(dones[1])
        self.assertEqual(self.ids(), "dabc")
        self.disk.work()
        self.disk.work()
        revisions = [self.successResultOf(done).document.revision for done in dones[1:]]
        self.assertEqual((revisions, self.ids()), ([3, 4], "fedabc"))

    def test_one_write_for_many(self) -> None:
        """When a later playlist is on disk first, what led to it is too: all in their order."""
        self.disk.held = True
        dones = [self.edit(Add((clip(name),), 0)) for name in ("d", "e")]
        self.disk.waiting.reverse()
        self.disk.work()
        revisions = [self.successResultOf(done).document.revision for done in dones]
        self.assertEqual((revisions, self.ids()), ([2, 3], "edabc"))
        self.disk.work()
        self.assertEqual(self.kinds().count("Published"), 2)

    def test_refused(self) -> None:
        """What makes no sense is refused at once; nothing is written."""
        self.failureResultOf(self.edit(Remove(("x",))), EditRefused)
        self.assertEqual((self.happened, self.disk.playlists), ([], []))

    def test_graphics_on_the_layer_of_the_playlist(self) -> None:
        """They are refused; other changes of an item that has some already are not."""
        wrong = SecondaryEvent("x", SecondaryType.CG_CLEAR, Trigger.START, 0, 10)
        right = evolve(wrong, id="y", layer=20)
        bad = clip("d", events=[right, wrong])
        for edit, path in (
            (Add((clip("e"), bad)), "items[1]"),
            (Replace((bad,)), "items[0]"),
            (Change(evolve(bad, id="a")), "item"),
        ):
            refused = self.failureResultOf(self.edit(edit), EditRefused).value
            self.assertEqual(refused.path, f"{path}.secondaryEvents[1].layer")
        self.start([bad])
        self.successResultOf(self.edit(Change(evolve(bad, name="other"))))
        self.failureResultOf(self.edit(Change(clip("none"))), EditRefused)

    def test_nothing_to_do(self) -> None:
        """An edit that changes nothing is well done; nothing is written or told."""
        published = self.successResultOf(self.edit(Move(1, 1)))
        self.assertEqual((published.document.revision, self.happened), (1, []))

    def test_schedule_as_if_made_whole(self) -> None:
        self.successResultOf(self.edit(Add((clip("d", 333),), 1)))
        document = self.revisions.document
        whole = schedule(document.playlist, Anchor(0, EPOCH + 60), ZONE, minimum=25)
        self.assertEqual(document.schedule, whole)

    def test_new_problems_are_told(self) -> None:
        """An edit that makes a hard start impossible is done, and said to have done that."""
        late = evolve(clip("c"), hard_start=parse_clock_time("05:01:10"))
        self.assertEqual(self.successResultOf(self.edit(Change(late))).new_problems, ())
        seconds = tuple(clip(f"second{n}", 25) for n in range(12))
        published = self.successResultOf(self.edit(Add(seconds, 0)))
        self.assertEqual([each.item_id for each in published.new_problems], ["c"])


class FailingDiskTests(RevisionsTestCase):
    """What is not on disk never happened."""

    def test_edit_fails_and_the_next_works(self) -> None:
        self.disk.broken = OSError("disk full")
        reason = self.failureResultOf(self.edit(Remove(("b",))), CannotDo).value.reason
        self.assertIn("disk full", reason)
        self.assertEqual((self.happened, self.ids()), ([], "abc"))
        self.assertEqual(self.revisions.plan(), self.state.playlist)
        self.disk.broken = None
        self.successResultOf(self.edit(Remove(("c",))))
        self.assertEqual(self.ids(), "ab")
        self.assertEqual(self.disk.playlists[-1], self.state.playlist)

    def test_what_was_built_on_it_may_still_arrive(self) -> None:
        """The write of a later edit has the earlier ones in it."""
        self.disk.held = True
        self.disk.broken = OSError("disk full")
        first, second = self.edit(Remove(("b",))), self.edit(Remove(("c",)))
        self.disk.work()
        self.assertNoResult(first)
        self.disk.broken = None
        self.disk.work()
        self.assertEqual(self.successResultOf(first).document.revision, 2)
        self.assertEqual(self.successResultOf(second).document.revision, 3)
        self.assertEqual(self.ids(), "a")

    def test_all_fail_together(self) -> None:
        self.disk.held = True
        self.disk.broken = OSError("disk full")
        dones = [self.edit(Remove((name,))) for name in ("a", "b")]
        self.disk.work()
        self.disk.work()
        for done in dones:
            self.failureResultOf(done, CannotDo)
        self.assertEqual(self.ids(), "abc")
        self.assertEqual(
            self.failureResultOf(self.revisions.undo("me"), CannotDo).value.reason,
            "there is nothing to take back",
        )

    def test_save_that_raises(self) -> None:
        self.patch(self.revisions, "_save", lambda playlist: 1 / 0)
        self.failureResultOf(self.edit(Remove(("b",))), CannotDo)


class UndoTests(RevisionsTestCase):
    """Edits taken back."""

    def test_one_after_the_other(self) -> None:
        for name in ("a", "b"):
            self.successResultOf(self.edit(Remove((name,))))
        self.assertEqual(self.successResultOf(self.revisions.undo("you")).by, "you")
        self.assertEqual(self.ids(), "bc")
        self.successResultOf(self.revisions.undo("you"))
        self.assertEqual(self.ids(), "abc")
        self.failureResultOf(self.revisions.undo("you"), CannotDo)

    def test_one_that_is_on_its_way(self) -> None:
        """What is taken back is the last that was asked, on disk or not."""
        self.disk.held = True
        removed, undone = self.edit(Remove(("a",))), self.revisions.undo("me")
        self.disk.work()
        self.disk.work()
        self.successResultOf(removed)
        self.successResultOf(undone)
        self.assertEqual(self.ids(), "abc")

    def test_of_what_could_not_be_saved(self) -> None:
        """An undo that failed can be asked again."""
        self.successResultOf(self.edit(Remove(("a",))))
        self.disk.broken = OSError("disk full")
        self.failureResultOf(self.revisions.undo("me"), CannotDo)
        self.disk.broken = None
        self.successResultOf(self.revisions.undo("me"))
        self.assertEqual(self.ids(), "abc")


class HardStartTests(RevisionsTestCase):
    """Hard starts that cannot be kept are refused, in words."""

    def test_refused(self) -> None:
        early = parse_clock_time("05:01:01")
        refused = self.failureResultOf(self.edit(SetHardStart("c", early)), HardStartRefused).value
        self.assertEqual(refused.path, "hardStartTime")
        self.assertEqual(refused.problems[0].item_id, "c")
        self.assertTrue(refused.reason)
        self.assertEqual((self.happened, self.ids()), ([], "abc"))

    def test_kept(self) -> None:
        self.successResultOf(self.edit(SetHardStart("c", parse_clock_time("05:01:07"))))
        self.successResultOf(self.edit(SetHardStart("c", None)))


class LongListTests(RevisionsTestCase):
    """A schedule that takes long is made in a thread; what comes meanwhile waits for it."""

    def setUp(self) -> None:
        self.thread = Held()
        self.patch(revisions_module, "_SHORT", 2)
        self.start([clip("a"), clip("b"), clip("c")], self.thread)

    def test_told_when_it_is_made(self) -> None:
        done = self.edit(Remove(("a",)))
        self.successResultOf(done)
        done = self.edit(Add((clip("d"), clip("e"))))
        self.assertNoResult(done)
        self.assertFalse(self.revisions.up_to_date)
        self.assertEqual(self.ids(), "bc")
        self.thread.work()
        self.assertEqual(self.successResultOf(done).document.playlist, self.state.playlist)
        self.assertTrue(self.revisions.up_to_date)

    def test_in_their_order(self) -> None:
        """One at a time: each schedule is made from the one before."""
        first = self.edit(Add((clip("d"),)))
        second = self.edit(Add((clip("e"),), 0))
        self.revisions.publish()
        self.assertEqual(len(self.thread.waiting), 1)
        self.thread.work()
        self.successResultOf(first)
        self.assertNoResult(second)
        self.assertEqual(self.ids(), "abcd")
        self.thread.work()
        self.thread.work()
        self.successResultOf(second)
        document = self.revisions.document
        self.assertEqual((self.ids(), document.revision), ("eabcd", 3))
        whole = schedule(document.playlist, Anchor(0, EPOCH + 60), ZONE, minimum=25)
        self.assertEqual(document.schedule, whole)

    def test_one_that_cannot_be_made(self) -> None:
        """Who asked is told; the next is made whole."""
        self.patch(self.revisions, "_in_thread", lambda call, *args: fail(ValueError("no")))
        self.failureResultOf(self.edit(Add((clip("d"),))), ValueError)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.patch(self.revisions, "_in_thread", lambda call, *args: succeed(call(*args)))
        self.successResultOf(self.edit(Add((clip("e"),))))
        self.assertEqual(self.ids(), "abcde")
        document = self.revisions.document
        whole = schedule(document.playlist, Anchor(0, EPOCH + 60), ZONE, minimum=25)
        self.assertEqual(document.schedule, whole)

    def test_a_watcher_that_raises(self) -> None:
        """Who asked is answered all the same."""
        self.patch(self.revisions, "_published", lambda published: 1 / 0)
        done = self.edit(Add((clip("d"),)))
        self.thread.work()
        self.successResultOf(done)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class AgreeingTests(RevisionsTestCase):
    """The plan is what repeated application gives."""

    def test_plan_is_all_that_was_asked(self) -> None:
        self.disk.held = True
        expected = self.state.playlist
        for edit in (Add((clip("d"),), 1), Move(0, 3), Remove(("b",))):
            self.edit(edit)
            expected, _ = apply(expected, edit)
        self.assertEqual(self.revisions.plan(), expected)
