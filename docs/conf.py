"""How Sphinx makes the manual: C{scripts/manual}."""

import re
from pathlib import Path

project = "rtgplayout"
author = "the rtgplayout maintainers"
release = re.search(
    r'__version__ = "([^"]+)"',
    (Path(__file__).parents[1] / "rtgplayout" / "__init__.py").read_text(encoding="utf-8"),
)[1]  # type: ignore[index]
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
html_theme = "alabaster"
html_theme_options = {"fixed_sidebar": True, "page_width": "72em"}
html_show_sphinx = False
nitpicky = True
