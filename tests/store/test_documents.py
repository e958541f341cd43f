# -*- test-case-name: tests.store.test_documents -*-
"""
A document on disk: always whole, written once for many, never overwritten unread.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.store import documents
from rtgplayout.store.decoded import Decoded, Unreadable
from rtgplayout.store.documents import MOST_WAITING, Document, InThread, Loaded

from .threads import Held, at_once

NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z
STAMP = "20260301T120000Z"


def encode(text: str) -> bytes:
    return f"<{text}>".encode()


def decode(content: bytes) -> Decoded[str]:
    """Text in angle brackets; a missing one at the end can be repaired."""
    text = content.decode()
    if not text.startswith("<"):
        raise Unreadable("it has no beginning")
    if text.endswith("?"):
        return Decoded(text[1:-1], ("the end was doubtful",))
    if not text.endswith(">"):
        raise Unreadable("it has no end")
    return Decoded(text[1:-1])


class Crash(BaseException):
    """The power goes off."""


class DocumentCase(SynchronousTestCase):
    """A folder for a document."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.path = self.folder / "list.json"
        self.backup = self.folder / "list.json.backup"

    def document(self, in_thread: InThread = at_once) -> Document[str]:
        return Document(self.path, encode, decode, in_thread, lambda: NOON)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def fail_on(self, name: str, error: OSError) -> Callable[[], None]:
        """Let C{os.<name>} fail until the result is called."""
        works_again: Callable[[], None] = self.patch(os, name, self._raiser(error)).restore
        return works_again

    @staticmethod
    def _raiser(error: OSError) -> Callable[..., None]:
        def fail(*args: object, **options: object) -> None:
            raise error

        return fail


class LoadTests(DocumentCase):
    """What a start finds, row by row of the table of what the old system did wrong."""

    def test_nothing_yet(self) -> None:
        """Without any file there is no value, and nothing to tell anybody."""
        self.assertEqual(self.document().load(), Loaded(None, ()))
        self.assertEqual(self.names(), [])

    def test_no_folder_yet(self) -> None:
        """A folder that does not exist holds nothing."""
        self.folder.rmdir()
        self.assertEqual(self.document().load(), Loaded(None, ()))

    def test_read_only(self) -> None:
        """On a disk that became read-only what is there is read, and repaired in memory."""
        self.path.write_bytes(b"<a?")
        self.folder.joinpath("list.json.tmp").write_bytes(b"<b>")
        read_only = OSError(errno.EROFS, "Read-only file system")
        for name in ("open", "unlink", "rename", "replace"):
            self.fail_on(name, read_only)
        self.patch(Path, "unlink", self._raiser(read_only))
        loaded = self.document().load()
        self.assertEqual(loaded.value, "a")
        self.assertIn("could not be kept", "\n".join(loaded.notices))

    def test_main_valid(self) -> None:
        """A valid document is used, whatever its backup says."""
        self.path.write_bytes(b"<new>")
        self.backup.write_bytes(b"<old>")
        self.assertEqual(self.document().load(), Loaded("new", ()))
        self.assertEqual(self.names(), ["list.json", "list.json.backup"])

    def test_main_missing(self) -> None:
        """Without the document its backup is used, put back in place, and the operator is told."""
        self.backup.write_bytes(b"<old>")
        loaded = self.document().load()
        self.assertEqual(loaded.value, "old")
        self.assertIn("backup", loaded.notices[0])
        self.assertEqual(self.path.read_bytes(), b"<old>")
        self.assertEqual(self.backup.read_bytes(), b"<old>")

    def test_main_damaged(self) -> None:
        """A damaged document is set aside, not overwritten, and its backup is used."""
        self.path.write_bytes(b"torn")
        self.backup.write_bytes(b"<old>")
        loaded = self.document().load()
        self.assertEqual(loaded.value, "old")
        self.assertEqual((self.folder / f"list.json.damaged-{STAMP}").read_bytes(), b"torn")
        self.assertIn(f"list.json.damaged-{STAMP}", loaded.notices[0])
        self.assertIn("it has no beginning", loaded.notices[0])
        self.assertEqual(self.path.read_bytes(), b"<old>")

    def test_both_damaged(self) -> None:
        """Two damaged files are both set aside; neither is lost by the saves that follow."""
        self.path.write_bytes(b"torn")
        self.backup.write_bytes(b"torn too")
        document = self.document()
        loaded = document.load()
        self.assertIsNone(loaded.value)
        self.assertEqual(len(loaded.notices), 2)
        self.successResultOf(document.save("a"))
        self.successResultOf(document.save("b"))
        self.assertEqual(
            {path.read_bytes() for path in self.folder.iterdir()},
            {b"torn", b"torn too", b"<a>", b"<b>"},
        )

    def test_set_aside_twice(self) -> None:
        """What was set aside in the same second stays: the next one gets another name."""
        for content in (b"first", b"second", b"third"):
            self.path.write_bytes(content)
            self.document().load()
        self.assertEqual(
            [(self.folder / name).read_bytes() for name in self.names()],
            [b"first", b"second", b"third"],
        )

    def test_not_a_file(self) -> None:
        """Something that is no file at all is set aside like what cannot be read."""
        self.path.mkdir()
        self.backup.write_bytes(b"<old>")
        self.assertEqual(self.document().load().value, "old")
        self.assertTrue((self.folder / f"list.json.damaged-{STAMP}").is_dir())

    def test_repaired(self) -> None:
        """A document that was repaired is kept as it was, and each repair is told."""
        self.path.write_bytes(b"<doubtful?")
        loaded = self.document().load()
        self.assertEqual(loaded.value, "doubtful")
        self.assertEqual(loaded.notices[0], "list.json: the end was doubtful")
        kept = self.folder / f"list.json.before-repair-{STAMP}"
        self.assertIn(kept.name, loaded.notices[1])
        self.assertEqual(kept.read_bytes(), b"<doubtful?")
        self.assertEqual(self.path.read_bytes(), b"<doubtful?")

    def test_repaired_on_a_full_disk(self) -> None:
        """That no copy can be kept, or the backup not put back, is told and stops nothing."""
        self.backup.write_bytes(b"<doubtful?")
        self.fail_on("fsync", OSError(errno.ENOSPC, "No space left on device"))
        loaded = self.document().load()
        self.assertEqual(loaded.value, "doubtful")
        self.assertEqual(len([n for n in loaded.notices if "No space left" in n]), 2)
        self.assertEqual(self.names(), ["list.json.backup"])

    def test_cannot_set_aside(self) -> None:
        """A damaged file that cannot be set aside stops the start: a save would overwrite it."""
        self.path.write_bytes(b"torn")
        self.fail_on("rename", OSError(errno.EACCES, "Permission denied"))
        self.assertRaises(OSError, self.document().load)
        self.assertEqual(self.path.read_bytes(), b"torn")

    def test_leftover(self) -> None:
        """What an interrupted save left is not read, and removed."""
        self.path.write_bytes(b"<old>")
        for suffix in (".tmp", ".backup.tmp", ".probe.tmp"):
            (self.folder / f"list.json{suffix}").write_bytes(b"<newer>")
        self.assertEqual(self.document().load().value, "old")
        self.assertEqual(self.names(), ["list.json"])


class ProbeTests(DocumentCase):
    """Whether a save would work."""

    def test_good(self) -> None:
        """Nothing is another afterwards."""
        self.path.write_bytes(b"<old>")
        self.successResultOf(self.document().probe())
        self.assertEqual(self.path.read_bytes(), b"<old>")
        self.assertEqual(self.names(), ["list.json"])

    def test_full(self) -> None:
        self.fail_on("fsync", OSError(errno.ENOSPC, "No space left on device"))
        self.failureResultOf(self.document().probe(), OSError)
        self.assertEqual(self.names(), [])

    def test_while_a_write_is_not_done(self) -> None:
        """A disk that does not answer is not asked twice: each would hold a thread."""
        held = Held()
        document = self.document(held)
        document.save("one")
        self.failureResultOf(document.probe(), OSError)


class SaveTests(DocumentCase):
    """One save."""

    def test_first(self) -> None:
        """The first save makes the document, for everybody to read; there is no backup yet."""
        self.successResultOf(self.document().save("one"))
        self.assertEqual(self.path.read_bytes(), b"<one>")
        self.assertEqual(self.names(), ["list.json"])
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o644)

    def test_backup(self) -> None:
        """The content before the save is the backup, each time."""
        document = self.document()
        for text in ("one", "two", "three"):
            self.successResultOf(document.save(text))
        self.assertEqual(self.path.read_bytes(), b"<three>")
        self.assertEqual(self.backup.read_bytes(), b"<two>")
        self.assertEqual(self.names(), ["list.json", "list.json.backup"])

    def test_backup_is_main(self) -> None:
        """Two names of one file, as a crash between two renames leaves them, do no harm."""
        self.path.write_bytes(b"<one>")
        os.link(self.path, self.backup)
        self.successResultOf(self.document().save("two"))
        self.assertEqual(self.path.read_bytes(), b"<two>")
        self.assertEqual(self.backup.read_bytes(), b"<one>")
        self.assertEqual(self.names(), ["list.json", "list.json.backup"])

    def test_no_hard_links(self) -> None:
        """On a file system without hard links the backup is a copy."""
        document = self.document()
        self.successResultOf(document.save("one"))
        self.fail_on("link", OSError(errno.EPERM, "Operation not permitted"))
        self.successResultOf(document.save("two"))
        self.assertEqual(self.path.read_bytes(), b"<two>")
        self.assertEqual(self.backup.read_bytes(), b"<one>")

    def test_crash_at_any_step(self) -> None:
        """
        Wherever the power goes off in a save, the next start finds the old or the new content,
        with nothing to repair; and the new one once the save was reported.
        """
        for hard_links in (True, False):
            for step in range(40):
                with self.subTest(hard_links=hard_links, step=step):
                    document = self.document()
                    self.successResultOf(document.save("before"))
                    self.successResultOf(document.save("old"))
                    crashed = self._save_and_crash(document, step, hard_links)
                    loaded = self.document().load()
                    self.assertIn(loaded.value, ("old", "new") if crashed else ("new",))
                    self.assertEqual(loaded.notices, ())
            self.assertFalse(crashed, "a save has more steps than this test tries")

    def _save_and_crash(self, document: Document[str], step: int, hard_links: bool) -> bool:
        """Save C{new} and crash before the given step; whether it came so far."""
        done = 0

        def until_then(real: Callable[..., object], works: bool) -> Callable[..., object]:
            def call(*args: object, **options: object) -> object:
                nonlocal done
                if done == step:
                    raise Crash
                done += 1
                if not works:
                    raise OSError(errno.EPERM, "Operation not permitted")
                return real(*args, **options)

            return call

        patches = [
            self.patch(os, name, until_then(getattr(os, name), hard_links or name != "link"))
            for name in ("open", "fchmod", "fsync", "link", "replace", "unlink")
        ]
        try:
            document._replace(b"<new>")
        except Crash:
            return True
        finally:
            for patch in patches:
                patch.restore()
        return False


class FailureTests(DocumentCase):
    """Saves that do not succeed."""

    def test_disk_full(self) -> None:
        """A failed save says so, keeps the old content, leaves nothing, and the next one works."""
        document = self.document()
        self.successResultOf(document.save("one"))
        works_again = self.fail_on("fsync", OSError(errno.ENOSPC, "No space left on device"))
        error = self.failureResultOf(document.save("two"), OSError).value
        self.assertEqual(error.errno, errno.ENOSPC)
        self.assertEqual(self.path.read_bytes(), b"<one>")
        self.assertEqual(self.names(), ["list.json"])
        works_again()
        self.successResultOf(document.save("three"))
        self.assertEqual(self.path.read_bytes(), b"<three>")
        self.assertEqual(self.backup.read_bytes(), b"<one>")

    def test_too_large(self) -> None:
        """It does not grow without end; what is large already can be made smaller."""
        document = self.document()
        self.patch(documents, "LARGEST", 10)
        self.successResultOf(document.save("x" * 8))
        error = self.failureResultOf(document.save("x" * 9), OSError).value
        self.assertEqual(error.errno, errno.EFBIG)
        self.assertEqual(self.document().load().value, "x" * 8)
        self.path.write_bytes(b"<" + b"x" * 50 + b">")
        self.successResultOf(document.save("x" * 49))

    def test_folder_gone(self) -> None:
        """Without its folder a save fails; with a new one the next save works."""
        document = self.document()
        self.folder.rmdir()
        self.failureResultOf(document.save("one"), FileNotFoundError)
        self.folder.mkdir()
        self.successResultOf(document.save("two"))
        self.assertEqual(self.document().load().value, "two")

    def test_encode_fails(self) -> None:
        """A value that cannot be encoded fails its save and no other."""

        def refuse(text: str) -> bytes:
            if text == "bad":
                raise ValueError("not that one")
            return encode(text)

        document = Document(self.path, refuse, decode, at_once, lambda: NOON)
        self.failureResultOf(document.save("bad"), ValueError)
        self.successResultOf(document.save("good"))

    def test_no_thread(self) -> None:
        """Threads that cannot be had fail the save, not the one who asked."""

        def refuse(*args: object) -> Deferred[None]:
            raise RuntimeError("no more threads")

        document = self.document(refuse)
        self.failureResultOf(document.save("one"), RuntimeError)
        self.failureResultOf(document.save("two"), RuntimeError)


class TogetherTests(DocumentCase):
    """Several saves at once."""

    def test_share_one_write(self) -> None:
        """While one write runs the latest waits; all who asked meanwhile are told together."""
        thread = Held()
        document = self.document(thread)
        saves = [document.save(text) for text in ("one", "two", "three", "four")]
        thread.work()
        self.successResultOf(saves[0])
        self.assertEqual(self.path.read_bytes(), b"<one>")
        for save in saves[1:]:
            self.assertNoResult(save)
        thread.work()
        for save in saves[1:]:
            self.successResultOf(save)
        self.assertEqual(self.path.read_bytes(), b"<four>")
        self.assertEqual(self.backup.read_bytes(), b"<one>")
        self.assertEqual(thread.begun, 2)

    def test_one_writer(self) -> None:
        """Never do two writes run at once."""
        thread = Held()
        document = self.document(thread)
        for n in range(10):
            document.save(str(n))
        self.assertEqual(len(thread.waiting), 1)

    def test_failure_of_one_write(self) -> None:
        """A failed write fails those it was for; those who came later get theirs."""
        thread = Held()
        document = self.document(thread)
        first, second = document.save("one"), document.save("two")
        works_again = self.fail_on("fsync", OSError(errno.EIO, "Input/output error"))
        thread.work()
        self.failureResultOf(first, OSError)
        works_again()
        thread.work()
        self.successResultOf(second)
        self.assertEqual(self.path.read_bytes(), b"<two>")

    def test_failure_of_many(self) -> None:
        """All who share a write that fails are told."""
        thread = Held()
        document = self.document(thread)
        saves = [document.save(text) for text in ("one", "two", "three")]
        self.fail_on("fsync", OSError(errno.EIO, "Input/output error"))
        thread.work()
        thread.work()
        for save in saves:
            self.failureResultOf(save, OSError)

    def test_save_when_saved(self) -> None:
        """Who saves again on hearing that a save is done starts a write of its own."""
        thread = Held()
        document = self.document(thread)
        again: list[Deferred[None]] = []
        document.save("one").addCallback(lambda _: again.append(document.save("two")))
        thread.work()
        self.assertNoResult(again[0])
        thread.work()
        self.successResultOf(again[0])
        self.assertEqual(self.path.read_bytes(), b"<two>")

    def test_cancelled(self) -> None:
        """Who no longer waits stops neither the write nor the others."""
        thread = Held()
        document = self.document(thread)
        first, second = document.save("one"), document.save("two")
        first.addErrback(lambda _: None).cancel()
        thread.work()
        thread.work()
        self.successResultOf(second)

    def test_bounded(self) -> None:
        """A disk that never answers does not gather waiters without end."""
        document = self.document(Held())
        for _ in range(MOST_WAITING + 1):
            document.save("again")
        error = self.failureResultOf(document.save("once too often"), OSError).value
        self.assertEqual(error.errno, errno.EBUSY)
