"""OpHint of TensorFlow 1: there for scripts that name it; the answer says what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["OpHint", "convert_op_hints_to_stubs"]

_INSTEAD = (
    "{} marks parts of a TensorFlow 1 graph for a converter that TensorFlow itself no longer has. LSTM cells, layer "
    "normalization and the like are found by their structure here: build the graph without hints and convert it."
)


class OpHint:
    """Cannot be made: hints are neither written nor read."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError(_INSTEAD.format("OpHint"))


def convert_op_hints_to_stubs(*_: Any, **__: Any) -> NoReturn:
    """Raise NotImplementedError, which says what to do instead."""
    raise NotImplementedError(_INSTEAD.format("convert_op_hints_to_stubs"))
