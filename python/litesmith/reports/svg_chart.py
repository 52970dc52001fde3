"""Charts as SVG text: bars along a category axis, histograms."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Series", "bars", "histogram"]

_LEFT, _TOP, _BOTTOM = 52, 12, 26


@dataclass(frozen=True)
class Series:
    """Values of one colour; ``kind`` is its CSS class."""

    name: str
    kind: str
    values: Sequence[float]


def bars(labels: Sequence[str], series: Sequence[Series], unit: str, *, name: str, height: int = 240) -> str:
    """A group of bars per label, in order.

    Args:
        labels: names of the groups; shown on hover and, when they fit, below.
        series: the values; infinite ones are drawn at the top with an open end.
        unit: of the vertical axis.
        name: accessible name of the chart and its element id.
        height: in pixels; the width follows from the number of groups.
    """
    finite = [value for one in series for value in one.values if math.isfinite(value)]
    low, high = min(0.0, *finite, 0.0), max(1.0, *finite, 1.0)
    step = max(14, min(64, 860 // max(1, len(labels))))
    width = _LEFT + step * len(labels) + 12
    plot = height - _TOP - _BOTTOM
    parts = [_open(width, height, name), _ruler(low, high, unit, width, plot)]

    def y(value: float) -> float:
        return _TOP + plot * (high - min(max(value, low), high)) / (high - low)

    bar = (step - 4) / len(series)
    for group, label in enumerate(labels):
        x = _LEFT + group * step + 2
        for position, one in enumerate(series):
            value = one.values[group]
            if math.isnan(value):
                continue
            top, base = y(value), y(0)
            box = _box(x + position * bar, min(top, base), bar - 1, abs(base - top))
            note = html.escape(f"{label}: {one.name} {_number(value)} {unit}")
            parts.append(f'<rect class="{one.kind}" {box}><title>{note}</title></rect>')
        if step >= 40:
            short = label.rpartition("/")[2][: step // 7]
            middle = f'x="{x + step / 2 - 2:.1f}" y="{height - 8}" text-anchor="middle"'
            parts.append(f'<text class="tick" {middle}>{html.escape(short)}</text>')
    parts.append("</svg>")
    return "".join(parts)


def histogram(series: Sequence[Series], low: float, high: float, marks: Sequence[float], *, name: str) -> str:
    """Counts over equally wide bins between two values, on a logarithmic vertical axis.

    Args:
        series: counts per bin.
        low: left edge of the first bin.
        high: right edge of the last.
        marks: values at which a vertical line stands, the ends of the quantized range; those outside are left out.
        name: accessible name of the chart and its element id.
    """
    width, height = 240, 90
    plot_width, plot = width - 8, height - 22
    top = max((math.log1p(count) for one in series for count in one.values), default=1.0) or 1.0
    parts = [_open(width, height, name)]
    for one in series:
        bin_width = plot_width / max(1, len(one.values))
        for i, count in enumerate(one.values):
            if count > 0:
                tall = max(1.0, plot * math.log1p(count) / top)
                box = _box(4 + i * bin_width, plot + 4 - tall, bin_width - 0.4, tall)
                parts.append(f'<rect class="{one.kind}" {box}/>')
    span = high - low
    for mark in marks:
        if span > 0 and low <= mark <= high:
            x = 4 + plot_width * (mark - low) / span
            parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{plot + 4}"/>')
    parts.append(f'<text class="tick" x="4" y="{height - 5}">{_number(low)}</text>')
    parts.append(f'<text class="tick" x="{width - 4}" y="{height - 5}" text-anchor="end">{_number(high)}</text></svg>')
    return "".join(parts)


def _box(x: float, y: float, width: float, height: float) -> str:
    return f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.6):.1f}" height="{max(height, 1):.1f}"'


def _open(width: float, height: float, name: str) -> str:
    label = html.escape(name, quote=True)
    return (
        f'<svg class="chart" role="img" aria-label="{label}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" xmlns="http://www.w3.org/2000/svg">'
    )


def _ruler(low: float, high: float, unit: str, width: float, plot: float) -> str:
    span = high - low
    step = 10.0 ** math.floor(math.log10(span / 2))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= 6)
    lines = []
    tick = math.ceil(low / step) * step
    while tick <= high + 1e-9 * span:
        y = _TOP + plot * (high - tick) / span
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(tick)}</text>')
        tick += step
    lines.append(f'<text class="tick" x="2" y="{_TOP - 1}">{html.escape(unit)}</text>')
    return "".join(lines)


def _number(value: float) -> str:
    return "exact" if value == math.inf else f"{value:.4g}"
