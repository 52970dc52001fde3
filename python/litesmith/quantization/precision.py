"""Options that trade size for accuracy; TensorFlow has none of them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from litesmith.quantization.layer_precision import checked_precision

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PrecisionOptions", "PrecisionRequest", "precision_request"]


class PrecisionOptions(TypedDict, total=False):
    """Keyword arguments of ``quantize`` and attributes of ``TFLiteConverter``.

    Attributes:
        layer_precision: modes of single layers, ``float32`` among them, by path, glob, Keras class or, in a ``.tflite``
            file, operator: ``{"dense_7": "float32", "block_3/*": "int16x8"}``; the first that matches decides.
        bias_correction: subtract from each bias the mean error that rounding causes in its operator's result, measured
            per channel over the samples.
        equalize: balance the weights of neighbouring layers before calibration, for models with one scale per weight.
    """

    layer_precision: Mapping[str, str] | None
    bias_correction: bool
    equalize: bool


@dataclass(frozen=True)
class PrecisionRequest:
    """These options, checked.

    Attributes:
        layers: modes by pattern.
        bias_correction: correct biases over the samples.
        equalize: balance weights before calibration.
    """

    layers: Mapping[str, str] = field(default_factory=dict)
    bias_correction: bool = False
    equalize: bool = False


def precision_request(options: Mapping[str, Any]) -> PrecisionRequest:
    """Check options.

    Raises:
        TypeError: an unknown option, with the nearest one, or a value of the wrong kind.
        ValueError: a value that makes no sense.
    """
    known = list(PrecisionOptions.__annotations__)
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}"
            raise TypeError(f"quantize() has no argument '{name}'; {hint}")
    for name in ("bias_correction", "equalize"):
        if not isinstance(options.get(name, False), bool):
            raise TypeError(f"{name} is {options[name]!r} but must be True or False")
    return PrecisionRequest(
        layers=checked_precision(options.get("layer_precision")),
        bias_correction=options.get("bias_correction", False),
        equalize=options.get("equalize", False),
    )
