"""Quantization of float models: modes, calibration data, observations."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litesmith.quantization.calibrator import Calibrator
    from litesmith.quantization.float_files import observe, quantize
    from litesmith.quantization.observations import Observations, ObservedTensor

__all__ = ["Calibrator", "Observations", "ObservedTensor", "observe", "quantize"]

_HOMES = {
    "Calibrator": "calibrator",
    "Observations": "observations",
    "ObservedTensor": "observations",
    "observe": "float_files",
    "quantize": "float_files",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
