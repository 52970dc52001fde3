"""LiteRT runs what the reader and the writer make of real models as it runs the originals."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2] / "build" / "no-python" / "litesmith_tests"
MODELS_PER_PROCESS = 16

_LITERT = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

RESOLVER = {"ref": OpResolverType.BUILTIN_REF, "default": OpResolverType.BUILTIN}


def content(values):
    return values.tolist() if values.dtype == object else values.tobytes()


def run(path, resolver, golden):
    interpreter = Interpreter(path, experimental_op_resolver_type=RESOLVER[resolver], num_threads=1)
    details = interpreter.get_input_details()
    for i, detail in enumerate(details):
        interpreter.resize_tensor_input(detail["index"], golden[f"in_{i}"].shape[1:])
    interpreter.allocate_tensors()
    for i, detail in enumerate(details):
        interpreter.set_tensor(detail["index"], golden[f"in_{i}"][0])
    interpreter.invoke()
    outputs = interpreter.get_output_details()
    shown = [(d["name"], d["dtype"], tuple(d["shape_signature"]), d["quantization"]) for d in details + outputs]
    results = [content(interpreter.get_tensor(d["index"])) for d in outputs]
    return shown, results, interpreter.get_signature_list()


for line in sys.stdin:
    original, rewritten, resolver, golden = line.rstrip("\\n").split("\\t")
    with np.load(golden) as arrays:
        same = run(original, resolver, arrays) == run(rewritten, resolver, arrays)
    print("same" if same else "different", original, flush=True)
"""


def runnable(shared: Path, rewritten: Path) -> list[str]:
    """A line per model: original, rewritten file, resolver, golden."""
    lines = []
    for entry in json.loads((shared / "corpus" / "manifest.json").read_text()):
        resolver = next((name for name in ("ref", "default") if entry.get(name) == "ok"), None)
        # The goldens of models fed with strings hold numpy strings, which LiteRT does not take back.
        if entry["kind"] != "tflite" or resolver is None or not entry.get("goldens") or "string" in entry["name"]:
            continue
        original = shared / "corpus" / entry["files"][0]
        golden = shared / "corpus" / entry["goldens"][0]
        if ".sig." not in golden.name:
            lines.append("\t".join(map(str, (original, rewritten / original.name, resolver, golden))))
    return lines


def test_rewritten_models_give_the_same_results_in_litert(shared: Path, tmp_path: Path) -> None:
    if not TESTS.exists():
        pytest.skip("build/no-python/litesmith_tests is not built (./dev test makes it)")
    if importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("ai-edge-litert is not installed")
    environment = os.environ | {"LITESMITH_SHARED": str(shared), "LITESMITH_REWRITTEN": str(tmp_path)}
    subprocess.run([TESTS, "-tc=every corpus model*"], env=environment, check=True, capture_output=True)
    lines = runnable(shared, tmp_path)
    assert len(lines) > 200
    for start in range(0, len(lines), MODELS_PER_PROCESS):
        batch = lines[start : start + MODELS_PER_PROCESS]
        result = subprocess.run(
            [sys.executable, "-c", _LITERT], input="\n".join(batch), capture_output=True, text=True, check=False
        )
        same = [line for line in result.stdout.splitlines() if line.startswith("same ")]
        assert len(same) == len(batch), result.stdout[-2000:] + result.stderr[-2000:]
