"""Tables, enums and unions as a schema in flatbuffers' language declares them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Enum", "Field", "Schema", "Table", "Union", "parse"]

# Name in the schema -> (struct format, numpy type).
SCALARS = {
    "bool": ("?", "bool"),
    "byte": ("b", "int8"),
    "ubyte": ("B", "uint8"),
    "short": ("h", "int16"),
    "ushort": ("H", "uint16"),
    "int": ("i", "int32"),
    "uint": ("I", "uint32"),
    "long": ("q", "int64"),
    "ulong": ("Q", "uint64"),
    "float": ("f", "float32"),
    "double": ("d", "float64"),
}
_SIZES = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8, "f": 4, "d": 8}


@dataclass(frozen=True)
class Enum:
    """A named integer type.

    Attributes:
        scalar: the integer that stores it, as in ``SCALARS``.
        values: numbers by name.
    """

    name: str
    scalar: str
    values: dict[str, int]


@dataclass(frozen=True)
class Union:
    """One of several tables; member 0 stands for none."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A field of a table.

    Attributes:
        name: as the object API of Python spells it, ``builtinOptions``.
        slot: place in the table; that of the type in front of it where it is a union.
        type: name of a scalar, enum, table, union or ``string``; of the elements where it is a vector.
        kind: ``scalar``, ``string``, ``table``, ``union``.
        vector: it is a vector of that.
        code: struct format of a scalar.
        numpy: numpy type of a scalar.
        default: value of a scalar that is not in the file.
        align: alignment of a vector's elements.
        deprecated: it is neither read nor written.
    """

    name: str
    slot: int
    type: str
    kind: str
    vector: bool = False
    code: str = ""
    numpy: str = ""
    default: int | float | bool = 0
    align: int = 4
    deprecated: bool = False

    @property
    def size(self) -> int:
        """Bytes of one scalar."""
        return _SIZES[self.code]


@dataclass(frozen=True)
class Table:
    """A table; its fields in the order of their slots."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Schema:
    """What a schema declares, by name."""

    enums: dict[str, Enum] = field(default_factory=dict)
    unions: dict[str, Union] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    root: str = ""
    identifier: bytes = b""


_DECLARATION = re.compile(r"(enum|union|table)\s+(\w+)(?:\s*:\s*(\w+))?\s*\{([^}]*)\}")
_FIELD = re.compile(r"(\w+)\s*:\s*(\[?)(\w+)\]?(?:\s*=\s*([\w.+-]+))?(?:\s*\(([^)]*)\))?\s*")


def parse(text: str) -> Schema:
    """Read a schema that consists of enums, unions and tables without explicit ids, structs or includes."""
    text = re.sub(r"//[^\n]*", "", text)
    root = re.search(r"root_type\s+(\w+)", text)
    identifier = re.search(r'file_identifier\s+"(\w+)"', text)
    schema = Schema(root=root[1] if root else "", identifier=identifier[1].encode() if identifier else b"")
    bodies: dict[str, str] = {}
    for kind, name, scalar, body in _DECLARATION.findall(text):
        if kind == "enum":
            schema.enums[name] = Enum(name, scalar, _enumerators(body))
        elif kind == "union":
            schema.unions[name] = Union(name, ("NONE", *(part.strip() for part in body.split(",") if part.strip())))
        else:
            bodies[name] = body
    for name, body in bodies.items():
        schema.tables[name] = Table(name, _fields(schema, body))
    return schema


def _enumerators(body: str) -> dict[str, int]:
    values: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in body.split(","))):
        name, _, number = part.partition("=")
        values[name.strip()] = int(number) if number else max(values.values(), default=-1) + 1
    return values


def _fields(schema: Schema, body: str) -> tuple[Field, ...]:
    fields = []
    slot = 0
    for name, vector, kind, default, attributes in _FIELD.findall(body):
        if kind in schema.unions:
            slot += 1
        fields.append(_field(schema, name, slot, kind, bool(vector), default, attributes))
        slot += 1
    return tuple(fields)


def _field(schema: Schema, name: str, slot: int, kind: str, vector: bool, default: str, attributes: str) -> Field:
    first, *rest = name.split("_")
    spelt = first + "".join(part[:1].upper() + part[1:] for part in rest)
    deprecated = "deprecated" in attributes
    forced = re.search(r"force_align:\s*(\d+)", attributes)
    enum = schema.enums.get(kind)
    if enum is None and kind not in SCALARS:
        sort = "string" if kind == "string" else "union" if kind in schema.unions else "table"
        return Field(spelt, slot, kind, sort, vector, deprecated=deprecated)
    scalar = enum.scalar if enum else kind
    code, numpy = SCALARS[scalar]
    return Field(
        spelt,
        slot,
        kind,
        "scalar",
        vector,
        code,
        numpy,
        _default(scalar, enum, default),
        max(4, _SIZES[code], int(forced[1]) if forced else 0),
        deprecated,
    )


def _default(scalar: str, enum: Enum | None, text: str) -> int | float | bool:
    if enum is not None and text in enum.values:
        return enum.values[text]
    if scalar == "bool":
        return text == "true"
    if scalar in {"float", "double"}:
        return float(text or 0)
    return int(text or 0)
