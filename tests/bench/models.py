"""Every mode of whole networks beside LiteRT, and what calibration and quantization cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import interleaved
from tests.bench.calibration import calibration_rows
from tests.bench.model_files import Network, networks
from tests.bench.report import Row

__all__ = ["rows"]

_SECONDS = 12.0


def rows(folder: Path) -> Iterator[Row]:
    """One thread by processor time, which other processes do not lengthen, with bars; two threads by the clock."""
    for network in networks(folder):
        yield from _mode_rows(network, 1)
        yield from _mode_rows(network, 2)
    yield from calibration_rows(folder)


def _mode_rows(network: Network, threads: int) -> Iterator[Row]:
    runs: dict[str, Any] = {}
    for mode, file in network.files.items():
        runs[f"ours {mode}"] = interleaved.ours(file, network.sample, threads)
        runs[f"peer {mode}"] = interleaved.peer(file, network.sample, threads)
        if threads == 1:
            runs[f"plain {mode}"] = interleaved.peer(file, network.sample, threads, delegate=False)
    clock = time.process_time if threads == 1 else time.perf_counter
    times = {name: seconds * 1e3 for name, seconds in interleaved.fastest(runs, seconds=_SECONDS, clock=clock).items()}
    suffix = f"{threads} thread" + "s" * (threads > 1)
    for mode in network.files:
        mine, default = times[f"ours {mode}"], times[f"peer {mode}"]
        what = f"{network.name} {mode}, {suffix}"
        yield Row(what, mine, "ms", _bar(mode, times) if threads == 1 else None, default, "LiteRT")
        if threads == 1:
            if mode == "int8" and "float32" in network.files:
                yield Row("  beside its float32", mine, "ms", times["peer float32"], times["peer float32"], "LiteRT")
            yield Row("  beside its kernels without delegate", mine, "ms", None, times[f"plain {mode}"], "LiteRT")


def _bar(mode: str, times: dict[str, float]) -> float | None:
    """The longest time allowed on one thread."""
    factors = {"dynamic_range": 2.0, "int8": 2.0 if _has_amx() else 1.5, "int16x8": 1.0}
    if mode == "float16":
        return 1.05 * times["ours float32"]
    return factors[mode] * times[f"peer {mode}"] if mode in factors else None


def _has_amx() -> bool:
    try:
        return "amx_int8" in Path("/proc/cpuinfo").read_text(encoding="ascii")
    except OSError:
        return False
