"""The names of ``tf.compat.v1.lite.experimental``."""

from __future__ import annotations

from litesmith.compat.v1.lite.op_hint import convert_op_hints_to_stubs
from litesmith.lite.experimental import (
    Analyzer,
    OpResolverType,
    QuantizationDebugger,
    QuantizationDebugOptions,
    authoring,
    load_delegate,
)

__all__ = [
    "Analyzer",
    "OpResolverType",
    "QuantizationDebugOptions",
    "QuantizationDebugger",
    "authoring",
    "convert_op_hints_to_stubs",
    "load_delegate",
]
