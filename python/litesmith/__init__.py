"""The TFLite converter and interpreter without TensorFlow.

`from litesmith import lite`, or `import litesmith as tf`, and what scripts do with `tf.lite` works. Submodules load at
first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litesmith import compat, dtypes, interpreter, lite, quantization
    from litesmith.converter import convert
    from litesmith.dtypes import (
        bfloat16,
        complex64,
        complex128,
        float16,
        float32,
        float64,
        int8,
        int16,
        int32,
        int64,
        string,
        uint8,
        uint16,
        uint32,
        uint64,
    )
    from litesmith.quantization.float_files import quantize, report

__version__ = "0.1.0"

_SUBMODULES = ("compat", "dtypes", "interpreter", "lite", "quantization")
_DTYPES = (
    "bfloat16 complex64 complex128 float16 float32 float64 int8 int16 int32 int64 string uint8 uint16 uint32 uint64"
).split()

__all__ = [
    "__version__",
    "bfloat16",
    "compat",
    "complex64",
    "complex128",
    "convert",
    "dtypes",
    "float16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "interpreter",
    "lite",
    "quantization",
    "quantize",
    "report",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"litesmith.{name}")
    if name in _DTYPES:
        return getattr(importlib.import_module("litesmith.dtypes"), name)
    if name == "convert":
        return importlib.import_module("litesmith.converter").convert
    if name in {"quantize", "report"}:
        return getattr(importlib.import_module("litesmith.quantization.float_files"), name)
    msg = f"module 'litesmith' has no attribute '{name}'"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
