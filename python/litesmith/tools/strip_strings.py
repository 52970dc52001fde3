"""``python -m litesmith.tools.strip_strings``; see ``litesmith strip_strings --help``."""

from __future__ import annotations

import sys

from litesmith.cli.tool_commands import run_tool

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(run_tool("strip_strings"))
