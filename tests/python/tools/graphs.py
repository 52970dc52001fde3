"""Small graphs for the tests of the tools."""

from __future__ import annotations

from typing import Any

import numpy as np

from litesmith.sources.message_classes import new_message
from litesmith.tools.graph_tensors import tensor_of

__all__ = ["add_constant", "add_node", "every_kind", "new_graph"]


def new_graph() -> Any:
    """A graph without nodes."""
    graph = new_message("GraphDef")
    graph.versions.producer = 1087
    return graph


def add_node(graph: Any, op: str, name: str, *inputs: str, dtype: int = 1) -> Any:
    """A node with its attribute T (dtype of placeholders)."""
    node = graph.node.add(name=name, op=op, input=inputs)
    node.attr["dtype" if op == "Placeholder" else "T"].type = dtype
    return node


def add_constant(graph: Any, name: str, values: Any) -> Any:
    """A constant of values in numpy's type for them."""
    node = graph.node.add(name=name, op="Const")
    tensor = tensor_of(np.asarray(values))
    node.attr["dtype"].type = tensor.dtype
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def every_kind() -> Any:
    """A graph with attributes of every kind and a function."""
    graph = new_graph()
    placeholder = add_node(graph, "Placeholder", "x")
    placeholder.attr["shape"].shape.dim.add().size = -1
    placeholder.attr["shape"].shape.dim.add().size = 3
    node = add_node(graph, "Conv2D", "conv", "x", "^start")
    node.device = "/device:CPU:0"
    node.attr["padding"].s = b"SA\x00ME\xff"
    node.attr["flag"].b = False
    node.attr["count"].i = -7
    node.attr["epsilon"].f = 0.001
    node.attr["strides"].list.i.extend([1, 2, 2, 1])
    node.attr["names"].list.s.extend([b"a", b"b"])
    node.attr["any"].shape.unknown_rank = True
    node.attr["body"].func.name = "body"
    node.attr["body"].func.attr["depth"].i = 3
    node.attr["of"].placeholder = "Tin"
    add_constant(graph, "weights", np.arange(6, dtype=np.float32).reshape(2, 3))
    add_constant(graph, "texts", np.array([b"one", b"two"], object))
    graph.node.add(name="start", op="NoOp")
    function = graph.library.function.add()
    function.signature.name = "body"
    function.signature.input_arg.add(name="a", type=1)
    function.ret["y"] = "twice:z:0"
    function.node_def.add(name="twice", op="Add", input=["a", "a"])
    function.arg_attr[0].attr["_user_specified_name"].s = b"a"
    return graph
