"""Exceptions and warnings of litesmith beside Python's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CalibrationWarning", "ConverterError", "ModelLimitError", "UnsafeModelError"]


class ConverterError(Exception):
    """A model cannot be converted.

    Attributes:
        errors: one text per layer or operator that is at fault; empty when the message says it all.
    """

    def __init__(self, message: str = "", errors: Sequence[str] = ()) -> None:
        """Keep the message and the list of single faults."""
        super().__init__(message)
        self.errors: list[str] = list(errors)


class CalibrationWarning(UserWarning):
    r"""Calibration data looks wrong; the text has the reason, the remedy and a code in brackets.

    ``warnings.filterwarnings("ignore", r".*\[few-samples\]")`` silences one code.
    """


class UnsafeModelError(ValueError):
    """A model file asks for something that reading a model must never do.

    Such as running stored code, following a path, or leaving the file.
    """


class ModelLimitError(RuntimeError):
    """A model file declares more memory, entries or depth than its size justifies."""
