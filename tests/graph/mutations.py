"""Ways to damage a file, from a random bit to an offset that leads astray on purpose."""

import random
import struct
from collections.abc import Callable

EXTREMES = (
    0, 1, 2, 3, 4, 7, 8, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0xFFFFFF, 0x10000000, 0x3FFFFFFF, 0x7FFFFFFC, 0x7FFFFFFF,
    0x80000000, 0x80000004, 0xFFFFFF00, 0xFFFFFFFC, 0xFFFFFFFE, 0xFFFFFFFF,
)  # fmt: skip
Mutation = Callable[[random.Random, bytearray], None]


def flip_bits(chance: random.Random, data: bytearray) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def write_extreme(chance: random.Random, data: bytearray) -> None:
    width, code = chance.choice(((1, "B"), (2, "H"), (4, "I"), (4, "I"), (8, "Q")))
    if len(data) < width:
        return
    at = chance.randrange(len(data) - width + 1) // width * width
    value = chance.choice(EXTREMES) & (256**width - 1)
    struct.pack_into(f"<{code}", data, at, value)


def nudge_number(chance: random.Random, data: bytearray) -> None:
    if len(data) < 4:
        return
    at = chance.randrange(len(data) - 3) // 4 * 4
    (value,) = struct.unpack_from("<I", data, at)
    value += chance.choice((-8, -4, -2, -1, 1, 2, 4, 8, 16, 256, -256))
    struct.pack_into("<I", data, at, value % 2**32)


def point_elsewhere(chance: random.Random, data: bytearray) -> None:
    """Write an offset that leads to some other place inside the file."""
    if len(data) < 8:
        return
    at = chance.randrange(len(data) - 3) // 4 * 4
    target = chance.randrange(len(data)) // 4 * 4
    struct.pack_into("<i", data, at, target - at)


def repeat_offset(chance: random.Random, data: bytearray) -> None:
    """Let the following words point to where one word points, as a list of the same thing over and over."""
    if len(data) < 16:
        return
    at = chance.randrange(len(data) - 15) // 4 * 4
    (offset,) = struct.unpack_from("<I", data, at)
    for step in range(4, 4 * chance.randrange(2, 32), 4):
        if at + step + 4 <= len(data):
            struct.pack_into("<I", data, at + step, (offset - step) % 2**32)


def cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def splice(chance: random.Random, data: bytearray) -> None:
    start, to = chance.randrange(len(data)), chance.randrange(len(data))
    piece = data[start : start + chance.randrange(1, 129)]
    data[to : to + len(piece)] = piece


def insert_or_remove(chance: random.Random, data: bytearray) -> None:
    at, size = chance.randrange(len(data)), chance.choice((1, 2, 4, 8, 64))
    if chance.random() < 0.5:
        data[at:at] = chance.randbytes(size)
    else:
        del data[at : at + size]


def fill(chance: random.Random, data: bytearray) -> None:
    at, size = chance.randrange(len(data)), chance.randrange(1, 65)
    data[at : at + size] = bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF))]) * len(
        data[at : at + size]
    )


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, write_extreme, write_extreme, nudge_number, nudge_number, point_elsewhere, repeat_offset, cut, splice,
    insert_or_remove, fill,
)  # fmt: skip


def mutate(chance: random.Random, sound: bytes) -> bytes:
    """A copy with one to a few damages; the identifier usually survives, so that there is something to read."""
    data = bytearray(sound)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if data:
            chance.choice(MUTATIONS)(chance, data)
    if len(data) >= 8 and chance.random() < 0.98:
        data[4:8] = b"TFL3"
    return bytes(data)
