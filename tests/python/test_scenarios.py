"""What users do, end to end: their scripts run unchanged beside the installed package."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import litesmith
from tests.python.tensorflow_process import tensorflow_python

SCENARIOS = [
    "01_keras_mnist_cnn",
    "02_savedmodel_optimizations",
    "03_full_integer",
    "05_tf1_graphs",
    "06_v1_cli",
    "07_ssd_detector",
    "08_concrete_functions",
    "09_graph_tools",
]
LIVE = ["05_tf1_graphs", "08_concrete_functions"]
LONGEST_SECONDS = 600


def run(python: str, script: Path, environment: dict[str, str]) -> None:
    finished = subprocess.run(
        [python, str(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
        env={**os.environ, **environment},
    )
    assert finished.returncode == 0, finished.stdout[-2000:] + finished.stderr[-4000:]
    assert finished.stdout.splitlines()[-1].startswith("ok"), finished.stdout[-2000:]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_users_script_passes(shared: Path, name: str) -> None:
    commands = Path(sysconfig.get_path("scripts"))
    if not (commands / "tflite_convert").exists():
        pytest.skip(f"the package is not installed: its commands are not in {commands}")
    path = os.pathsep.join([str(commands), os.environ.get("PATH", "")])
    run(sys.executable, shared / "scenarios" / name / "user.py", {"PATH": path})


@pytest.mark.parametrize("name", LIVE)
def test_a_users_script_with_tensorflow_in_the_same_process_passes(shared: Path, name: str) -> None:
    """A Python of another version than this one cannot load this build of the core."""
    python = tensorflow_python()
    version = "import sys; print(*sys.version_info[:2])"
    theirs = subprocess.run([python, "-c", version], capture_output=True, text=True, check=True).stdout.split()
    if theirs != [str(part) for part in sys.version_info[:2]]:
        pytest.skip(f"{python} is Python {'.'.join(theirs)}, for which the core is not built")
    packages = str(Path(litesmith.__file__).resolve().parents[1])
    run(python, shared / "scenarios" / name / "user_live.py", {"PYTHONPATH": packages})
