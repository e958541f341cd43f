"""
A few hours of broadcasting on the simulated clock: junctions and hard starts, as the viewer sees.
"""

from tests.simulation.audit import Audit
from tests.simulation.day import Day, Rehearsal

from .figure import Figure, together

_DAYS, _SEED = 0.1, 1


async def day() -> list[Figure]:
    """With operators at work, and all that breaks."""
    rehearsed = Day(Rehearsal(_SEED, _DAYS, filler=True))
    audit = Audit(rehearsed, rehearsed.run()).run()
    worst = max((abs(error) for error in audit.hard_errors), default=0)
    return together(
        Figure(f"promises broken in {_DAYS * 24:g} simulated hours", len(audit.faults), "", 0),
        Figure("lost or held frames are looked for at", audit.healthy, "junctions"),
        Figure(f"worst of {len(audit.hard_errors)} hard starts, off by", worst, "frames", 1),
    )
