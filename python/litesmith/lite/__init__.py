"""The names of `tf.lite`."""

from __future__ import annotations

from typing import NoReturn

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

_OF_VERSION_1 = ("OpHint", "TocoConverter", "constants", "toco_convert")


def __getattr__(name: str) -> NoReturn:
    hint = f"; it is a name of TensorFlow 1, in litesmith.compat.v1.lite.{name}" if name in _OF_VERSION_1 else ""
    raise AttributeError(f"module 'litesmith.lite' has no attribute '{name}'{hint}")
