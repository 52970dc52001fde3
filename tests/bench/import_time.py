"""What ``import litesmith`` costs beyond numpy."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.report import Row

__all__ = ["rows"]

_SCRIPT = """
import time
import numpy
start = time.perf_counter()
import litesmith
from litesmith import lite
lite.Interpreter, lite.TFLiteConverter
print(time.perf_counter() - start)
"""


def rows(_folder: Path) -> list[Row]:
    """The median of seven fresh processes."""
    times = [
        float(subprocess.run([sys.executable, "-c", _SCRIPT], check=True, capture_output=True, text=True).stdout)
        for _ in range(7)
    ]
    return [Row("import litesmith, beyond numpy", statistics.median(times), "s", bar=0.1)]
