# -*- test-case-name: tests.playout.test_revisions -*-
"""
The playlist's way from an edit to everybody: applied, on disk, in force, scheduled, published.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..rundown.playlist import Changes, Edit, EditRefused, Playlist, SetHardStart, apply, undo
from ..rundown.schedule import (
    Anchor,
    Schedule,
    describe,
    find_problems,
    new_problems,
    reschedule,
    schedule,
)
from .events import Edited, Now
from .report import anchor_of, steady, whole_schedule
from .secondary import check_layers
from .state import State
from .status import CannotDo, Document, HardStartRefused, Published

__all__ = ["Revisions"]

_UNDOS = 100
"""How many edits can be taken back."""

_SHORT = 500
"""Items of a list that is scheduled at once, in less than a millisecond; others in a thread."""


@define(eq=False)
class _Accepted:
    """
    An edit on its way to the disk.

    @ivar undos: what could be taken back before it.
    """

    playlist: Playlist
    changes: Changes
    by: str
    undos: tuple[Changes, ...]
    done: Deferred[Published] = field(factory=Deferred)


@frozen(eq=False)
class _Due:
    """
    Something that is in force and to be published.

    @ivar anchor: what the schedule hung on when it came into force.
    @ivar done: who waits for it; L{None} for nobody.
    """

    revision: int
    playlist: Playlist
    changes: Changes
    anchor: Anchor
    by: str
    done: Deferred[Published] | None


class Revisions:
    """
    One channel's playlist: what is asked of it, and what was published of it.

    @ivar document: as last published.
    """

    _log = Logger()

    def __init__(
        self,
        state: Callable[[], State],
        when: Callable[[], Now],
        save: Callable[[Playlist], Deferred[None]],
        in_force: Callable[[Edited], None],
        published: Callable[[Published], None],
        in_thread: Callable[..., Deferred[Any]],
    ) -> None:
        """
        @param state: the channel now; its playlist is what is in force.
        @param save: fires when it is on disk.
        @param in_force: changes the channel's playlist.
        @param in_thread: calls its first argument with the others, in some thread.
        """
        self._state = state
        self._when = when
        self._save = save
        self._in_force = in_force
        self._published = published
        self._in_thread = in_thread
        self._accepted: list[_Accepted] = []
        self._undos: tuple[Changes, ...] = ()
        self._due: deque[_Due] = deque()
        self._making = False
        self._revision = 1
        now = state()
        self.document = Document(
            now.setup.channel, self._revision, now.playlist, whole_schedule(now, when())
        )

    @property
    def up_to_date(self) -> bool:
        """Whether all that is in force is published."""
        return not (self._making or self._due) and self._revision == self.document.revision

    def plan(self) -> Playlist:
        """The playlist that the next edit will be applied to."""
        return self._accepted[-1].playlist if self._accepted else self._state().playlist

    def edit(self, edit: Edit, by: str) -> Deferred[Published]:
        """Change the playlist; see L{Desk <rtgplayout.api.desk.Desk>}."""
        try:
            check_layers(edit, self.plan(), self._state().setup.layer)
            playlist, changes = apply(self.plan(), edit)
            if isinstance(edit, SetHardStart) and edit.at is not None:
                self._check_hard_start(playlist, edit.id)
        except EditRefused:
            return fail()
        return self._accept(playlist, changes, by, (*self._undos, changes)[-_UNDOS:])

    def undo(self, by: str) -> Deferred[Published]:
        """Take back the last edit, on its way to the disk or in force."""
        if not self._undos:
            return fail(CannotDo("there is nothing to take back"))
        playlist, changes = undo(self.plan(), self._undos[-1])
        return self._accept(playlist, changes, by, self._undos[:-1])

    def publish(self) -> None:
        """Another item is on air: publish the schedule that follows from it."""
        self._publish(Changes(()), "", None)

    def _check_hard_start(self, playlist: Playlist, item_id: str) -> None:
        """
        Refuse a hard start that cannot be kept.

        @raise HardStartRefused: it cannot.
        """
        setup = self._state().setup
        anchor = anchor_of(evolve(self._state(), playlist=playlist), self._when())
        found = find_problems(
            playlist,
            anchor,
            setup.zone,
            minimum=setup.minimum_trim,
            until=playlist.positions[item_id],
        )
        bad = tuple(each for each in found if each.item_id == item_id and each.blocks)
        if bad:
            tried = schedule(playlist, anchor, setup.zone, minimum=setup.minimum_trim)
            raise HardStartRefused("hardStartTime", describe(bad[0], tried), bad)

    # To the disk.

    def _accept(
        self, playlist: Playlist, changes: Changes, by: str, undos: tuple[Changes, ...]
    ) -> Deferred[Published]:
        """Bring an edit to the disk, then into force, in the order in which they were asked."""
        if not changes:
            return succeed(Published(self.document, changes, (), by))
        accepted = _Accepted(playlist, changes, by, self._undos)
        self._accepted.append(accepted)
        self._undos = undos
        saved: Deferred[None] = maybeDeferred(self._save, playlist)
        saved.addCallbacks(
            lambda _: self._saved(accepted),
            lambda failure: self._not_saved(accepted, failure),
        )
        saved.addErrback(lambda f: self._log.failure("while putting an edit in force", f))
        return accepted.done

    def _saved(self, last: _Accepted) -> None:
        """A playlist is on disk, and so are all edits that led to it."""
        if last not in self._accepted:
            return
        count = self._accepted.index(last) + 1
        ready, self._accepted = self._accepted[:count], self._accepted[count:]
        for accepted in ready:
            self._revision += 1
            self._in_force(Edited(accepted.playlist, accepted.changes))
            self._publish(accepted.changes, accepted.by, accepted.done)

    def _not_saved(self, last: _Accepted, failure: Failure) -> None:
        """
        A playlist is not on disk. What was built on it is still on its way there, and may arrive
        with it; when nothing is, all that did not arrive never happened.
        """
        if last not in self._accepted or last is not self._accepted[-1]:
            return
        lost, self._accepted = self._accepted, []
        self._undos = lost[0].undos
        why = f"the playlist could not be saved: {failure.getErrorMessage()}"
        self._log.error("the playlist could not be saved: {why}", why=failure.getErrorMessage())
        for accepted in lost:
            accepted.done.errback(CannotDo(why))

    # To everybody.

    def _publish(self, changes: Changes, by: str, done: Deferred[Published] | None) -> None:
        """Compute the schedule and tell everybody, after what came into force before."""
        state = self._state()
        anchor = anchor_of(state, self._when())
        self._due.append(_Due(self._revision, state.playlist, changes, anchor, by, done))
        self._go_on()

    def _go_on(self) -> None:
        """Make the next schedule, unless one is being made."""
        if self._making or not self._due:
            return
        self._making = True
        due = self._due.popleft()
        call = maybeDeferred if len(due.playlist.items) <= _SHORT else self._in_thread
        made: Deferred[Schedule] = call(self._schedule, due)
        made.addCallbacks(
            lambda schedule: self._scheduled(due, schedule),
            lambda failure: self._not_scheduled(due, failure),
        )
        made.addErrback(lambda f: self._log.failure("while publishing a schedule", f))

    def _schedule(self, due: _Due) -> Schedule:
        """The schedule, made from the one before; in a thread, perhaps."""
        setup, before = self._state().setup, self.document
        anchor = steady(due.anchor, due.playlist, before)
        if due.revision > before.revision + 1:  # the one between could not be made
            made = schedule(due.playlist, anchor, setup.zone, minimum=setup.minimum_trim)
        else:
            made = reschedule(
                before.schedule,
                due.playlist,
                due.changes,
                anchor,
                setup.zone,
                minimum=setup.minimum_trim,
            )
        _ = made.adjusted  # looks at every item, so now; it will be asked for when this is told
        return made

    def _scheduled(self, due: _Due, schedule: Schedule) -> None:
        before = self.document
        self.document = Document(before.channel, due.revision, due.playlist, schedule)
        self._making = False
        problems = new_problems(before.schedule, schedule)
        published = Published(self.document, due.changes, problems, due.by)
        with self._log.failuresHandled("while publishing"):
            self._published(published)
        if due.done is not None:
            due.done.callback(published)
        self._go_on()

    def _not_scheduled(self, due: _Due, failure: Failure) -> None:
        """It is in force and on disk, but what follows from it cannot be shown."""
        self._log.failure("a schedule could not be made", failure)
        self._making = False
        if due.done is not None:
            due.done.errback(failure)
        self._go_on()
