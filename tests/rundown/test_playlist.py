"""The playlist and its edits."""

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import (
    MOST_ITEMS,
    Add,
    BaseStartSet,
    Change,
    Changes,
    Clear,
    Deleted,
    Edit,
    EditRefused,
    Inserted,
    Move,
    Moved,
    Playlist,
    Remove,
    Replace,
    SetBaseStart,
    SetHardStart,
    Updated,
    apply,
    follow,
    undo,
)
from rtgplayout.rundown.timing import parse_clock_time

from .examples import PAL, edits, item, playlist, playlists

modest = settings(deadline=None, max_examples=80, derandomize=True)

A, B, C, D, X, Y = (item(name, 10) for name in "abcdxy")
ABCD = playlist(A, B, C, D)
NOTHING = Changes(())


def replayed(items: tuple[Item, ...], changes: Changes) -> tuple[Item, ...]:
    """What a client makes of C{changes}, by what their descriptions say."""
    copy = list(items)
    for operation in changes.operations:
        match operation:
            case Inserted(index, new):
                copy = copy[:index] + list(new) + copy[index:]
            case Deleted(index, gone):
                assert tuple(copy[index : index + len(gone)]) == gone
                copy = copy[:index] + copy[index + len(gone) :]
            case Moved(from_index, to_index):
                moved = copy[from_index]
                copy = copy[:from_index] + copy[from_index + 1 :]
                copy = [*copy[:to_index], moved, *copy[to_index:]]
            case Updated(index, _, after):
                copy[index] = after
    return tuple(copy)


class PlaylistTests(SynchronousTestCase):
    """What a playlist knows of itself."""

    def test_index_of(self) -> None:
        """By id; nothing when it is not there."""
        self.assertEqual(ABCD.index_of("c"), 2)
        self.assertIsNone(ABCD.index_of("x"))

    def test_derived(self) -> None:
        """Where items would start untrimmed, and which have a hard start."""
        hard = playlist(A, item("h", 2, "20:00"), B)
        self.assertEqual(hard.offsets, (0, 250, 300, 550))
        self.assertEqual(hard.hard_starts, (1,))
        self.assertEqual(playlist().offsets, (0,))

    def test_a_value(self) -> None:
        """What was looked up in it does not make it another."""
        self.assertEqual(ABCD.index_of("a"), 0)
        self.assertEqual(ABCD, playlist(A, B, C, D))
        self.assertEqual(evolve(ABCD, items=(B,)).index_of("a"), None)


class ApplyTests(SynchronousTestCase):
    """An edit gives a new playlist and what changed."""

    def assert_edit(self, edit: Edit, items: tuple[Item, ...], *operations: object) -> None:
        after, changes = apply(ABCD, edit)
        self.assertEqual(after, playlist(*items))
        self.assertEqual(changes.operations, operations)
        self.assertEqual(bool(changes), bool(operations))

    def test_add(self) -> None:
        """Before a position, or at the end."""
        self.assert_edit(Add((X, Y)), (A, B, C, D, X, Y), Inserted(4, (X, Y)))
        self.assert_edit(Add((X,), 0), (X, A, B, C, D), Inserted(0, (X,)))
        self.assert_edit(Add((X,), 4), (A, B, C, D, X), Inserted(4, (X,)))
        self.assert_edit(Add(()), (A, B, C, D))

    def test_remove(self) -> None:
        """Neighbours together, from the end on."""
        self.assert_edit(Remove(("b",)), (A, C, D), Deleted(1, (B,)))
        self.assert_edit(Remove(("d", "a", "b")), (C,), Deleted(3, (D,)), Deleted(0, (A, B)))
        self.assert_edit(Remove(()), (A, B, C, D))

    def test_move(self) -> None:
        """To the index in what is left."""
        self.assert_edit(Move(0, 2), (B, C, A, D), Moved(0, 2))
        self.assert_edit(Move(3, 0), (D, A, B, C), Moved(3, 0))
        self.assert_edit(Move(1, 1), (A, B, C, D))

    def test_change(self) -> None:
        """Another item with the same id; the same item is no change."""
        longer = evolve(B, duration=99)
        self.assert_edit(Change(longer), (A, longer, C, D), Updated(1, B, longer))
        self.assert_edit(Change(B), (A, B, C, D))

    def test_hard_start(self) -> None:
        """Set and taken away; taking away what is not there is no change."""
        at = parse_clock_time("20:00")
        hard = evolve(B, hard_start=at)
        self.assert_edit(SetHardStart("b", at), (A, hard, C, D), Updated(1, B, hard))
        self.assert_edit(SetHardStart("b", None), (A, B, C, D))
        after, changes = apply(playlist(A, hard), SetHardStart("b", None))
        self.assertEqual(after, playlist(A, B))
        self.assertEqual(changes.operations, (Updated(1, hard, B),))

    def test_clear(self) -> None:
        """The base start stays."""
        after, changes = apply(playlist(A, B, base_start=5.0), Clear())
        self.assertEqual(after, playlist(base_start=5.0))
        self.assertEqual(changes.operations, (Deleted(0, (A, B)),))
        self.assertEqual(apply(playlist(), Clear()), (playlist(), NOTHING))

    def test_replace(self) -> None:
        """Items may come back; the base start is replaced too."""
        after, changes = apply(playlist(A, base_start=5.0), Replace((X, A)))
        self.assertEqual(after, playlist(X, A))
        self.assertEqual(
            changes.operations, (Deleted(0, (A,)), Inserted(0, (X, A)), BaseStartSet(5.0, None))
        )
        self.assertEqual(apply(ABCD, Replace(ABCD.items))[1], NOTHING)
        self.assertEqual(apply(playlist(), Replace((A,)))[1].operations, (Inserted(0, (A,)),))
        self.assertEqual(apply(playlist(A), Replace(()))[1].operations, (Deleted(0, (A,)),))

    def test_base_start(self) -> None:
        """Set, taken away, or as it was."""
        started, changes = apply(ABCD, SetBaseStart(7.0))
        self.assertEqual(started, playlist(A, B, C, D, base_start=7.0))
        self.assertEqual(changes.operations, (BaseStartSet(None, 7.0),))
        self.assertEqual(apply(started, SetBaseStart(7.0)), (started, NOTHING))
        self.assertEqual(apply(started, SetBaseStart(None))[0], ABCD)

    def test_refused(self) -> None:
        """What makes no sense names the field at fault."""
        endless = float("inf")
        for edit, path in (
            (Add((X,), -1), "at"),
            (Add((X,), 5), "at"),
            (Add((X, A)), "items[1].id"),
            (Add((X, Y, X)), "items[2].id"),
            (Add((X, evolve(Y, duration=0))), "items[1].duration"),
            (Add((evolve(X, in_point=-1),)), "items[0].inPoint"),
            (Add((evolve(X, file="a\nb"),)), "items[0].file"),
            (Remove(("a", "x")), "ids[1]"),
            (Remove(("a", "b", "a")), "ids[2]"),
            (Move(-1, 0), "fromIndex"),
            (Move(4, 0), "fromIndex"),
            (Move(0, -1), "toIndex"),
            (Move(0, 4), "toIndex"),
            (Change(X), "item.id"),
            (Change(evolve(A, duration=0)), "item.duration"),
            (Replace((X, X)), "items[1].id"),
            (Replace((evolve(X, name=""),)), "items[0].name"),
            (Replace((X,), endless), "baseStart"),
            (SetBaseStart(endless), "at"),
            (SetBaseStart(float("nan")), "at"),
            (SetHardStart("x", None), "id"),
        ):
            error = self.assertRaises(EditRefused, apply, ABCD, edit)
            self.assertEqual(error.path, path, edit)
            self.assertTrue(error.reason)
            self.assertEqual(str(error), f"{path}: {error.reason}")

    @given(st.data())
    @modest
    def test_told_exactly(self, data: st.DataObject) -> None:
        """A client that repeats the operations has the new items."""
        before = data.draw(playlists())
        after, changes = apply(before, data.draw(edits(before)))
        self.assertEqual(replayed(before.items, changes), after.items)
        self.assertEqual(bool(changes), before != after)


class UndoTests(SynchronousTestCase):
    """Every edit can be taken back."""

    @given(st.data())
    @modest
    def test_undone(self, data: st.DataObject) -> None:
        """All is as before, what changed is told, and can be taken back in its turn."""
        before = data.draw(playlists())
        after, changes = apply(before, data.draw(edits(before)))
        back, undone = undo(after, changes)
        self.assertEqual(back, before)
        self.assertEqual(replayed(after.items, undone), before.items)
        self.assertEqual(undo(back, undone), (after, changes))

    def test_changed_since(self) -> None:
        """It is refused when others have changed the same since, and nothing is lost."""
        hard = parse_clock_time("20:00")
        for edit, meanwhile in (
            (Add((X,)), Remove(("x",))),
            (Add((X,)), Change(evolve(X, name="other"))),
            (Remove(("d",)), Add((D,))),
            (Remove(("d",)), Clear()),
            (Move(0, 3), Clear()),
            (Change(evolve(B, name="other")), SetHardStart("b", hard)),
            (SetHardStart("d", hard), Clear()),
            (SetBaseStart(1.0), SetBaseStart(2.0)),
        ):
            after, changes = apply(ABCD, edit)
            changed, _ = apply(after, meanwhile)
            self.assertRaises(EditRefused, undo, changed, changes)


class FollowTests(SynchronousTestCase):
    """A position stays where it was meant to be."""

    def assert_next(self, edit: Edit, before: int, after: int) -> None:
        _, changes = apply(ABCD, edit)
        self.assertEqual(follow(before, changes), after, edit)

    def test_insert(self) -> None:
        """What is put in right there comes next."""
        self.assert_next(Add((X, Y), 1), 2, 4)
        self.assert_next(Add((X, Y), 2), 2, 2)
        self.assert_next(Add((X, Y), 3), 2, 2)
        self.assert_next(Add((X,)), 4, 4)

    def test_delete(self) -> None:
        """When the next item goes, the one after it comes next."""
        self.assert_next(Remove(("a",)), 2, 1)
        self.assert_next(Remove(("c",)), 2, 2)
        self.assert_next(Remove(("d",)), 2, 2)
        self.assert_next(Remove(("b", "c")), 2, 1)
        self.assert_next(Remove(("a", "c")), 2, 1)
        self.assert_next(Clear(), 2, 0)
        self.assert_next(Replace((X, Y)), 2, 0)

    def test_move(self) -> None:
        """Moves across it shift it, what is moved to it is next; the next item is not followed."""
        self.assert_next(Move(0, 3), 2, 1)
        self.assert_next(Move(3, 0), 2, 3)
        self.assert_next(Move(3, 2), 2, 2)
        self.assert_next(Move(0, 1), 2, 1)
        self.assert_next(Move(0, 1), 3, 3)
        self.assert_next(Move(2, 0), 2, 3)
        self.assert_next(Move(2, 3), 2, 2)

    def test_no_matter(self) -> None:
        """Changes of items and of the base start do not move it."""
        self.assert_next(Change(evolve(A, name="other")), 2, 2)
        self.assert_next(SetBaseStart(1.0), 2, 2)

    @given(st.data())
    @modest
    def test_next_stays_next(self, data: st.DataObject) -> None:
        """It points to the same item, unless that was touched or something put before it."""
        before = data.draw(playlists().filter(lambda one: one.items))
        index = data.draw(st.integers(0, len(before.items) - 1))
        edit = data.draw(edits(before))
        after, changes = apply(before, edit)
        following = follow(index, changes)
        self.assertLessEqual(following, len(after.items))
        item_id = before.items[index].id
        match edit:
            case Add(_, at) if at != index:
                self.assertEqual(following, after.index_of(item_id))
            case Remove(ids) if item_id not in ids:
                self.assertEqual(following, after.index_of(item_id))
            case Move(source, _) if source != index:
                self.assertIn(after.index_of(item_id), (following, following + 1))


class ScaleTests(SynchronousTestCase):
    """Long lists stay usable."""

    def test_too_many(self) -> None:
        """Nobody makes it longer than can be worked with; what is longer can be made shorter."""
        many = tuple(item(f"i{n}", 10) for n in range(MOST_ITEMS))
        full = playlist(*many)
        self.assertEqual(apply(playlist(*many[1:]), Add(many[:1]))[0].items[-1], many[0])
        for edit in Add((A,)), Replace((*many, A)):
            with self.assertRaises(EditRefused):
                apply(full, edit)
        longer = playlist(*many, A, B)
        self.assertEqual(len(apply(longer, Remove(("a",)))[0].items), MOST_ITEMS + 1)

    def test_many_removals(self) -> None:
        """Every second of many items goes at once."""
        many = Playlist(PAL, tuple(item(f"i{n}", 1) for n in range(2000)))
        after, changes = apply(many, Remove(tuple(f"i{n}" for n in range(0, 2000, 2))))
        self.assertEqual(len(after.items), 1000)
        self.assertEqual(len(changes.operations), 1000)
        self.assertEqual(undo(after, changes)[0], many)
