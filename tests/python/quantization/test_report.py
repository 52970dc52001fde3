"""converter.report(): float and quantized layers side by side."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litesmith import lite
from litesmith.reports.quantization_report import QuantizationReport

DAMAGED = "dense_3"


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of healthy.keras and planted.keras (report_models.py)."""
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras, which builds the models, is not installed")
    folder = tmp_path_factory.mktemp("towers")
    script = Path(__file__).with_name("report_models.py")
    environment = {**os.environ, "KERAS_BACKEND": "numpy"}
    subprocess.run([sys.executable, str(script), str(folder)], env=environment, check=True, timeout=300)
    return folder


def samples(count: int = 64) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(count, 16)).astype(np.float32)


def report(model: Path, data: Any = None, **attributes: Any) -> QuantizationReport:
    converter = lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [lite.Optimize.DEFAULT]
    for name, value in attributes.items():
        setattr(converter, name, value)
    return converter.report(data)


def test_a_layer_with_weights_scaled_tenfold_ranks_first_alone(towers: Path) -> None:
    healthy = report(towers / "healthy.keras", representative_dataset=samples())
    assert healthy.worst(1)[0].layer != DAMAGED
    planted = report(towers / "planted.keras", representative_dataset=samples())
    assert planted.worst(1)[0].layer == DAMAGED
    assert planted.worst(2)[1].isolated.sqnr_db > planted.worst(1)[0].isolated.sqnr_db + 2


def test_the_first_layer_is_the_same_alone_and_in_the_whole_model(towers: Path) -> None:
    first, *others = report(towers / "healthy.keras", representative_dataset=samples()).layers
    assert first.layer == "dense_0"
    assert first.cumulative == first.isolated
    assert all(entry.cumulative.sqnr_db < entry.isolated.sqnr_db for entry in others)


@pytest.mark.parametrize(
    ("attributes", "precision", "mode"),
    [
        ({"representative_dataset": samples()}, "int8", "int8"),
        (
            {
                "representative_dataset": samples(),
                "target_spec": lite.TargetSpec(
                    supported_ops={lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8}
                ),
            },
            "int16, int8 weights",
            "int16x8",
        ),
        ({"target_spec": lite.TargetSpec(supported_types=[np.float16])}, "float32, float16 weights", "float16"),
    ],
)
def test_every_mode_has_its_types_and_files(
    towers: Path, attributes: dict[str, Any], precision: str, mode: str
) -> None:
    found = report(towers / "healthy.keras", samples(), **attributes)
    assert found.mode == mode
    assert {entry.precision for entry in found.layers} == {precision}
    assert 0 < found.quantized_bytes < found.float_bytes
    assert all(20 < entry.isolated.sqnr_db < 200 for entry in found.layers)


def test_values_beyond_the_calibrated_range_are_saturated(towers: Path) -> None:
    wide = report(towers / "healthy.keras", 20 * samples(), representative_dataset=0.05 * samples())
    assert wide.layers[0].saturated > 0.3
    narrow = report(towers / "healthy.keras", 0.05 * samples(), representative_dataset=0.05 * samples())
    assert narrow.layers[0].saturated == 0


def test_histograms_count_every_value_once(towers: Path) -> None:
    for entry in report(towers / "healthy.keras", samples(10), representative_dataset=samples()).layers:
        assert sum(entry.histogram.counts) == sum(entry.histogram.quantized_counts) == 10 * 24
        assert math.isfinite(entry.range_low)


def test_it_is_the_same_one_by_one_and_in_batches(towers: Path) -> None:
    one_by_one = report(towers / "healthy.keras", samples(), representative_dataset=samples())
    in_batches = report(towers / "healthy.keras", [[samples()]], representative_dataset=samples())
    assert in_batches.samples == 1
    for one, other in zip(one_by_one.layers, in_batches.layers, strict=True):
        assert one.cumulative.sqnr_db == pytest.approx(other.cumulative.sqnr_db)
        assert one.histogram == other.histogram


def test_a_float_model_and_missing_samples_are_refused_with_the_way_out(towers: Path) -> None:
    converter = lite.TFLiteConverter.from_keras_model(towers / "healthy.keras")
    with pytest.raises(ValueError, match=r"float32 model.*optimizations"):
        converter.report(samples())
    converter.optimizations = [lite.Optimize.DEFAULT]
    with pytest.raises(ValueError, match=r"dynamic_range runs both models on samples"):
        converter.report()
    with pytest.raises(ValueError, match="no samples"):
        converter.report(iter([]))


def test_the_saved_page_names_every_layer(towers: Path, tmp_path: Path) -> None:
    found = report(towers / "healthy.keras", representative_dataset=samples())
    found.save(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert all(entry.layer in page for entry in found.layers)
