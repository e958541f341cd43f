"""Tells C{twistd} that rtgplayout exists; imports nothing of it."""

from twisted.application.service import ServiceMaker

rtgplayout = ServiceMaker(
    "RTG playout",
    "rtgplayout.tap",
    "Playout automation: a playlist on air through CasparCG.",
    "rtgplayout",
)
