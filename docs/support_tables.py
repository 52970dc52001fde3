"""Sphinx directive ``support-table``: what the package itself says that it supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

from litesmith.support import supported

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class SupportTable(Directive):
    """``{support-table} layers``; the argument is a key of ``litesmith.support.supported()``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """A table with one row per entry."""
        heading, rows = supported()[self.arguments[0]]
        lines = [".. list-table::", "   :header-rows: 1", ""]
        for row in (heading, *rows):
            lines += [f"   {'* ' if i == 0 else '  '}- {cell}" for i, cell in enumerate(row)]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source="support-table"), 0, container)
        return list(container.children)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("support-table", SupportTable)
    return {"parallel_read_safe": True}
