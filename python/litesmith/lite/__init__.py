"""The names of `tf.lite`."""

from __future__ import annotations

from litesmith.converter import TFLiteConverter
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
