# -*- test-case-name: tests.media.test_mounts -*-
"""Tests for L{rtgplayout.media.mounts}."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.mounts import silent_devices

TABLE = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:45 / /media/nas rw,relatime shared:2 - nfs4 server:/clips rw,vers=4.2
41 22 0:46 / /media/win\\040share rw shared:3 master:1 - cifs //server/x rw
42 22 0:47 / /media/ssh rw - fuse.sshfs user@server:/ rw
43 22 0:48 / /media/disk rw - fuseblk /dev/sdb1 rw
44 22 0:49 /sub /media/vm rw - 9p host rw
45 22 0:50 / /media/old rw - smb3 //server/y rw
46 22 0:51 / /tmp rw - tmpfs tmpfs rw
47 22 0:52 / /auto rw - autofs systemd-1 rw
"""


class SilentDevicesTests(SynchronousTestCase):
    def test_network_file_systems_are_silent(self) -> None:
        self.assertEqual(
            silent_devices(TABLE),
            {
                (0, 45): "nfs4",
                (0, 46): "cifs",
                (0, 47): "fuse.sshfs",
                (0, 49): "9p",
                (0, 50): "smb3",
            },
        )

    def test_all_kinds_that_are_known_to_be(self) -> None:
        kinds = "nfs nfs4 cifs smb3 9p fuse.s3fs ceph glusterfs afs virtiofs vboxsf lustre".split()
        lines = [f"1 1 0:{n} / /m rw - {kind} x rw" for n, kind in enumerate(kinds)]
        self.assertEqual(list(silent_devices("\n".join(lines)).values()), kinds)

    def test_local_ones_are_not(self) -> None:
        for kind in "ext4 xfs btrfs zfs tmpfs overlay fuseblk ntfs3 vfat exfat iso9660".split():
            self.assertEqual(silent_devices(f"1 1 8:1 / / rw - {kind} x rw"), {})

    def test_lines_that_make_no_sense_are_left_out(self) -> None:
        for line in ("", "nfs", " - nfs", "1 1 x:y / / - nfs", "1 1 0 / / - nfs4 a b", "1 1"):
            self.assertEqual(silent_devices(line), {})

    @settings(deadline=None, max_examples=50, derandomize=True)
    @given(st.text())
    def test_any_text(self, text: str) -> None:
        silent_devices(text)
