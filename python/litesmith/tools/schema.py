"""Classes of the file format: ``ModelT``, ``TensorT`` ... for tables, ``BuiltinOperator`` ... for numbers.

They have the names and attributes that flatbuffers' object API gives them (TensorFlow's ``schema_py_generated``).
The schema that the core is compiled with makes them: neither the package flatbuffers nor generated code is needed.
"""

from __future__ import annotations

import functools
from typing import Any

from litesmith.tools.fbs import Field, Schema, parse

__all__ = ["TableObject", "classes_of", "member_name", "tflite_schema"]


class TableObject:
    """A table of a file; every field of the schema is an attribute.

    Vectors of numbers are numpy arrays, vectors of tables lists, strings bytes; what a file lacks is None.
    """

    _fields: tuple[Field, ...] = ()

    def __init__(self, **values: Any) -> None:
        """Set the named fields; the others have their defaults."""
        for one in self._fields:
            if one.kind == "union":
                setattr(self, f"{one.name}Type", 0)
            setattr(self, one.name, one.default if one.kind == "scalar" and not one.vector else None)
        for name, value in values.items():
            if not hasattr(self, name):
                raise TypeError(f"{type(self).__name__} has no field '{name}'; it has {', '.join(vars(self))}")
            setattr(self, name, value)

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in vars(self).items() if isinstance(value, (int, float, bytes))]
        return f"{type(self).__name__}({', '.join(shown)})"


def classes_of(schema: Schema) -> dict[str, Any]:
    """Classes by name: ``<Table>T`` for tables; for enums and unions classes whose attributes are the numbers."""
    made: dict[str, Any] = {}
    for name, table in schema.tables.items():
        fields = tuple(one for one in table.fields if not one.deprecated)
        made[f"{name}T"] = type(f"{name}T", (TableObject,), {"_fields": fields, "__doc__": f"The table {name}."})
    for name, enum in schema.enums.items():
        made[name] = type(name, (), {"__doc__": f"Numbers of {name}.", **enum.values})
    for name, union in schema.unions.items():
        numbers = {member: number for number, member in enumerate(union.members)}
        made[name] = type(name, (), {"__doc__": f"Numbers of {name}.", **numbers})
    return made


@functools.cache
def tflite_schema() -> tuple[Schema, dict[str, Any]]:
    """The schema of ``.tflite`` files and its classes."""
    from litesmith import _core

    schema = parse(_core.schema())
    return schema, classes_of(schema)


def member_name(enum: str, number: int) -> str | None:
    """The name of an enum's number; None where it has none."""
    values = tflite_schema()[0].enums[enum].values
    return next((name for name, value in values.items() if value == number), None)


def __getattr__(name: str) -> Any:
    if not name.startswith("_"):
        found = tflite_schema()[1].get(name)
        if found is not None:
            return found
    raise AttributeError(f"the schema of .tflite files has no '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, *tflite_schema()[1]])
