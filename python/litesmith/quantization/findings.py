"""What the calibration linter finds, and how it is said."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from litesmith.errors import CalibrationWarning

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CODES", "Finding", "say"]

CODES = {
    "few-samples": "too few samples for ranges to settle",
    "equal-samples": "the samples are all the same, or nearly",
    "scale-255": "values 0 to 255, and the model was trained on smaller ones",
    "scale-1": "values 0 to 1, and the model itself scales 0 to 255 down",
    "noise": "random numbers in place of data",
    "outlier": "one sample sets a range alone",
    "constant-output": "the outputs hardly depend on the sample",
    "saturated-output": "the outputs are at the ends of their activation",
    "dead-channels": "channels that are zero in every sample",
    "unused-input": "an input that no output depends on",
}
_PACKAGE = str(Path(__file__).resolve().parents[1])


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with calibration data.

    Attributes:
        code: one of ``CODES``.
        text: the reason with its numbers, and the remedy.
        layer: path of the layer, where one is concerned.
        tensor: name of the tensor or input.
        sample: number of the sample.
    """

    code: str
    text: str
    layer: str | None = None
    tensor: str | None = None
    sample: int | None = None

    def __str__(self) -> str:
        return f"calibration data [{self.code}]: {self.text}"


def say(findings: Iterable[Finding]) -> None:
    """Issue a ``CalibrationWarning`` for each, at the line of the user's code that led here."""
    level = _level_of_caller()
    for finding in findings:
        warnings.warn(str(finding), CalibrationWarning, stacklevel=level)


def _level_of_caller() -> int:
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level
