import threading
from pathlib import Path

import pytest

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.onnx_environment import (
    environment_folder,
    environment_python,
    lock_file,
    make_environment,
    tools_digest,
)


@pytest.fixture
def empty_lock(tmp_path: Path) -> Path:
    """A list of no packages, so that an environment is made without a network."""
    path = tmp_path / "lock.txt"
    path.write_text("# nothing\n")
    return path


def test_every_tool_in_the_lock_file_has_hashes_and_no_registry_is_named() -> None:
    text = lock_file().read_text()
    packages = [line for line in text.splitlines() if line[:1].isalpha()]
    assert len(packages) > 40
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert "://" not in text


def test_the_digest_names_the_python_and_the_machine() -> None:
    assert tools_digest().startswith("py3.")
    assert len(tools_digest().split("-")[-1]) == 12


def test_an_environment_that_is_not_made_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="not made yet"):
        environment_python(tmp_path)


def test_an_environment_is_made_once_and_told_once(tmp_path: Path, empty_lock: Path) -> None:
    said: list[str] = []
    cache = tmp_path / "cache"
    first = make_environment(said.append, cache=cache, lock=empty_lock)
    again = make_environment(said.append, cache=cache, lock=empty_lock)
    assert first == again == environment_python(cache)
    assert len(said) == 1
    assert str(environment_folder(cache)) in said[0]


def test_two_at_once_make_it_once(tmp_path: Path, empty_lock: Path) -> None:
    said: list[str] = []
    cache = tmp_path / "cache"
    makers = [
        threading.Thread(
            target=make_environment,
            args=(said.append,),
            kwargs={"cache": cache, "lock": empty_lock},
        )
        for _ in range(2)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sum(line.startswith("making") for line in said) == 1
    assert environment_python(cache).exists()


def test_what_cannot_be_fetched_is_told_with_what_to_fetch_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"no-such-package-of-ghostbench==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    cache = tmp_path / "cache"
    with pytest.raises(ConversionError, match=r"pip download .* PIP_FIND_LINKS=wheels") as caught:
        make_environment(lambda line: None, cache=cache, lock=lock)
    assert "no-such-package-of-ghostbench" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert [path.name for path in cache.iterdir()] == [f"{tools_digest()}.lock"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path, empty_lock: Path) -> None:
    left = tmp_path / "cache" / ".making-left"
    left.mkdir(parents=True)
    make_environment(lambda line: None, cache=tmp_path / "cache", lock=empty_lock)
    assert not left.exists()
