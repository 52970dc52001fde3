"""Rows of the bench table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Row", "heading", "line"]


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes:
        what: what was measured.
        figure: ours, in ``unit``.
        unit: "ms", "s", "MB" or "x".
        bar: the largest figure allowed; None when the row only informs.
        peer: the same figure of the peer, None when it was not measured.
        peer_name: who the peer is.
    """

    what: str
    figure: float
    unit: str
    bar: float | None = None
    peer: float | None = None
    peer_name: str = ""

    @property
    def missed(self) -> bool:
        """True when the figure is above its bar."""
        return self.bar is not None and self.figure > self.bar


def heading() -> str:
    """The columns that ``line`` fills."""
    return f"{'what':52} {'ours':>12} {'bar':>12} {'peer':>22} {'ours/peer':>10}"


def line(row: Row) -> str:
    """A row as aligned text."""
    bar = "-" if row.bar is None else f"{row.bar:.3g} {row.unit}"
    peer = "-" if row.peer is None else f"{row.peer_name} {row.peer:.3f} {row.unit}"
    ratio = "-" if not row.peer else f"{row.figure / row.peer:.2f}"
    mark = " MISSED" if row.missed else ""
    return f"{row.what:52} {row.figure:9.3f} {row.unit:2} {bar:>12} {peer:>22} {ratio:>10}{mark}"
