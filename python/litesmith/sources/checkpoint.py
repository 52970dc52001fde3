"""Checkpoints of TensorFlow 1 with their graphs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.sources.array_names import array_names, input_shapes_by_name
from litesmith.sources.graph_source import GraphPort
from litesmith.sources.model_source import ImportedModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litesmith.conversion_request import ConversionRequest

__all__ = ["Checkpoint", "checkpoint_source"]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A checkpoint, and the arrays between which its graph is converted.

    Attributes:
        path: a prefix, a file beside it, or a folder with checkpoints.
        inputs: arrays that become the inputs.
        outputs: arrays that become the outputs.
        shapes: shapes of inputs by name; the graph's own hold for the others.
    """

    path: Path
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...] | None]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.name

    def describe(self) -> str:
        """The path, and which part of the graph."""
        return f"{self.path} from {', '.join(self.inputs)} to {', '.join(self.outputs)}"

    def input_arrays(self) -> list[str]:
        """The inputs as they were named."""
        return list(self.inputs)

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the graph and the values of its variables.

        Raises:
            OSError: there is no checkpoint, or no graph beside it.
            ValueError: a variable has no value, an array does not exist, or a file is damaged.
            ConverterError: nodes without a TFLite form; lists all of them.
        """
        from litesmith import _core

        interface = (
            "",
            [GraphPort("", name, shape=self.shapes.get(name)) for name in self.inputs],
            [GraphPort("", name) for name in self.outputs],
        )
        conversion = _core.Conversion.from_checkpoint(
            os.fspath(self.path), b"", interface, request.graph, request.conversion_metadata, request.api_version
        )
        return ImportedModel(conversion, {})


def checkpoint_source(path: str | os.PathLike[str], input_arrays: Any, output_arrays: Any, shapes: Any) -> Checkpoint:
    """The checkpoint that ``from_checkpoint`` was asked for.

    Raises:
        ValueError, TypeError: names or shapes that are none.
    """
    names = array_names(input_arrays, "input_arrays")
    outputs = array_names(output_arrays, "output_arrays")
    return Checkpoint(Path(path), names, outputs, input_shapes_by_name(shapes, names))
