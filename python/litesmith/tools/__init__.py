"""Tools that look into models and change them."""

from __future__ import annotations

__all__: list[str] = []
