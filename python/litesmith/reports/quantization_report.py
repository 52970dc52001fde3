"""How far a quantized model is from the float model it was made of, layer by layer."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from litesmith.quantization.accuracy_search import AccuracySearch

__all__ = ["ErrorFigures", "Histogram", "LayerErrors", "QuantizationReport", "require_form"]


@dataclass(frozen=True)
class ErrorFigures:
    """The difference of one layer's result between float and quantized model, over all samples.

    Attributes:
        sqnr_db: signal to quantization noise ratio, 10 log10(sum of squares / sum of squared differences); infinite
            for equal results.
        cosine: cosine of the angle between both results, 1 for equal directions.
        max_error: largest absolute difference.
    """

    sqnr_db: float
    cosine: float
    max_error: float


@dataclass(frozen=True)
class Histogram:
    """How often values fell into equally wide bins.

    Attributes:
        low: left edge of the first bin.
        high: right edge of the last bin.
        counts: float results per bin.
        quantized_counts: results of the quantized model per bin; what lies outside counts in the first or last bin.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    quantized_counts: tuple[int, ...]


@dataclass(frozen=True)
class LayerErrors:
    """One layer of the source model.

    Attributes:
        layer: path of the layer, as in the source model.
        operators: its operators in the quantized model, in order.
        precision: element type of its result, e.g. "int8".
        cumulative: error at the layer's result when the whole model is quantized.
        isolated: error at the layer's result when only this layer is: its inputs are the float model's.
        low: least value of the float result.
        high: greatest value of the float result.
        range_low: least value that the quantized result can hold; -inf for floats.
        range_high: greatest value that it can hold.
        saturated: share of the quantized values at either end of that range, 0 to 1.
        histogram: distribution of the result.
    """

    layer: str
    operators: tuple[str, ...]
    precision: str
    cumulative: ErrorFigures
    isolated: ErrorFigures
    low: float
    high: float
    range_low: float
    range_high: float
    saturated: float
    histogram: Histogram


@dataclass(frozen=True)
class QuantizationReport:
    """Errors of all layers in the order in which the model computes them.

    Attributes:
        model: name of the model.
        mode: how it was quantized, e.g. "int8".
        samples: how many samples were compared.
        layers: one entry per layer.
        float_bytes: size of the float32 file.
        quantized_bytes: size of the quantized file.
        warnings: what the calibration linter found.
        accuracy: what ``max_accuracy_drop`` came to; None without it.
    """

    model: str
    mode: str
    samples: int
    layers: tuple[LayerErrors, ...]
    float_bytes: int
    quantized_bytes: int
    warnings: tuple[str, ...] = ()
    accuracy: AccuracySearch | None = None

    def worst(self, count: int | None = None) -> list[LayerErrors]:
        """Return layers by isolated SQNR, the most damaged first; at most ``count``."""
        ranked = sorted(self.layers, key=lambda entry: entry.isolated.sqnr_db)
        return ranked[:count]

    def text(self) -> str:
        """Return a table, a line per layer; ``*`` marks the three layers with the lowest isolated SQNR."""
        flagged = {entry.layer for entry in self.worst(3) if math.isfinite(entry.isolated.sqnr_db)}
        rows: list[tuple[str, ...]] = [_COLUMNS]
        rows += [_row(entry, entry.layer in flagged) for entry in self.layers]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
        lines = [self.headline(), ""]
        for number, row in enumerate(rows):
            cells = [
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  ".join(cells).rstrip())
            if number == 0:
                lines.append("  ".join("-" * width for width in widths))
        if self.accuracy is not None:
            lines += ["", str(self.accuracy)]
        if self.warnings:
            lines += ["", "Calibration:", *(f"- {text}" for text in self.warnings)]
        return "\n".join(lines)

    def headline(self) -> str:
        """Return one line: model, mode, samples and size."""
        ratio = self.quantized_bytes / self.float_bytes if self.float_bytes else math.nan
        return (
            f"{self.model}: {self.mode}, {self.samples} sample{'' if self.samples == 1 else 's'}, "
            f"{self.quantized_bytes:,} bytes ({ratio:.2f} of float32)"
        )

    def __str__(self) -> str:
        return self.text()

    def json(self) -> str:
        """Return all figures as one JSON object; infinite values are the strings "inf" and "-inf"."""
        return json.dumps(_plain(asdict(self)), indent=1, allow_nan=False)

    def html(self) -> str:
        """Return one self-contained HTML page with charts."""
        from litesmith.reports.quantization_page import page

        return page(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report; the suffix decides: ``.html``, ``.json`` or ``.txt``.

        Raises:
            ValueError: another suffix.
        """
        from litesmith.files import write_atomically

        write = {".html": self.html, ".json": self.json, ".txt": self.text}[require_form(path)]
        write_atomically(path, [(write() + "\n").encode()])

    def _repr_html_(self) -> str:
        from litesmith.reports.quantization_page import fragment

        return fragment(self)


def require_form(path: str | os.PathLike[str]) -> str:
    """The suffix of a file that a report can be written to, in lower case.

    Raises:
        ValueError: another suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in {".html", ".json", ".txt"}:
        end = f"ends in {suffix!r}" if suffix else "has no suffix that says which"
        raise ValueError(f"a report is written as .html, .json, .txt; {path!s} {end}")
    return suffix


_COLUMNS = ("layer", "operators", "type", "SQNR dB", "alone dB", "cosine", "max error", "saturated", "range")


def _row(entry: LayerErrors, flagged: bool) -> tuple[str, ...]:
    return (
        f"{entry.layer}{' *' if flagged else ''}",
        "+".join(entry.operators),
        entry.precision,
        decibels(entry.cumulative.sqnr_db),
        decibels(entry.isolated.sqnr_db),
        f"{entry.cumulative.cosine:.4f}",
        f"{entry.cumulative.max_error:.3g}",
        f"{100 * entry.saturated:.2f} %",
        f"{entry.low:.3g} .. {entry.high:.3g}",
    )


def decibels(value: float) -> str:
    """A ratio for people: one decimal, "exact" for infinity."""
    return "exact" if value == math.inf else f"{value:.1f}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
