"""
Playlists from and for elsewhere: imports that are whole or not at all, with faults by line, and
exports. Pure: texts in, values out.
"""

from .values import Fault, Format, Imported, ImportReport, LengthOf, report

__all__ = ["Fault", "Format", "ImportReport", "Imported", "LengthOf", "report"]
