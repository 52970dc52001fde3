"""The converters of ``tf.lite``: a model becomes the bytes of a ``.tflite`` file."""

from __future__ import annotations

from litesmith.converter.one_call import convert
from litesmith.converter.toco import TocoConverter, toco_convert
from litesmith.converter.v1 import TFLiteConverterV1
from litesmith.converter.v2 import TFLiteConverter

__all__ = ["TFLiteConverter", "TFLiteConverterV1", "TocoConverter", "convert", "toco_convert"]
