"""Operators of TensorFlow graphs: our conversion, in our interpreter and in LiteRT, against TensorFlow's results."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from graph_records import GraphRecord, convert, differences, families, records, run
from oracle_process import Question, ask

CASES = [pytest.param(record, id=f"{family}: {record.name}") for family in families() for record in records(family)]


@pytest.mark.parametrize("record", CASES)
def test_an_operator_gives_tensorflows_results(record: GraphRecord) -> None:
    if record.refused:
        with pytest.raises(Exception, match=record.refused):
            convert(record)
        return
    assert differences(record, run(convert(record), record.inputs)) == []


@pytest.mark.parametrize("family", families())
def test_litert_runs_the_converted_operators_to_the_same_results(family: str, tmp_path: Path) -> None:
    asked = [record for record in records(family) if not record.refused and not record.is_open]
    answers = ask([Question(convert(one), one.inputs) for one in asked], "BUILTIN_WITHOUT_DEFAULT_DELEGATES", tmp_path)
    wrong = {
        record.name: answer.refusal or differences(record, answer.outputs)
        for record, answer in zip(asked, answers, strict=True)
    }
    assert {name: why for name, why in wrong.items() if why} == {}


def test_a_wrong_result_is_noticed() -> None:
    record = next(one for one in records(families()[0]) if one.outputs and one.outputs[0].size > 1)
    other = dataclasses.replace(record, outputs=[np.roll(record.outputs[0], 1), *record.outputs[1:]])
    assert differences(other, run(convert(record), record.inputs)) != []
