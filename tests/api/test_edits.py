# -*- test-case-name: tests.api.test_edits -*-
"""From messages to edits."""

from fractions import Fraction

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.edits import make_id, to_edit, wire_path
from rtgplayout.api.messages import (
    AddItem,
    EventSpec,
    FileName,
    ItemSpec,
    Name,
    NewId,
    PlaylistSetHardStart,
    Point,
    RemoveItem,
    ReorderPlaylist,
    SecondaryEventAdd,
    Seconds,
    TemplateData,
    TemplateName,
    UpdateItem,
)
from rtgplayout.rundown.item import Item, Kind, SecondaryEvent, SecondaryType, Trigger
from rtgplayout.rundown.playlist import Add, Change, EditRefused, Playlist

NTSC = Fraction(30000, 1001)


def new_id(kind: str) -> str:
    return f"{kind}-new"


class MakeIdTests(SynchronousTestCase):
    """Ids."""

    def test_as_the_old_ones(self) -> None:
        """They look like those of the old system."""
        picks = iter("abc123xyz99999")
        pick = lambda characters: next(picks)  # noqa: E731
        self.assertEqual(make_id("item", 1700000000.0004, pick), "item-1700000000000-abc123xyz")
        self.assertEqual(make_id("evt", 1700000000.5, pick), "evt-1700000000500-99999")


class ToEditTests(SynchronousTestCase):
    """Edits."""

    def spec(self, **more: object) -> ItemSpec:
        return ItemSpec(Name("x"), FileName("1"), Seconds(10.01), **more)  # type: ignore[arg-type]

    def test_frames(self) -> None:
        """Seconds become frames of the channel, exactly, and at least one."""
        playlist = Playlist(NTSC)
        edit = to_edit(AddItem(self.spec(trim_in_seconds=Point(1.001))), playlist, new_id)
        assert isinstance(edit, Add)
        item = edit.items[0]
        self.assertEqual((item.duration, item.in_point, item.id), (300, 30, "item-new"))
        tiny = ItemSpec(Name("x"), FileName("x"), Seconds(1e-9))
        edit = to_edit(AddItem(tiny), playlist, new_id)
        assert isinstance(edit, Add)
        self.assertEqual(edit.items[0].duration, 1)

    def test_live(self) -> None:
        """A live item is a device number, 1 to 64."""
        for number in range(1, 65):
            spec = ItemSpec(Name("x"), FileName(str(number)), Seconds(1), type=Kind.LIVE)
            to_edit(AddItem(spec), Playlist(NTSC), new_id)
        for bad in "0", "65", "01", "1 ", "x", "-1", "１":
            spec = ItemSpec(Name("x"), FileName(bad), Seconds(1), type=Kind.LIVE)
            with self.assertRaises(EditRefused) as caught:
                to_edit(AddItem(spec), Playlist(NTSC), new_id)
            self.assertEqual(caught.exception.path, "file")

    def test_events(self) -> None:
        """An event is what was described, with an id of its own when it has none."""
        spec = EventSpec(
            SecondaryType.CG_ADD,
            Trigger.END,
            template=TemplateName("t"),
            data=TemplateData({"a": 1}),
        )
        item = Item("a", "A", "a.mov", 25)
        edit = to_edit(SecondaryEventAdd("a", spec), Playlist(Fraction(25), (item,)), new_id)
        expected = SecondaryEvent(
            "evt-new", SecondaryType.CG_ADD, Trigger.END, template="t", data={"a": 1}
        )
        assert isinstance(edit, Change)
        self.assertEqual(edit.item.secondary_events, (expected,))

    def test_many_events(self) -> None:
        """An item does not collect events without end."""
        event = SecondaryEvent("x", SecondaryType.CG_CLEAR, Trigger.END)
        item = Item("a", "A", "a.mov", 25, secondary_events=(event,) * 100)
        message = SecondaryEventAdd("a", EventSpec(SecondaryType.CG_CLEAR, Trigger.END))
        with self.assertRaises(EditRefused) as caught:
            to_edit(message, Playlist(Fraction(25), (item,)), new_id)
        self.assertEqual(caught.exception.path, "event")

    def test_update_events(self) -> None:
        """An update may name the events, too."""
        item = Item("a", "A", "a.mov", 25)
        spec = EventSpec(SecondaryType.CG_CLEAR, Trigger.END, id=NewId("e"))
        message = UpdateItem("a", secondary_events=(spec,), stop_after=True)
        edit = to_edit(message, Playlist(Fraction(25), (item,)), new_id)
        assert isinstance(edit, Change)
        self.assertEqual([event.id for event in edit.item.secondary_events], ["e"])
        self.assertTrue(edit.item.stop_after)


class WirePathTests(SynchronousTestCase):
    """The names of fields, as whoever asked knows them."""

    def test_names(self) -> None:
        """Each message has its own names for what an edit speaks of."""
        spec = ItemSpec(Name("x"), FileName("x"), Seconds(1))
        event = EventSpec(SecondaryType.CG_CLEAR, Trigger.END)
        for message, path, expected in (
            (AddItem(spec), "items[0].id", "id"),
            (AddItem(spec), "at", "at"),
            (RemoveItem("x"), "ids[0]", "id"),
            (ReorderPlaylist(0, 1), "toIndex", "toIndex"),  # type: ignore[arg-type]
            (PlaylistSetHardStart("x"), "id", "itemId"),
            (SecondaryEventAdd("x", event), "item.id", "itemId"),
            (SecondaryEventAdd("x", event), "item.secondaryEvents[3].id", "event.id"),
            (UpdateItem("x"), "item.file", "file"),
        ):
            self.assertEqual(wire_path(message, path), expected)
