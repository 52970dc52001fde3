"""``python -m litesmith.tools.modify_model_interface``; see ``litesmith modify_model_interface --help``."""

from __future__ import annotations

import sys

from litesmith.cli.tool_commands import run_tool

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(run_tool("modify_model_interface"))
