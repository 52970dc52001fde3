"""Compatibility with the names of TensorFlow 1."""

from __future__ import annotations

from litesmith.compat import v1

__all__ = ["v1"]
