"""The names of ``tf.compat.v1.lite``."""

from __future__ import annotations

from litesmith.converter import TFLiteConverterV1 as TFLiteConverter
from litesmith.interpreter import Interpreter
from litesmith.lite import experimental
from litesmith.options import OpsSet, Optimize, RepresentativeDataset, TargetSpec
from litesmith.quantization.calibrator import Calibrator

__all__ = [
    "Calibrator",
    "Interpreter",
    "OpsSet",
    "Optimize",
    "RepresentativeDataset",
    "TFLiteConverter",
    "TargetSpec",
    "experimental",
]
