"""Sphinx configuration."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "litesmith"
author = "the litesmith authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "support_tables"]
html_theme = "furo"
html_title = "litesmith"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
autodoc_typehints = "description"
