# -*- test-case-name: tests.media.test_mounts -*-
"""
Which file systems tell of no change that another machine makes: those of the network, and those
that come from outside a virtual machine or through FUSE.
"""

import re

__all__ = ["silent_devices"]

_SILENT = re.compile(
    r"(nfs|cifs|smb|fuse\.|ceph|glusterfs|afs|lustre|gpfs|beegfs|ocfs2|gfs2|ncp|coda|9p$|virtiofs$"
    r"|vboxsf$|vmhgfs|prl_fs|fuse$|drvfs$)"
)
"""Types as C{/proc/self/mountinfo} has them. C{fuseblk} is a local disk (NTFS)."""


def silent_devices(mountinfo: str) -> dict[tuple[int, int], str]:
    """
    The types of the file systems on which nobody is told of all changes, by major and minor number
    of their devices.

    @param mountinfo: what C{/proc/self/mountinfo} holds (proc(5)); lines that make no sense are
        left out.
    """
    found: dict[tuple[int, int], str] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        kind = after.partition(" ")[0]
        if len(fields) > 2 and _SILENT.match(kind):
            major, _, minor = fields[2].partition(":")
            if major.isdecimal() and minor.isdecimal():
                found[int(major), int(minor)] = kind
    return found
