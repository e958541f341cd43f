# -*- test-case-name: tests.store.test_archive -*-
"""What a backup is."""

from zoneinfo import ZoneInfo

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.archive import (
    File,
    Manifest,
    Unusable,
    decode,
    encode,
    fault_of,
    goes_in,
    is_due,
    moment_of,
    name_of,
    outdated,
    unfinished,
)

FILE = File(5, "a" * 64)
MANIFEST = Manifest(
    "2026-03-01T18:00:00.000Z", "Kanal 5", "Europe/Paris", "1.0", "/data", "/as-run",
    {"data/playlist.json": FILE, "as-run/as-run-2026-03-01.log": FILE, "settings/.env": FILE},
)  # fmt: skip
AT = 1_772_388_000.0  # 2026-03-01T18:00:00Z


class ManifestTests(SynchronousTestCase):
    """What an archive says of itself."""

    def test_there_and_back(self) -> None:
        self.assertEqual(decode(encode(MANIFEST)), MANIFEST)

    def test_parts(self) -> None:
        self.assertEqual(MANIFEST.of("data"), {"playlist.json": FILE})

    def test_damaged(self) -> None:
        """Whatever it is not, it is told in a sentence; nothing else is raised."""
        good = encode(MANIFEST)
        for content in (
            b"",
            b"[]",
            b"{}",
            good[:-5],
            good.replace(b'"format": 1', b'"format": true'),
            good.replace(b'"station": "Kanal 5"', b'"station": 5'),
            good.replace(b'"size": 5', b'"size": -5', 1),
            good.replace(b'"size": 5', b'"size": true', 1),
            good.replace(b"aaaa", b"AAAA", 1),
            good.replace(b'"files": {', b'"files": [], "more": {'),
        ):
            error = self.assertRaises(Unusable, decode, content)
            self.assertIn("damaged", str(error))

    def test_later_format(self) -> None:
        later = encode(MANIFEST).replace(b'"format": 1', b'"format": 2')
        self.assertIn("format 2", str(self.assertRaises(Unusable, decode, later)))

    def test_names_that_lead_out(self) -> None:
        wrong = evolve(MANIFEST, files={"data/../../etc/passwd": FILE})
        self.assertIn("leads out", str(self.assertRaises(Unusable, decode, encode(wrong))))


class NameTests(SynchronousTestCase):
    """The names within, and of archives."""

    def test_may_stand_in_an_archive(self) -> None:
        for name in ("data/playlist.json", "as-run/a/b.log", "settings/.env", "data/été"):
            self.assertEqual(fault_of(name), "")

    def test_may_not(self) -> None:
        for name in (
            "", "data", "data/", "/data/x", "data//x", "data/../x", "data/./x", "../data/x",
            "other/x", "data/a\nb", "data/a\0b", "data\\x", "data/..\\x", "data/" + "a" * 1000,
            "data" + "/a" * 30,
        ):  # fmt: skip
            self.assertNotEqual(fault_of(name), "", name)

    def test_what_goes_in(self) -> None:
        for name in ("playlist.json", "playlist.json.backup", "imports/a.json", "x.damaged-2026"):
            self.assertTrue(goes_in(name), name)
        for name in (
            ".lock", "as-run.lock", "playlist.json.tmp", "thumbnails/ab/c.jpg", "library.sqlite3",
            "library.sqlite3-wal", "as-run.before-restore-20260301T180000Z/as-run.head", "a\nb",
            ".unfinished",
        ):  # fmt: skip
            self.assertFalse(goes_in(name), name)

    def test_archives(self) -> None:
        """By station and time, whatever the station is called."""
        self.assertEqual(name_of("Kanal 5", AT), "rtgplayout-kanal-5-20260301T180000Z.tar.gz")
        self.assertEqual(name_of("Télé/../é", AT), "rtgplayout-tele-e-20260301T180000Z.tar.gz")
        self.assertEqual(name_of("電視", AT), "rtgplayout-station-20260301T180000Z.tar.gz")
        self.assertEqual(moment_of(name_of("Kanal 5", AT), "Kanal 5"), AT)
        for name in (
            "rtgplayout-kanal-5-20261301T180000Z.tar.gz",
            "rtgplayout-kanal-6-20260301T180000Z.tar.gz",
            "rtgplayout-kanal-5-extra-20260301T180000Z.tar.gz",
            "notes.txt",
        ):
            self.assertIsNone(moment_of(name, "Kanal 5"))


class KeepingTests(SynchronousTestCase):
    """Which archives stay, and when there is to be one."""

    def test_the_oldest_give_way(self) -> None:
        """Of this station alone; whatever else is in the folder is nobody's business."""
        names = [name_of("a", AT + n) for n in (3, 1, 2)]
        others = [name_of("b", AT), "notes.txt", f".{name_of('a', AT)}.tmp"]
        self.assertEqual(outdated(names + others, "a", 2), [name_of("a", AT + 1)])
        self.assertEqual(outdated(names + others, "a", 5), [])

    def test_unfinished(self) -> None:
        mine = f".{name_of('a', AT)}.tmp"
        self.assertEqual(unfinished([mine, f".{name_of('b', AT)}.tmp", ".x.tmp"], "a"), [mine])

    def test_due_once_a_day(self) -> None:
        zone = ZoneInfo("Europe/Paris")  # 18:00Z is 19:00

        def due(now: float, *made: float) -> bool:
            return is_due([name_of("a", each) for each in made], "a", now, "19:00", zone)

        self.assertTrue(due(AT))
        self.assertFalse(due(AT, AT))
        self.assertFalse(due(AT - 1, AT - 3600))
        self.assertTrue(due(AT + 1, AT - 1))
        self.assertTrue(due(AT + 86_400, AT + 600))
        self.assertFalse(due(AT + 86_399, AT + 600))

    def test_one_from_the_future_is_none(self) -> None:
        """A clock that was ahead when it was made does not keep the next ones from being made."""
        self.assertTrue(is_due([name_of("a", AT + 1e6)], "a", AT, "04:30", ZoneInfo("UTC")))
