"""TensorFlow's ``tensorflow.lite.python.util`` as far as it is about files: the same names."""

from __future__ import annotations

from litesmith.tools.c_source import convert_bytes_to_c_source
from litesmith.tools.conversion_metadata import (
    get_conversion_metadata,
    get_model_hash,
    populate_conversion_metadata,
)
from litesmith.tools.model_interface import modify_model_io_type

__all__ = [
    "convert_bytes_to_c_source",
    "get_conversion_metadata",
    "get_model_hash",
    "modify_model_io_type",
    "populate_conversion_metadata",
]
