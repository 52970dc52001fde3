"""The one door for Keras models: a live model or the path of a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from litesmith.sources.keras_file import load_file
from litesmith.sources.keras_live import load_live

if TYPE_CHECKING:
    from litesmith.sources.keras_record import KerasRecord

__all__ = ["load"]


def load(model: Any) -> KerasRecord:
    """Read a Keras model.

    Args:
        model: a live model of Keras 2 or 3 on any backend, or the path of an ``.h5``, ``.hdf5`` or ``.keras`` file.

    Raises:
        TypeError: neither of them.
        OSError, ValueError, ConverterError, UnsafeModelError, ModelLimitError: see ``load_file`` and ``load_live``.
    """
    if isinstance(model, (str, bytes, os.PathLike)):
        return load_file(os.fsdecode(model))
    return load_live(model)
