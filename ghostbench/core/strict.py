"""Text and plain objects to values and back, strictly: a wrong type or an unknown or missing field is an error.

The values are ordinary frozen dataclasses; msgspec checks them field by field and names the place that is wrong.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def _encode_special(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def _decode_special(kind: type, value: object) -> object:
    if issubclass(kind, Path) and isinstance(value, str):
        return kind(value)
    raise NotImplementedError(f"{kind.__name__} has no JSON form")


def to_json(value: object) -> bytes:
    """One line of JSON, keys in the order of the fields, without a line break at the end."""
    return msgspec.json.encode(value, enc_hook=_encode_special)


def to_plain(value: object) -> Any:
    """The same as dicts, lists, strings and numbers."""
    return msgspec.to_builtins(value, enc_hook=_encode_special)


def from_json(text: bytes | str, kind: type[T]) -> T:
    """Read one JSON text as a value of `kind`. Raises ValueError naming what is wrong and where."""
    # The keys of a JSON object are strings, whatever they stand for.
    return _convert(msgspec.json.decode(text), kind, str_keys=True)


def from_plain(plain: object, kind: type[T]) -> T:
    """Read dicts, lists, strings and numbers as a value of `kind`.

    Raises ValueError naming what is wrong and where.
    """
    return _convert(plain, kind, str_keys=False)


def _convert(plain: object, kind: type[T], *, str_keys: bool) -> T:
    _refuse_unknown_fields(plain, kind, "$")
    return msgspec.convert(plain, kind, strict=True, str_keys=str_keys, dec_hook=_decode_special)


def _refuse_unknown_fields(plain: object, kind: object, where: str) -> None:
    # msgspec ignores unknown fields of dataclasses, so a misspelt optional field would be lost.
    if not _holds_records(kind):
        return  # spares a walk through a million samples
    if isinstance(plain, Mapping):
        _refuse_in_mapping(plain, kind, where)
    elif isinstance(plain, Sequence) and not isinstance(plain, str):
        for element in typing.get_args(kind)[:1]:
            for index, inner in enumerate(plain):
                _refuse_unknown_fields(inner, element, f"{where}[{index}]")


def _refuse_in_mapping(plain: Mapping[Any, object], kind: object, where: str) -> None:
    records = [m for m in (kind, *typing.get_args(kind)) if dataclasses.is_dataclass(m)]
    if typing.get_origin(kind) in (typing.Union, types.UnionType) and len(records) == 1:
        kind = records[0]
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        _refuse_in_record(plain, kind, where)
    elif typing.get_origin(kind) not in (typing.Union, types.UnionType):
        for key, inner in plain.items():
            _refuse_unknown_fields(inner, typing.get_args(kind)[-1], f"{where}.{key}")


def _refuse_in_record(plain: Mapping[Any, object], kind: type, where: str) -> None:
    hints = _field_types(kind)
    for name, inner in plain.items():
        if name not in hints:
            raise ValueError(f"unknown field {name!r} - at `{where}`")
        _refuse_unknown_fields(inner, hints[name], f"{where}.{name}")


@cache
def _field_types(kind: type) -> dict[str, object]:
    return typing.get_type_hints(kind)


@cache
def _holds_records(kind: object) -> bool:
    return dataclasses.is_dataclass(kind) or any(map(_holds_records, typing.get_args(kind)))
