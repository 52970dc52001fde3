"""Progress of long work: shown on a terminal or in a notebook after a second, nowhere else."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["counted", "elapsed"]

Item = TypeVar("Item")


def counted(items: Iterable[Item], *, total: int | None, what: str, unit: str) -> Iterator[Item]:
    """The items; a bar on stderr counts those that are done, with their rate and the time that remains."""
    from tqdm.auto import tqdm

    yield from tqdm(items, total=total, desc=what, unit=unit, delay=1, disable=None, leave=False, file=sys.stderr)


@contextlib.contextmanager
def elapsed(what: str, *, hidden: bool = False) -> Iterator[None]:
    """Shows what is being done and for how many seconds, while the body runs."""
    if hidden or not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    clock = threading.Thread(target=_show, args=(what, done), daemon=True)
    clock.start()
    try:
        yield
    finally:
        done.set()
        clock.join()


def _show(what: str, done: threading.Event) -> None:
    seconds = 0
    while not done.wait(1):
        seconds += 1
        print(f"\r{what}: {seconds} s", end="", file=sys.stderr, flush=True)
    if seconds:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
