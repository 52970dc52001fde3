"""Live models of every generation and backend give the record that their files give."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from litesmith.sources.keras_live import is_live_model, load_live

BACKENDS = {
    "jax": ("keras", "jax"),
    "numpy": ("keras", "scipy"),
    "torch": ("keras", "torch"),
    "tensorflow": ("keras", "tensorflow"),
    "tf_keras": ("tf_keras", "tensorflow"),
}
SAVED = [
    *("ops_and_nesting", "chain", "chain_built_by_a_call", "wrappers", "states", "frozen", "frozen_whole"),
    *("mixed_precision", "normalization", "shared_across_models"),
]

pytestmark = [pytest.mark.oracle, pytest.mark.slow]


@cache
def _outcomes(backend: str) -> dict[str, Any]:
    """Run live_models.py in a process of its own with a backend."""
    module = BACKENDS[backend][0]
    engine = "tensorflow" if module == "tf_keras" else backend
    environment = {**os.environ, "KERAS_BACKEND": engine, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    script = Path(__file__).with_name("live_models.py")
    result = subprocess.run(
        [sys.executable, str(script), module], capture_output=True, text=True, check=False, timeout=600, env=environment
    )
    assert result.returncode == 0, result.stderr[-3000:]
    outcomes: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return outcomes


@pytest.fixture(params=sorted(BACKENDS))
def outcomes(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Outcomes of one backend."""
    missing = _missing(request.param)
    if missing:
        pytest.skip(f"{missing} is not installed")
    return _outcomes(request.param)


def _missing(backend: str) -> str:
    return ", ".join(name for name in BACKENDS[backend] if importlib.util.find_spec(name) is None)


@pytest.mark.parametrize("name", SAVED)
def test_a_live_model_reads_like_its_files(outcomes: dict[str, Any], name: str) -> None:
    assert outcomes[name] == "ok"


def test_a_subclassed_model_is_traced_into_its_layers(outcomes: dict[str, Any]) -> None:
    found = outcomes["subclassed"]

    assert found["paths"][:3] == ["x", "first", "second/dense"]
    assert found["paths"][-1] == "norm"
    assert found["inputs"] == ["x"]
    assert found["source"] == "live model whole"


def test_custom_layers_and_lambdas_are_traced(outcomes: dict[str, Any]) -> None:
    assert sum(path.startswith("scaled/") for path in outcomes["custom_layer_used_twice"]["paths"]) == 3
    assert sum(path.startswith("doubled/") for path in outcomes["with_lambda"]["paths"]) == 2


@pytest.mark.parametrize("name", ["subclassed", "custom_layer_used_twice", "with_lambda"])
def test_tracing_repeats_and_leaves_the_model_as_it_was(outcomes: dict[str, Any], name: str) -> None:
    assert outcomes[name]["repeatable"]
    assert outcomes[name]["untouched"]


def test_a_model_that_never_saw_data_says_what_to_do(outcomes: dict[str, Any]) -> None:
    assert 'input shapes of "whole" (Whole) are unknown: call the model on data once' in outcomes["unbuilt"]


def test_a_layer_that_looks_at_values_is_named(outcomes: dict[str, Any]) -> None:
    if "untraceable" not in outcomes:
        pytest.skip("Keras 2 turns such a layer into TensorFlow operations")
    text, layer = outcomes["untraceable"]

    assert layer == "branching"
    assert '"branching" (Branching) cannot be traced' in text
    assert "write its call with Keras layers and keras.ops" in text


def test_all_backends_give_the_same_bytes() -> None:
    present = [backend for backend in BACKENDS if backend != "tf_keras" and not _missing(backend)]
    if len(present) < 2:
        pytest.skip(f"needs two Keras backends, found {present}")

    digests = {backend: _outcomes(backend)["digests"] for backend in present}
    assert len(set(digests[present[0]])) == 3
    assert all(found == digests[present[0]] for found in digests.values()), digests


def test_other_objects_are_no_models() -> None:
    assert not is_live_model("model.h5")
    assert not is_live_model(object())
    with pytest.raises(TypeError, match="expected a Keras model"):
        load_live(object())
