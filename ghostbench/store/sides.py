"""The jobs of a campaign as sides of a comparison."""

from collections.abc import Iterable, Sequence

from ghostbench.core.comparison import Side
from ghostbench.core.conditions import conditions
from ghostbench.core.record import RunRecord
from ghostbench.core.result import JobResult
from ghostbench.store.campaign import Campaign
from ghostbench.store.results import job_results


def campaign_sides(campaign: Campaign) -> list[Side]:
    """Every measured job, in the order of the plan."""
    return [
        side_of(
            result, [record for record in campaign.records if record.job.job_id == result.job_id]
        )
        for result in job_results(campaign)
    ]


def side_of(result: JobResult, records: Sequence[RunRecord]) -> Side:
    """A job's result as a side of a comparison, with what its records say of the conditions."""
    used = {block.record_id for block in result.blocks}
    measured = [record for record in records if record.record_id in used]
    return Side(
        label=result.record_id,
        campaign=result.campaign,
        job_id=result.job_id,
        model=result.model,
        precision=result.precision,
        model_sha256=result.model_sha256,
        measured_at=min(record.started_at for record in measured),
        conditions=_common_conditions(measured),
        rounds=tuple(block.round for block in result.blocks),
        medians_ns=tuple(block.median_ns for block in result.blocks),
        verdict=result.verdict,
        cautions=result.cautions,
        virtual=any(record.device.virtual for record in measured),
        ratio_looks=result.ratio_looks,
    )


def _common_conditions(records: Iterable[RunRecord]) -> dict[str, str]:
    """Each condition once; where blocks of one job differ in it, all of its values."""
    values: dict[str, dict[str, None]] = {}
    for record in records:
        for name, value in conditions(record).items():
            values.setdefault(name, {})[value] = None
    return {name: " and ".join(different) for name, different in values.items()}
