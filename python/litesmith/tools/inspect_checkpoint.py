"""What a checkpoint has in it: TensorFlow's ``inspect_checkpoint``."""

from __future__ import annotations

import os
import re
from math import prod

from litesmith import _core

__all__ = ["print_tensors_in_checkpoint_file"]


def print_tensors_in_checkpoint_file(
    file_name: str | os.PathLike[str],
    tensor_name: str = "",
    all_tensors: bool = False,
    all_tensor_names: bool = False,
    count_exclude_pattern: str = "",
) -> None:
    """Print names, types and shapes of a checkpoint's tensors, or values.

    Args:
        file_name: a checkpoint's prefix, or a folder, of which the newest checkpoint is taken.
        tensor_name: print this tensor's values alone.
        all_tensors: print the values of all tensors.
        all_tensor_names: print names, types and shapes, as without any argument.
        count_exclude_pattern: a regular expression; tensors whose names it matches do not count as parameters.

    Raises:
        OSError: there is no such checkpoint.
        ValueError: it is damaged or has no such tensor.
    """
    del all_tensor_names
    checkpoint = _core.Checkpoint(os.fspath(file_name))
    if tensor_name:
        print("tensor_name: ", tensor_name)
        print(checkpoint.read(tensor_name))
    count = 0
    for name in checkpoint.names():
        dtype, shape = checkpoint.stored(name) or ("", [])
        if not tensor_name:
            print(f"tensor: {name} ({dtype}) {shape}")
        if all_tensors:
            print(checkpoint.read(name))
        if not (count_exclude_pattern and re.search(count_exclude_pattern, name)):
            count += prod(shape)
    print(f"# Total number of params: {count}")
