"""A record with other inputs, outputs or input shapes than the model's own."""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from litesmith.sources.keras_record import KerasRecord

__all__ = ["select"]


def select(
    record: KerasRecord,
    inputs: Sequence[str] | None,
    outputs: Sequence[str] | None,
    shapes: Mapping[str, Sequence[int | None] | None] | None,
) -> KerasRecord:
    """Reorder the inputs, choose other outputs, and fix input shapes.

    Args:
        record: the model as read.
        inputs: names of all inputs in the wished order; None leaves them.
        outputs: names of outputs or of layers; None leaves them.
        shapes: whole shapes by input name; None entries and dimensions stay open.

    Raises:
        ValueError: a name that the model lacks, an input left out, or a shape of another rank.
    """
    graph: dict[str, Any] = json.loads(record.graph)
    by_name = {entry["name"]: entry for entry in graph["inputs"]}
    for name, shape in (shapes or {}).items():
        _set_shape(record, by_name, name, shape)
    if inputs is not None:
        names = [_base(name) for name in inputs]
        missing = sorted(set(by_name) - set(names))
        for name in names:
            _known(record, by_name, name, "tensors")
        if missing:
            raise ValueError(f"{record.source}: input_arrays leaves out {missing}; name every input of the model")
        graph["inputs"] = [by_name[name] for name in names]
    if outputs is not None:
        graph["outputs"] = [_output(record, graph, _base(name)) for name in outputs]
    return replace(record, graph=json.dumps(graph))


def _base(name: str) -> str:
    return name.removesuffix(":0")


def _known(record: KerasRecord, table: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in table:
        close = difflib.get_close_matches(name, list(table), n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise ValueError(f"{record.source}: Invalid {what} '{name}' were found. There are {sorted(table)}.{hint}")
    return table[name]


def _set_shape(record: KerasRecord, by_name: Mapping[str, Any], name: str, shape: Sequence[int | None] | None) -> None:
    if _base(name) not in by_name:
        raise ValueError(
            f"{record.source}: Invalid tensor '{name}' found in tensor shapes map. There are {sorted(by_name)}."
        )
    if shape is None:
        return
    entry = by_name[_base(name)]
    dims = [None if dim is None or dim == -1 else int(dim) for dim in shape]
    if len(dims) != len(entry["shape"]):
        raise ValueError(
            f"{record.source}: the input '{name}' has shape {entry['shape']} but input_shapes gives {list(shape)}; "
            f"give {len(entry['shape'])} dimensions"
        )
    for axis, (old, new) in enumerate(zip(entry["shape"], dims, strict=True)):
        if old is not None and new != old:
            raise ValueError(
                f"{record.source}: dimension {axis} of the input '{name}' is {old} in the model but {new} in "
                "input_shapes; only open dimensions can be fixed"
            )
    entry["shape"] = dims


def _output(record: KerasRecord, graph: Mapping[str, Any], name: str) -> dict[str, Any]:
    own = {entry["name"]: entry for entry in graph["outputs"]}
    if name in own:
        return dict(own[name])
    by_layer = {graph["layers"][call["layer"]]["name"]: index for index, call in enumerate(graph["calls"])}
    return {"call": _known(record, by_layer, name, "tensors"), "tensor": 0, "name": name}
