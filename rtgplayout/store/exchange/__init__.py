"""
Playlists from and for elsewhere: imports that are whole or not at all, with faults by line, and
exports. Pure: texts in, values out.
"""

from .reading import read
from .values import Fault, Format, Imported, ImportReport, LengthOf, report
from .writing import EXPORTS, write

__all__ = [
    "EXPORTS",
    "Fault",
    "Format",
    "ImportReport",
    "Imported",
    "LengthOf",
    "read",
    "report",
    "write",
]
