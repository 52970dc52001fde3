"""The converter of ``tf.compat.v1.lite``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from litesmith.converter.attributes import ConverterAttributesV1
from litesmith.converter.base import Converter
from litesmith.sources.keras_model import KerasModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["TFLiteConverterV1"]


class TFLiteConverterV1(Converter, ConverterAttributesV1):
    """The converter of ``tf.compat.v1.lite``."""

    @classmethod
    def from_keras_model_file(
        cls,
        model_file: str | os.PathLike[str],
        input_arrays: Sequence[str] | None = None,
        input_shapes: Mapping[str, Sequence[int | None] | None] | None = None,
        output_arrays: Sequence[str] | None = None,
        custom_objects: Mapping[str, Any] | None = None,
    ) -> TFLiteConverterV1:
        """A converter for a ``.h5`` or ``.keras`` file; Keras is not needed.

        Args:
            model_file: path of the file.
            input_arrays: names of the inputs, in the order they shall have; all inputs by default.
            input_shapes: shapes by input name; they replace those of the file.
            output_arrays: names of the outputs or of layers whose results become outputs; the model's own by default.
            custom_objects: must be empty: classes cannot be applied without running Keras; pass the live model instead.
        """
        if custom_objects:
            raise ValueError(
                f"custom_objects={sorted(custom_objects)} cannot be applied to a file, which is read without Keras; "
                "load the model with Keras and pass it to TFLiteConverter.from_keras_model."
            )
        return cls._of(
            KerasModel(
                os.fspath(model_file),
                inputs=None if input_arrays is None else tuple(input_arrays),
                outputs=None if output_arrays is None else tuple(output_arrays),
                shapes=None if input_shapes is None else dict(input_shapes),
            )
        )
