# -*- test-case-name: tests.media.test_folders -*-
"""
Virtual folders: what they may be, how they change, and what is shown in which.
"""

from collections.abc import Callable
from types import MappingProxyType
from unittest.mock import patch

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media import folders as module
from rtgplayout.media.folders import (
    COLOR,
    DEFAULT,
    Folder,
    Folders,
    assign,
    counts,
    create,
    delete,
    displayable,
    folder_of,
    get,
    initial,
    is_name,
    update,
)
from rtgplayout.rundown.playlist import EditRefused


class FoldersTestCase(SynchronousTestCase):
    """A station's first folders."""

    def setUp(self) -> None:
        self.folders = initial(100.0)

    def assert_refused(self, path: str, edit: Callable[..., Folders], *args: object) -> None:
        refused = self.assertRaises(EditRefused, edit, *args)
        self.assertEqual(refused.path, path)

    def rename(self, id: int, name: str) -> None:
        self.folders = update(self.folders, evolve(get(self.folders, id), name=name))


class InitialTests(FoldersTestCase):
    """What the old system starts with."""

    def test_as_the_old_ones(self) -> None:
        found = [(each.id, each.name, each.color) for each in self.folders.folders.values()]
        self.assertEqual(
            found,
            [
                (1, "Non classé", "#6c757d"),
                (2, "Vidéos", "#118ab2"),
                (3, "Jingles", "#06d6a0"),
                (4, "Publicités", "#e63946"),
                (5, "Génériques", "#f77f00"),
            ],
        )
        self.assertEqual(self.folders.next_id, 6)
        self.assertEqual([id for id, each in self.folders.folders.items() if each.is_default], [1])
        self.assertEqual({each.created_at for each in self.folders.folders.values()}, {100.0})


class EditTests(FoldersTestCase):
    """What operators change."""

    def test_create(self) -> None:
        """It gets the next id, which is never given again."""
        folders = create(self.folders, "Archives", "#AbCdEf", 2, 200.0)
        self.assertEqual(get(folders, 6), Folder(6, "Archives", "#AbCdEf", 2, 200.0))
        again = create(delete(folders, 6), "Archives", COLOR, None, 300.0)
        self.assertEqual(list(again.folders), [1, 2, 3, 4, 5, 7])

    def test_names_may_be_alike(self) -> None:
        """They always could."""
        folders = create(self.folders, "jingles", COLOR, None, 0.0)
        self.assertEqual(folder_of(folders, "Jingles/a.mp4"), 3)

    def test_bad_fields(self) -> None:
        """What the old page would put into its HTML, and what makes no sense, is refused."""
        for name in ("", " ", "a" * 101, *(f"a{sign}" for sign in "\n\0\x9f\"'<>&`\\\u2028\ud800")):
            with self.subTest(name=name):
                self.assertFalse(is_name(name))
                self.assert_refused("name", create, self.folders, name, COLOR, None, 0.0)
        for color in ("", "red", "#fff", "#1234567", "#12345g", "#123456\n", "#123456;x"):
            with self.subTest(color=color):
                self.assert_refused("color", create, self.folders, "a", color, None, 0.0)
        self.assert_refused("parentId", create, self.folders, "a", COLOR, 99, 0.0)
        self.assertTrue(is_name("a" * 100))
        self.assertTrue(is_name("Bandes d’annonces 📺"))

    def test_update(self) -> None:
        """Name, colour and parent; nothing else can be changed."""
        folders = update(self.folders, Folder(3, "Sons", "#000000", 2, 999.0))
        self.assertEqual(get(folders, 3), Folder(3, "Sons", "#000000", 2, 100.0))
        self.assertIs(update(folders, get(folders, 3)), folders)
        self.assertEqual(list(folders.folders), [1, 2, 3, 4, 5])
        self.assert_refused("id", update, self.folders, Folder(9, "a"))
        self.assert_refused("name", update, self.folders, Folder(3, "<b>"))
        self.assert_refused("color", update, self.folders, Folder(3, "a", "red"))

    def test_default_folder(self) -> None:
        """It may be coloured; it keeps its name and its place, and stays."""
        one = get(self.folders, DEFAULT)
        self.assertEqual(
            get(update(self.folders, evolve(one, color="#000000")), 1).color, "#000000"
        )
        self.assert_refused("name", update, self.folders, evolve(one, name="Divers"))
        self.assert_refused("parentId", update, self.folders, evolve(one, parent_id=2))
        self.assert_refused("id", delete, self.folders, DEFAULT)

    def test_no_folder_in_itself(self) -> None:
        """Nor in one that stands in it, however deep."""
        folders = create(create(self.folders, "a", COLOR, 3, 0.0), "b", COLOR, 6, 0.0)
        for parent in (3, 6, 7):
            three = evolve(get(folders, 3), parent_id=parent)
            self.assert_refused("parentId", update, folders, three)

    def test_delete(self) -> None:
        """Its files lose their assignments, what stands in it moves up."""
        folders = create(create(self.folders, "a", COLOR, 2, 0.0), "b", COLOR, 6, 0.0)
        folders = assign(assign(folders, "x.mp4", 6), "Jingles/y.mp4", 6)
        after = delete(folders, 6)
        self.assertEqual(get(after, 7).parent_id, 2)
        self.assertEqual([folder_of(after, file) for file in ("x.mp4", "Jingles/y.mp4")], [1, 3])
        self.assert_refused("id", delete, after, 6)
        self.assertEqual(after.next_id, 8)

    def test_limits(self) -> None:
        with patch.object(module, "MOST_FOLDERS", 5):
            self.assert_refused("name", create, self.folders, "a", COLOR, None, 0.0)
        folders = assign(self.folders, "a", 2)
        with patch.object(module, "MOST_ASSIGNMENTS", 1):
            self.assert_refused("mediaFile", assign, folders, "b", 2)
            self.assert_refused("name", update, folders, Folder(3, "Sons"))
            self.assertEqual(folder_of(assign(folders, "a", 3), "a"), 3)


class AssignTests(FoldersTestCase):
    """Files in folders."""

    def test_assigned(self) -> None:
        """What an operator said goes before the directory, the default folder too."""
        folders = assign(assign(self.folders, "Jingles/a.mp4", 2), "Jingles/b.mp4", 1)
        found = [folder_of(folders, f"Jingles/{name}.mp4") for name in "abc"]
        self.assertEqual(found, [2, 1, 3])
        back = assign(folders, "Jingles/a.mp4", None)
        self.assertEqual(folder_of(back, "Jingles/a.mp4"), 3)
        self.assertIs(assign(back, "Jingles/a.mp4", None), back)
        self.assertIs(assign(folders, "Jingles/a.mp4", 2), folders)

    def test_refused(self) -> None:
        self.assert_refused("folderId", assign, self.folders, "a.mp4", 9)
        self.assert_refused("mediaFile", assign, self.folders, "", 2)
        self.assert_refused("mediaFile", assign, self.folders, "jingles/", 2)

    def test_any_mapping(self) -> None:
        folders = evolve(self.folders, assignments=MappingProxyType({"a": 2}))
        self.assertEqual(assign(folders, "b", 3).assignments, {"a": 2, "b": 3})


class DirectoryTests(FoldersTestCase):
    """The folder that is called like the top directory of a file."""

    def test_like_the_directory(self) -> None:
        """Whatever the case, and however the accents are written; only the first one counts."""
        for file, id in (
            ("JINGLES/a.mp4", 3),
            ("Jingles/Vidéos/a.mp4", 3),
            ("génériques/a.mp4", 5),
            ("Ge\u0301ne\u0301riques/a.mp4", 5),
            ("Generiques/a.mp4", 1),
            ("Other/Jingles/a.mp4", 1),
            ("Jingles", 1),
            ("/a.mp4", 1),
        ):
            with self.subTest(file=file):
                self.assertEqual(folder_of(self.folders, file), id)

    def test_directory_that_no_folder_may_be_called_like(self) -> None:
        """The name nearest to it will do."""
        name = displayable('L\'info & "plus"\n')
        self.assertEqual(name, "L’info + ”plus”")
        folders = create(self.folders, name, COLOR, None, 0.0)
        self.assertEqual(folder_of(folders, 'l\'INFO & "plus"\n/a.mp4'), 6)
        self.assertEqual(displayable("'" * 200), "’" * 100)
        self.assertEqual(displayable("\n\0"), "")

    def test_renamed_folder_keeps_what_it_shows(self) -> None:
        """As it did when the old system had assigned the files, and new files come too."""
        self.rename(3, "Sons")
        self.assertEqual(folder_of(self.folders, "Jingles/a.mp4"), 3)
        self.assertEqual(folder_of(self.folders, "sons/a.mp4"), 3)
        self.rename(3, "Bruits")
        self.assertEqual(folder_of(self.folders, "Jingles/a.mp4"), 3)
        self.rename(3, "bruits")
        self.assertEqual(list(self.folders.assignments), ["jingles/", "sons/"])

    def test_new_folder_of_the_name(self) -> None:
        """It gets what is called like it; the renamed one has it back when that goes."""
        self.rename(3, "Sons")
        folders = create(self.folders, "Jingles", COLOR, None, 0.0)
        self.assertEqual(folder_of(folders, "Jingles/a.mp4"), 6)
        self.assertEqual(folder_of(delete(folders, 6), "Jingles/a.mp4"), 3)
        self.assertEqual(folder_of(delete(delete(folders, 6), 3), "Jingles/a.mp4"), 1)

    def test_second_folder_of_a_name_takes_nothing_along(self) -> None:
        self.folders = create(self.folders, "Jingles", COLOR, None, 0.0)
        self.rename(6, "Sons")
        self.assertEqual(folder_of(self.folders, "Jingles/a.mp4"), 3)
        self.assertEqual(self.folders.assignments, {})


class CountsTests(FoldersTestCase):
    """How many files each folder shows."""

    def test_what_is_shown(self) -> None:
        """The default folder too; files that are not there are not counted."""
        folders = assign(assign(self.folders, "a.mp4", 4), "gone.mp4", 4)
        files = ["a.mp4", "b.mp4", "Jingles/c.mp4", "Jingles/d.mp4"]
        self.assertEqual(counts(folders, files), {1: 1, 2: 0, 3: 2, 4: 1, 5: 0})
