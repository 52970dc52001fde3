"""The TFLite converter and interpreter without TensorFlow.

`from litesmith import lite`, or `import litesmith as tf`, and what scripts do with `tf.lite` works. Submodules load at
first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litesmith import interpreter, lite

__version__ = "0.1.0"

__all__ = ["__version__", "interpreter", "lite"]

_SUBMODULES = frozenset({"interpreter", "lite"})


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"litesmith.{name}")
    msg = f"module 'litesmith' has no attribute '{name}'"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
