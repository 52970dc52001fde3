"""The names of `tf.lite.experimental`."""

from __future__ import annotations

from litesmith.interpreter import OpResolverType, load_delegate

__all__ = ["OpResolverType", "load_delegate"]
