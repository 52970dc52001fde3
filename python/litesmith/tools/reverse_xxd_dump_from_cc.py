"""``python -m litesmith.tools.reverse_xxd_dump_from_cc``; see ``litesmith reverse_xxd_dump_from_cc --help``."""

from __future__ import annotations

import sys

from litesmith.cli.tool_commands import run_tool

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(run_tool("reverse_xxd_dump_from_cc"))
