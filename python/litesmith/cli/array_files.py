"""Arrays from .npy and .npz files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["load"]


def load(path: Path) -> NDArray[Any] | dict[str, NDArray[Any]]:
    """The array of an .npy file, or the arrays of an .npz file by name; nothing stored is executed.

    Raises:
        ValueError: the file holds something else.
        OSError: the file is missing.
    """
    import zipfile

    import numpy as np

    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        arrays = dict(loaded)
        others = [name for name, value in arrays.items() if not isinstance(value, np.ndarray)]
        if others:
            raise ValueError(f"its entry {others[0]} is no array")
        return arrays
    except (EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} does not hold arrays of numbers ({error}); write it with numpy.save or numpy.savez"
        ) from error
