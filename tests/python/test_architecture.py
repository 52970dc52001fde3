"""The shape of the core: who may include whom, what ISA objects may contain, how long files may be."""

from __future__ import annotations

import ast
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
    "importers": {"base", "simd", "ir", "ops", "formats"},
    "passes": {"base", "simd", "ir", "ops"},
    "lowering": {"base", "ir", "ops", "passes"},
    "interpreter": {"base", "simd", "ir", "ops", "passes"},
    "quantization": {"base", "simd", "ir", "ops", "passes", "interpreter"},
    "converter": {
        "base",
        "simd",
        "ir",
        "ops",
        "passes",
        "lowering",
        "formats",
        "importers",
        "tflite",
        "interpreter",
        "quantization",
    },
}
FREE = {"testing", "tools"}
INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.MULTILINE)


def sources() -> list[Path]:
    return sorted(path for suffix in ("*.h", "*.cc", "*.inc") for path in CPP.rglob(suffix))


def is_test(path: Path) -> bool:
    return path.stem.endswith(("_test", "_bench", "_cases")) or path.stem in {"cases", "bench"}


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


# A SavedModel is a graph with variables; every importer builds with emit/.
IMPORTER_ARROWS = {"saved_model": ("graphdef",)}


def test_importers_do_not_include_each_other() -> None:
    importers = CPP / "importers"
    wrong = []
    for path in sorted(importers.rglob("*.h")) + sorted(importers.rglob("*.cc")):
        own = path.relative_to(importers).parts[0]
        for target in INCLUDE.findall(path.read_text(encoding="utf-8")):
            parts = target.split("/")
            if parts[0] == "importers" and parts[1] not in {own, "emit", *IMPORTER_ARROWS.get(own, ())}:
                wrong.append(f"{path.relative_to(CPP)} includes {target}")
    assert not wrong, wrong


def test_every_listed_operator_folder_exists_and_every_folder_is_listed() -> None:
    listed = re.findall(r"^OP\((\w+)\)", (CPP / "ops" / "ops.inc").read_text(encoding="utf-8"), re.MULTILINE)
    folders = sorted(path.name for path in (CPP / "ops").iterdir() if path.is_dir())
    assert listed == sorted(listed), "ops.inc is not in alphabetical order"
    assert sorted(listed) == folders


ISA_FILES = {"avx2", "avxvnni", "avx512", "avx512vnni", "amx", "neon"}


@pytest.mark.parametrize("preset", ["no-python", "debug"])
def test_isa_objects_hold_no_symbol_that_the_linker_may_choose_for_another_file(preset: str) -> None:
    objects = sorted(path for isa in ISA_FILES for path in (ROOT / "build" / preset).rglob(f"{isa}.cc.o"))
    if not objects or shutil.which("nm") is None:
        pytest.skip(f"no compiled ISA objects in build/{preset} (./dev test makes them), or no nm")
    for path in objects:
        listing = subprocess.run(["nm", "-C", str(path)], capture_output=True, text=True, check=True).stdout
        weak = [line for line in listing.splitlines() if re.search(r"^\S*\s+[WVu] ", line)]
        assert not weak, (path.relative_to(ROOT), weak)


def code_files() -> list[Path]:
    folders = [ROOT / "python", ROOT / "tests", ROOT / "examples", ROOT / "docs"]
    other = [path for folder in folders for suffix in ("*.py", "*.cc", "*.h") for path in folder.rglob(suffix)]
    return [*sources(), *(path for path in other if "_build" not in path.parts)]


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in code_files()}
    assert {str(path.relative_to(ROOT)): count for path, count in lengths.items() if count > 400} == {}


def cpp_functions(text: str) -> dict[str, int]:
    """First line -> number of lines, of the bodies that begin and end in column 0, as clang-format leaves functions."""
    found: dict[str, int] = {}
    lines = text.splitlines()
    first, inside = 0, False
    for number, line in enumerate(lines):
        if inside:
            if line == "}":
                found[lines[first]] = number - first + 1
                inside = False
            continue
        if re.match(r"[\w:]", line):
            first = number
        head = " ".join(lines[first : number + 1])
        inside = bool(re.match(r"(?!namespace|extern|struct|class|union|enum)[\w:].*\)[^;=]*\{$", head))
    return found


def python_functions(text: str) -> dict[str, int]:
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in nodes}


def test_the_lengths_of_functions_are_seen() -> None:
    body = "  x();\n" * 60
    short = "int g() { return 1; }\nint h(int x,\n      int y) noexcept {\n}\n}\n"
    text = f"namespace a {{\nvoid f(int x) {{\n{body}}}\n{short}"
    assert cpp_functions(text) == {"void f(int x) {": 62, "int h(int x,": 3}
    assert python_functions("def f():\n" + "    pass\n" * 60) == {"f": 61}


def test_no_function_is_longer_than_50_lines() -> None:
    long = {
        f"{path.relative_to(ROOT)}: {name}": count
        for path in code_files()
        if path.suffix != ".inc"
        for name, count in (python_functions if path.suffix == ".py" else cpp_functions)(
            path.read_text(encoding="utf-8")
        ).items()
        if count > 50
    }
    assert long == {}
