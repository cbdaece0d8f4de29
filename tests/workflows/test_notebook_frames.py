"""What notebooks begin with: the networks of a campaign, without what was timed for a table alone."""

from pathlib import Path

import pandas as pd
import pytest

from ghostbench.core.errors import StoreError
from ghostbench.report.papers import load_paper
from ghostbench.workflows.notebook import newest_networks, newest_study, of_the_comparison
from tests.report.samples import campaign, store
from tests.workflows.test_sessions import days

PAPER = load_paper("ghostnet-2020")
PAIR = PAPER.pairs_of(["modules"])[0]


def test_a_layer_is_no_network_of_the_comparison() -> None:
    models = ["ghostnet-1.0x", PAIR.ordinary, PAIR.ghost, "vgg16-cifar10", "my_own"]
    frame = pd.DataFrame({"model": models, "purpose": "reproduce ghostnet-2020"})
    assert {PAIR.ordinary, PAIR.ghost} <= PAPER.timed_for_tables()
    kept = of_the_comparison(frame)["model"].tolist()
    assert kept == [name for name in models if name not in PAPER.timed_for_tables()]
    assert kept[0] == "ghostnet-1.0x"
    assert kept[-1] == "my_own"
    assert len(of_the_comparison(frame.assign(purpose="run"))) == len(models)


def test_the_newest_campaign_is_taken_unless_one_is_named(tmp_path: Path) -> None:
    folder = store(campaign(names=("ghostnet-1.0x",), rounds=3), tmp_path / "results")
    newer = days(tmp_path, 2.0, 2.1)
    frame = newest_networks(tmp_path)
    assert frame["campaign"].unique().tolist() == [newer[0].folder.name]
    assert frame["sessions"].tolist() == [2, 2]
    named = newest_networks(tmp_path, folder.name)
    assert named["model"].tolist() == ["ghostnet-1.0x"]
    assert newest_study(tmp_path, folder.name).campaign == folder.name


def test_a_campaign_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no campaign"):
        newest_networks(tmp_path, "2026-01-01-host-9")
