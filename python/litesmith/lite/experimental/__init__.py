"""The names of `tf.lite.experimental`."""

from __future__ import annotations

from litesmith.interpreter import OpResolverType, load_delegate
from litesmith.lite.experimental import authoring
from litesmith.quantization.debug_options import QuantizationDebugOptions
from litesmith.quantization.debugger import QuantizationDebugger
from litesmith.tools.analyzer import Analyzer

__all__ = [
    "Analyzer",
    "OpResolverType",
    "QuantizationDebugOptions",
    "QuantizationDebugger",
    "authoring",
    "load_delegate",
]
