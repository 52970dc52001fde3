"""Calibrates in several processes at once and shows that the quantized file is the one that a single process writes.

python calibrate_in_parts.py           processes of this machine
python calibrate_in_parts.py --dask    a local Dask cluster (pip install distributed)
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import numpy as np

from litesmith.quantization import Observations, observe, quantize

HERE = Path(__file__).resolve().parent
MODEL = HERE / "digits_cnn.keras"
IMAGES = HERE / "ten_digits.npz"
PART = 3


def samples() -> np.ndarray:
    """The calibration data; a large set would be read part by part."""
    return np.load(IMAGES)["images"].astype(np.float32)


def observe_part(first: int) -> Observations:
    """What a worker does: it numbers its samples as the whole data set does."""
    return observe(MODEL, samples()[first : first + PART], first_sample=first, num_threads=1)


def workers(stack: contextlib.ExitStack) -> Executor:
    """Two workers, of Dask when the command line asks for it."""
    if "--dask" not in sys.argv[1:]:
        return stack.enter_context(ProcessPoolExecutor(2, multiprocessing.get_context("spawn")))
    from dask.distributed import Client, LocalCluster

    cluster = stack.enter_context(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    client = stack.enter_context(Client(cluster))
    executor: Executor = client.get_executor()
    return executor


def main() -> None:
    """Quantize with merged observations and with those of one pass."""
    count = len(samples())
    with contextlib.ExitStack() as stack:
        first, *others = workers(stack).map(observe_part, range(0, count, PART))
    merged = first.merge(*others)
    quantized = quantize(MODEL, "int8", observations=merged)
    assert isinstance(quantized, bytes)
    print(f"{merged.samples} samples in {len(others) + 1} parts, {len(quantized)} bytes")
    alone = quantize(MODEL, "int8", representative_dataset=samples())
    print("the same bytes as one process" if quantized == alone else "other bytes than one process")


if __name__ == "__main__":
    main()
