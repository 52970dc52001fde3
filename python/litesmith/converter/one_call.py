"""``litesmith.convert``: a file in one call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.converter.v2 import TFLiteConverter
from litesmith.files import write_atomically

if TYPE_CHECKING:
    import os

__all__ = ["convert"]


def convert(model: Any, *, output: str | os.PathLike[str] | None = None) -> bytes | Path:
    """Convert a Keras model to float32 TensorFlow Lite in one call.

    Args:
        model: a live model or the path of a ``.h5`` or ``.keras`` file.
        output: where to write the file; it appears whole or not at all.

    Returns:
        The bytes of the model, or the path when ``output`` is given.
    """
    blob = TFLiteConverter.from_keras_model(model).convert()
    if output is None:
        return blob
    write_atomically(output, [blob])
    return Path(output)
