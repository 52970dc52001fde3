"""Real models against the outputs that LiteRT's reference kernels gave, and LiteRT's own description of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litesmith.interpreter import Interpreter

LISTED = Path(__file__).with_name("corpus_models.txt")
UPDATE = "LITESMITH_UPDATE_COVERAGE"
# Relative to the largest output: sums of float32 in another order than the reference's.
TOLERANCE = 1e-5
MISSING = re.compile(
    r"cannot run: |Select TensorFlow op|unresolved custom op|there is no kernel for|no kernel for it|cannot combine"
)

REFERENCE_IS_WRONG = {
    f"litert_static_w8_a16_quantized_{name}_einsum": "the reference leaves scales per channel out and gives zeros"
    for name in "kqv"
}


class Sample:
    """One sample of a golden file: inputs, and outputs where the file has them."""

    def __init__(self, golden: Any, number: int) -> None:
        self.golden, self.number = golden, number

    def input(self, index: int) -> Any:
        return np.asarray(self.golden[f"in_{index}"][self.number])

    def output(self, index: int) -> Any:
        if f"ref_out_{index}" in self.golden:
            return self.golden[f"ref_out_{index}"][self.number]
        return self.golden[f"ref_out_{index}_s{self.number}"]


def difference(got: Any, wanted: Any) -> str:
    """Empty when the values agree: floats within the tolerance, everything else exactly."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    if wanted.dtype.kind == "S":  # numpy's fixed-width strings, which keep no zeros at the end
        got = got.astype("S")
    if got.shape != wanted.shape:
        return f"shape {got.shape} instead of {wanted.shape}"
    if wanted.dtype.kind != "f":
        count = int((got != wanted).sum())
        return f"{count} of {wanted.size} elements differ" if count else ""
    finite = np.isfinite(wanted)
    largest = float(np.abs(wanted[finite]).max()) if finite.any() else 0.0
    worst = float(np.abs(got[finite] - wanted[finite]).max()) if finite.any() else 0.0
    same = np.array_equal(got[~finite], wanted[~finite], equal_nan=True)
    return "" if same and worst <= TOLERANCE * largest else f"off by {worst} of {largest}"


def run_model(path: Path, golden: Any) -> str:
    """Empty when every sample agrees, else what is wrong first. Samples run in order: some models carry state."""
    interpreter = Interpreter(path)
    inputs = interpreter.get_input_details()
    for index, details in enumerate(inputs):
        interpreter.resize_tensor_input(details["index"], golden[f"in_{index}"].shape[1:])
    interpreter.allocate_tensors()
    for number in range(len(golden[golden.files[0]]) if golden.files else 1):
        sample = Sample(golden, number)
        for index, details in enumerate(inputs):
            interpreter.set_tensor(details["index"], sample.input(index))
        interpreter.invoke()
        for index, details in enumerate(interpreter.get_output_details()):
            text = difference(interpreter.get_tensor(details["index"]), sample.output(index))
            if text:
                return f"sample {number}, output {index} ('{details['name']}'): {text}"
    return ""


def reference_models(shared: Path) -> list[dict[str, Any]]:
    entries = json.loads((shared / "corpus" / "manifest.json").read_text())
    return [entry for entry in entries if entry["kind"] == "tflite" and entry.get("ref") == "ok"]


@pytest.mark.slow
def test_every_model_whose_operators_have_kernels_equals_the_reference(shared: Path) -> None:
    passed, missing, wrong, expected = [], defaultdict(list), [], set()
    for entry in reference_models(shared):
        with np.load(shared / "corpus" / entry["goldens"][0], allow_pickle=True) as golden:
            try:
                text = run_model(shared / "corpus" / entry["files"][0], golden)
            except (RuntimeError, ValueError) as error:
                text = str(error)
                if MISSING.search(text):
                    missing[text.splitlines()[0]].append(entry["name"])
                    continue
        if text and entry["name"] in REFERENCE_IS_WRONG:
            expected.add(entry["name"])
        elif text:
            wrong.append(f"{entry['name']}: {text}")
        else:
            passed.append(entry["name"])
    if os.environ.get(UPDATE):
        LISTED.write_text("".join(f"{name}\n" for name in sorted(passed)))
    skipped = "\n".join(f"  {', '.join(names)}: {reason}" for reason, names in sorted(missing.items()))
    print(f"{len(passed)} models equal the reference; without kernels:\n{skipped}")
    assert not wrong, "\n".join(wrong)
    assert expected == set(REFERENCE_IS_WRONG)
    lost = set(LISTED.read_text().split()) - set(passed)
    assert not lost, f"no longer run: {sorted(lost)}\nwithout kernels:\n{skipped}"


def test_the_comparison_can_fail() -> None:
    wanted = np.array([1.0, -2.0, np.nan], np.float32)
    assert difference(wanted, wanted) == ""
    assert difference(wanted * np.float32(1 + 4e-5), wanted)
    assert difference(np.array([1.0, -2.0, 0.0], np.float32), wanted)
    assert difference(np.array([1], np.int8), np.array([2], np.int8))


DESCRIBE = """
import json, sys
sys.path[:0] = sys.argv[2:]
from importlib import import_module
Interpreter = import_module(sys.argv[1] + ".interpreter").Interpreter

def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, type):
        return value.__name__
    if hasattr(value, "tolist"):
        return [str(value.dtype), value.tolist()] if value.ndim else value.item()
    return value

for line in sys.stdin:
    interpreter = Interpreter(line.strip())
    print(json.dumps([plain(x) for x in (
        interpreter.get_input_details(), interpreter.get_output_details(), interpreter.get_tensor_details(),
        interpreter.get_signature_list(), interpreter._get_full_signature_list(), interpreter._get_ops_details(),
        interpreter.num_subgraphs(),
    )]), flush=True)
"""


def describe(package: str, paths: list[Path]) -> list[Any]:
    """What a package says of models, from a child process."""
    result = subprocess.run(
        [sys.executable, "-c", DESCRIBE, package],
        input="".join(f"{path}\n" for path in paths),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        timeout=600,
    )
    return [json.loads(line) for line in result.stdout.splitlines()]


def first_difference(ours: Any, theirs: Any) -> str:
    """Where two nested descriptions part: the way there, ours, theirs."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        pairs = [(key, ours[key], theirs[key]) for key in ours]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = list(zip(range(len(ours)), ours, theirs, strict=True))
    else:
        return f"{str(ours)[:200]} instead of {str(theirs)[:200]}"
    return next((f"{key} {first_difference(our, their)}" for key, our, their in pairs if our != their), "")


@pytest.mark.oracle
def test_models_are_described_as_litert_describes_them(shared: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")
    paths = [shared / "corpus" / entry["files"][0] for entry in reference_models(shared)]
    parts = ("inputs", "outputs", "tensors", "signatures", "full signatures", "operators", "subgraphs")
    different = []
    for path, ours, theirs in zip(paths, describe("litesmith", paths), describe("ai_edge_litert", paths), strict=True):
        for part, our, their in zip(parts, ours, theirs, strict=True):
            if our != their:
                different.append(f"{path.stem} {part}: {first_difference(our, their)}")
    assert not different, "\n".join(different)
