import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghostbench.core.errors import GhostbenchError, UsageError
from ghostbench.zoo.own_model import OwnModel, Wishes, export_tools, is_own, own_model, own_name
from ghostbench.zoo.planning import Asked, plan_recipes, routes_of
from ghostbench.zoo.recipe import Recipe, recipe_key

NO_WISHES = Wishes()


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "my net.onnx"
    path.write_bytes(b"a model")
    return path


def plan(*names: str, **asked: Any) -> list[Recipe]:
    wanted = Asked(**{"precisions": ["fp32"], **asked})
    return plan_recipes(names, wanted, workspace=None, warn=lambda line: None)


def saved_model(folder: Path, content: bytes = b"graph") -> Path:
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(content)
    (folder / "variables" / "variables.index").write_bytes(b"index")
    return folder


def test_files_and_timm_names_are_ones_own_and_names_of_the_zoo_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved_model(tmp_path / "saved")
    (tmp_path / "ghostnet-1.0x").mkdir()
    owned = ["net.onnx", "net.KERAS", "folder/net", "saved", "timm:ghostnet_100", "net.pt"]
    assert [is_own(name) for name in owned] == [True] * len(owned)
    names = ["ghostnet-1.0x", "ghostnet-1.0x:padding=symmetric", "mobilenetv1-0.25x"]
    assert [is_own(name) for name in names] == [False] * len(names)


def test_a_file_is_known_by_its_content(model_file: Path) -> None:
    own = own_model(str(model_file), NO_WISHES, needs_range=False)
    assert (own.kind, own.path) == ("onnx", model_file)
    assert own.sha256 == hashlib.sha256(b"a model").hexdigest()
    assert str(own) == f"my net.onnx, sha256 {own.sha256}"


def test_a_folder_is_known_by_the_content_and_names_of_its_files(tmp_path: Path) -> None:
    one = saved_model(tmp_path / "one")
    same, other = saved_model(tmp_path / "same"), saved_model(tmp_path / "other", b"other")
    digests = [own_model(str(f), NO_WISHES, needs_range=False).sha256 for f in (one, same, other)]
    assert digests[0] == digests[1] != digests[2]
    (same / "variables" / "variables.index").rename(same / "variables" / "renamed")
    assert own_model(str(same), NO_WISHES, needs_range=False).sha256 != digests[0]


def test_it_is_called_as_its_file_is_or_as_the_user_says(model_file: Path) -> None:
    assert own_name(str(model_file), NO_WISHES) == "my_net"
    assert own_name(str(model_file), Wishes(name="mine")) == "mine"
    assert own_name("timm:ghostnet_100", NO_WISHES) == "ghostnet_100"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none.onnx", "there is no such file or folder"),
        ("given.tflite", "a .tflite already; time it with: ghostbench run"),
        ("weights.pth", "holds weights without their network; export it with torch.onnx.export"),
        ("folder", "no SavedModel, it holds no saved_model.pb"),
        ("frozen.pb", "what can be converted are .onnx and .keras files, SavedModel folders"),
    ],
)
def test_what_cannot_be_converted_is_told_with_what_can(
    tmp_path: Path, name: str, why: str
) -> None:
    path = tmp_path / name
    if path.suffix:
        path.write_bytes(b"x") if name != "none.onnx" else None
    else:
        path.mkdir()
    with pytest.raises(UsageError, match=why):
        own_model(str(path), NO_WISHES, needs_range=False)


def test_int8_asks_for_the_range_of_the_input(model_file: Path) -> None:
    with pytest.raises(UsageError, match=r"int8 is calibrated .* say which, .* --input-range 0 1"):
        plan(str(model_file), precisions=["int8"])
    (of,) = plan(str(model_file), precisions=["int8"], own=Wishes(input_range=(0.0, 1.0)))
    assert of.own is not None
    assert of.own.input_range == (0.0, 1.0)


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(input_range=(1.0, 0.0)),
        Wishes(input_range=(0.0, float("nan"))),
        Wishes(input_shape=(1, 0, 3)),
        Wishes(layout="chwn"),
    ],
)
def test_wishes_that_make_no_sense_are_told(model_file: Path, wishes: Wishes) -> None:
    with pytest.raises(UsageError):
        own_model(str(model_file), wishes, needs_range=False)


def test_wishes_for_ones_own_models_do_not_go_with_the_zoo() -> None:
    with pytest.raises(UsageError, match="for models of your own, not for networks of the zoo"):
        plan("ghostnet-1.0x", own=Wishes(layout="nchw"))


def test_a_name_of_the_zoo_cannot_be_ones_own(model_file: Path) -> None:
    with pytest.raises(UsageError, match=r"ghostnet-1\.0x is a network of the zoo"):
        plan(str(model_file), own=Wishes(name="ghostnet-1.0x"))


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.onnx").write_bytes(folder.encode())
    with pytest.raises(UsageError, match="would both be called net"):
        plan(*(str(tmp_path / folder / "net.onnx") for folder in "ab"))


def test_what_is_onnx_already_takes_the_onnx_route(model_file: Path, tmp_path: Path) -> None:
    keras_file = tmp_path / "net.keras"
    keras_file.write_bytes(b"x")
    assert [of.route for of in plan(str(model_file), str(keras_file))] == ["onnx", "keras"]
    with pytest.raises(UsageError, match="this takes the onnx route"):
        plan(str(model_file), route="keras")
    assert routes_of(["a.onnx", "ghostnet-1.0x", "timm:b"]) == {
        "keras": ["ghostnet-1.0x"],
        "onnx": ["a.onnx", "ghostnet-1.0x", "timm:b"],
    }


def test_a_file_brings_its_own_weights(model_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a model file brings its own weights"):
        plan(str(model_file), weights=tmp_path / "w.safetensors")


def test_everything_that_decides_what_is_built_is_in_the_key(model_file: Path) -> None:
    (of,) = plan(str(model_file))
    assert of.own is not None
    changed: list[OwnModel] = [
        replace(of.own, sha256="other"),
        replace(of.own, input_range=(0.0, 1.0)),
        replace(of.own, input_shape=(1, 3, 8, 8)),
        replace(of.own, layout="nhwc"),
    ]
    keys = {recipe_key(replace(of, own=own)) for own in changed}
    keys |= {recipe_key(of), recipe_key(replace(of, onnx_export="keras"))}
    assert len(keys) == len(changed) + 2
    moved = replace(of, own=replace(of.own, path=Path("elsewhere.onnx")))
    assert recipe_key(moved) == recipe_key(of)


def test_a_timm_source_without_torch_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])  # nothing is installed there
    with pytest.raises(
        GhostbenchError, match=r"needs torch, .* pip install torch timm onnx"
    ) as told:
        export_tools()
    assert len(str(told.value).splitlines()) == 1
