"""Pages of the documentation: every example runs, every command exists, every diff is about code that is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorflow_process import tensorflow_python

import litesmith
from litesmith import cli
from litesmith.cli import tflite_convert
from litesmith.interpreter import Interpreter
from litesmith.tools import freeze_graph, summarize_graph

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "cpp" / "README.md", *(ROOT / "docs").rglob("*.md")])
FIXTURES = ROOT / "tests" / "fixtures"
# Programs of their own that blocks of commands may run.
TOOLS = {
    "tflite_convert": tflite_convert.main,
    "freeze_graph": freeze_graph.main,
    "summarize_graph": summarize_graph.main,
}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def pages_with(language: str) -> list[pytest.param]:
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if blocks(page, language)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of an example: model.keras with images.npy and model.tflite, model.h5, trained.h5.

    Beside them lie TensorFlow's files: saved_model, model_dir, frozen.pb, trained.pb, loop.pb.
    """
    shutil.copy(ROOT / "examples" / "digits" / "digits_cnn.keras", tmp_path / "model.keras")
    ten = np.load(ROOT / "examples" / "digits" / "ten_digits.npz")["images"].astype(np.float32)
    np.save(tmp_path / "images.npy", np.concatenate([np.roll(ten, shift, axis=2) for shift in range(-5, 5)]))
    shutil.copy(FIXTURES / "keras" / "keras2_split_names.h5", tmp_path / "model.h5")
    shutil.copy(FIXTURES / "training_aware" / "chain.h5", tmp_path / "trained.h5")
    shutil.copytree(FIXTURES / "tensorflow_files", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    litesmith.convert("model.keras", output="model.tflite")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", pages_with("python"))
def test_python_examples_of_a_page_run_in_order(page: Path) -> None:
    namespace: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)


@pytest.mark.oracle
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", pages_with("py"))
def test_examples_with_tensorflow_run_in_order(page: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(litesmith.__file__).resolve().parents[1])}
    command = [tensorflow_python(), "-W", "ignore", "-c", "\n".join(blocks(page, "py"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def write_array_for(model: Path) -> None:
    details = Interpreter(model_path=model).get_input_details()[0]
    np.save(model.with_name("x.npy"), np.zeros(details["shape"], details["dtype"]))


@pytest.mark.parametrize("page", pages_with("sh"))
def test_shell_examples_of_a_page_name_commands_that_exist(page: Path, folder: Path) -> None:
    listed = subprocess.run([ROOT / "dev"], capture_output=True, text=True, check=True).stdout
    for line in "".join(blocks(page, "sh")).splitlines():
        program, *arguments = shlex.split(line, comments=True)
        if program == "./dev":
            assert re.search(rf"^  {arguments[0]}\s", listed, re.MULTILINE), line
        elif program == "litesmith":
            write_array_for(folder / "model.tflite")
            assert cli.main(arguments) == 0, line
        elif program in TOOLS:
            assert TOOLS[program](arguments) == 0, line
        else:
            assert program in {"cmake", "ctest", "git", "pip", "./build/no-python/litesmith_tests"}, line


def test_a_broken_example_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        test_python_examples_of_a_page_run_in_order(page)


def changes(diff: str) -> list[tuple[str, str]]:
    """(file, line that the file has after the change) for each added and each kept line."""
    found, file = [], ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line.removeprefix("+++ b/")
        elif line.startswith(("+", " ")):
            found.append((file, line[1:].strip()))
    return found


@pytest.mark.parametrize("page", pages_with("diff"))
def test_every_diff_shows_lines_that_the_repository_has(page: Path) -> None:
    for diff in blocks(page, "diff"):
        lines = changes(diff)
        assert lines
        for file, line in lines:
            text = (ROOT / file).read_text(encoding="utf-8")
            assert line in [one.strip() for one in text.splitlines()], f"{file} has no line {line!r}"


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_links_to_files_of_the_repository_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
    for name in re.findall(r"`((?:cpp|tests|python|docs)/[\w/.]+)`", text):
        assert (ROOT / name).exists(), f"{page.relative_to(ROOT)} names {name}"


def test_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="sphinx is not installed; ./dev docs installs and builds")
    pytest.importorskip("myst_parser", reason="myst-parser is not installed; ./dev docs installs and builds")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ROOT / "docs", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    operators = (tmp_path / "reference" / "operators.html").read_text(encoding="utf-8")
    assert "CONV_2D" in operators
    assert "BatchMatMulV2" in (tmp_path / "reference" / "tensorflow_operators.html").read_text(encoding="utf-8")
