"""TocoConverter: the name that TFLiteConverter had in TensorFlow 1."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from litesmith.converter.v1 import TFLiteConverterV1

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

__all__ = ["TocoConverter"]


def _say_deprecated(method: str) -> None:
    text = f"TocoConverter is deprecated; use TFLiteConverter.{method}(...), which takes the same arguments."
    warnings.warn(text, DeprecationWarning, stacklevel=3)


class TocoConverter:
    """Makes converters of ``tf.compat.v1.lite``; deprecated."""

    @classmethod
    def from_keras_model_file(
        cls,
        model_file: str | os.PathLike[str],
        input_arrays: Sequence[str] | None = None,
        input_shapes: Mapping[str, Any] | None = None,
        output_arrays: Sequence[str] | None = None,
    ) -> TFLiteConverterV1:
        """See ``TFLiteConverter.from_keras_model_file``."""
        _say_deprecated("from_keras_model_file")
        return TFLiteConverterV1.from_keras_model_file(model_file, input_arrays, input_shapes, output_arrays)
