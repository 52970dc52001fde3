"""Running models by the names of their signatures."""

from __future__ import annotations

import numpy as np
import pytest

from litesmith.interpreter import Interpreter, SignatureRunner


def test_signatures_are_listed_with_sorted_names(two_signatures: bytes) -> None:
    interpreter = Interpreter(model_content=two_signatures)
    assert interpreter.num_subgraphs() == 2
    assert interpreter.get_signature_list() == {
        "sum": {"inputs": ["a", "b"], "outputs": ["total"]},
        "positive": {"inputs": ["x"], "outputs": ["y"]},
    }
    assert interpreter._get_full_signature_list()["sum"] == {"inputs": {"b": 1, "a": 0}, "outputs": {"total": 2}}


def test_a_runner_resizes_allocates_and_runs_its_own_graph(two_signatures: bytes) -> None:
    interpreter = Interpreter(model_content=two_signatures)
    add, positive = interpreter.get_signature_runner("sum"), interpreter.get_signature_runner("positive")
    result = positive(x=np.array([-1, 2, -3, 4], np.float32))
    assert result["y"].tolist() == [0, 2, 0, 4]
    total = add(a=np.array([1, 2, 3], np.float32), b=np.array([10, 20, 30], np.float32))
    assert total == {"total": pytest.approx([11, 22, 33])}
    assert positive(x=np.array([5], np.float32))["y"].tolist() == [5]
    assert interpreter.get_input_details()[0]["shape"].tolist() == [3]


def test_results_are_copies_and_answer_to_their_position(classifier: bytes) -> None:
    runner = Interpreter(model_content=classifier).get_signature_runner()
    result = runner(image=np.ones((2, 4), np.float32))
    assert list(result) == ["scores"]
    assert isinstance(result, dict)
    np.testing.assert_array_equal(result["output_0"], result["scores"])
    assert result.get("output_0") is result["scores"]
    assert result.get("nothing") is None
    with pytest.raises(KeyError, match="output_1"):
        result["output_1"]
    kept = result["scores"].copy()
    runner(image=np.zeros((2, 4), np.float32))
    np.testing.assert_array_equal(result["scores"], kept)


def test_runner_details_are_by_name(classifier: bytes) -> None:
    runner = Interpreter(model_content=classifier).get_signature_runner("serving_default")
    assert isinstance(runner, SignatureRunner)
    assert runner.get_input_details()["image"]["name"] == "x"
    assert runner.get_output_details()["scores"]["shape_signature"].tolist() == [-1, 3]


def test_wrong_inputs_of_a_runner_are_named(classifier: bytes) -> None:
    runner = Interpreter(model_content=classifier).get_signature_runner()
    x = np.ones((1, 4), np.float32)
    with pytest.raises(ValueError, match="Invalid number of inputs provided"):
        runner()
    with pytest.raises(ValueError, match="Invalid number of inputs provided"):
        runner(image=x, more=x)
    with pytest.raises(ValueError, match=r"Invalid Input name \(x\) for SignatureDef; the inputs are image"):
        runner(x=x)
    with pytest.raises(AttributeError):
        runner(image=[[1.0, 2.0, 3.0, 4.0]])
    with pytest.raises(ValueError, match="Got value of type FLOAT64"):
        runner(image=x.astype(np.float64))
    assert runner(image=x)["scores"].shape == (1, 3)


def test_the_key_may_only_be_left_out_when_there_is_one(two_signatures: bytes, bent: bytes) -> None:
    with pytest.raises(ValueError, match="signature_key is None and model has 2 Signatures"):
        Interpreter(model_content=two_signatures).get_signature_runner()
    with pytest.raises(ValueError, match="signature_key is None and model has 0 Signatures"):
        Interpreter(model_content=bent).get_signature_runner()
    assert Interpreter(model_content=bent).get_signature_list() == {}
