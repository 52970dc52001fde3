"""Live sessions and concrete functions, in a process of their own that has TensorFlow."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tensorflow_process import tensorflow_python

import litesmith

EXPECTED = """
uninitialized True True False
session ['x'] True 5 x y {}
message True 4 x y {}
toco_convert True None x y {}
function True 3 x Identity {}
tracked True 3 x scaled {'serving_default': {'inputs': ['x'], 'outputs': ['scaled']}}
signatures 2 True
several True weights once: True
traced ValueError True
bare TypeError False
table True True
"""


@pytest.mark.oracle
def test_live_objects_of_tensorflow_convert_to_what_they_compute() -> None:
    script = Path(__file__).with_name("tensorflow_live.py")
    package = str(Path(litesmith.__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": package}
    done = subprocess.run(
        [tensorflow_python(), script], capture_output=True, text=True, check=False, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().splitlines() == EXPECTED.strip().splitlines()
