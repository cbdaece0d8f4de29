"""`ghostbench profile --device SERIAL` from end to end, with Google's real adbd and the real AArch64 runner."""

import json
from pathlib import Path

import pytest

from ghostbench.store.campaign import campaign_folders
from ghostbench.workflows.profile import profile
from tests.phone.lab import CORE, TINY, how
from tests.virtual_phone.phone import VirtualPhone

pytestmark = pytest.mark.usefixtures("phone_bundle", "_own_state_folder")


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


def test_operators_are_timed_on_the_phone_and_the_phone_is_left_as_it_was(
    phone: VirtualPhone, tmp_path: Path
) -> None:
    before = phone.settings()

    outcome = profile(str(TINY), repetitions=5, how=how(phone, tmp_path, rounds=3))

    (found,) = outcome.profiles
    assert found.profiled
    assert found.device.emulated
    assert {one.kind for one in found.operators} >= {"CONV_2D", "FULLY_CONNECTED"}
    assert all(one.time.ns > 0 and one.matched for one in found.operators if one.kernels)
    assert found.roof is not None
    assert found.roof.kernel == "neon"
    said = json.loads((outcome.folder / "profiled-1-round-1.jsonl").read_text().splitlines()[0])
    assert said["machine"] == "aarch64"
    assert said["cpus_allowed"] == [int(CORE)]
    assert [caution for caution in found.cautions if caution.startswith("emulated: ")]
    assert list(campaign_folders(outcome.folder.parent)) == []
    assert phone.settings() == before
    assert phone.processes() == []
