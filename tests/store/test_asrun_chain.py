# -*- test-case-name: tests.store.test_asrun_chain -*-
"""What the chain proves: every change is found, and where it was made."""

import hashlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store.asrun_chain import (
    ZEROS,
    Fault,
    Point,
    Verification,
    hash_of,
    link_of,
    seal,
)

Files = dict[str, list[bytes]]

SIZES = {"a.log": 4, "b.log": 1, "c.log": 5, "d.log": 3}

EVERYWHERE = st.sampled_from([(name, at) for name, size in SIZES.items() for at in range(size)])

modest = settings(deadline=None, max_examples=300, derandomize=True)


def whole(before: Point | None = None) -> tuple[Files, Point]:
    """Some days as they were written, and the head."""
    end, files = before or Point(0, ZEROS), Files()
    for name, size in SIZES.items():
        files[name] = []
        for n in range(size):
            entry = orjson.dumps({"eventType": "PLAY_START", "fileName": f"{name}-{n}"})
            files[name].append(seal(entry, end, n == 0))
            end = Point(end.number + 1, hash_of(files[name][-1]), name)
    return files, end


def seen(files: Files, head: Point | None = None, anchor: Point | None = None) -> tuple[Fault, ...]:
    return tuple(look(files, head, anchor).faults)


def look(files: Files, head: Point | None = None, anchor: Point | None = None) -> Verification:
    verification = Verification(
        ((name, iter(BytesIO(b"".join(lines)).readlines())) for name, lines in files.items()),
        anchor,
        head,
    )
    while verification.go_on(3):
        pass
    return verification


class SealTests(SynchronousTestCase):
    """What a line says."""

    def test_line(self) -> None:
        """Behind the fields of the entry, on the same line; any JSON reader takes it."""
        line = seal(b'{"a":"b"}', Point(6, "ab" * 32, "x.log"), False)
        self.assertEqual(orjson.loads(line), {"a": "b", "number": 7, "previous": "ab" * 32})
        self.assertEqual(link_of(line), (7, "ab" * 32))
        self.assertTrue(line.endswith(b"}\n"))

    def test_empty_entry(self) -> None:
        self.assertEqual(orjson.loads(seal(b"{}", Point(0, ZEROS), True))["number"], 1)

    def test_first_of_a_file(self) -> None:
        """Names the file before it; the first of all has none to name."""
        line = seal(b"{}", Point(6, "ab" * 32, "x.log"), True)
        self.assertEqual(orjson.loads(line)["previousFile"], "x.log")
        self.assertNotIn(b"previousFile", seal(b"{}", Point(0, ZEROS), True))

    def test_any_auditor(self) -> None:
        """The hash is that of the raw bytes of the line before, newline included."""
        files, _ = whole()
        for last, first in (("a.log", "b.log"), ("b.log", "c.log")):
            expected = hashlib.sha256(files[last][-1]).hexdigest()
            self.assertEqual(orjson.loads(files[first][0])["previous"], expected)

    def test_no_link(self) -> None:
        for line in (
            b"",
            b"{}\n",
            b'{"number":1,"previous":"' + b"a" * 63 + b'"}\n',
            b'{"number":0,"previous":"' + b"a" * 64 + b'"}\n',
            b'{"number":1,"previous":"' + b"a" * 64 + b'"}',
            b'"number":1,"previous":"' + b"a" * 64 + b'"}\n',
        ):
            self.assertIsNone(link_of(line))


class WholeTests(SynchronousTestCase):
    """Nothing is found where nothing is."""

    def test_whole(self) -> None:
        files, head = whole()
        found = look(files, head)
        self.assertEqual((found.faults, found.bad, found.end), ([], set(), head))
        self.assertEqual({name: tally.lines for name, tally in found.tallies.items()}, SIZES)

    def test_without_head(self) -> None:
        self.assertEqual(seen(whole()[0]), ())

    def test_older_head(self) -> None:
        """After a power cut, or while it is written on."""
        files, _ = whole()
        self.assertEqual(seen(files, Point(3, hash_of(files["a.log"][2]), "a.log")), ())

    def test_nothing(self) -> None:
        self.assertEqual(seen({}), ())

    def test_written_on_meanwhile(self) -> None:
        """What stands behind the last newline is a line that is being written."""
        files, head = whole()
        files["d.log"].append(b'{"eventTy')
        self.assertEqual(seen(files, head), ())

    def test_older_files(self) -> None:
        """Lines from before there was a chain are unchained, and no fault."""
        old = [b'{"eventType":"PLAY_START"}\n', b"nonsense\n"]
        files, head = whole(Point(0, hash_of(old[-1]), "0.log"))
        found = look({"0.log": old, **files}, head)
        self.assertEqual(found.faults, [])
        self.assertEqual((found.tallies["0.log"].unchained, found.tallies["0.log"].lines), (2, 2))
        self.assertEqual(found.tallies["0.log"].end, Point(0, hash_of(old[-1]), "0.log"))

    def test_only_older_files(self) -> None:
        self.assertEqual(seen({"0.log": [b"{}\n"]}), ())

    def test_deleted_in_time(self) -> None:
        """The anchor stands for what was deleted; also when that was cut short."""
        files, head = whole()
        anchor = Point(5, hash_of(files["b.log"][0]), "b.log")
        for gone in (("a.log", "b.log"), ("a.log",), ()):
            left = {name: lines for name, lines in files.items() if name not in gone}
            self.assertEqual(seen(left, head, anchor), ())

    def test_older_files_deleted_in_time(self) -> None:
        old = [b"{}\n"]
        files, head = whole(Point(0, hash_of(old[0]), "0.log"))
        anchor = Point(0, hash_of(old[0]), "0.log")
        self.assertEqual(seen(files, head, anchor), ())
        self.assertEqual(seen({"0.log": old, **files}, head, anchor), ())


class FoundTests(SynchronousTestCase):
    """Whatever is done to the files is found, where it was done."""

    def first(self, files: Files, **known: Any) -> tuple[str, int]:
        known.setdefault("head", whole()[1])
        faults = seen(files, **known)
        self.assertTrue(faults)
        return faults[0].file, faults[0].line

    def what(self, files: Files, **known: Any) -> str:
        known.setdefault("head", whole()[1])
        faults = seen(files, **known)
        return str(faults[0]) if faults else ""

    @modest
    @given(EVERYWHERE, st.data())
    def test_any_byte(self, where: tuple[str, int], data: st.DataObject) -> None:
        """One byte that is another is found, in its line."""
        files, _ = whole()
        name, at = where
        line = bytearray(files[name][at])
        place = data.draw(st.integers(0, len(line) - 1))
        line[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
        files[name][at] = bytes(line)
        found, number = self.first(files)
        if (name, at) == ("a.log", 0) and line[place] == ord("\n"):
            # Two lines without a chain, before the chain begins: the second is named.
            self.assertIn((found, number), (("a.log", 1), ("a.log", 2)))
        else:
            self.assertEqual((found, number), (name, at + 1))

    @modest
    @given(EVERYWHERE)
    def test_any_line_removed(self, where: tuple[str, int]) -> None:
        """The line that is there instead is named; at an end, the place where it stood."""
        files, _ = whole()
        name, at = where
        del files[name][at]
        file, line = self.first(files)
        if not files[name]:
            self.assertEqual((file, line), ("b.log", 0))
        else:
            self.assertEqual((file, line), (name, at + 1))
        self.assertIn("missing", self.what(files))

    @modest
    @given(EVERYWHERE, st.sampled_from(["{}", "none", "copy", "forged"]))
    def test_any_line_inserted(self, where: tuple[str, int], kind: str) -> None:
        """Whether it has a chain or not, or one that fits to what is before it."""
        files, _ = whole()
        name, at = where
        following = link_of(files[name][at])
        assert following is not None
        forged = seal(b'{"x":1}', Point(following[0] - 1, following[1]), False)
        inserted = {"{}": b"{}\n", "none": b"none\n", "copy": files[name][0], "forged": forged}
        files[name].insert(at, inserted[kind])
        if kind == "copy" and at == 0:
            at = 1  # nobody can say which of two equal lines was there before
        if (name, at) == ("a.log", 0) and kind in ("{}", "none"):
            # Before the chain begins: the first line says that nothing was there.
            self.assertEqual(self.first(files), (name, 1))
            return
        self.assertEqual(self.first(files), (name, at + 1))
        self.assertIn("inserted", self.what(files))

    @modest
    @given(EVERYWHERE)
    def test_any_lines_swapped(self, where: tuple[str, int]) -> None:
        files, _ = whole()
        name, at = where
        lines = files[name]
        if at + 1 < len(lines):
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
            self.assertEqual(self.first(files), (name, at + 1))

    @modest
    @given(EVERYWHERE, st.sampled_from([b'{"y":2}', b'{"y":2,"z":3}']))
    def test_recomputed(self, where: tuple[str, int], entry: bytes) -> None:
        """Who changes a line and makes its own link right is found by the next one."""
        files, _ = whole()
        name, at = where
        link = link_of(files[name][at])
        assert link is not None
        files[name][at] = seal(entry, Point(link[0] - 1, link[1]), False)
        self.assertEqual(self.first(files), (name, at + 1))

    def test_all_recomputed(self) -> None:
        """A whole new chain is found by the head alone; without one it cannot be."""
        head = whole()[1]
        files, _ = whole(Point(0, "1" * 64))
        self.assertEqual(self.what(files), "a.log, line 1: what stood before it is missing")
        end, forged = Point(0, ZEROS), Files()
        for name, size in SIZES.items():
            forged[name] = []
            for n in range(size):
                forged[name].append(seal(b'{"n":%d}' % n, end, n == 0))
                end = Point(end.number + 1, hash_of(forged[name][-1]), name)
        self.assertEqual(self.what(forged, head=head), "d.log, line 3: was changed")
        self.assertEqual(seen(forged), ())

    def test_day_removed(self) -> None:
        """The file that is missing is named."""
        for name, sentence in (
            ("a.log", "a.log: it is missing, with 4 lines"),
            ("b.log", "b.log: it is missing"),
            ("c.log", "c.log: it is missing, with 5 lines"),
            ("d.log", "d.log: it is missing; 3 lines are missing at the end"),
        ):
            files, _ = whole()
            del files[name]
            self.assertEqual(self.what(files), sentence)

    def test_days_removed(self) -> None:
        files, _ = whole()
        del files["a.log"], files["b.log"]
        self.assertEqual(self.what(files), "b.log: it is missing, with 5 lines")
        self.assertEqual(self.what({}), "d.log: it is missing; 13 lines are missing at the end")

    def test_emptied(self) -> None:
        files, _ = whole()
        files["d.log"] = []
        self.assertEqual(self.what(files), "d.log: at its end 3 lines are missing")

    def test_end_cut_off(self) -> None:
        """By the head; without one that cannot be seen."""
        files, _ = whole()
        del files["d.log"][1:]
        self.assertEqual(self.what(files), "d.log, line 2: here, at the end, 2 lines are missing")
        self.assertEqual(seen(files), ())

    def test_written_on_after_a_cut(self) -> None:
        """The writer goes on from the head, so that a cut at the end stays seen for ever."""
        files, head = whole()
        del files["d.log"][1:]
        files["d.log"].append(seal(b"{}", head, False))
        self.assertEqual(
            self.what(files, head=None), "d.log, line 2: before it 2 lines are missing"
        )

    def test_forged_end(self) -> None:
        """Lines that were put behind the last, in a chain of their own, once it was written on."""
        files, head = whole()
        forged = seal(b'{"f":1}', head, False)
        more = seal(b'{"f":2}', Point(head.number + 1, hash_of(forged)), False)
        genuine = seal(b"{}", head, False)
        files["d.log"] += [forged, more, genuine]
        last = Point(head.number + 1, hash_of(genuine), "d.log")
        self.assertEqual(self.first(files, head=last), ("d.log", 4))

    def test_several_inserted(self) -> None:
        files, _ = whole()
        files["c.log"][2:2] = [b"x\n", b"{}\n"]
        self.assertEqual(self.what(files), "c.log, line 3: 2 lines were inserted here")
        files, _ = whole()
        files["d.log"] += [b"x\n", b"{}\n"]
        self.assertEqual(self.what(files), "d.log, line 4: 2 lines were inserted here")

    def test_begun_anew(self) -> None:
        """A chain begins once."""
        files, _ = whole()
        files["d.log"].append(seal(b"{}", Point(0, ZEROS), False))
        self.assertEqual(self.what(files), "d.log, line 4: was inserted")

    def test_made_unchained(self) -> None:
        """Who takes the chain off the first lines is told from what is old."""
        files, _ = whole()
        files["a.log"][:2] = [b"{}\n", b"{}\n"]
        self.assertEqual(self.first(files)[0], "a.log")

    def test_older_line_changed(self) -> None:
        """Of the lines from before the chain, the last is proven."""
        files, head = whole(Point(0, hash_of(b"{}\n"), "0.log"))
        self.assertEqual(
            self.what({"0.log": [b"{ }\n"], **files}, head=head), "0.log, line 1: was changed"
        )

    def test_anchor_gone(self) -> None:
        files, _ = whole()
        del files["a.log"][:]
        del files["a.log"]
        anchor = Point(3, "a" * 64, "0.log")
        self.assertTrue(self.what(files, anchor=anchor).startswith("a.log: it is missing"))

    def test_unreadable(self) -> None:
        """A file that cannot be read is named, and what comes after it is looked at."""

        def broken() -> Iterator[bytes]:
            yield files["c.log"][0]
            raise OSError("it is no whole gzip file")

        files, head = whole()
        found = Verification(
            ((name, broken() if name == "c.log" else iter(lines)) for name, lines in files.items()),
            None,
            head,
        )
        self.assertFalse(found.go_on(100))
        self.assertEqual(
            [str(fault) for fault in found.faults],
            ["c.log, line 2: cannot be read: it is no whole gzip file"],
        )
        self.assertEqual((found.bad, found.end), ({"c.log"}, head))

    def test_torn_within(self) -> None:
        """A file that ends within a line while there are later ones."""
        files, _ = whole()
        files["b.log"][0] = files["b.log"][0][:-1]
        self.assertEqual(self.first(files), ("b.log", 1))

    def test_bad_files(self) -> None:
        """The files beside a gap cannot be told to be whole."""
        files, head = whole()
        del files["b.log"]
        self.assertEqual(look(files, head).bad, {"a.log", "b.log", "c.log"})
        files, head = whole()
        del files["a.log"][-1]
        self.assertEqual(look(files, head).bad, {"a.log", "b.log"})

    def test_goes_on_behind(self) -> None:
        """One fault is told once, and the next one too."""
        files, head = whole()
        files["a.log"][1] = files["a.log"][1].replace(b"PLAY", b"play")
        del files["c.log"][2]
        files["d.log"].insert(1, b"{}\n")
        self.assertEqual(
            [str(fault) for fault in seen(files, head)],
            [
                "a.log, line 2: was changed",
                "c.log, line 3: before it a line is missing",
                "d.log, line 2: was inserted",
            ],
        )

    @modest
    @given(st.lists(st.tuples(EVERYWHERE, st.sampled_from("drcs")), max_size=5))
    def test_anything(self, deeds: list[tuple[tuple[str, int], str]]) -> None:
        """Whatever was done to it, looking ends, and finds nothing only when nothing is."""
        files, head = whole()
        for (name, at), deed in deeds:
            lines = files[name]
            if at >= len(lines):
                continue
            match deed:
                case "d":
                    lines.insert(at, lines[at])
                case "r":
                    del lines[at]
                case "c":
                    lines[at] = lines[at].replace(b":", b";", 1)
                case _:
                    lines.append(lines.pop(at))
        self.assertEqual(seen(files, head) == (), files == whole()[0])
