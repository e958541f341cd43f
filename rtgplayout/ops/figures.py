# -*- test-case-name: tests.ops.test_figures -*-
"""
The figures that monitoring is shown: the table of all of them, in the words of the manual.

Names and units are as Prometheus wants them: base units, and C{_total} for what only grows. Labels
have few values, all of them ours: no names of files and nothing that clients say.
"""

from enum import Enum

from attrs import frozen

__all__ = ["FIGURES", "Figure", "Kind", "markdown"]


class Kind(Enum):
    """What kind of figure."""

    GAUGE = "gauge"
    """How much there is now."""
    COUNTER = "counter"
    """How often something happened since the daemon started."""
    HISTOGRAM = "histogram"
    """How large something was each time: counted by upper bounds."""


@frozen
class Figure:
    """
    One figure.

    @ivar name: as it is shown.
    @ivar meaning: what it is, in a sentence.
    @ivar labels: what there is one of it for each of.
    @ivar bounds: of a histogram.
    """

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


_ROUND_TRIPS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_LATE = (0.001, 0.005, 0.01, 0.02, 0.04, 0.1, 0.25, 0.5, 1.0, 5.0)
_OFF = (0.0, 0.011, 0.021, 0.042, 0.084, 0.2, 0.5, 1.0, 5.0, 30.0)
"""A frame is 42 ms at the slowest rate, 24 a second."""
_SAVES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

BUILD = Figure(
    "rtgplayout_build_info",
    Kind.GAUGE,
    "Always 1; its labels say which version of the daemon runs, on which Python.",
    ("version", "python"),
)
HEALTH = Figure(
    "rtgplayout_health",
    Kind.GAUGE,
    "How the daemon is, as HEALTH_CHECK tells it: 1 for healthy, degraded or failing, 0 for the "
    "others.",
    ("status",),
)

CONNECTED = Figure(
    "rtgplayout_caspar_connected", Kind.GAUGE, "1 while CasparCG can be commanded, else 0."
)
AWAY = Figure(
    "rtgplayout_caspar_away_seconds",
    Kind.GAUGE,
    "For how long CasparCG cannot be commanded; 0 while it can.",
)
ANSWERS = Figure(
    "rtgplayout_caspar_answers",
    Kind.GAUGE,
    "1 while CasparCG gives a sign of life whenever it should, else 0.",
)
RECONNECTS = Figure(
    "rtgplayout_caspar_reconnects_total",
    Kind.COUNTER,
    "How often the connection to CasparCG was made again.",
)
ROUND_TRIP = Figure(
    "rtgplayout_amcp_round_trip_seconds",
    Kind.HISTOGRAM,
    "How long CasparCG took to answer a command, from its sending, by the command's word.",
    ("command",),
    _ROUND_TRIPS,
)
AMCP_ERRORS = Figure(
    "rtgplayout_amcp_errors_total",
    Kind.COUNTER,
    "Commands that were refused (4xx, 5xx), were not answered in time (timed_out) or were lost "
    "with the connection (link_lost).",
    ("command", "error"),
)
PENDING = Figure(
    "rtgplayout_amcp_pending", Kind.GAUGE, "Commands that are sent and have no answer yet."
)
QUEUED = Figure("rtgplayout_amcp_queued", Kind.GAUGE, "Commands that wait to be sent.")

SHOWING = Figure(
    "rtgplayout_channel_showing",
    Kind.GAUGE,
    "What the viewer sees, as CasparCG confirmed it: 1 for nothing, starting, playing, held, "
    "filler, slate or unknown, 0 for the others.",
    ("channel", "showing"),
)
MODE = Figure(
    "rtgplayout_channel_mode",
    Kind.GAUGE,
    "Who goes on to the next item: 1 for MANUAL, ASSISTED or AUTO, 0 for the others.",
    ("channel", "mode"),
)
TELEMETRY = Figure(
    "rtgplayout_channel_telemetry",
    Kind.GAUGE,
    "1 while CasparCG's telemetry (OSC) of the channel arrives, else 0.",
    ("channel",),
)
JUNCTIONS = Figure(
    "rtgplayout_junctions_total",
    Kind.COUNTER,
    "Items that came on air, confirmed by CasparCG: at their time to the frame (confirmed) or "
    "later (late); and those that could not, or broke on air (failed).",
    ("channel", "outcome"),
)
HARD_STARTS = Figure(
    "rtgplayout_hard_starts_total",
    Kind.COUNTER,
    "Hard starts by how they came on air: on_time (to the frame), early or late.",
    ("channel", "outcome"),
)
HARD_START_ERROR = Figure(
    "rtgplayout_hard_start_error_seconds",
    Kind.HISTOGRAM,
    "How far from their time hard starts came on air, before or after it.",
    ("channel",),
    _OFF,
)
SCHEDULE_LEFT = Figure(
    "rtgplayout_schedule_left_seconds",
    Kind.GAUGE,
    "Time until nothing is scheduled any more; not shown in manual mode, nor where no end is to "
    "be expected.",
    ("channel",),
)
FAULTY = Figure(
    "rtgplayout_media_faults",
    Kind.GAUGE,
    "Scheduled items with something wrong with their files, by what is wrong: missing, growing, "
    "short, unreadable, rate, name. Grave is yes where an item cannot be shown as scheduled.",
    ("channel", "fault", "grave"),
)
DEADLINE = Figure(
    "rtgplayout_media_deadline_seconds",
    Kind.GAUGE,
    "Time until the first item is to start that cannot be shown as scheduled; not shown when "
    "there is none.",
    ("channel",),
)
TICK_LATE = Figure(
    "rtgplayout_tick_late_seconds",
    Kind.HISTOGRAM,
    "How late the channel looked at its clock, ten times a second and when something is due.",
    ("channel",),
    _LATE,
)
TICK_LONGEST = Figure(
    "rtgplayout_tick_late_longest_seconds",
    Kind.GAUGE,
    "The longest of that in the last minute; it goes on growing while no tick comes.",
    ("channel",),
)
FRAME_DRIFT = Figure(
    "rtgplayout_frame_clock_drift_ppm",
    Kind.GAUGE,
    "How much slower than the daemon's clock CasparCG counts its frames, in millionths, over the "
    "last hour: negative when it is faster. Shown when telemetry was followed for five minutes, "
    "and only of a CasparCG with one channel: several share its counter.",
    ("channel",),
)
FRAME_OFFSET = Figure(
    "rtgplayout_frame_clock_offset_seconds",
    Kind.GAUGE,
    "How much later than the daemon's clock would have it CasparCG's frames come, since it was "
    "followed first: drift and frames that it lost. Only of a CasparCG with one channel.",
    ("channel",),
)
CLOCK_STEPS = Figure(
    "rtgplayout_wall_clock_steps_seconds",
    Kind.GAUGE,
    "By how much the machine's wall clock was set since the daemon started, forwards when "
    "positive.",
)

CLIENTS = Figure("rtgplayout_websocket_clients", Kind.GAUGE, "Clients at the WebSocket.")
SLOW = Figure(
    "rtgplayout_websocket_slow_clients",
    Kind.GAUGE,
    "Of them, those that do not read what they are sent, now.",
)
DROPPED = Figure(
    "rtgplayout_websocket_dropped_clients_total",
    Kind.COUNTER,
    "Clients that were let go because they did not read what they were sent.",
)
CLIENT_ERRORS = Figure(
    "rtgplayout_websocket_errors_total",
    Kind.COUNTER,
    "Messages of clients that were answered with an error.",
)
CLIENT_QUEUE = Figure(
    "rtgplayout_websocket_queued_bytes", Kind.GAUGE, "What waits to be sent to clients."
)
RECEIVED = Figure(
    "rtgplayout_websocket_received_bytes_total", Kind.COUNTER, "What came in messages of clients."
)
SENT = Figure(
    "rtgplayout_websocket_sent_bytes_total", Kind.COUNTER, "What went to clients in messages."
)

SAVES = Figure(
    "rtgplayout_save_seconds",
    Kind.HISTOGRAM,
    "How long it took until a document was on disk, from the change.",
    ("document",),
    _SAVES,
)
SAVE_FAILURES = Figure(
    "rtgplayout_save_failures_total",
    Kind.COUNTER,
    "Changes of a document that could not be saved.",
    ("document",),
)
UNSAVED = Figure(
    "rtgplayout_unsaved",
    Kind.GAUGE,
    "1 for each document that could not be saved the last time; not shown for the others.",
    ("document",),
)
ENTRIES = Figure(
    "rtgplayout_as_run_entries_total",
    Kind.COUNTER,
    "Entries of the as-run, by the type of the event.",
    ("event",),
)
ENTRY_FAILURES = Figure(
    "rtgplayout_as_run_failures_total",
    Kind.COUNTER,
    "Entries of the as-run that could not be written, and are lost.",
)
CHAIN_BROKEN = Figure(
    "rtgplayout_as_run_chain_broken",
    Kind.GAUGE,
    "1 when the chain of the as-run is found broken, else 0.",
)
FILES = Figure(
    "rtgplayout_library_files",
    Kind.GAUGE,
    "Files of the media library, by state: ready, waiting (to be looked into, or still growing), "
    "broken, away.",
    ("state",),
)
DISK_FREE = Figure(
    "rtgplayout_disk_free_bytes", Kind.GAUGE, "What may still be written to a disk.", ("disk",)
)
DISK_SIZE = Figure("rtgplayout_disk_size_bytes", Kind.GAUGE, "How large a disk is.", ("disk",))
PART_BROKEN = Figure(
    "rtgplayout_part_broken",
    Kind.GAUGE,
    "1 while a part of the daemon does not work, else 0.",
    ("part",),
)
PART_RESTARTS = Figure(
    "rtgplayout_part_restarts_total",
    Kind.COUNTER,
    "How often a part of the daemon was begun again.",
    ("part",),
)

PROCESS = (
    Figure("process_resident_memory_bytes", Kind.GAUGE, "Memory that the daemon holds."),
    Figure("process_virtual_memory_bytes", Kind.GAUGE, "Memory that it could address."),
    Figure("process_cpu_seconds_total", Kind.COUNTER, "Processor time that it used."),
    Figure("process_start_time_seconds", Kind.GAUGE, "When it started, since the epoch."),
    Figure("process_open_fds", Kind.GAUGE, "Files and connections that it has open."),
    Figure("process_max_fds", Kind.GAUGE, "How many it may have open."),
)
"""What prometheus-client finds out about the process, under the names that all programs use."""

FIGURES: tuple[Figure, ...] = (
    BUILD, HEALTH,
    CONNECTED, AWAY, ANSWERS, RECONNECTS, ROUND_TRIP, AMCP_ERRORS, PENDING, QUEUED,
    SHOWING, MODE, TELEMETRY, JUNCTIONS, HARD_STARTS, HARD_START_ERROR, SCHEDULE_LEFT,
    FAULTY, DEADLINE, TICK_LATE, TICK_LONGEST, FRAME_DRIFT, FRAME_OFFSET, CLOCK_STEPS,
    CLIENTS, SLOW, DROPPED, CLIENT_ERRORS, CLIENT_QUEUE, RECEIVED, SENT,
    SAVES, SAVE_FAILURES, UNSAVED, ENTRIES, ENTRY_FAILURES, CHAIN_BROKEN,
    FILES, DISK_FREE, DISK_SIZE, PART_BROKEN, PART_RESTARTS,
    *PROCESS,
)  # fmt: skip
"""All of them, in the order of the manual."""


def markdown() -> str:
    """The table of all figures, for the manual."""
    rows = ["| figure | kind | labels | what it is |", "|---|---|---|---|"]
    for each in FIGURES:
        labels = ", ".join(f"`{label}`" for label in each.labels)
        rows.append(f"| `{each.name}` | {each.kind.value} | {labels} | {each.meaning} |")
    return "\n".join(rows) + "\n"
