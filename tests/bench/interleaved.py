"""Interpreters measured in turn within one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["fastest", "ours", "peer"]

_SLICE = 0.002


def ours(path: Path, sample: Any, threads: int) -> Callable[[], None]:
    """A run of our interpreter."""
    from litesmith import lite

    return _runner(lite.Interpreter(str(path), num_threads=threads), sample)


def peer(path: Path, sample: Any, threads: int, *, delegate: bool = True) -> Callable[[], None]:
    """A run of LiteRT, by default with its delegate."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kind = OpResolverType.AUTO if delegate else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return _runner(Interpreter(str(path), num_threads=threads, experimental_op_resolver_type=kind), sample)


def fastest(
    runs: Mapping[str, Callable[[], object]], *, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The shortest time of each, in seconds, of rounds in which all take turns.

    Short runs repeat within a turn; one that has taken an eighth of the time in two rounds gets no more turns.
    """
    repeats = {name: _repeats(run, clock) for name, run in runs.items()}
    best = dict.fromkeys(runs, float("inf"))
    spent = dict.fromkeys(runs, 0.0)
    turns, end, rounds = runs, time.perf_counter() + seconds, 0
    while rounds < 3 or time.perf_counter() < end:
        for name, run in turns.items():
            took = _seconds(run, repeats[name], clock)
            best[name], spent[name] = min(best[name], took), spent[name] + took * repeats[name]
        rounds += 1
        if rounds == 2:
            turns = {name: run for name, run in runs.items() if spent[name] <= seconds / 8} or runs
    return best


def _runner(interpreter: Any, sample: Any) -> Callable[[], None]:
    detail = interpreter.get_input_details()[0]
    interpreter.allocate_tensors()
    interpreter.set_tensor(detail["index"], np.ascontiguousarray(sample, detail["dtype"]).reshape(detail["shape"]))
    run: Callable[[], None] = interpreter.invoke
    return run


def _repeats(run: Callable[[], object], clock: Callable[[], float]) -> int:
    run()
    return max(1, int(_SLICE / max(_seconds(run, 1, clock), 1e-7)))


def _seconds(run: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(repeats):
        run()
    return (clock() - start) / repeats
