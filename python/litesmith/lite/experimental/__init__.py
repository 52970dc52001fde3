"""The names of `tf.lite.experimental`."""

from __future__ import annotations

from litesmith.interpreter import OpResolverType, load_delegate
from litesmith.quantization.debug_options import QuantizationDebugOptions
from litesmith.quantization.debugger import QuantizationDebugger

__all__ = ["OpResolverType", "QuantizationDebugOptions", "QuantizationDebugger", "load_delegate"]
