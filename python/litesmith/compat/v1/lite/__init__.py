"""The names of ``tf.compat.v1.lite``."""

from __future__ import annotations

from litesmith.compat.v1.lite import constants, experimental
from litesmith.compat.v1.lite.op_hint import OpHint
from litesmith.converter import TFLiteConverterV1 as TFLiteConverter
from litesmith.converter import TocoConverter, toco_convert
from litesmith.interpreter import Interpreter
from litesmith.options import OpsSet, Optimize, RepresentativeDataset, TargetSpec
from litesmith.quantization.calibrator import Calibrator

__all__ = [
    "Calibrator",
    "Interpreter",
    "OpHint",
    "OpsSet",
    "Optimize",
    "RepresentativeDataset",
    "TFLiteConverter",
    "TargetSpec",
    "TocoConverter",
    "constants",
    "experimental",
    "toco_convert",
]
