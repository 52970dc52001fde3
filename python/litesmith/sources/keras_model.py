"""A Keras model as the source of a conversion."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith.errors import ConverterError
from litesmith.sources.array_names import named_shapes
from litesmith.sources.model_source import ImportedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litesmith.conversion_request import ConversionRequest
    from litesmith.sources.keras_record import KerasRecord

__all__ = ["KerasModel"]


@dataclass(frozen=True, eq=False)
class KerasModel:
    """A live Keras model, or the path of a file.

    Attributes:
        model: the model or the path.
        inputs: names of all inputs in the order they shall have; None for the model's own.
        outputs: names of outputs or layers; None for the model's own.
        shapes: input shapes by name, or that of the only input; they replace the model's.
    """

    model: Any
    inputs: tuple[str, ...] | None = None
    outputs: tuple[str, ...] | None = None
    shapes: Mapping[str, Any] | Sequence[Any] | None = None

    @property
    def name(self) -> str:
        """The name of the file, or the model's own."""
        from litesmith.reports.measurement import model_name

        return model_name(self.model)

    def describe(self) -> str:
        """The path, or ``live model`` and its name."""
        if isinstance(self.model, (str, os.PathLike)):
            return os.fspath(self.model)
        return f"live model {getattr(self.model, 'name', type(self.model).__name__)!r}"

    def input_arrays(self) -> list[str]:
        """Names of the inputs.

        Raises:
            OSError, ValueError, ConverterError: the model cannot be read; see ``litesmith.sources.keras_source.load``.
        """
        return _input_names(self.record())

    def record(self) -> KerasRecord:
        """The model as read, with the chosen inputs, outputs and shapes.

        Raises:
            TypeError, OSError, ValueError, ConverterError: see ``litesmith.sources.keras_source.load`` and ``select``.
        """
        from litesmith.sources.keras_selection import select
        from litesmith.sources.keras_source import load

        record = load(self.model)
        if self.inputs or self.outputs or self.shapes:
            return select(record, self.inputs, self.outputs, named_shapes(self.shapes, _input_names(record)))
        return record

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the model layer by layer; where a layer cannot be read so, as TensorFlow's function if it runs on that.

        Raises:
            TypeError, OSError, ValueError, ConverterError: see ``record``; also layers without a TFLite form.
        """
        from litesmith.sources.keras_tensorflow import traced

        try:
            return self._import_layers(request)
        except ConverterError:
            if self.inputs or self.outputs:
                raise
            function = traced(self.model, self.shapes if isinstance(self.shapes, Mapping) else None)
            if function is None:
                raise
        return function.import_(request)

    def _import_layers(self, request: ConversionRequest) -> ImportedModel:
        from litesmith import _core
        from litesmith.quantization.layer_precision import layer_classes

        record = self.record()
        conversion = _core.Conversion.from_keras(
            record.graph, list(record.weights), record.source, request.conversion_metadata, request.api_version
        )
        return ImportedModel(conversion, layer_classes(record) if request.precision.layers else {})


def _input_names(record: KerasRecord) -> list[str]:
    return [entry["name"] for entry in json.loads(record.graph)["inputs"]]
