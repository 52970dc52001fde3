"""Options that trade size for accuracy; TensorFlow has none of them."""

from __future__ import annotations

import difflib
import math
import numbers
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from litesmith.quantization.layer_precision import checked_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PrecisionOptions", "PrecisionRequest", "precision_request"]


class PrecisionOptions(TypedDict, total=False):
    """Keyword arguments of ``quantize`` and attributes of ``TFLiteConverter``.

    Attributes:
        layer_precision: modes of single layers, ``float32`` among them, by path, glob, Keras class or, in a ``.tflite``
            file, operator: ``{"dense_7": "float32", "block_3/*": "int16x8"}``; the first that matches decides.
        bias_correction: subtract from each bias the mean error that rounding causes in its operator's result, measured
            per channel over the samples.
        equalize: balance the weights of neighbouring layers before calibration, for models with one scale per weight.
        max_accuracy_drop: how much less than for the float model ``evaluate`` may give; the fewest layers go back to
            float32 that this takes.
        evaluate: a function from the bytes of a ``.tflite`` file to a number that is greater for better models.
    """

    layer_precision: Mapping[str, str] | None
    bias_correction: bool
    equalize: bool
    max_accuracy_drop: float | None
    evaluate: Callable[[bytes], float] | None


@dataclass(frozen=True)
class PrecisionRequest:
    """These options, checked.

    Attributes:
        layers: modes by pattern.
        bias_correction: correct biases over the samples.
        equalize: balance weights before calibration.
        max_accuracy_drop: how much less than for the float model ``evaluate`` may give; None for any drop.
        evaluate: a function from the bytes of a file to a number, greater for better models.
    """

    layers: Mapping[str, str] = field(default_factory=dict)
    bias_correction: bool = False
    equalize: bool = False
    max_accuracy_drop: float | None = None
    evaluate: Callable[[bytes], float] | None = None


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
            raise TypeError(f"there is no argument '{name}'; {hint}")
    for name in ("bias_correction", "equalize"):
        if not isinstance(options.get(name, False), bool):
            raise TypeError(f"{name} is {options[name]!r} but must be True or False")
    drop, evaluate = options.get("max_accuracy_drop"), options.get("evaluate")
    _check_drop(drop, evaluate)
    return PrecisionRequest(
        layers=checked_precision(options.get("layer_precision")),
        bias_correction=options.get("bias_correction", False),
        equalize=options.get("equalize", False),
        max_accuracy_drop=None if drop is None else float(drop),
        evaluate=evaluate,
    )


def _check_drop(drop: Any, evaluate: Any) -> None:
    if (drop is None) != (evaluate is None):
        missing, given = ("evaluate", "max_accuracy_drop") if evaluate is None else ("max_accuracy_drop", "evaluate")
        raise ValueError(
            f"{given} is set and {missing} is not; accuracy is kept with both: evaluate=function from the bytes of a "
            "model to a number, max_accuracy_drop=how much less than for the float model that may be"
        )
    if drop is None:
        return
    if not isinstance(drop, numbers.Real) or not 0 <= float(drop) < math.inf:
        raise ValueError(f"max_accuracy_drop is {drop!r} but must be a number of 0 or more, in the unit of evaluate")
    if not callable(evaluate):
        raise TypeError(f"evaluate is a {type(evaluate).__name__} but must be a function of the bytes of a model")
