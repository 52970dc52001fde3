"""cpp/schema/tflite.fbs against the schema that LiteRT ships and against files that upstream wrote."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flatc import SCHEMA, generate, load

if TYPE_CHECKING:
    from types import ModuleType

np = pytest.importorskip("numpy")
flatbuffers = pytest.importorskip("flatbuffers", reason="the Python package 'flatbuffers' is not installed")


class SlotRecorder:
    """Stands in for a flatbuffers builder and keeps the calls it gets: slot, type and default of a field."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, method: str) -> Any:
        return lambda *arguments: self.calls.append((method, *arguments))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return generate(SCHEMA, tmp_path_factory.mktemp("schema"))


@pytest.fixture(scope="module")
def litert() -> ModuleType:
    package = importlib.util.find_spec("ai_edge_litert")
    if package is None or package.origin is None:
        pytest.skip("ai-edge-litert is not installed")
    return load(Path(package.origin).with_name("schema_py_generated.py"))


def fields(module: ModuleType) -> dict[str, list[tuple[object, ...]]]:
    """What each function that writes a field, a vector or a table asks of the builder."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        recorder = SlotRecorder()
        if "builder" in (arguments := inspect.signature(function).parameters):
            function(recorder, *[1] * (len(arguments) - 1))
            found[name] = recorder.calls
    return found


def defaults(module: ModuleType) -> dict[str, dict[str, object]]:
    """Enum values by name, and the field values of an empty table."""
    found: dict[str, dict[str, object]] = {}
    for name, kind in inspect.getmembers(module, inspect.isclass):
        values = vars(kind() if name.endswith("T") else kind)
        found[name] = {k: v for k, v in values.items() if isinstance(v, int | float) and not k.startswith("_")}
    return found


def content(value: Any) -> object:
    """A model as nested plain values, arrays as their bytes."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tobytes())
    if isinstance(value, list):
        return [content(item) for item in value]
    return {k: content(v) for k, v in vars(value).items()} if hasattr(value, "__dict__") else value


def rewrite(schema: ModuleType, data: bytes) -> bytes:
    builder = flatbuffers.Builder(len(data))
    root = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data)).Pack(builder)
    builder.Finish(root, file_identifier=b"TFL3")
    return bytes(builder.Output())


def test_every_field_has_the_id_type_and_default_that_litert_gives_it(ours: ModuleType, litert: ModuleType) -> None:
    assert ("PrependInt32Slot", 2, 1, 1) in fields(ours)["OperatorCodeAddVersion"]
    assert fields(ours) == fields(litert)


def test_every_enum_value_is_the_one_that_litert_gives_it(ours: ModuleType, litert: ModuleType) -> None:
    assert defaults(ours)["BuiltinOperator"]["STABLEHLO_CASE"] == 209
    assert defaults(ours) == defaults(litert)


def test_a_moved_field_is_noticed(litert: ModuleType, tmp_path: Path) -> None:
    moved = tmp_path / "moved.fbs"
    text = SCHEMA.read_text()
    moved.write_text(text.replace("min:[float];\n  max:[float];", "max:[float];\n  min:[float];"))
    assert moved.read_text() != text
    assert fields(generate(moved, tmp_path)) != fields(litert)


def test_upstream_files_are_rewritten_without_loss(ours: ModuleType, litert: ModuleType, shared: Path) -> None:
    files = [p for p in sorted((shared / "corpus" / "models").glob("*.tflite")) if p.read_bytes()[4:8] == b"TFL3"]
    seen = set()
    for path in files:
        data = path.read_bytes()
        before, after = (litert.ModelT.InitFromObj(litert.Model.GetRootAs(d)) for d in (data, rewrite(ours, data)))
        assert content(before) == content(after), f"'{path.name}' changed"
        seen.add(repr(content(before)))
    assert len(seen) > 1, "the comparison tells no two files apart"
