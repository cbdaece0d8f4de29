"""Files of torch.save: those in tests/fixtures/torch are torch's own, made by the script beside them."""

import collections
import io
import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.core.errors import WeightsError
from ghostbench.zoo.weights_file import open_weights
from ghostbench.zoo.weights_pickle import NotAPickle, read_pickle

FILES = Path(__file__).resolve().parents[1] / "fixtures" / "torch"
ROW = np.arange(12, dtype=np.float32)
MAGIC = 0x1950A86A20F9469CFC6C


def tensors(path: Path) -> dict[str, Any]:
    with open_weights(path) as stored:
        return {name: tensor.read() for name, tensor in stored.items()}


@pytest.mark.parametrize("name", ["state.pth", "state-old.pth", "state-protocol-4.pth"])
def test_a_state_dict_holds_what_torch_wrote(name: str) -> None:
    found = tensors(FILES / name)
    assert np.array_equal(found["plain"], ROW.reshape(3, 4))
    assert np.array_equal(found["turned"], ROW.reshape(3, 4).T)
    assert np.array_equal(found["part"], ROW[4:8])
    assert found["half"].tolist() == [0.5, -1.0]
    assert found["double"].tolist() == [[1 / 3]]
    assert found["trained"].tolist() == [7.0]
    assert found["num_batches_tracked"].tolist() == 9
    assert found["nothing"].shape == (0, 3)


@pytest.mark.parametrize("name", ["state.pth", "state-old.pth"])
def test_shapes_and_formats_are_known_before_anything_is_read(name: str) -> None:
    with open_weights(FILES / name) as stored:
        kinds = {key: (tensor.shape, tensor.kind) for key, tensor in stored.items()}
    assert kinds["turned"] == ((4, 3), "F32")
    assert kinds["half"] == ((2,), "F16")
    assert kinds["brain"] == ((1,), "BF16")
    assert kinds["num_batches_tracked"] == ((), "I64")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("checkpoint.pth", r"no plain state dict: not tensors are epoch, args, state_dict, opt.*\['state_dict'\]"),
        ("module.pth", "holds no state dict but torch.nn.modules.container.Sequential"),
        ("tensor.pth", "holds no state dict but torch._utils._rebuild_tensor_v2"),
        ("sparse.pth", "no plain state dict: not tensors are a;"),
        ("script.pt", "is a TorchScript program, not weights"),
    ],
)  # fmt: skip
def test_what_is_no_plain_state_dict_is_refused_in_one_line(name: str, complaint: str) -> None:
    with pytest.raises(WeightsError, match=complaint) as why:
        tensors(FILES / name)
    assert "\n" not in str(why.value)


class Harmful:
    """Would run a command when an ordinary reader loads it."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self._mark}",)


def as_zip(path: Path, content: bytes, *, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", content)
    return path


def as_row(path: Path, content: bytes) -> Path:
    head = b"".join(pickle.dumps(one, 2) for one in (MAGIC, 1001, {"little_endian": True}))
    path.write_bytes(head + content + pickle.dumps([], 2))
    return path


@pytest.mark.parametrize("make", [as_zip, as_row])
@pytest.mark.parametrize("inside", [True, False])
def test_a_file_that_would_run_a_command_runs_none(make: Any, inside: bool, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    harm = Harmful(mark)
    content = pickle.dumps(collections.OrderedDict(a=harm) if inside else harm, 2)
    with pytest.raises(WeightsError, match=r"posix\.system|not tensors are a"):
        tensors(make(tmp_path / "harm.pth", content))
    assert not mark.exists()
    pickle.loads(content)  # it would
    assert mark.exists()


@pytest.mark.parametrize("name", ["state.pth", "state-old.pth"])
def test_a_file_that_is_cut_off_is_an_error_and_no_crash(name: str, tmp_path: Path) -> None:
    whole = (FILES / name).read_bytes()
    for share in range(1, 20):
        path = tmp_path / f"{share}.pth"
        path.write_bytes(whole[: len(whole) * share // 20])
        with pytest.raises(WeightsError, match=r"cannot be read|is no file of torch"):
            tensors(path)


@pytest.mark.parametrize("name", ["network.pth", "state-old.pth"])
def test_a_damaged_file_is_an_error_or_other_numbers_and_no_crash(
    name: str, tmp_path: Path
) -> None:
    whole = (FILES / name).read_bytes()
    path, rng = tmp_path / "damaged.pth", np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        content = bytearray(whole)
        content[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(content)
        try:
            tensors(path)
        except WeightsError as error:
            refused += "\n" not in str(error)
    assert refused > 30


def test_other_zip_files_are_told_from_torchs(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", b"")
    with pytest.raises(WeightsError, match=r"a\.npz is a zip file, but none of torch\.save"):
        tensors(tmp_path / "a.npz")
    packed = as_zip(tmp_path / "a.pth", pickle.dumps({}, 2), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(WeightsError, match="compressed zip file"):
        tensors(packed)


def test_a_tensor_may_not_reach_beyond_its_storage(tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES / "network.pth") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    (root,) = (name.removesuffix("data.pkl") for name in entries if name.endswith("/data.pkl"))
    held = entries[f"{root}data.pkl"]
    kernel = struct.pack("<BBBBBBBB", 0x28, 0x4B, 4, 0x4B, 3, 0x4B, 3, 0x4B)  # (4, 3, 3, ...
    assert held.count(kernel) == 1
    larger = held.replace(kernel, struct.pack("<BBBBBBBB", 0x28, 0x4B, 9, 0x4B, 3, 0x4B, 3, 0x4B))
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        for name, content in (entries | {f"{root}data.pkl": larger}).items():
            archive.writestr(name, content)
    with pytest.raises(WeightsError, match=r"the tensor 0\.weight .* reaches beyond its storage"):
        tensors(tmp_path / "a.pth")


def test_a_file_of_another_kind_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(b"\x89HDF\r\n")
    with pytest.raises(WeightsError, match=r"cannot be read as a safetensors file, and is none of"):
        tensors(path)
    with pytest.raises(WeightsError, match="No such file"):
        tensors(tmp_path / "none.pth")


@pytest.mark.parametrize(
    "value", [{"a": [1, 2.5, None, True], "b": ("x", "ÿ", {}, [])}, [[{1: (2, (3,))}]], 1 << 200]
)
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_values_are_what_pickle_made_of_them(value: Any, protocol: int) -> None:
    stream = io.BytesIO(pickle.dumps(value, protocol) + b"behind")
    assert read_pickle(stream) == (value, [])
    assert stream.read() == b"behind"


@pytest.mark.parametrize("content", [b"", b"\x80\x02", b"\x80\x02\x85.", b"\x80\x02N\x81.", b"(."])
def test_opcodes_without_sense_are_refused(content: bytes) -> None:
    with pytest.raises(NotAPickle):
        read_pickle(io.BytesIO(content))
