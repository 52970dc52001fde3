"""The names of ``tf.compat.v1.lite.constants``."""

from __future__ import annotations

from litesmith.dtypes import float16 as FLOAT16
from litesmith.dtypes import float32 as FLOAT
from litesmith.dtypes import int8 as INT8
from litesmith.dtypes import int16 as INT16
from litesmith.dtypes import int32 as INT32
from litesmith.dtypes import int64 as INT64
from litesmith.dtypes import string as STRING
from litesmith.dtypes import uint8 as QUANTIZED_UINT8

__all__ = [
    "FLOAT",
    "FLOAT16",
    "GRAPHVIZ_DOT",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "QUANTIZED_UINT8",
    "STRING",
    "TFLITE",
]

TFLITE = 2
GRAPHVIZ_DOT = 3
