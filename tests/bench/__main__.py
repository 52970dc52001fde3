"""``./dev bench``: figures, bars and ratios, beside LiteRT and TensorFlow in one run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench import conversion, import_time, latency, models
from tests.bench.report import Row, heading, line

SECTIONS: dict[str, Callable[[Path], Iterable[Row]]] = {
    "import": import_time.rows,
    "conversion": conversion.rows,
    "latency": latency.rows,
    "models": models.rows,
}


def main() -> int:
    """Measure, print, and with --check return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all by default")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    parser.add_argument("--models", type=Path, default=Path("build/bench"), help="where the models are kept")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.sections) - set(SECTIONS))
    if unknown:
        parser.error(f"there is no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    arguments.models.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for name in arguments.sections or SECTIONS:
        print(heading(), flush=True)
        for row in SECTIONS[name](arguments.models):
            print(line(row), flush=True)
            rows.append(row)
    missed = [row for row in rows if row.missed]
    if missed:
        bars = sum(row.bar is not None for row in rows)
        print(f"{len(missed)} of {bars} bars missed: {', '.join(row.what.strip() for row in missed)}")
    return 1 if missed and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
