"""The converter of ``tf.lite``."""

from __future__ import annotations

import os
from typing import Any

from litesmith.converter.attributes import ConverterAttributesV2
from litesmith.converter.base import Converter
from litesmith.sources.keras_model import KerasModel

__all__ = ["TFLiteConverter"]


class TFLiteConverter(Converter, ConverterAttributesV2):
    """Converts a Keras model into a TensorFlow Lite model.

    Example::

        converter = lite.TFLiteConverter.from_keras_model(model)  # a live model, or the path of a .h5 or .keras file
        open("model.tflite", "wb").write(converter.convert())
    """

    @classmethod
    def from_keras_model(cls, model: Any) -> TFLiteConverter:
        """A converter for a live Keras 2 or Keras 3 model of any backend, or the path of a ``.h5`` or ``.keras`` file.

        Nothing is read before ``convert``.
        """
        return cls._of(KerasModel(model))

    @classmethod
    def from_keras_model_file(cls, model_file: str | os.PathLike[str]) -> TFLiteConverter:
        """A converter for a ``.h5`` or ``.keras`` file; Keras is not needed."""
        return cls._of(KerasModel(os.fspath(model_file)))
