"""The package as it is installed: metadata, commands, weight of the import, stubs."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import litesmith

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
HEAVY = ("tensorflow", "keras", "tf_keras", "torch", "jax", "scipy", "h5py", "tqdm")


def modules_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after the code."""
    show = "import sys, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def _installed() -> None:
    try:
        importlib.metadata.metadata("litesmith")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("litesmith is run from its source folder and not installed; ./dev install does that")


@pytest.mark.usefixtures("_installed")
def test_metadata_is_what_the_project_file_says() -> None:
    metadata = importlib.metadata.metadata("litesmith")
    assert metadata["Version"] == litesmith.__version__
    assert f'version = "{litesmith.__version__}"' in PYPROJECT
    assert f"project(litesmith VERSION {litesmith.__version__} " in (ROOT / "CMakeLists.txt").read_text(
        encoding="utf-8"
    )
    required = {
        re.split(r"[<>=! ;\[]", line)[0]
        for line in importlib.metadata.requires("litesmith") or []
        if "extra" not in line
    }
    assert required == {"numpy", "h5py", "tqdm"}


@pytest.mark.usefixtures("_installed")
def test_both_commands_are_installed() -> None:
    scripts = {point.name: point for point in importlib.metadata.entry_points(group="console_scripts")}
    for name in ("litesmith", "tflite_convert", "freeze_graph", "summarize_graph"):
        assert callable(scripts[name].load())


def test_import_loads_nothing_heavy() -> None:
    loaded = modules_after(
        "import litesmith as tf\nfrom litesmith import lite\ntf.lite.Interpreter, lite.TFLiteConverter"
    )
    assert {"litesmith", "numpy"} <= loaded
    assert loaded.isdisjoint(HEAVY), loaded & set(HEAVY)


def test_conversion_and_inference_load_no_framework() -> None:
    model = ROOT / "examples" / "digits" / "digits_cnn.keras"
    loaded = modules_after(
        "import litesmith\nfrom litesmith import lite\n"
        f"blob = litesmith.convert({str(model)!r})\n"
        "runner = lite.Interpreter(model_content=blob)\nrunner.allocate_tensors()\nrunner.invoke()"
    )
    assert loaded.isdisjoint({"tensorflow", "keras", "tf_keras", "torch", "jax", "scipy"})


def test_cli_help_loads_no_numpy_extension_of_ours() -> None:
    code = "from litesmith import cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass"
    assert "h5py" not in modules_after(code)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist of the working tree, built with the installed build tools."""
    pytest.importorskip("build", reason="the package `build` is not installed; ./dev test installs it")
    folder = tmp_path_factory.mktemp("dist")
    same_flags_as_dev = "-Ccmake.define.LITESMITH_WERROR=ON"
    command = [sys.executable, "-m", "build", "-n", "-s", "-w", same_flags_as_dev, "-o", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_wheel_is_small_and_holds_the_package_alone(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    assert wheel.stat().st_size < 5_000_000
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"litesmith", f"litesmith-{litesmith.__version__}.dist-info"}
    assert {"litesmith/py.typed", "litesmith/_core.pyi", "litesmith/cli/__init__.py"} <= set(names)
    assert [name for name in names if re.match(r"litesmith/_core\..*\.so", name)]


@pytest.mark.slow
def test_sdist_holds_what_the_build_needs_and_no_build_product(distributions: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "CMakeLists.txt",
        "pyproject.toml",
        "LICENSE",
        "README.md",
        "dev",
        "cpp/ops/ops.inc",
        "cpp/schema/tflite.fbs",
    } <= names
    unwanted = re.compile(r"(^|/)(build|dist|\.venv|\.git|__pycache__|_build)(/|$)|\.(so|o|pyc|whl)$")
    assert not [name for name in names if unwanted.search(name)]
