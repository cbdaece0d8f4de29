"""What a pickle describes, without doing anything that it asks for.

A pickle is a program, and loading one the usual way may run anything on this machine. Here its opcodes are read one by
one: numbers, text and containers are made, a class or function stays a `Name`, a call of it stays a `Call`. Nothing is
imported, nothing is called. No heavy imports.
"""

import pickletools
import struct
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_ORDERED_DICT = ("collections", "OrderedDict")


class NotAPickle(ValueError):
    """The opcodes make no sense."""


@dataclass(frozen=True, slots=True)
class Name:
    """A class or function, by name only."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """What a pickle would make by calling something."""

    function: Name
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Something that lies outside of the pickle, as its writer identified it."""

    key: Any


class Readable(Protocol):
    """What pickletools asks of a file."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or as many as there are."""

    def readline(self) -> bytes:
        """All up to the next end of a line."""


def read_pickle(stream: Readable) -> tuple[Any, list[Reference]]:
    """The value that a pickle describes, and every reference in it; the stream then stands behind the pickle.

    Raises NotAPickle for anything else, and for opcodes that no file of weights holds.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(stream):  # type: ignore[arg-type]  # it asks for more than it uses
            if opcode.name == "STOP":
                return machine.stack.pop(), machine.references
            machine.do(opcode.name, argument)
    except (ValueError, LookupError, TypeError, EOFError, struct.error) as cause:
        raise NotAPickle(str(cause).partition("\n")[0]) from cause
    raise NotAPickle("it has no end")


class _Machine:
    """The stack, the marks on it and the memo."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.references: list[Reference] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def do(self, opcode: str, argument: Any) -> None:
        """Follow one opcode."""
        if opcode in _LITERALS:
            self.stack.append(argument)
        elif opcode in _CONSTANTS:
            self.stack.append(_CONSTANTS[opcode]())
        elif opcode in _IN_MEMO:
            _IN_MEMO[opcode](self, argument)
        elif opcode in _STEPS:
            _STEPS[opcode](self)
        elif opcode == "GLOBAL":
            self.stack.append(Name(*argument.split(" ", 1)))
        elif opcode not in ("PROTO", "FRAME"):
            raise ValueError(f"the opcode {opcode} is none of a file of weights")

    def put(self, place: Any) -> None:
        """Remember what lies on top."""
        self._memo[len(self._memo) if place is None else place] = self.stack[-1]

    def get(self, place: Any) -> None:
        """Put what was remembered on top."""
        self.stack.append(self._memo[place])

    def mark(self) -> None:
        """What comes from here on belongs together."""
        self._marks.append(len(self.stack))

    def since_mark(self) -> list[Any]:
        """Take off what came since the last mark."""
        at = self._marks.pop()
        taken = self.stack[at:]
        del self.stack[at:]
        return taken

    def last(self, count: int) -> list[Any]:
        """Take off so many."""
        if count > len(self.stack):
            raise ValueError("its stack runs empty")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def pack(self, values: list[Any]) -> None:
        """Make a tuple."""
        self.stack.append(tuple(values))

    def append(self, values: list[Any]) -> None:
        """Add to the list on top."""
        if not isinstance(self.stack[-1], list):
            raise TypeError("it appends to what is no list")
        self.stack[-1].extend(values)

    def fill(self, values: list[Any]) -> None:
        """Add to the dictionary on top; what a class of the writer's own would hold is let go."""
        keys: list[Hashable] = values[::2]
        if not all(isinstance(key, str | int) for key in keys):
            raise TypeError("a key is neither text nor a number")
        if isinstance(self.stack[-1], dict):
            self.stack[-1].update(zip(keys, values[1::2], strict=True))

    def name(self) -> None:
        """A class or function, its module and name being on top."""
        module, name = self.last(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise TypeError("a class or function has no name")
        self.stack.append(Name(module, name))

    def call(self) -> None:
        """Note a call; only of the ordinary ordered dictionary, which holds nothing else, one is made."""
        function, arguments = self.last(2)
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise TypeError("it calls what is no function")
        if (function.module, function.name) == _ORDERED_DICT and not arguments:
            self.stack.append({})
        else:
            self.stack.append(Call(function, arguments))

    def refer(self) -> None:
        """Something outside of the pickle."""
        (key,) = self.last(1)
        self.references.append(Reference(key))
        self.stack.append(self.references[-1])


_LITERALS = frozenset(
    {
        "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "INT", "LONG", "BINFLOAT", "FLOAT",
        "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING",
        "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    }
)  # fmt: skip
_CONSTANTS: Mapping[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,
}
_IN_MEMO: Mapping[str, Callable[[_Machine, Any], None]] = {
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.put,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
}
_STEPS: Mapping[str, Callable[[_Machine], Any]] = {
    "MARK": _Machine.mark,
    "TUPLE": lambda machine: machine.pack(machine.since_mark()),
    "TUPLE1": lambda machine: machine.pack(machine.last(1)),
    "TUPLE2": lambda machine: machine.pack(machine.last(2)),
    "TUPLE3": lambda machine: machine.pack(machine.last(3)),
    "APPEND": lambda machine: machine.append(machine.last(1)),
    "APPENDS": lambda machine: machine.append(machine.since_mark()),
    "ADDITEMS": lambda machine: machine.append(machine.since_mark()),
    "SETITEM": lambda machine: machine.fill(machine.last(2)),
    "SETITEMS": lambda machine: machine.fill(machine.since_mark()),
    "STACK_GLOBAL": _Machine.name,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.call,
    "BUILD": lambda machine: machine.last(1),  # attributes: state dicts keep versions there
    "BINPERSID": _Machine.refer,
}
