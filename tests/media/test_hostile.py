"""What keeps the process that reads files from harm."""

import errno
import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.hostile import Fault, Source, faults_told, words

_CONFINED = """
import os, resource, signal, sys
from rtgplayout.media.hostile import confine
confine(int(sys.argv[1]))
print(os.nice(0), os.getcwd(), signal.getsignal(signal.SIGINT).name,
      *(resource.getrlimit(each) for each in
        (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)))
try:
    bytearray(2**32)
except MemoryError:
    print("no memory")
"""


class SourceTests(SynchronousTestCase):
    """An open file."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp() + ".MP4")
        self.path.write_bytes(b"0123456789")

    def test_ffmpeg_learns_its_extension_alone(self) -> None:
        with Source(str(self.path)) as source:
            self.assertEqual("media.mp4", source.name)

    def test_it_ends_where_more_would_be_too_much(self) -> None:
        with Source(str(self.path)) as source:
            self.assertEqual(b"012345", source.read(6))
            source.left = 3
            self.assertEqual((b"67", False), (source.read(2), source.exhausted()))
            self.assertEqual((b"", True), (source.read(2), source.exhausted()))
            source.left = None
            self.assertEqual((b"89", False), (source.read(), source.exhausted()))

    def test_a_file_that_says_it_is_longer_was_cut(self) -> None:
        for said, was_cut in ((100, True), (2, False), (1, False), (0, False), (2**32 - 1, False)):
            self.path.write_bytes(b"RIFF" + said.to_bytes(4, "little") + b"WA")
            with Source(str(self.path)) as source:
                self.assertIs(was_cut, source.cut(), said)
        self.path.write_bytes(b"RIFX" + (100).to_bytes(4, "little"))
        with Source(str(self.path)) as source:
            self.assertFalse(source.cut())

    def test_an_mxf_file_says_where_its_last_part_begins(self) -> None:
        """Nought, or nothing that can be read, says nothing."""
        key = bytes.fromhex("060e2b34020501010d01020101020400")
        for length in (b"\x78", b"\x83\0\0\x78"):
            for footer, was_cut in ((0, False), (199, False), (200, True), (2**63, True)):
                head = key + length + bytes(24) + footer.to_bytes(8)
                self.path.write_bytes(head.ljust(200, b"x"))
                with Source(str(self.path)) as source:
                    self.assertIs(was_cut, source.cut(), footer)
        self.path.write_bytes(key + b"\x78" + b"\xff" * 40)
        with Source(str(self.path)) as source:
            self.assertFalse(source.cut())

    def test_what_became_a_pipe_between_two_looks_is_no_file(self) -> None:
        status = os.stat(self.path)
        os.unlink(self.path)
        os.mkfifo(self.path)
        self.patch(os, "stat", lambda path: status)
        self.assertRaises(Fault, Source, str(self.path))


def _told(error: Exception) -> Fault:
    """What becomes of it."""
    try:
        with faults_told():
            raise error
    except Fault as fault:
        return fault


class FaultsTests(SynchronousTestCase):
    def test_the_words_name_no_file(self) -> None:
        self.assertEqual("Is a directory", words(IsADirectoryError(21, "Is a directory", "/a")))
        self.assertEqual("no", words(ValueError("no")))
        self.assertEqual("MemoryError", words(MemoryError()))

    def test_a_share_that_is_gone_may_come_back(self) -> None:
        for error, settled in (
            (OSError(errno.ESTALE, "Stale file handle"), False),
            (OSError(errno.EACCES, "Permission denied"), True),
            (ValueError("no"), True),
            (MemoryError(), True),
            (Fault("no", settled=False), False),
            (Fault("no"), True),
        ):
            self.assertIs(settled, _told(error).settled, error)


class ConfineTests(SynchronousTestCase):
    """In a process that is none of ours."""

    def run_confined(self, parent: int) -> subprocess.CompletedProcess[str]:
        """What it says, and how it ends."""
        return subprocess.run(
            [sys.executable, "-c", _CONFINED, str(parent)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def test_it_may_not_do_much(self) -> None:
        ended = self.run_confined(os.getpid())
        nice = min(19, os.nice(0) + 10)
        self.assertEqual(
            f"{nice} / SIG_IGN ({2**31}, {2**31}) ({2**24}, {2**24}) (0, 0)\nno memory\n",
            ended.stdout,
            ended.stderr,
        )

    def test_an_orphan_ends(self) -> None:
        ended = self.run_confined(1)
        self.assertEqual((1, ""), (ended.returncode, ended.stdout))
