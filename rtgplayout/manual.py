# -*- test-case-name: tests.test_manual -*-
"""
The pages of the manual that are made from what the code says: all settings, all figures.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from .config import CALLED, SETTINGS
from .ops.figures import markdown
from .settings import rate_name

__all__ = ["GROUPS", "configuration", "metrics"]

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "The station": ("station", "zone", "data_dir", "page_dir", "import_dir"),
        "CasparCG": ("caspar_host", "caspar_port", "osc_port", "give_up_after"),
        "The channels": ("channels", "rate", "filler", "slate", "minimum_trim_seconds"),
        "The media library": (
            *("media_dir", "media_sources", "media_watch", "scanner_url", "clip_prefix"),
            "preflight_hours",
        ),
        "The doors": (
            *("listen", "http_port", "ws_port", "preferred_ip", "allowed_origins", "max_clients"),
        ),
        "The as-run": (
            *("as_run_dir", "as_run_report", "as_run_compress_days", "as_run_keep_days"),
        ),
        "The log": ("log_format", "log_level", "log_dir", "log_size_mb", "log_files"),
        "Alerts": (
            *("alert_link_seconds", "alert_schedule_minutes", "alert_missing_hours"),
            *("alert_disk_percent", "alert_memory_mb", "alert_webhooks", "alert_webhook_secret"),
            *("alert_mail_to", "alert_mail_from", "smtp_host", "smtp_port", "smtp_security"),
            *("smtp_user", "smtp_password", "heartbeat_url", "heartbeat_seconds"),
        ),
        "Backups": ("backup_dir", "backup_at", "backup_keep"),
    }
)
"""Each heading of the page, and the settings below it; every setting is below one."""

_HEAD = """\
# All settings

<!-- Made by scripts/reference from the configuration class; change that, not this page. -->

In rising order settings come from a TOML file (`rtgplayout.toml` in the working directory, or the one that `--config`
or `RTGPLAYOUT_CONFIG` names), a `.env` file (`--env-file`, `RTGPLAYOUT_ENV_FILE`), the environment and the command
line. A setting has its name in TOML; `RTGPLAYOUT_` and its name in capitals in the environment and in `.env`, but for
the five of the old system that the tables tell; and its name with dashes on the command line. A setting that is
unknown, or cannot be what it is, ends the start with one line that names it, where it was said and what would be
right. `rtgplayout settings` shows what is in force and who said so; what is secret it does not show.
"""  # noqa: E501

_METRICS = """\
# All figures

<!-- Made by scripts/reference from the table of figures; change that, not this page. -->

`GET /metrics` on the HTTP port has them, in the form of Prometheus. What to do with them: [monitoring](monitoring.md).
Units are seconds and bytes; what ends in `_total` only grows, and begins with 0 when the daemon starts. Labels have few
values: no names of files, and nothing that clients say.

"""  # noqa: E501


def configuration() -> str:
    """The page of all settings, in Markdown."""
    return "\n".join(_page())


def metrics() -> str:
    """The page of all figures, in Markdown."""
    return _METRICS + markdown()


def _page() -> Iterator[str]:
    yield _HEAD
    names = {name: called for called, name in CALLED.items()}
    for title, settings in GROUPS.items():
        yield from (f"## {title}", "", "| setting | default | what it is |", "|---|---|---|")
        for name in settings:
            setting = SETTINGS[name]
            said = setting.metadata["help"].partition("; not set")
            unset = said[2].removeprefix(" ").removeprefix("is ").removeprefix("shows ")
            default = _default(name, setting.default) or (unset.rstrip(".") if said[1] else "")
            text = setting.metadata["help"].replace("|", "\\|")
            more = [] if not setting.metadata["secret"] else ["Secret: shown and logged nowhere."]
            if setting.metadata["environment"]:
                more.append(f"In the environment: `{names[name]}`.")
            yield f"| `{name}` | {default} | {' '.join([text, *more])} |"
        yield ""


def _default(name: str, value: Any) -> str:
    """The default as TOML would say it; nothing when there is none."""
    if name == "zone":
        return "the machine's"
    if name == "channels":
        return "`1-10`"
    if isinstance(value, Mapping):
        return f"`{value['']}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Fraction):
        return f"`{rate_name(value)}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value)
    if isinstance(value, float):
        return f"`{value:g}`"
    return "" if value in (None, "") else f"`{value}`"
