"""``./dev bench``: figures, bars and ratios, beside LiteRT and TensorFlow in one run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench import conversion, import_time, latency
from tests.bench.report import Row, table

SECTIONS = {"import": import_time.rows, "conversion": conversion.rows, "latency": latency.rows}


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
        found = SECTIONS[name](arguments.models)
        print(table(found), flush=True)
        rows += found
    missed = [row for row in rows if row.missed]
    if missed:
        print(f"{len(missed)} of {len(rows)} bars missed: {', '.join(row.what for row in missed)}")
    return 1 if missed and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
