"""What the results of a campaign say of any other hour."""

from pathlib import Path

import pytest

from ghostbench.core.result import JobResult
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_runner import Truth
from ghostbench.store.campaign import Campaign, load_campaign
from ghostbench.workflows.session_spread import SessionSpreads, results_over_sessions
from tests.store.made_up import made_up_campaign


def stored(workspace: Path, ms: float, rounds: int = 8) -> Campaign:
    """A campaign of one model, always of the same device."""
    truth = Truth(latency_ms={"net.tflite": ms}, between_blocks=0.002)
    device = SimulatedDevice(0, truth=truth)
    made = made_up_campaign(workspace / "results", "net", rounds=rounds, device=device)
    return load_campaign(made.store().folder)


def results(workspace: Path, *times_ms: float, rounds: int = 8) -> list[list[JobResult]]:
    """Of campaigns one after the other; each knows the ones before it only."""
    told = []
    for ms in times_ms:
        campaign = stored(workspace, ms, rounds)
        told.append(results_over_sessions([campaign], SessionSpreads(workspace)))
    return told


def half_width_percent(result: JobResult) -> float:
    assert result.over_sessions
    low, high = result.over_sessions.ci95_ns
    assert low < result.median_ns < high
    return 50 * (high - low) / result.median_ns


def test_until_sessions_show_how_they_differ_it_is_assumed_and_said(tmp_path: Path) -> None:
    ((first,),) = results(tmp_path, 10)
    assert first.over_sessions
    assert first.ci95_ns
    assert (
        first.over_sessions.told
        == "sessions are taken to differ by 1 %, as assumed of such a device"
    )
    assert half_width_percent(first) == pytest.approx(1.96, abs=0.2)
    assert first.over_sessions.ci95_ns[0] < first.ci95_ns[0]


def test_kept_sessions_show_how_they_differ(tmp_path: Path) -> None:
    ((last,),) = results(tmp_path, 10, 11, 10, 11, 10)[-1:]
    assert last.over_sessions
    assert "sessions kept here differ by 5" in last.over_sessions.told
    assert "(5 of them)" in last.over_sessions.told
    assert half_width_percent(last) > 10


def test_too_few_blocks_tell_nothing_of_other_sessions_either(tmp_path: Path) -> None:
    ((only,),) = results(tmp_path, 10, rounds=2)
    assert only.ci95_ns is None
    assert only.over_sessions is None


def test_joined_sessions_need_no_assumption(tmp_path: Path) -> None:
    campaigns = [stored(tmp_path, ms) for ms in (10.0, 10.5, 10.2)]
    (joined,) = results_over_sessions(campaigns, SessionSpreads(tmp_path))
    assert joined.over_sessions
    assert joined.over_sessions.ci95_ns == joined.ci95_ns
    assert joined.over_sessions.told == "the 3 sessions it is joined of show how far they differ"
    (two,) = results_over_sessions(campaigns[:2], SessionSpreads(tmp_path))
    assert two.ci95_ns is None
    assert half_width_percent(two) == pytest.approx(1.96 / 2**0.5, abs=0.1)
