"""The folder of a profile: what the runner said, the figures, a chart and a trace."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.folders import results_folder
from ghostbench.core.profile import ModelProfile, ProfileComparison
from ghostbench.core.strict import to_json

if TYPE_CHECKING:
    from ghostbench.workflows.measure import HowToMeasure


def new_profile_folder(how: "HowToMeasure") -> Path:
    """A new one in `results/`."""
    from ghostbench.store.campaign import new_campaign_folder

    today = datetime.now(UTC).date()
    # It has no plan, so nothing takes it for a campaign of latencies.
    return new_campaign_folder(
        results_folder(how.workspace), device=f"{how.device}-profile", today=today
    )


def write_profile(
    folder: Path, profiles: Sequence[ModelProfile], comparison: ProfileComparison | None
) -> None:
    """Write `profile.json`, `trace.json` and the charts."""
    import msgspec

    from ghostbench.report.charts.profile import profile_figure
    from ghostbench.report.charts.style import drawing, write_picture
    from ghostbench.report.profile_trace import trace
    from ghostbench.store.durable import write_whole

    content: object = comparison or profiles[0]
    write_whole(folder / "profile.json", msgspec.json.format(to_json(content), indent=1) + b"\n")
    write_whole(folder / "trace.json", to_json(trace(profiles)) + b"\n")
    for number, one in enumerate(profiles, start=1):
        with drawing():
            name = "profile" if len(profiles) == 1 else f"profile-{number}"
            write_picture(profile_figure(one), folder, name)
