# -*- test-case-name: tests.playout.test_graphics -*-
"""
What is on graphics layers: which template where, with which data, as far as CasparCG confirmed it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from ..amcp.commands import Target

__all__ = ["Template"]

_NO_DATA: Mapping[str, object] = MappingProxyType({})


@frozen
class Template:
    """
    A template on a layer.

    @ivar name: as the command named it; worked out of CasparCG's path when it was found there.
    @ivar data: what it was given, all updates included; empty when it was found.
    @ivar playing: it was told to play, and not to stop since.
    @ivar loaded_at: seconds since the epoch.
    @ivar played_at: likewise; L{None} when it was not told to play yet.
    @ivar found: it was not put there by this daemon: CasparCG says that it is there.
    """

    target: Target
    name: str
    data: Mapping[str, object] = _NO_DATA
    playing: bool = False
    loaded_at: float = 0.0
    played_at: float | None = None
    found: bool = False
