"""What a conversion did to a model, as one HTML page that needs nothing else."""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING, Any

from litesmith.reports.model_page import document, graph_tables, table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["summary_page"]


def summary_page(before: Mapping[str, Any], after: Mapping[str, Any], name: str, size: int) -> str:
    """A page about one conversion.

    Args:
        before: the description of the model as it was read (cpp/tools/describe.h), parsed.
        after: the same of the file that was written.
        name: of the model.
        size: bytes of the file.
    """
    counts = [_operators(model) for model in (before, after)]
    rows = [
        [operator, str(counts[0][operator]), str(counts[1][operator])] for operator in sorted(counts[0] | counts[1])
    ]
    rows.append(["all", *(str(count.total()) for count in counts)])
    parts = [
        f"<h1>Conversion of {html.escape(name)}</h1><p>{size:,} bytes were written.</p>",
        "<h2>Operators</h2>",
        table(["operator", "as read", "as written"], rows, numbers=(1, 2)),
        "<h2>The file</h2>",
        *graph_tables(after),
    ]
    return document(f"Conversion of {name}", "".join(parts))


def _operators(model: Mapping[str, Any]) -> Counter[str]:
    return Counter(operator["name"] for graph in model["graphs"] for operator in graph["operators"])
