"""A report with made-up figures: deterministic, of every kind of value."""

from __future__ import annotations

import math
import random

from litesmith.reports.quantization_report import ErrorFigures, Histogram, LayerErrors, QuantizationReport


def sample_report(layers: int = 12, warnings: tuple[str, ...] = ("too few samples",)) -> QuantizationReport:
    """Layers of falling quality; the first is exact, layer 7 alone is damaged most, one name needs escaping."""
    draw = random.Random(20261121)
    entries = []
    for i in range(layers):
        name = 'block/<conv> & "friends"' if i == 1 else f"block_{i}/conv"
        counts = tuple(round(900 * math.exp(-(((b - 30) / 9) ** 2))) for b in range(64))
        cumulative = ErrorFigures(45 - 2.5 * i, 1 - 0.002 * i, 0.01 * (i + 1)) if i else ErrorFigures(math.inf, 1, 0)
        alone = 3.25 if i == 7 else 30 + draw.uniform(0, 5)
        entries.append(
            LayerErrors(
                layer=name,
                operators=("CONV_2D",) if i % 2 else ("CONV_2D", "ADD"),
                precision="int8",
                cumulative=cumulative,
                isolated=ErrorFigures(alone, 0.99, 0.2) if i else ErrorFigures(math.inf, 1, 0),
                low=-1.0 - i,
                high=2.5 + i,
                range_low=-0.9 - i,
                range_high=2.0 + i,
                saturated=0.01 * i,
                histogram=Histogram(-1.0 - i, 2.5 + i, counts, tuple(n // 3 * 3 for n in counts)),
            )
        )
    return QuantizationReport("tiny", "int8", 64, tuple(entries), 40_000, 12_000, warnings)
