"""The names of ``tf.compat.v1``."""

from __future__ import annotations

from litesmith.compat.v1 import lite

__all__ = ["lite"]
