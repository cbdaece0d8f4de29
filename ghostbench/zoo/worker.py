"""A process that builds networks, one after the other: `python -m ghostbench.zoo.worker THREADS`.

It reads jobs from stdin and writes reports to what was stdout when it started; everything that TensorFlow prints goes
to stderr, from Python or from C++. It ends when stdin does, at once even in the middle of a build: then nobody waits.
"""

import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterator

import keras
import psutil
import tensorflow as tf

from ghostbench.core.errors import GateRefused, GhostbenchError
from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.build_messages import BuildFailure, NetworkJob, Report
from ghostbench.zoo.pipeline import build_file, prepare, told
from ghostbench.zoo.recipe import Recipe
from ghostbench.zoo.worker_inside import lines_of_stdin, watch_memory

Tell = Callable[[Report], None]


def main() -> None:
    """Serve jobs until stdin ends."""
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    threads = int(sys.argv[1])
    watch_memory()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    for job in _jobs():
        build_network_files(job, lambda report: _write(reports.fileno(), report))
        _forget()
        _write(reports.fileno(), Report(rss_bytes=psutil.Process().memory_info().rss))


def build_network_files(job: NetworkJob, tell: Tell) -> None:
    """Build each file of a network, and tell of each how it went."""
    try:
        prepared = prepare(job.recipes, job.scratch, job.tools_timeout_s)
    except Exception as error:  # noqa: BLE001  the network fails, not the worker
        for recipe in job.recipes:
            tell(Report(failure=_failure(recipe, error)))
        return
    for recipe in job.recipes:
        try:
            artifact = build_file(prepared, recipe, folder=job.folder, scratch=job.scratch)
        except Exception as error:  # noqa: BLE001  this file fails, not the next one
            tell(Report(failure=_failure(recipe, error)))
        else:
            tell(Report(artifact=artifact))


def _failure(recipe: Recipe, error: Exception) -> BuildFailure:
    if not isinstance(error, GhostbenchError):
        traceback.print_exception(error)  # into the log, which the main process shows
    name = recipe.spec.name
    line = told(error)
    return BuildFailure(
        name=name,
        precision=recipe.precision,
        error=line if line.startswith(f"{name}:") else f"{name}: {line}",
        reasons=error.reasons if isinstance(error, GateRefused) else (),
    )


def _jobs() -> Iterator[NetworkJob]:
    arrived = lines_of_stdin()
    while True:
        yield from_json(arrived.get(), NetworkJob)


def _write(descriptor: int, report: Report) -> None:
    line = to_json(report) + b"\n"
    while line:
        line = line[os.write(descriptor, line) :]


def _forget() -> None:
    """Let go of the last network, so that memory does not grow from one to the next."""
    keras.backend.clear_session()
    gc.collect()


if __name__ == "__main__":
    main()
