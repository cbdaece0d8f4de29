"""Read a flatbuffer that may lie: every offset is checked before it is followed, all work is bounded.

A flatbuffer is a web of offsets. The usual accessors follow them blindly; here each access names its table and field,
so that a damaged file is told apart from a sound one in a sentence, and a file that points to the same place again and
again runs out of its allowance instead of using up memory.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from mmap import mmap
from typing import TypeVar

T = TypeVar("T")
Source = bytes | mmap
Spot = tuple[str, str]  # a table and its field, to tell where something is wrong
Number = int | float | bool

# The runtime's own verifier gives up at a million tables; the largest published models have some 100,000.
MOST_TABLES = 500_000
# An honest file holds each byte once. Writers may share strings and tables, hence the factor.
READS_PER_BYTE = 4
SPARE_BYTES = 4096

_FORMATS = {code: struct.Struct("<" + code) for code in "?bBhHiIqQf"}


class Damaged(ValueError):
    """The bytes are not what their format promises; the message completes "this file is ..."."""


@dataclass(frozen=True, slots=True)
class Field:
    """Where a table keeps a value, and as what.

    `kind` is a struct code ("i"), "text", "table", or one of the last two or a code in brackets for a list of them.
    """

    slot: int
    kind: str
    of: str = ""  # the layout of the tables
    default: Number = 0


Layouts = Mapping[str, Mapping[str, Field]]


@dataclass(slots=True)
class Allowance:
    """How much may still be read."""

    bytes: int
    tables: int = MOST_TABLES

    def spend(self, count: int) -> None:
        """Pay for that many bytes."""
        self.bytes -= count
        if self.bytes < 0:
            raise Damaged("damaged: its parts overlap far more than those of a real model")

    def spend_table(self, count: int) -> None:
        """Pay for a table of that many bytes."""
        self.tables -= 1
        if self.tables < 0:
            raise Damaged(f"refused: it has more than {MOST_TABLES:,} parts; no real model has")
        self.spend(count)


@dataclass(frozen=True, slots=True)
class Flatbuffer:
    """The bytes, and what is known of their layout."""

    source: Source
    layouts: Layouts
    size_bytes: int
    allowance: Allowance = field(compare=False)

    def root(self, layout: str) -> "Table":
        """The table that the file starts from."""
        return self.table_at(self.offset(0, (layout, "")), layout)

    def number(self, code: str, at: int, what: Spot) -> Number:
        """One number."""
        form = _FORMATS[code]
        self.check(at, form.size, what)
        value: Number = form.unpack_from(self.source, at)[0]
        return value

    def offset(self, at: int, what: Spot) -> int:
        """Follow the forward offset that stands there."""
        return at + int(self.number("I", at, what))

    def check(self, at: int, count: int, what: Spot) -> None:
        """Make sure that these bytes lie in the file."""
        if at < 0 or at + count > self.size_bytes:
            raise Damaged(
                f"cut short or damaged: {_told(what)} would end at byte {at + count:,}, "
                f"the file ends at byte {self.size_bytes:,}"
            )

    def list_at(self, at: int, width: int, what: Spot) -> tuple[int, int]:
        """Where the items of a list start, and how many there are."""
        count = int(self.number("I", at, what))
        self.check(at + 4, count * width, what)
        return at + 4, count

    def table_at(self, at: int, layout: str) -> "Table":
        """The table that starts there."""
        itself, its_fields = (layout, ""), (layout, "field list")
        vtable = at - int(self.number("i", at, itself))
        if vtable < 0:
            raise Damaged(f"damaged: {_told(its_fields)} would lie before the file")
        length = int(self.number("H", vtable, its_fields))
        self.check(vtable, max(length, 4), its_fields)
        size = int(self.number("H", vtable + 2, its_fields))
        self.check(at, size, itself)
        if length < 4 or size < 4:
            raise Damaged(f"damaged: {_told(itself)} is smaller than the smallest table")
        self.allowance.spend_table(size)
        return Table(self, layout, at, vtable, length, size)


@dataclass(frozen=True, slots=True)
class Table:
    """One record of a flatbuffer; absent fields have their default."""

    file: Flatbuffer
    layout: str
    at: int
    vtable: int
    vtable_bytes: int
    size_bytes: int

    def number(self, name: str) -> Number:
        """A number, or its default."""
        entry = self.file.layouts[self.layout][name]
        at = self._at(name, entry, _FORMATS[entry.kind].size)
        if at is None:
            return entry.default
        return self.file.number(entry.kind, at, (self.layout, name))

    def integer(self, name: str) -> int:
        """A whole number, or its default."""
        return int(self.number(name))

    def text(self, name: str) -> str:
        """A string; "" when absent, with a mark in place of what is not UTF-8."""
        start, count = self.span(name)
        self.file.allowance.spend(count)
        return self.file.source[start : start + count].decode("utf-8", errors="replace")

    def numbers(self, name: str, most: int | None = None) -> tuple[int, ...]:
        """A list of whole numbers, refused when longer than `most`."""
        start, count = self.span(name)
        if most is not None and count > most:
            raise Damaged(f"damaged: {_told((self.layout, name))} has {count:,} entries")
        form = struct.Struct(f"<{count}{self._item_code(name)}")
        self.file.allowance.spend(form.size)
        return form.unpack_from(self.file.source, start) if count else ()

    def span(self, name: str) -> tuple[int, int]:
        """Where a list or a string lies in the file, and its number of items, without reading them."""
        entry = self.file.layouts[self.layout][name]
        at = self._at(name, entry, 4)
        if at is None:
            return 0, 0
        width = _FORMATS[self._item_code(name)].size
        return self.file.list_at(
            self.file.offset(at, (self.layout, name)), width, (self.layout, name)
        )

    def table(self, name: str, layout: str | None = None) -> "Table | None":
        """The table a field points to; `layout` says of which kind where the field is a union."""
        entry = self.file.layouts[self.layout][name]
        at = self._at(name, entry, 4)
        if at is None:
            return None
        return self.file.table_at(self.file.offset(at, (self.layout, name)), layout or entry.of)

    def tables(self, name: str) -> Iterator["Table"]:
        """The tables of a list."""
        start, count = self.span(name)
        of = self.file.layouts[self.layout][name].of
        for at in range(start, start + 4 * count, 4):
            yield self.file.table_at(self.file.offset(at, (self.layout, name)), of)

    def _item_code(self, name: str) -> str:
        kind = self.file.layouts[self.layout][name].kind
        if kind == "text":
            return "B"
        return "I" if kind == "[table]" else kind[1]

    def _at(self, name: str, entry: Field, width: int) -> int | None:
        place = 4 + 2 * entry.slot
        if place + 2 > self.vtable_bytes:
            return None
        within = int(self.file.number("H", self.vtable + place, (self.layout, name)))
        if within == 0:
            return None
        if within < 4 or within + width > self.size_bytes:
            raise Damaged(f"damaged: {_told((self.layout, name))} would lie outside it")
        return self.at + within


def _told(what: Spot) -> str:
    layout, name = what
    owner = f"{'an' if layout[0] in 'AEIOU' else 'a'} {layout}"
    return f"the {name} of {owner}" if name else owner


def open_flatbuffer(source: Source, layouts: Layouts) -> Flatbuffer:
    """Prepare to read these bytes, with an allowance in proportion to their number."""
    size = len(source)
    return Flatbuffer(source, layouts, size, Allowance(READS_PER_BYTE * size + SPARE_BYTES))


def pick(values: Sequence[T], index: int, whose: str, what: str) -> T:
    """The value that an index in the file refers to."""
    if not 0 <= index < len(values):
        raise Damaged(f"damaged: {whose} names {what} {index} of {len(values)}")
    return values[index]


def name_of(number: int, names: Sequence[str]) -> str:
    """The name of an enumerated value; "TYPE_n" for one that is newer than the list."""
    return names[number] if 0 <= number < len(names) else f"TYPE_{number}"
