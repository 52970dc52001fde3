"""The names of `tf.lite`."""

from __future__ import annotations

from litesmith.interpreter import Interpreter
from litesmith.lite import experimental

__all__ = ["Interpreter", "experimental"]
