"""
The alert rules and the dashboard, as they are shipped. Run as a program it prints each query of the
dashboard as a rule, for C{promtool check rules}.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "rtgplayout" / "shipped"
DASHBOARD: dict[str, Any] = json.loads((SHIPPED / "grafana" / "rtgplayout.json").read_text("utf-8"))
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load(
        (SHIPPED / "prometheus" / "rtgplayout.rules.yml").read_text("utf-8")
    )["groups"]
    for rule in group["rules"]
]

_NAME = re.compile(r"\b((?:rtgplayout|process)_[a-z_]+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!=|=)\s*"([^"]*)"')


def selected(query: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each name in a query, with the labels and the values that are asked for."""
    for name, matchers in _NAME.findall(query):
        asked = []
        for label, how, wanted in _MATCHER.findall(matchers):
            values = wanted.split("|") if how == "=~" else [wanted]
            asked += [(label, value) for value in values]
        yield name, asked


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    """Of the dashboard."""
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    return found + [each["expr"] for each in DASHBOARD["annotations"]["list"]]


def as_rules() -> dict[str, object]:
    """Each query as a rule, with something in the place of Grafana's variables."""
    rules = []
    for number, query in enumerate(queries()):
        plain = query.replace("$__rate_interval", "1m")
        plain = re.sub(r"\$\w+", "x", plain)
        rules.append({"record": f"query:{number}", "expr": plain})
    return {"groups": [{"name": "dashboard", "rules": rules}]}


if __name__ == "__main__":
    yaml.safe_dump(as_rules(), sys.stdout)
