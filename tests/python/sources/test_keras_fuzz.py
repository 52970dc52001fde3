"""Damaged Keras files end in a documented exception or in a record, never in anything else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TRUNCATIONS = 64
CHANGES = 500
FILES = ("keras1_dense.h5", "keras2_nested.h5", "keras3_branches.h5", "keras3_half.keras", "keras3_wrappers.keras")

# Runs apart so that a crash of a library fails a test instead of ending the run.
CHILD = """
import collections, json, pathlib, random, sys
from litesmith.errors import ConverterError, ModelLimitError, UnsafeModelError
from litesmith.sources.keras_file import load_file

source, target, truncations, changes = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), *map(int, sys.argv[3:5])
data = source.read_bytes()
random = random.Random(1)
mutants = [data[: len(data) * i // truncations] for i in range(truncations)]
for _ in range(changes):
    mutant = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 4])):
        mutant[random.randrange(len(mutant))] = random.randrange(256)
    mutants.append(bytes(mutant))
found = collections.Counter()
for mutant in mutants:
    target.write_bytes(mutant)
    try:
        record = load_file(target)
        json.loads(record.graph)
        found["loaded"] += 1
    except (OSError, ValueError, ConverterError, ModelLimitError) as error:
        if str(target) not in str(error):
            raise
        found["refused"] += 1
print(json.dumps(found))
"""


# Makes CHILD change one member of an archive instead, and write the archive around it anew.
MEMBER = """
import io, zipfile
def split(source):
    with zipfile.ZipFile(source) as file:
        members = {name: file.read(name) for name in file.namelist()}
    return members, members[NAME]
def join(members, changed):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, data in members.items():
            file.writestr(name, changed if name == NAME else data)
    return stream.getvalue()
"""


def _run(code: str, source: Path, target: Path) -> dict[str, int]:
    command = [sys.executable, "-c", code, str(source), str(target), str(TRUNCATIONS), str(CHANGES)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr[-2000:]
    counts: dict[str, int] = json.loads(result.stdout)
    assert sum(counts.values()) == TRUNCATIONS + CHANGES
    return counts


@pytest.mark.parametrize("name", FILES)
def test_truncations_and_changed_bytes_are_refused_or_read(keras_files: Path, tmp_path: Path, name: str) -> None:
    counts = _run(CHILD, keras_files / name, tmp_path / name)

    assert counts["refused"] >= TRUNCATIONS


@pytest.mark.parametrize("member", ["config.json", "metadata.json", "model.weights.h5"])
def test_members_changed_behind_a_right_checksum_are_refused_or_read(
    keras_files: Path, tmp_path: Path, member: str
) -> None:
    code = CHILD.replace("data = source.read_bytes()", "archive, data = split(source)")
    code = code.replace("target.write_bytes(mutant)", "target.write_bytes(join(archive, mutant))")

    counts = _run(f"NAME = {member!r}\n{MEMBER}\n{code}", keras_files / "keras3_branches.keras", tmp_path / "m.keras")

    assert min(counts["refused"], counts["loaded"]) > 0
