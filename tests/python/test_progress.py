"""Progress of long work."""

from __future__ import annotations

import io
import itertools
import re
import sys

import pytest

from litesmith.progress import counted


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, total: int | None) -> str:
    """What counting 40 samples shows, half a second for each look at the clock."""
    ticks = itertools.count(0, 0.5)
    monkeypatch.setattr("tqdm.std.time", lambda: next(ticks))
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(counted(iter(range(40)), total=total, what="calibrating", unit="sample")) == list(range(40))
    return stream.getvalue()


def test_a_terminal_sees_rate_and_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, Terminal(), 40)
    assert re.search(r"calibrating: +\d+%.*\[\d\d:\d\d<\d\d:\d\d, .*sample/?s?", text)


def test_an_unknown_number_still_has_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.search(r"calibrating: \d+sample \[\d\d:\d\d, ", shown(monkeypatch, Terminal(), None))


def test_files_and_pipes_see_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO(), 40) == ""
