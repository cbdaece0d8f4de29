import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError
from ghostbench.core.strict import from_json
from ghostbench.zoo.cache import file_stem, find_built, look_up, publish, scratch_folder
from ghostbench.zoo.recipe import Recipe
from tests.zoo.recipes import artifact_at, recipe

CONTENT = b"the content of a model"


def never(line: str) -> None:
    raise AssertionError(line)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "built"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def put(built: Path) -> Callable[[Recipe, bytes], Artifact]:
    def put(of: Recipe, content: bytes) -> Artifact:
        with scratch_folder(built) as scratch:
            draft = artifact_at(
                scratch / "draft.tflite", content, name=of.spec.name, precision=of.precision
            )
            return publish(draft, of, built)

    return put


Put = Callable[[Recipe, bytes], Artifact]


def test_what_was_published_is_found_again(built: Path, put: Put) -> None:
    published = put(recipe(), CONTENT)
    assert published.path.read_bytes() == CONTENT
    assert look_up(recipe(), built, never) == replace(published, cached=True)


def test_the_folder_holds_the_file_and_its_sidecar_and_nothing_else(built: Path, put: Put) -> None:
    put(recipe(), CONTENT)
    stem = file_stem(recipe())
    assert sorted(p.name for p in built.iterdir()) == [f"{stem}.json", f"{stem}.tflite"]


def test_the_sidecar_holds_exactly_the_artifact(built: Path, put: Put) -> None:
    published = put(recipe(), CONTENT)
    stored = from_json((built / f"{file_stem(recipe())}.json").read_bytes(), Artifact)
    assert replace(stored, path=published.path) == published


def test_another_recipe_is_not_found(built: Path, put: Put) -> None:
    put(recipe(), CONTENT)
    assert look_up(recipe(precision="fp16"), built, never) is None


def test_a_corrected_title_shows_without_building_anew(built: Path, put: Put) -> None:
    put(recipe(), CONTENT)
    found = look_up(recipe(title="Better Title"), built, never)
    assert found is not None
    assert found.title == "Better Title"


def test_a_moved_workspace_keeps_its_files(tmp_path: Path, built: Path, put: Put) -> None:
    put(recipe(), CONTENT)
    moved = tmp_path / "elsewhere"
    built.rename(moved)
    found = look_up(recipe(), moved, never)
    assert found is not None
    assert found.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.write_bytes(CONTENT[:-1]), "has 21 bytes and had 22"),
        (lambda path: path.write_bytes(CONTENT.upper()), "has changed since it was built"),
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.with_suffix(".json").write_text("{"), "not what ghostbench writes"),
    ],
)
def test_a_damaged_file_is_not_used_and_said_so(
    built: Path, put: Put, damage: Callable[[Path], object], told: str
) -> None:
    damage(put(recipe(), CONTENT).path)
    warnings: list[str] = []
    assert look_up(recipe(), built, warnings.append) is None
    assert len(warnings) == 1
    assert told in warnings[0]


def test_a_damaged_file_is_replaced_by_the_next_one(built: Path, put: Put) -> None:
    put(recipe(), CONTENT).path.write_bytes(b"damaged")
    put(recipe(), CONTENT)
    found = look_up(recipe(), built, never)
    assert found is not None
    assert found.path.read_bytes() == CONTENT


def test_a_file_without_a_sidecar_was_never_finished(built: Path, put: Put) -> None:
    put(recipe(), CONTENT).path.with_suffix(".json").unlink()
    assert look_up(recipe(), built, never) is None


def test_a_variants_name_is_a_file_name(built: Path) -> None:
    stem = file_stem(recipe(name="net+a=1/../x y"))
    assert (built / f"{stem}.tflite").parent == built
    assert " " not in stem


def test_the_newest_sound_file_of_a_name_is_found_without_its_recipe(
    tmp_path: Path, put: Put
) -> None:
    for age_s, sources in ((300, "a"), (200, "b"), (100, "c")):
        artifact = put(recipe(sources_sha256=sources), sources.encode())
        moment = time.time() - age_s
        os.utime(artifact.path.with_suffix(".json"), (moment, moment))
    artifact.path.write_bytes(b"x")  # the newest is damaged
    put(recipe(precision="fp16"), b"other precision")
    warnings: list[str] = []
    found = find_built("tiny", "fp32", workspace=tmp_path, warn=warnings.append)
    assert found is not None
    assert found.path.read_bytes() == b"b"
    assert len(warnings) == 1


def test_a_file_can_be_asked_for_by_its_weights_and_route(tmp_path: Path, put: Put) -> None:
    put(recipe(), CONTENT)
    assert find_built("tiny", "fp32", workspace=tmp_path, weights="random(seed=0)", route="keras")
    assert find_built("tiny", "fp32", workspace=tmp_path, weights="random(seed=1)") is None
    assert find_built("tiny", "fp32", workspace=tmp_path, route="onnx") is None


def test_nothing_is_found_where_nothing_was_built(tmp_path: Path) -> None:
    assert find_built("tiny", "fp32", workspace=tmp_path) is None


def test_a_scratch_folder_leaves_nothing_behind_when_building_fails(built: Path) -> None:
    def fail() -> None:
        with scratch_folder(built) as scratch:
            (scratch / "draft.tflite").write_bytes(CONTENT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(built.iterdir()) == []


def test_what_a_killed_build_left_is_removed_a_day_later(built: Path) -> None:
    old, new = built / ".building-old", built / ".building-new"
    for folder, age_s in ((old, 2 * 24 * 3600), (new, 60)):
        folder.mkdir()
        moment = time.time() - age_s
        os.utime(folder, (moment, moment))
    with scratch_folder(built):
        assert not old.exists()
        assert new.exists()


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be")
    with (
        pytest.raises(ConversionError, match="cannot build here: Not a directory"),
        scratch_folder(tmp_path / "models" / "built"),
    ):
        pass


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", "pass"])
    killed.wait()
    left = tmp_path / f".building-{platform.node()}-{killed.pid}-x"
    running = tmp_path / f".building-{platform.node()}-{os.getpid()}-x"
    elsewhere = tmp_path / f".building-another-machine-{killed.pid}-x"
    for folder in (left, running, elsewhere):
        folder.mkdir()
    with scratch_folder(tmp_path):
        assert [left.exists(), running.exists(), elsewhere.exists()] == [False, True, True]
