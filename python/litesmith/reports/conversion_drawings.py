"""Drawings of a model while it is converted: output_format, dump_graphviz_dir, conversion_summary_dir."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.files import write_atomically

if TYPE_CHECKING:
    from litesmith import _core
    from litesmith.converter.attributes import ConverterAttributes

__all__ = ["ConversionDrawings", "DrawingsRequest", "drawings_request"]

_TFLITE = 2
_GRAPHVIZ_DOT = 3


@dataclass(frozen=True)
class DrawingsRequest:
    """What shall be drawn.

    Attributes:
        as_dot: convert() returns the drawing of the model in place of the model.
        dot_dir: folder for drawings before and after the rewrites.
        summary_dir: folder for a page about the conversion, and its drawings.
    """

    as_dot: bool = False
    dot_dir: Path | None = None
    summary_dir: Path | None = None


def drawings_request(converter: ConverterAttributes) -> DrawingsRequest:
    """What a converter's attributes ask for.

    Raises:
        TypeError: a folder that is no path.
        ValueError: a format that does not exist.
    """
    output_format = getattr(converter, "output_format", _TFLITE)
    if output_format not in (_TFLITE, _GRAPHVIZ_DOT):
        raise ValueError(
            f"output_format is {output_format!r}; there are constants.TFLITE ({_TFLITE}) and constants.GRAPHVIZ_DOT "
            f"({_GRAPHVIZ_DOT})"
        )
    return DrawingsRequest(
        as_dot=output_format == _GRAPHVIZ_DOT,
        dot_dir=_folder(converter, "dump_graphviz_dir"),
        summary_dir=_folder(converter, "conversion_summary_dir"),
    )


def _folder(converter: ConverterAttributes, attribute: str) -> Path | None:
    value = getattr(converter, attribute, None)
    if value is None:
        return None
    try:
        return Path(os.fspath(value))
    except TypeError:
        raise TypeError(f"{attribute} is {value!r} and must be the path of a folder") from None


class ConversionDrawings:
    """Follows one conversion and writes what the request asks for."""

    def __init__(self, request: DrawingsRequest) -> None:
        """Make the folders.

        Raises:
            OSError: a folder cannot be made.
        """
        self._request = request
        self._imported: dict[str, Any] | None = None
        for folder in (request.dot_dir, request.summary_dir):
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)

    def imported(self, conversion: _core.Conversion) -> None:
        """See the model as it was read, before any rewrite."""
        if self._request.dot_dir is not None or self._request.summary_dir is not None:
            self._imported = json.loads(conversion.describe())

    def finish(self, content: bytes, name: str) -> bytes:
        """Write the drawings of the finished file; returns what convert() returns.

        Raises:
            OSError: a file cannot be written.
        """
        from litesmith import _core
        from litesmith.reports.dot_graph import dot_graph

        wanted = self._request
        if not (wanted.as_dot or wanted.dot_dir or wanted.summary_dir):
            return content
        finished = json.loads(_core.describe_content(content, name))
        before = dot_graph(self._imported, f"{name}, as read").encode() if self._imported else b""
        after = dot_graph(finished, f"{name}, as written").encode()
        if wanted.dot_dir is not None:
            write_atomically(wanted.dot_dir / "toco_AT_IMPORT.dot", [before])
            write_atomically(wanted.dot_dir / "toco_AFTER_TRANSFORMATIONS.dot", [after])
        if wanted.summary_dir is not None:
            self._summary(wanted.summary_dir, finished, name, len(content))
            write_atomically(wanted.summary_dir / "toco_tf_graph.dot", [before])
            write_atomically(wanted.summary_dir / "toco_tflite_graph.dot", [after])
        return after if wanted.as_dot else content

    def _summary(self, folder: Path, finished: dict[str, Any], name: str, size: int) -> None:
        from litesmith.reports.conversion_summary import summary_page

        page = summary_page(self._imported or finished, finished, name, size)
        write_atomically(folder / "toco_conversion_summary.html", [page.encode()])
