"""
Simulate days of broadcasting: C{scripts/simulate --days N --seed S}.
"""

import argparse
import sys
import time

from .audit import Audit, lines, replay
from .day import Day, Rehearsal


def main() -> int:
    """Let the days pass, print the audit; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="scripts/simulate", description=main.__doc__)
    parser.add_argument("--days", type=float, default=1.0, help="how many; default: 1")
    parser.add_argument("--seed", type=int, default=1, help="which; default: 1")
    parser.add_argument("--no-faults", action="store_true", help="nothing breaks")
    parser.add_argument("--no-edits", action="store_true", help="no operators")
    parser.add_argument("--no-filler", action="store_true", help="gaps hold the last frame")
    asked = parser.parse_args()
    day = Day(
        Rehearsal(
            asked.seed,
            asked.days,
            not asked.no_faults,
            not asked.no_edits,
            not asked.no_filler,
        )
    )
    began = time.perf_counter()
    audit = Audit(day, day.run()).run()
    took = time.perf_counter() - began
    print(f"{asked.days:g} days of seed {asked.seed} in {took:.0f} s, {day.stage.steps} steps")
    for line in lines(audit):
        print(line)
    if audit.faults:
        print(f"again: {replay(day)}")
    return 1 if audit.faults else 0


sys.exit(main())
