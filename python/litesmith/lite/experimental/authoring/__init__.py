"""``tf.lite.experimental.authoring``: there for scripts that name it; the answer says what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["compatible"]


def compatible(*_: Any, **__: Any) -> NoReturn:
    """Raise NotImplementedError: the decorator is for functions that TensorFlow traces.

    ``convert`` says the same of a whole model: one ConverterError lists every operator without a TFLite form.
    """
    raise NotImplementedError(
        "authoring.compatible decorates a tf.function and needs TensorFlow to trace it. Remove the decorator and "
        "convert the model: one ConverterError lists every operator that has no TensorFlow Lite form, with its place."
    )
