"""The shape of the core: who may include whom, what ISA objects may contain, how long files may be."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPP = ROOT / "cpp"

# Folder -> folders that it may include besides itself (the arrows of cpp/README.md).
ALLOWED = {
    "base": set(),
    "simd": {"base"},
    "formats": {"base"},
    "schema": {"base"},
    "ir": {"base"},
    "kernels": {"base", "simd"},
    "ops": {"base", "simd", "kernels", "schema", "ir"},
    "tflite": {"base", "simd", "schema", "ir", "ops"},
    "importers": {"base", "ir", "ops", "formats"},
    "passes": {"base", "simd", "ir", "ops"},
    "lowering": {"base", "ir", "ops", "passes"},
    "interpreter": {"base", "simd", "ir", "ops", "passes"},
    "converter": {"base", "simd", "ir", "ops", "passes", "lowering", "importers", "tflite", "interpreter"},
}
FREE = {"testing", "tools"}
INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.MULTILINE)


def sources() -> list[Path]:
    return sorted(path for suffix in ("*.h", "*.cc", "*.inc") for path in CPP.rglob(suffix))


def is_test(path: Path) -> bool:
    return path.stem.endswith(("_test", "_bench")) or path.stem in {"cases", "bench"}


def test_includes_follow_the_arrows() -> None:
    wrong = []
    for path in sources():
        folder = path.relative_to(CPP).parts[0]
        if folder in FREE or is_test(path):
            continue
        for target in INCLUDE.findall(path.read_text(encoding="utf-8")):
            first = target.split("/")[0]
            if not (CPP / target).exists() or first == folder:
                continue
            if first not in ALLOWED[folder]:
                wrong.append(f"{path.relative_to(CPP)} includes {target}")
    assert not wrong, wrong


def test_every_folder_has_its_arrows() -> None:
    folders = {path.name for path in CPP.iterdir() if path.is_dir()}
    assert folders <= set(ALLOWED) | FREE, folders - set(ALLOWED) - FREE


def test_importers_do_not_include_each_other() -> None:
    importers = CPP / "importers"
    wrong = []
    for path in sorted(importers.rglob("*.h")) + sorted(importers.rglob("*.cc")):
        own = path.relative_to(importers).parts[0]
        for target in INCLUDE.findall(path.read_text(encoding="utf-8")):
            parts = target.split("/")
            if parts[0] == "importers" and parts[1] != own:
                wrong.append(f"{path.relative_to(CPP)} includes {target}")
    assert not wrong, wrong


def test_every_listed_operator_folder_exists_and_every_folder_is_listed() -> None:
    listed = re.findall(r"^OP\((\w+)\)", (CPP / "ops" / "ops.inc").read_text(encoding="utf-8"), re.MULTILINE)
    folders = sorted(path.name for path in (CPP / "ops").iterdir() if path.is_dir())
    assert listed == sorted(listed), "ops.inc is not in alphabetical order"
    assert sorted(listed) == folders


def isa_objects() -> list[Path]:
    names = "avx2 avxvnni avx512 avx512vnni amx".split()
    return sorted(path for build in (ROOT / "build").glob("*") for isa in names for path in build.rglob(f"{isa}.cc.o"))


def test_isa_objects_hold_no_symbol_that_the_linker_may_choose_for_another_file() -> None:
    objects = isa_objects()
    if not objects or shutil.which("nm") is None:
        pytest.skip("no compiled ISA objects under build/, or no nm")
    for path in objects:
        listing = subprocess.run(["nm", "-C", str(path)], capture_output=True, text=True, check=True).stdout
        weak = [line for line in listing.splitlines() if re.search(r"^\S*\s+[WVu] ", line)]
        assert not weak, (path.relative_to(ROOT), weak)


def test_no_file_is_longer_than_400_lines() -> None:
    code = [
        *sources(),
        *(ROOT / "python").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "tests").rglob("*.cc"),
    ]
    long = {
        str(path.relative_to(ROOT)): count
        for path in code
        if (count := path.read_text(encoding="utf-8").count("\n")) > 400
    }
    assert not long, long
