"""``litesmith.convert``: a file in one call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from litesmith.converter.v2 import TFLiteConverter
from litesmith.files import write_atomically

__all__ = ["convert"]


def convert(model: Any, *, output: str | os.PathLike[str] | None = None) -> bytes | Path:
    """Convert a model to float32 TensorFlow Lite in one call.

    Args:
        model: a live Keras model, the path of a ``.h5`` or ``.keras`` file, or the folder of a SavedModel.
        output: where to write the file; it appears whole or not at all.

    Returns:
        The bytes of the model, or the path when ``output`` is given.
    """
    is_folder = isinstance(model, (str, os.PathLike)) and Path(model).is_dir()
    blob = (TFLiteConverter.from_saved_model if is_folder else TFLiteConverter.from_keras_model)(model).convert()
    if output is None:
        return blob
    write_atomically(output, [blob])
    return Path(output)
