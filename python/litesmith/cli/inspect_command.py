"""``litesmith inspect``: what a ``.tflite`` file holds."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.quantization_kind import quantization_kind

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

__all__ = ["add_parser"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "inspect",
        help="show operators, tensors, sizes and signatures of a .tflite file",
        description="Show what a .tflite file has in it: operators, tensors, sizes, signatures, metadata, and the "
        "entries of a zip archive appended to it.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="the .tflite file")
    parser.add_argument("--tensors", action="store_true", help="list every tensor")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(handler=_inspect)


def _inspect(arguments: argparse.Namespace) -> None:
    from litesmith import _core

    path: Path = arguments.model
    summary: dict[str, Any] = json.loads(_core.describe_file(str(path)))
    for graph in summary["graphs"]:
        graph["quantization"] = quantization_kind(_operator_types(graph))
    summary["file_bytes"] = path.stat().st_size
    summary["zip_entries"], summary["zip_error"] = _zip_entries(path)
    if arguments.json:
        print(json.dumps(summary, indent=1))
        return
    print("\n".join(_text(path, summary, tensors=arguments.tensors)))


def _zip_entries(path: Path) -> tuple[list[dict[str, Any]], str | None]:
    if not zipfile.is_zipfile(path):
        return [], None
    try:
        with zipfile.ZipFile(path) as archive:
            return [{"name": entry.filename, "bytes": entry.file_size} for entry in archive.infolist()], None
    except zipfile.BadZipFile as error:
        return [], str(error)


def _text(path: Path, summary: dict[str, Any], *, tensors: bool) -> list[str]:
    lines = [f"{path}: {summary['file_bytes']:,} bytes, {summary['description'] or 'no description'}"]
    for graph in summary["graphs"]:
        lines += [
            "",
            f"graph '{graph['name']}': {len(graph['operators'])} operators, {len(graph['tensors'])} tensors, ",
        ]
        lines[-1] += graph["quantization"]
        lines += _interface(graph)
        lines += _operators(graph)
        if tensors:
            lines += _tensors(graph)
    for signature in summary["signatures"]:
        lines += ["", f"signature '{signature['key']}' of graph {signature['graph']}"]
        lines += [f"  {way:6} {entry}" for way in ("inputs", "outputs") for entry in signature[way]]
    if summary["metadata"]:
        lines += ["", "metadata"] + [f"  {entry['bytes']:>10,}  {entry['name']}" for entry in summary["metadata"]]
    if summary["zip_entries"]:
        lines += ["", "appended zip archive"]
        lines += [f"  {entry['bytes']:>10,}  {entry['name']}" for entry in summary["zip_entries"]]
    if summary["zip_error"]:
        lines += ["", f"appended zip archive: damaged ({summary['zip_error']})"]
    return lines


def _operator_types(graph: dict[str, Any]) -> Iterator[tuple[str, list[str], list[str]]]:
    def types(indices: list[int]) -> list[str]:
        tensors = [graph["tensors"][index] for index in indices if index >= 0]
        return [it["type"] for it in tensors if it["quantization"] or it["type"].startswith("float")]

    for operator in graph["operators"]:
        yield operator["name"], types(operator["inputs"]), types(operator["outputs"])


def _shape(tensor: dict[str, Any]) -> str:
    return f"{tensor['type']}{tensor['shape']}".replace("-1", "?")


def _interface(graph: dict[str, Any]) -> list[str]:
    lines = []
    for way in ("inputs", "outputs"):
        for index in graph[way]:
            tensor = graph["tensors"][index]
            lines.append(f"  {way[:-1]:7} {tensor['name']}  {_shape(tensor)}  {tensor['quantization']}".rstrip())
    return lines


def _operators(graph: dict[str, Any]) -> list[str]:
    rows: dict[str, list[int]] = {}
    for operator in graph["operators"]:
        row = rows.setdefault(operator["name"], [0, 0])
        row[0] += 1
        row[1] += sum(graph["tensors"][index]["bytes"] for index in set(operator["inputs"]) if index >= 0)
    lines = ["  operators                         count   constant bytes"]
    ordered = sorted(rows.items(), key=lambda item: (-item[1][0], item[0]))
    return lines + [f"    {name:30} {count:6} {size:16,}" for name, (count, size) in ordered]


def _tensors(graph: dict[str, Any]) -> list[str]:
    lines = ["  tensors"]
    for index, tensor in enumerate(graph["tensors"]):
        constant = f"  constant, {tensor['bytes']:,} bytes" if tensor["constant"] else ""
        quantized = f"  {tensor['quantization']}" if tensor["quantization"] else ""
        lines.append(f"    {index:4}  {_shape(tensor):28} {tensor['name']}{constant}{quantized}")
    return lines
