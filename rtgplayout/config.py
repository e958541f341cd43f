# -*- test-case-name: tests.test_config -*-
"""
The configuration: every setting, and what it is when nobody says anything.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from attrs import Attribute, field, fields, frozen

from . import settings
from .settings import BadSetting, Channel, optional

__all__ = ["CALLED", "OPTIONS", "SETTINGS", "BadSetting", "Channel", "Config"]


def _folder(written: object) -> Path:
    return Path(settings.line(written)).expanduser()


def _setting(
    default: Any,
    parse: Callable[[object], object],
    help: str,
    environment: str | None = None,
    secret: bool = False,
) -> Any:
    """
    A setting: its default, and what is known of it besides its type.

    @param parse: raises L{ValueError} with a sentence.
    @param help: what it is, in words for an operator.
    @param environment: its name there, when the old system's documents name it.
    @param secret: whether its value is shown to nobody.
    """
    known = {"parse": parse, "help": help, "environment": environment, "secret": secret}
    return field(default=default, metadata=MappingProxyType(known), repr=not secret)


@frozen
class Config:
    """
    Every setting. What each one means stands beside it, in the words of C{--help}.

    @ivar sources: where each setting was said that is not left at its default.
    """

    data_dir: Path = _setting(
        Path("data"), _folder, "Folder of all that is kept: playlists and more."
    )
    media_dir: Path = _setting(
        Path("media"), _folder, "Folder of the clips, as this machine sees it."
    )
    media_sources: tuple[str, ...] = _setting(
        ("disk",),
        settings.choices("disk", "scanner", "caspar"),
        "Where the media library comes from: disk (media_dir), scanner (the media-scanner's"
        " HTTP), caspar (CLS); several with commas.",
    )
    media_watch: str = _setting(
        "auto",
        settings.choice("auto", "inotify", "poll"),
        "How changes in the media folder are noticed; auto polls network shares.",
    )
    scanner_url: str | None = _setting(
        None,
        optional(settings.http_url),
        "The media-scanner's address; not set is port 8000 where CasparCG runs.",
    )
    clip_prefix: str = _setting(
        "",
        settings.prefix,
        "What stands before a clip's name for CasparCG, where media_dir is not its media-path,"
        " as in medias/ or Z:/nodal/medias/.",
    )
    page_dir: Path | None = _setting(
        None,
        optional(_folder),
        "Folder with the station's own operator page, served at /; not set shows the status.",
    )
    import_dir: Path | None = _setting(
        None,
        optional(_folder),
        "Folder that playlists are imported from; not set is imports in the data folder.",
    )
    as_run_dir: Path | None = _setting(
        None, optional(_folder), "Folder of the as-run files; not set is as-run in the data folder."
    )
    caspar_host: str = _setting("127.0.0.1", settings.host, "Where CasparCG runs.", "CASPAR_HOST")
    caspar_port: int = _setting(
        5250, settings.number(1, 65_535), "CasparCG's AMCP port.", "CASPAR_PORT"
    )
    osc_port: int = _setting(
        0,
        settings.port,
        "UDP port for CasparCG's telemetry; 0 is any free one. Before 2.4 it sends to 6250.",
    )
    http_port: int = _setting(
        3000, settings.port, "Port of pages, thumbnails and /ws; 0 is any free one.", "HTTP_PORT"
    )
    ws_port: int = _setting(
        8080,
        settings.port,
        "Port of the WebSocket; 0 is any free one. The old operator page knows only 8080.",
        "WS_PORT",
    )
    listen: str = _setting(
        "127.0.0.1", settings.address, "Address to be reached at; 0.0.0.0 for every network."
    )
    preferred_ip: str | None = _setting(
        None,
        optional(settings.address),
        "Address of this machine to be shown to people.",
        "PREFERRED_IP",
    )
    zone: ZoneInfo = _setting(
        ZoneInfo("UTC"),
        settings.zone,
        "Time zone of hard starts and of the as-run's days; not set is the system's.",
    )
    rate: Fraction = _setting(
        Fraction(25), settings.rate, "Frames a second of channels that do not say their own."
    )
    filler: str | None = _setting(
        None, optional(settings.line), "Clip that covers gaps, repeated; not set holds a frame."
    )
    slate: str | None = _setting(
        None,
        optional(settings.slate),
        "Clip or colour (#RRGGBB) for when nothing else can be shown; not set holds a frame.",
    )
    channels: tuple[Channel, ...] = _setting(
        (Channel(1),), settings.channels, "Channels with their layers, as in 1-10,2-10."
    )
    minimum_trim_seconds: float = _setting(
        5.0, settings.seconds, "Seconds that an item keeps at least when a hard start trims it."
    )
    give_up_after: int | None = _setting(
        None,
        optional(settings.number(1, 1_000_000)),
        "Failed attempts in a row to reach CasparCG before it is left alone; not set is never.",
    )
    allowed_origins: tuple[str, ...] = _setting(
        (),
        settings.origins,
        "Origins of pages that may connect, with commas between; not set is our own.",
    )
    max_clients: int = _setting(
        200, settings.number(1, 10_000), "WebSocket clients that may be connected at once."
    )
    station: str = _setting(
        "rtgplayout", settings.line, "What this installation is called in alerts and reports."
    )
    as_run_report: bool = _setting(
        True, settings.yes_or_no, "Whether the report of a day is written by itself after midnight."
    )
    as_run_compress_days: int = _setting(
        30, settings.number(0, 36_500), "Days after which as-run files are compressed; 0 is never."
    )
    as_run_keep_days: int = _setting(
        1096, settings.number(0, 36_500), "Days for which as-run files are kept; 0 is for ever."
    )
    preflight_hours: float = _setting(
        24.0, settings.hours, "Hours of the schedule ahead that are checked all the time."
    )
    log_format: str = _setting(
        "text", settings.choice("text", "json"), "How lines of the log are written: text or json."
    )
    log_level: Mapping[str, str] = _setting(
        MappingProxyType({"": "info"}),
        settings.levels,
        "What is logged: debug, info, warn, error, critical; by namespace, as in info,amcp=debug.",
    )
    log_dir: Path | None = _setting(
        None,
        optional(_folder),
        "Folder of log files; not set logs to standard output, or journald.",
    )
    log_size_mb: float = _setting(
        10.0, settings.megabytes, "Megabytes after which a log file is closed and the next begun."
    )
    log_files: int = _setting(
        7, settings.number(1, 1_000), "Log files that are kept, the one being written included."
    )
    alert_link_seconds: float = _setting(
        10.0, settings.seconds, "Seconds that CasparCG may be away before that is an alert."
    )
    alert_schedule_minutes: float = _setting(
        60.0, settings.minutes, "Minutes of schedule left below which that is an alert; 0 is never."
    )
    alert_missing_hours: float = _setting(
        4.0, settings.hours, "Hours before its time from which a faulty file is an alert."
    )
    alert_disk_percent: float = _setting(
        90.0, settings.percent, "Percentage of a disk that may be used before that is an alert."
    )
    alert_memory_mb: float = _setting(
        400.0,
        settings.megabytes,
        "Megabytes of memory that the daemon may hold before that is an alert.",
    )
    alert_webhooks: tuple[str, ...] = _setting(
        (), settings.urls, "Addresses that alerts are posted to, with commas between.", secret=True
    )
    alert_webhook_secret: str | None = _setting(
        None,
        optional(settings.line),
        "What posted alerts are signed with (HMAC-SHA-256).",
        secret=True,
    )
    alert_mail_to: tuple[str, ...] = _setting(
        (), settings.mail_addresses, "Who gets alerts by e-mail, with commas between."
    )
    alert_mail_from: str | None = _setting(
        None,
        optional(settings.mail_address),
        "Whom these e-mails come from; not set is the first of those who get them.",
    )
    smtp_host: str = _setting("127.0.0.1", settings.host, "The mail server.")
    smtp_port: int = _setting(25, settings.number(1, 65_535), "The mail server's port.")
    smtp_security: str = _setting(
        "auto",
        settings.choice("auto", "none", "starttls", "tls"),
        "How mail is sent: starttls, tls from the start, none; auto is starttls if it is offered.",
    )
    smtp_user: str | None = _setting(None, optional(settings.line), "User of the mail server.")
    smtp_password: str | None = _setting(
        None, optional(settings.line), "Password of that user.", secret=True
    )
    heartbeat_url: str | None = _setting(
        None,
        optional(settings.url),
        "Address that is asked for as long as all is well, so that a monitor notices silence.",
        secret=True,
    )
    heartbeat_seconds: float = _setting(
        60.0, settings.seconds_from_one, "Seconds between two such requests."
    )
    backup_dir: Path | None = _setting(
        None,
        optional(_folder),
        "Folder, best on another disk, that a backup is written to every day; not set is none.",
    )
    backup_at: str = _setting(
        "04:30", settings.clock_time, "Time of day for that, by the station's clock."
    )
    backup_keep: int = _setting(14, settings.number(1, 10_000), "Backups that are kept there.")
    sources: Mapping[str, str] = field(factory=dict, eq=False, repr=False)

    @property
    def import_folder(self) -> Path:
        """The folder that playlists are imported from."""
        return self.data_dir / "imports" if self.import_dir is None else self.import_dir

    @property
    def scanner(self) -> str:
        """The address of the media-scanner."""
        host = f"[{self.caspar_host}]" if ":" in self.caspar_host else self.caspar_host
        return self.scanner_url or f"http://{host}:8000"

    @property
    def as_run_folder(self) -> Path:
        """The folder of the as-run files."""
        return self.data_dir / "as-run" if self.as_run_dir is None else self.as_run_dir


SETTINGS: Mapping[str, "Attribute[Any]"] = MappingProxyType(
    {each.name: each for each in fields(Config) if each.name != "sources"}
)

CALLED: Mapping[str, str] = MappingProxyType(
    {
        each.metadata["environment"] or f"RTGPLAYOUT_{name.upper()}": name
        for name, each in SETTINGS.items()
    }
)
"""The settings by their names in the environment."""


def _help(setting: "Attribute[Any]") -> str:
    """What a setting is, and what it is by default."""
    default = "1-10" if setting.name == "channels" else setting.default
    unsaid = default in (None, ()) or setting.name == "zone"
    return f"{setting.metadata['help']}" + ("" if unsaid else f" [{default}]")


OPTIONS: tuple[tuple[str, str], ...] = (
    ("config", "TOML file with settings [rtgplayout.toml, if it is there]"),
    ("env-file", "File with settings as in the environment [.env, if it is there]"),
    *((name.replace("_", "-"), _help(each)) for name, each in SETTINGS.items()),
)
"""Name and help sentence of each command line option that takes a value."""
