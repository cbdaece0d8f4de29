from dataclasses import replace

import pytest

from ghostbench.core.errors import NothingMeasured
from ghostbench.core.record import RunRecord
from tests.report.samples import EMULATED, PHONE, SIMULATED, Sample, campaign

TWO = ("ghostnet-1.0x", "mobilenetv3-large-1.0x")


def failed(record: RunRecord) -> RunRecord:
    return replace(record, measurement=None, failure="the runner ended with status 1")


def test_a_network_is_joined_with_what_the_paper_says_of_it() -> None:
    network = campaign(names=TWO).study().groups[0].networks[0]
    assert (network.title, network.top1_percent, network.published_macs) == (
        "GhostNet 1.0x",
        73.9,
        141_000_000,
    )
    assert network.macs == 141_150_000
    assert network.macs_change_percent == pytest.approx(0.106, abs=0.001)


def test_only_what_was_measured_alike_stands_in_one_group() -> None:
    groups = campaign(names=TWO, precisions=("fp32", "int8")).study().groups
    assert [(g.precision, len(g.networks)) for g in groups] == [("fp32", 2), ("int8", 2)]


def test_the_names_of_groups_differ_and_suit_files() -> None:
    names = [g.name for g in campaign(names=TWO, precisions=("fp32", "int8")).study().groups]
    assert names == ["host-fp32-litert-1t", "host-int8-litert-1t"]


@pytest.mark.parametrize(
    ("device", "made_up"), [(PHONE, False), (SIMULATED, True), (EMULATED, True)]
)
def test_a_group_knows_whether_its_times_mean_anything(device: object, made_up: bool) -> None:
    assert campaign(names=TWO, device=device).study().groups[0].made_up is made_up  # type: ignore[arg-type]


def test_real_times_come_before_made_up_ones_even_when_fewer() -> None:
    real, pretended = campaign(names=TWO[:1]), campaign(names=TWO, device=SIMULATED)
    both = replace(
        real,
        records=tuple(
            replace(r, job=replace(r.job, job_id=f"sim-{r.job.job_id}")) for r in pretended.records
        )
        + real.records,
        results=tuple(replace(r, job_id=f"sim-{r.job_id}") for r in pretended.results)
        + real.results,
    )
    assert [group.made_up for group in both.study().groups] == [False, True]


def test_a_given_file_borrows_nothing_from_a_network_of_the_same_name() -> None:
    sample = campaign(names=TWO)
    given = tuple(replace(a, route="given", family=None) for a in sample.artifacts)
    network = replace(sample, artifacts=given).study().groups[0].networks[0]
    assert (network.top1_percent, network.published_macs, network.family) == (None, None, "other")


def test_a_file_without_facts_and_spec_still_has_its_name() -> None:
    sample = replace(campaign(names=TWO), artifacts=(), specs={})
    network = sample.study().groups[0].networks[0]
    assert (network.title, network.macs, network.params) == ("ghostnet-1.0x", None, None)


def test_a_failed_block_is_told_with_its_reason() -> None:
    sample = campaign(names=TWO)
    records = (failed(sample.records[0]), *sample.records[1:])
    (line,) = replace(sample, records=records).study().failures
    assert line == f"{records[0].job.job_id}, round 1, attempt 1: the runner ended with status 1"


def test_a_campaign_without_a_measurement_cannot_be_reported() -> None:
    sample: Sample = campaign(names=TWO)
    empty = replace(sample, records=tuple(map(failed, sample.records)), results=())
    with pytest.raises(NothingMeasured, match="nothing to report, no block of it counts"):
        empty.study()


def test_a_study_ends_when_its_last_block_ends() -> None:
    study = campaign(names=TWO, rounds=3).study()
    assert (study.started_at, study.finished_at) == (
        "2026-01-05T09:00:00+00:00",
        "2026-01-05T09:00:41+00:00",
    )
