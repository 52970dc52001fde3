"""The report as text, JSON and files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from litesmith.reports.svg_chart import Series, bars, histogram
from tests.python.reports.sample_report import sample_report


def test_the_table_has_a_line_per_layer_and_marks_the_most_damaged() -> None:
    report = sample_report()
    lines = report.text().splitlines()
    table = [line for line in lines if "CONV_2D" in line]
    assert len(table) == len(report.layers)
    marked = [line for line in table if " * " in line]
    assert len(marked) == 3
    assert any(line.startswith("block_7/conv *") for line in marked)
    assert "exact" in table[0]
    assert "12,000 bytes (0.30 of float32)" in lines[0]
    assert "- too few samples" in lines


def test_layers_are_ranked_by_what_they_lose_alone() -> None:
    report = sample_report()
    assert report.worst(1)[0].layer == "block_7/conv"
    assert report.worst()[-1].layer == "block_0/conv"
    better = replace(report.layers[7], isolated=replace(report.layers[7].isolated, sqnr_db=60.0))
    changed = replace(report, layers=(*report.layers[:7], better, *report.layers[8:]))
    assert changed.worst(1)[0].layer != "block_7/conv"


def test_json_holds_every_figure_and_spells_infinity_out() -> None:
    report = sample_report()
    data = json.loads(report.json())
    assert data["layers"][0]["cumulative"]["sqnr_db"] == "inf"
    assert data["layers"][7]["isolated"]["sqnr_db"] == 3.25
    assert data["layers"][3]["histogram"]["counts"] == list(report.layers[3].histogram.counts)
    assert data["warnings"] == ["too few samples"]


def test_the_suffix_decides_what_is_saved(tmp_path: Path) -> None:
    report = sample_report()
    for suffix, start in ((".html", "<!doctype html>"), (".json", "{"), (".txt", "tiny: int8")):
        report.save(tmp_path / f"report{suffix}")
        assert (tmp_path / f"report{suffix}").read_text().startswith(start)
    with pytest.raises(ValueError, match=r"\.html, \.json, \.txt; .*report\.pdf ends in '\.pdf'"):
        report.save(tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_the_page_needs_nothing_else_and_escapes_names() -> None:
    page = sample_report().html()
    for remote in ("http://", "https://", "<script", "@import", "url("):
        assert remote not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "&lt;conv&gt; &amp; " in page
    assert "<conv>" not in page


def test_a_notebook_shows_the_page_without_its_frame() -> None:
    cell = sample_report()._repr_html_()
    assert "<html" not in cell
    assert cell.count("<svg") == 2 + len(sample_report().layers)


def test_longer_bars_stand_for_greater_values() -> None:
    def heights(values: list[float]) -> list[float]:
        chart = bars(["a", "b"], [Series("x", "whole", values)], "dB", name="n")
        return [float(part.split('"')[0]) for part in chart.split('height="')[2:] if "rect" not in part[:2]][:2]

    low, high = heights([10.0, 40.0])
    assert high == pytest.approx(4 * low, rel=0.01)


def test_marks_outside_of_a_histogram_are_left_out() -> None:
    series = [Series("x", "seen", [1, 2, 3])]
    assert histogram(series, 0, 1, (0.5,), name="n").count("<line") == 1
    assert histogram(series, 0, 1, (-2.0, float("inf")), name="n").count("<line") == 0
