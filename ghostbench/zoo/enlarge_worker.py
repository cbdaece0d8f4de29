"""A process that scores networks, one after the other: `python -m ghostbench.zoo.enlarge_worker THREADS`.

It reads a setup and then requests from stdin, and answers each on what was stdout when it started. It ends when stdin
does, and when it holds more memory than it may.
"""

import gc
import math
import os
import sys
import traceback

import keras
import tensorflow as tf

from ghostbench.core.errors import GhostbenchError, UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.enlarge_context import ScoreContext, ScoreFunction
from ghostbench.zoo.enlarge_functions import find_function
from ghostbench.zoo.enlarge_messages import ScoreReport, ScoreRequest, ScoringSetup
from ghostbench.zoo.registry import build_network
from ghostbench.zoo.worker_inside import lines_of_stdin, watch_memory


def main() -> None:
    """Serve requests until stdin ends."""
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    arrived = lines_of_stdin()
    watch_memory()
    threads = int(sys.argv[1])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    setup = from_json(arrived.get(), ScoringSetup)
    try:
        function = find_function(setup)
    except UsageError as error:
        reports.write(to_json(ScoreReport(failure=str(error))) + b"\n")
        return
    reports.write(to_json(ScoreReport()) + b"\n")
    while True:
        request = from_json(arrived.get(), ScoreRequest)
        reports.write(to_json(score(request.spec, setup, function)) + b"\n")
        keras.backend.clear_session()
        gc.collect()


def score(spec: ModelSpec, setup: ScoringSetup, function: ScoreFunction) -> ScoreReport:
    """Build one network and ask the function about it."""
    context = ScoreContext(
        spec=spec,
        seed=setup.seed,
        epochs=setup.epochs,
        training=setup.training,
        held_out=setup.held_out,
    )
    try:
        keras.utils.set_random_seed(setup.seed)
        value = float(function(build_network(spec), context))
    except Exception as error:  # noqa: BLE001  this candidate fails, not the search
        if not isinstance(error, GhostbenchError):
            traceback.print_exception(error)
        line = (str(error).strip().splitlines() or [""])[0]
        told = line if isinstance(error, GhostbenchError) else f"{type(error).__name__}: {line}"
        return ScoreReport(failure=told, unreadable=tuple(context.unreadable))
    if not math.isfinite(value):
        return ScoreReport(failure=f"its score is {value}", unreadable=tuple(context.unreadable))
    return ScoreReport(score=value, unreadable=tuple(context.unreadable))


if __name__ == "__main__":
    main()
