from pathlib import Path

import pytest

from ghostbench.core.errors import SpecError, UsageError
from ghostbench.core.plan import StoppingRule
from ghostbench.store.campaign import load_campaign
from ghostbench.workflows.amounts import parse_percent, parse_seconds
from ghostbench.workflows.plan_file import load_plan_file
from ghostbench.workflows.preview import preview
from ghostbench.workflows.run import run
from ghostbench.workflows.sessions import run_session, sessions_of

TINY = Path(__file__).parents[1] / "fixtures"
GOOD = f"""
models = ["{TINY / "tiny_conv.tflite"}", "{TINY / "tiny_int8.tflite"}"]
device = "simulated"
seed = 3
[goal]
half_width = "2%"
budget = "1h"
[settings]
min_ms = 20
warmup_min_ms = 5
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


def test_a_written_plan_says_what_and_how(tmp_path: Path) -> None:
    planned = load_plan_file(written(tmp_path, GOOD))
    assert [Path(target).name for target in planned.targets] == [
        "tiny_conv.tflite",
        "tiny_int8.tflite",
    ]
    assert planned.how.stopping == StoppingRule(half_width_percent=2.0, budget_s=3600.0)
    assert (planned.how.settings.min_ms, planned.how.order_seed) == (20, 3)


def test_model_files_are_looked_for_beside_the_plan(tmp_path: Path) -> None:
    planned = load_plan_file(written(tmp_path, 'models = ["own/a.tflite", "ghostnet-1.0x"]'))
    assert planned.targets == (str(tmp_path / "own/a.tflite"), "ghostnet-1.0x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "`models` is missing"),
        ("models = []", "names no model"),
        ('models = ["a"]\nspeed = 3', "unknown field 'speed'"),
        ('models = ["a", "b", "a"]', "`models` names 'a' more than once"),
        ("models = 3", "`models`: expected a list, got a whole number"),
        ('models = ["a"]\nsettings = 3', "`settings`: expected a table"),
        (
            'models = ["a"]\ndevice = "hst"',
            "`device` or `engine`: there is no device 'hst'; did you mean host",
        ),
        ('models = ["a"]\nengine = "tflite"', "there is no engine 'tflite'; did you mean litert"),
        ('models = ["a"]\n[goal]\nratio = ["a", "a"]', "two different jobs"),
        ('models = ["a"]\n[settings]\ndelay_ms = nan', "`settings.delay_ms` must be a number"),
        ('models = ["a"]\n[settings.inputs]\ndistribution = "gauss"', "not 'gauss'"),
        ('models = ["a"]\n[settings.inputs]\nlow = 2.0', "must not be above"),
        ('models = ["a"]\n[settings.inputs]\nfiles = ["x"]', "belongs to the distribution `file`"),
        ('models = ["a"]\n[settings]\nthread = 3', "`settings`: unknown field 'thread'"),
        ('models = ["a"]\n[settings]\nthreads = 0', "threads must be above zero"),
        (
            'models = ["a"]\n[settings]\nthreads = "two"',
            "`settings.threads`: expected a whole number, got text",
        ),
        ('models = ["a"]\n[settings]\ncpu = 1', "chosen by `core`"),
        ('models = ["a"]\n[goal]\nbudget = "-10min"', "budget must be above zero"),
        ('models = ["a"]\n[goal]\nhalf_width = "0%"', "half-width must be above zero"),
        ('models = ["a"]\n[goal]', "a campaign must stop"),
        ('models = ["a"]\nrounds = -1', "rounds must be above zero"),
        ('models = ["a"]\nrounds = 3\n[goal]\nbudget = "1h"', "exclude each other"),
        ('models = ["a"]\nprecisions = ["fp8"]', "fp8"),
        ("models = [", "Invalid value"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_naming_file_and_place(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(SpecError, match=told) as refused:
        load_plan_file(written(tmp_path, text))
    assert "plan.toml: " in str(refused.value)


def test_a_plan_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no such plan"):
        load_plan_file(tmp_path / "none.toml")


def test_a_preview_gives_the_order_that_is_run_and_touches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    planned = load_plan_file(written(tmp_path, GOOD))
    shown = preview(planned)
    assert {path.name for path in tmp_path.iterdir()} == {"plan.toml"}
    assert shown.seconds_at_most == pytest.approx(100 * shown.seconds_per_round)
    outcome = run(planned.targets, precision=planned.precisions, how=planned.how)
    blocks = load_campaign(outcome.folder).plan.blocks[: 2 * len(shown.order)]
    ran = [block.job_id.partition("-")[0] for block in blocks]
    assert ran == [job.partition("-")[0] for jobs in shown.order for job in jobs]


def test_a_session_measures_the_same_plan_again_and_names_what_it_joins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    planned = load_plan_file(written(tmp_path, GOOD))
    first = run(planned.targets, precision=planned.precisions, how=planned.how)
    second = run_session(first.folder.name)
    third = run_session(second.folder.name)
    plans = [load_campaign(outcome.folder).plan for outcome in (first, second, third)]
    assert [plan.joins for plan in plans] == ["", first.folder.name, first.folder.name]
    assert plans[0].jobs == plans[1].jobs == plans[2].jobs
    assert plans[0].blocks != plans[1].blocks
    folders = tuple(outcome.folder for outcome in (first, second, third))
    assert tuple(f.resolve() for f in sessions_of(third.folder.name)) == tuple(
        f.resolve() for f in folders
    )


@pytest.mark.parametrize("text", ["", "x", "-1", "nan", "inf", "0", "3 weeks"])
def test_amounts_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="must be above zero"):
        parse_seconds(text, "budget")
    with pytest.raises(UsageError, match="must be above zero"):
        parse_percent(text, "half-width")


def test_the_plan_in_the_documentation_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "measuring.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    planned = load_plan_file(written(tmp_path, example))
    assert planned.how.stopping == StoppingRule(
        half_width_percent=1.0, budget_s=600.0, ratio_of=("detector-fp32", "ghostnet-1.0x-fp32")
    )
