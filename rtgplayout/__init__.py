"""
Playout automation: puts a television channel on air through CasparCG and keeps it there.

The rooms of the house, and which may know which, stand in C{CONTRIBUTING.md}.
"""

__version__ = "0.1.0"
