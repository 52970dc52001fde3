"""``python -m litesmith.tools.convert_file_to_c_source``; see ``litesmith convert_file_to_c_source --help``."""

from __future__ import annotations

import sys

from litesmith.cli.tool_commands import run_tool

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(run_tool("convert_file_to_c_source"))
