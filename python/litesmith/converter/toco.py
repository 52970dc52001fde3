"""TocoConverter: the name that TFLiteConverter had in TensorFlow 1."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from litesmith.converter.v1 import TFLiteConverterV1

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["TocoConverter", "toco_convert"]


def _say_deprecated(method: str) -> None:
    text = f"TocoConverter is deprecated; use TFLiteConverter.{method}(...), which takes the same arguments."
    warnings.warn(text, DeprecationWarning, stacklevel=3)


class TocoConverter:
    """Makes converters of ``tf.compat.v1.lite``; deprecated."""

    @classmethod
    def from_session(cls, sess: Any, input_tensors: Sequence[Any], output_tensors: Sequence[Any]) -> TFLiteConverterV1:
        """See ``TFLiteConverter.from_session``."""
        _say_deprecated("from_session")
        return TFLiteConverterV1.from_session(sess, input_tensors, output_tensors)

    @classmethod
    def from_frozen_graph(
        cls,
        graph_def_file: str | os.PathLike[str],
        input_arrays: Sequence[str],
        output_arrays: Sequence[str],
        input_shapes: Mapping[str, Any] | Sequence[int | None] | None = None,
    ) -> TFLiteConverterV1:
        """See ``TFLiteConverter.from_frozen_graph``."""
        _say_deprecated("from_frozen_graph")
        return TFLiteConverterV1.from_frozen_graph(graph_def_file, input_arrays, output_arrays, input_shapes)

    @classmethod
    def from_saved_model(
        cls,
        saved_model_dir: str | os.PathLike[str],
        input_arrays: Sequence[str] | None = None,
        input_shapes: Mapping[str, Any] | Sequence[int | None] | None = None,
        output_arrays: Sequence[str] | None = None,
        tag_set: Collection[str] | None = None,
        signature_key: str | None = None,
    ) -> TFLiteConverterV1:
        """See ``TFLiteConverter.from_saved_model``."""
        _say_deprecated("from_saved_model")
        return TFLiteConverterV1.from_saved_model(
            saved_model_dir, input_arrays, input_shapes, output_arrays, tag_set, signature_key
        )

    @classmethod
    def from_keras_model_file(
        cls,
        model_file: str | os.PathLike[str],
        input_arrays: Sequence[str] | None = None,
        input_shapes: Mapping[str, Any] | Sequence[int | None] | None = None,
        output_arrays: Sequence[str] | None = None,
    ) -> TFLiteConverterV1:
        """See ``TFLiteConverter.from_keras_model_file``."""
        _say_deprecated("from_keras_model_file")
        return TFLiteConverterV1.from_keras_model_file(model_file, input_arrays, input_shapes, output_arrays)


def toco_convert(input_data: Any, input_tensors: Sequence[Any], output_tensors: Sequence[Any], **options: Any) -> bytes:
    """Convert a GraphDef message in one call; deprecated.

    Args:
        input_data: the message; its variables are constants.
        input_tensors: tensors that become the inputs.
        output_tensors: tensors that become the outputs.
        options: attributes of ``TFLiteConverterV1``.

    Raises:
        AttributeError: there is no such attribute.
        ConverterError, ValueError: see ``convert``.
    """
    text = "toco_convert is deprecated; use TFLiteConverter.from_session(...).convert()."
    warnings.warn(text, DeprecationWarning, stacklevel=2)
    converter = TFLiteConverterV1(input_data, input_tensors, output_tensors)
    for name, value in options.items():
        setattr(converter, name, value)
    return converter.convert()
