"""The quantization report as one HTML page that needs nothing else."""

from __future__ import annotations

import html
import math
from importlib import resources
from typing import TYPE_CHECKING

from litesmith.reports.quantization_report import decibels
from litesmith.reports.svg_chart import Series, bars, histogram

if TYPE_CHECKING:
    from litesmith.reports.quantization_report import LayerErrors, QuantizationReport

__all__ = ["fragment", "page"]


def page(report: QuantizationReport) -> str:
    """Return a complete document."""
    title = html.escape(f"Quantization of {report.model}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>body { margin: 0; }</style></head>'
        f"<body>{fragment(report)}</body></html>"
    )


def fragment(report: QuantizationReport) -> str:
    """Return what a page or a notebook cell shows."""
    style = resources.files("litesmith.reports").joinpath("quantization_report.css").read_text("utf-8")
    return (
        f'<style>{style}</style><div class="litesmith-report"><h1>{html.escape(report.model)}</h1>'
        f"<p>{html.escape(_summary(report))}</p>{_warnings(report)}{_depth(report)}{_table(report)}</div>"
    )


def _summary(report: QuantizationReport) -> str:
    size = f"{report.quantized_bytes:,} bytes instead of {report.float_bytes:,} in float32"
    worst = report.worst(1)
    text = f"Quantized to {report.mode}, compared over {report.samples} samples; {size}."
    if worst and math.isfinite(worst[0].isolated.sqnr_db):
        text += f" The layer that loses most by itself is {worst[0].layer} ({decibels(worst[0].isolated.sqnr_db)} dB)."
    return text if report.accuracy is None else f"{text} Kept: {report.accuracy}."


def _warnings(report: QuantizationReport) -> str:
    if not report.warnings:
        return ""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in report.warnings)
    return f'<div class="warnings"><h2>Calibration</h2><ul>{items}</ul></div>'


def _depth(report: QuantizationReport) -> str:
    labels = [entry.layer for entry in report.layers]
    series = [
        Series("whole model quantized", "whole", [entry.cumulative.sqnr_db for entry in report.layers]),
        Series("only this layer quantized", "alone", [entry.isolated.sqnr_db for entry in report.layers]),
    ]
    key = "".join(f'<span class="key" style="background: var(--{one.kind})"></span>{one.name}' for one in series)
    chart = bars(labels, series, "dB", name="SQNR along the depth")
    saturation = [Series("saturated", "alone", [100 * entry.saturated for entry in report.layers])]
    ends = bars(labels, saturation, "%", name="Saturated values along the depth", height=140)
    return (
        f"<h2>Signal to quantization noise, layer by layer</h2><p>Higher is better.{key}</p>"
        f'<div class="scroll">{chart}</div><h2>Values at the ends of their range</h2><div class="scroll">{ends}</div>'
    )


_HEADS = (
    "layer",
    "operators",
    "type",
    "SQNR dB",
    "alone dB",
    "cosine",
    "max error",
    "saturated",
    "float range",
    "values",
)


def _table(report: QuantizationReport) -> str:
    worst = {entry.layer for entry in report.worst(3)}
    head = "".join(f"<th{_text_class(i)}>{name}</th>" for i, name in enumerate(_HEADS))
    body = "".join(_table_row(entry, entry.layer in worst) for entry in report.layers)
    note = (
        '<span class="key" style="background: var(--seen)"></span>float32'
        '<span class="key" style="background: var(--kept)"></span>quantized'
        '<span class="key" style="background: var(--mark)"></span>ends of the quantized range'
    )
    return (
        f"<h2>Layers</h2><p>The three most damaged are bold; counts are logarithmic.{note}</p>"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _text_class(column: int) -> str:
    return ' class="text"' if column < 3 else ""


def _table_row(entry: LayerErrors, worst: bool) -> str:
    counts = [
        Series("float32", "seen", entry.histogram.counts),
        Series("quantized", "kept", entry.histogram.quantized_counts),
    ]
    chart = histogram(
        counts,
        entry.histogram.low,
        entry.histogram.high,
        (entry.range_low, entry.range_high),
        name=f"Distribution of {entry.layer}",
    )
    cells = (
        entry.layer,
        ", ".join(entry.operators),
        entry.precision,
        decibels(entry.cumulative.sqnr_db),
        decibels(entry.isolated.sqnr_db),
        f"{entry.cumulative.cosine:.5f}",
        f"{entry.cumulative.max_error:.4g}",
        f"{100 * entry.saturated:.2f} %",
        f"{entry.low:.4g} .. {entry.high:.4g}",
    )
    columns = "".join(f"<td{_text_class(i)}>{html.escape(cell)}</td>" for i, cell in enumerate(cells))
    return f"<tr{' class=worst' if worst else ''}>{columns}<td>{chart}</td></tr>"
