"""``python -m litesmith.tools.randomize_weights``; see ``litesmith randomize_weights --help``."""

from __future__ import annotations

import sys

from litesmith.cli.tool_commands import run_tool

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(run_tool("randomize_weights"))
