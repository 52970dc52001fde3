"""Every single-operator case of the archive beside the repository, by its own rules of comparison."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from litesmith.interpreter import Interpreter, OpResolverType

if TYPE_CHECKING:
    from types import ModuleType

LISTED = Path(__file__).with_name("single_op_cases.txt")
UPDATE = "LITESMITH_UPDATE_COVERAGE"
MISSING = ("cannot run: ", "there is no kernel for", "unresolved custom op")

# Where the stored answer is wrong and the formula decides.
REFERENCE_IS_WRONG = {
    "DIV/5": "the reference shifts by more than 31 bits where the quotient is below half a step",
    "EMBEDDING_LOOKUP/2": "the reference reads the uint8 table as int8",
    "EMBEDDING_LOOKUP/3": "the reference starts int4 rows of odd length at whole bytes, one element early",
    "PRELU/3": "the reference reads int16 slopes as int8",
    "RSQRT/2": "the segments of the reference's int16 table are too wide near 0",
    "LOCAL_RESPONSE_NORMALIZATION/0": "the reference is 0.3 off the formula in float64, its fast kernel 1e-5",
}


@pytest.fixture(scope="module")
def rules(shared: Path) -> ModuleType:
    """The archive's own module: access and comparison."""
    path = shared / "corpus_single_op" / "single_op_lib.py"
    spec = importlib.util.spec_from_file_location("single_op_rules", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def verdict(rules: ModuleType, archive: Any, case: dict[str, Any], resolver: str) -> str:
    """Empty when the case passes, else the reason."""
    model, inputs, wanted = archive.load(case)
    try:
        got = rules.run_model(Interpreter, OpResolverType, resolver, model, inputs)
    except (RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    got = rules.defined(case["op"], got)
    text: str = rules.compare(case, wanted, got)
    if text and "alt" in case and not rules.compare(case, archive.alternative(case), got):
        return ""
    return text


@pytest.mark.parametrize("resolver", ["BUILTIN_REF", "AUTO"])
def test_every_case_whose_operator_has_a_kernel_passes(shared: Path, rules: ModuleType, resolver: str) -> None:
    archive = rules.Archive(str(shared / "corpus_single_op"))
    passed, expected, missing, wrong = set(), set(), Counter[str](), []
    for case in archive.cases:
        text = verdict(rules, archive, case, resolver)
        if not text:
            passed.add(case["id"])
        elif any(part in text for part in MISSING):
            missing[f"{case['op']} {case['attrs'].get('dtype', '')}".strip()] += 1
        elif case["id"] in REFERENCE_IS_WRONG:
            expected.add(case["id"])
        else:
            wrong.append(f"{case['id']} {case['attrs'].get('dtype', '')}: {' '.join(text.split())[:300]}")
    if os.environ.get(UPDATE) and resolver == "BUILTIN_REF":
        LISTED.write_text("".join(f"{name}\n" for name in sorted(passed)))
    skipped = ", ".join(f"{name} x{count}" for name, count in sorted(missing.items()))
    print(f"{resolver}: {len(passed)} of {len(archive.cases)} cases pass; without kernels: {skipped}")
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong)
    assert expected == set(REFERENCE_IS_WRONG)
    lost = set(LISTED.read_text().split()) - passed
    assert not lost, f"no longer pass: {sorted(lost)}"


def test_the_comparison_can_fail(shared: Path, rules: ModuleType) -> None:
    archive = rules.Archive(str(shared / "corpus_single_op"))
    case = next(case for case in archive.cases if case["id"] == "ADD/0")
    _, _, wanted = archive.load(case)
    assert rules.compare(case, wanted, wanted) == ""
    assert rules.compare(case, wanted, [wanted[0] + 1])
