"""Logs of benchmark_model: every generation under every condition, against what was true."""

import pytest

from ghostbench.core.errors import RunnerError
from ghostbench.engine.bm_classic import parse_classic
from ghostbench.engine.bm_compiled import parse_compiled
from ghostbench.engine.bm_log import BenchmarkLog
from ghostbench.engine.bm_stats import LoopStats, parse_stats
from tests.fixtures.benchmark_model.corpus import CONDITIONS, GENERATIONS, Log, corpus, stats_of

CORPUS = list(corpus())
PLAIN = next(log for log in CORPUS if log.name == "litert-2.1 plain")


def read(log: Log) -> BenchmarkLog:
    parse = parse_compiled if log.generation.flavour == "compiled" else parse_classic
    return parse(log.stdout, log.stderr)


@pytest.mark.parametrize(
    "log", [log for log in CORPUS if log.refused is None], ids=lambda log: log.name
)
def test_what_is_read_is_what_was_true(log: Log) -> None:
    truth, g = log.truth, log.generation
    found = read(log)

    assert found.inference == stats_of(truth.timed_us, quantiles=g.quantiles)
    assert found.warmup == stats_of(truth.warmup_us, quantiles=g.quantiles)
    assert found.first_us == truth.warmup_us[0]
    assert found.init_us == pytest.approx(truth.init_us, rel=5e-6)
    assert found.threads == truth.threads
    assert (found.request.runs, found.request.min_s) == (truth.runs, truth.min_s)
    assert found.request.max_s == (truth.max_s if g.limit else None)
    assert found.unconsumed == truth.unconsumed
    assert found.profiled == bool(truth.profile)
    assert found.cut_short == (len(truth.timed_us) < truth.runs)
    assert (found.delegation.share if found.delegation else None) == truth.delegated
    tells_memory = g.memory == "delta" or g.flavour == "compiled"
    assert found.memory.peak_mb == (truth.peak_mb if tells_memory else None)


@pytest.mark.parametrize(
    "log", [log for log in CORPUS if log.refused is not None], ids=lambda log: log.name
)
def test_what_failed_or_is_cut_is_refused(log: Log) -> None:
    with pytest.raises(RunnerError, match=log.refused):
        read(log)


def test_the_corpus_has_every_generation_under_every_condition() -> None:
    assert len(CORPUS) == len(GENERATIONS) * len(CONDITIONS)
    assert {log.name.split()[1] for log in CORPUS if log.refused is not None} == {
        "warmup-failed",
        "invoke-failed",
        "truncated",
        "cut",  # of the oldest, which have no limit of time
    }


def test_memory_is_read_from_every_wording() -> None:
    by_name = {
        log.name: read(log).memory.overall_mb for log in CORPUS if log.name.endswith("plain")
    }
    assert by_name["tf-2.3 plain"] == 12.8672
    assert by_name["litert-2.1 plain"] == by_name["compiled-2.1 plain"] == 18.72
    assert by_name["tf-1.13 plain"] is None


@pytest.mark.parametrize("length", range(0, len(PLAIN.stdout), 7))
def test_a_log_that_ends_early_is_never_misread(length: int) -> None:
    whole = read(PLAIN)
    try:
        found = parse_classic(PLAIN.stdout[:length], PLAIN.stderr)
    except RunnerError:
        return
    assert (found.inference, found.warmup, found.init_us) == (
        whole.inference,
        whole.warmup,
        whole.init_us,
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("count=2 first=12 curr=10 min=11 max=12 avg=11 std=1", "curr outside"),
        ("count=2 first=12 curr=10 min=10 max=12 avg=14 std=1", "avg does not fit"),
        ("count=100 first=12 curr=10 min=10 max=12 avg=11 std=9", "std does not fit"),
        ("count=9 first=10 curr=90 min=10 max=90 avg=40 std=0", "std does not fit"),
        (
            "count=9 first=10 curr=10 min=10 max=20 avg=12 std=3 p5=10 median=18 p95=20",
            "median does not",
        ),
        (
            "count=9 first=10 curr=10 min=10 max=20 avg=12 std=3 p5=14 median=12 p95=20",
            "out of order",
        ),
        ("count=1 first=10 curr=12 min=10 max=12 avg=11 std=1", "one inference with a spread"),
        ("count=3 first=10 curr=10 min=10 max=10 avg=10 std=1", "all same"),
        ("count=3 curr=10", "all same"),
        ("count=0", "not one inference"),
        ("count=5 first=1 curr=1 min=-9 max=9 avg=1 std=1", "cannot be read"),
        ("count=5 first=1 curr=1 min=1 max=9 avg=nan std=1", "cannot be read"),
        ("count=5 first=1 curr=1 min=1 max=9 avg=2.5 std=1INFO: more", "cannot be read"),
    ],
)
def test_a_line_of_statistics_that_contradicts_itself_is_refused(line: str, reason: str) -> None:
    with pytest.raises(RunnerError, match=reason):
        parse_stats(line)


def test_an_average_of_more_than_a_million_comes_in_scientific_notation() -> None:
    stats = parse_stats(
        "count=2 first=4385330 curr=4385332 min=4385330 max=4385332 avg=4.38533e+06 std=1"
    )
    assert stats == LoopStats(
        count=2,
        first_us=4385330,
        last_us=4385332,
        min_us=4385330,
        max_us=4385332,
        avg_us=4385330,
        std_us=1,
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("INFO: count=", "INFO: 42 count=", "part of another"),
        (" p5=", "\n p5=", "no empty line"),
        ("First inference: ", "First inference: 1", "the first inference"),
        ("Init: ", "Init: 1", "the initialisation"),
        ("Inference (avg): ", "Inference (avg): 1", "the average"),
        ("Warmup (avg): ", "Warmup (avg): 1", "the warm-up's average"),
        ("Running benchmark", "Runn1ng benchmark", "without its loop"),
        ("CPU inference: [1]", "CPU inference: [4]", "different things"),
        ("Inference timings in us", "Inference t1mings in us", "lines of results"),
        ("completely executed by the delegate.", "completely executed by the delegate. The model graph will not be "
         "executed\nthe model graph will not be executed by the delegate", "two things of its delegate"),
    ],
)  # fmt: skip
def test_a_damaged_log_is_refused(old: str, new: str, reason: str) -> None:
    damaged = PLAIN.stdout.replace(old, new, 1)
    assert damaged != PLAIN.stdout
    with pytest.raises(RunnerError, match=reason):
        parse_classic(damaged, PLAIN.stderr)


def test_a_log_that_is_there_twice_is_refused() -> None:
    with pytest.raises(RunnerError, match="beginning"):
        parse_classic(PLAIN.stdout * 2, PLAIN.stderr)


def test_a_block_of_results_that_disagrees_with_the_loops_is_refused() -> None:
    log = next(log for log in CORPUS if log.name == "compiled-2.1 plain")
    for name in (
        "Inference (min):",
        "Warmup (first):",
        "Inference (avg):",
        "Model initialization:",
    ):
        line = next(line for line in log.stderr.splitlines() if name in line)
        value = line.split(name)[1].split()[0]
        wrong = line.replace(value, f"{float(value) + 0.02:.2f}")
        with pytest.raises(RunnerError, match="contradicts itself"):
            parse_compiled(log.stdout, log.stderr.replace(line, wrong))


def test_no_inference_at_all_is_refused() -> None:
    log = next(log for log in CORPUS if log.name == "compiled-2.1 plain")
    with pytest.raises(RunnerError, match="not one inference"):
        parse_compiled(log.stdout, "INFO: [a.cc:1] No inference runs were performed.\n")
