"""Ask a model file about every image, on all cores, and go on where an earlier run ended."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from ghostbench.accuracy.answers import answer_all, start_worker
from ghostbench.accuracy.dataset import LabelledImage
from ghostbench.core.accuracy import Prediction, Preprocessing
from ghostbench.core.errors import GhostbenchError

# Large enough that handing work over costs nothing beside it, small enough that little is lost and progress is seen.
_BATCH = 32
# An image takes well under a second, also of the largest network on a slow machine.
_SECONDS_FOR_AN_IMAGE = 30.0


def evaluate(
    model: Path, images: Sequence[LabelledImage], recipe: Preprocessing, *, workers: int
) -> Iterator[list[Prediction]]:
    """Yield the answers in lists, as they come. Ending the iteration early ends the processes."""
    batches = [images[at : at + _BATCH] for at in range(0, len(images), _BATCH)]
    with _pool(model, recipe, min(workers, len(batches))) as pool:
        waiting = [pool.submit(answer_all, batch) for batch in batches]
        limit_s = 60 + _SECONDS_FOR_AN_IMAGE * len(images)
        try:
            for done in as_completed(waiting, timeout=limit_s):
                yield done.result()
        except BrokenProcessPool as cause:
            raise GhostbenchError(
                f"{model.name}: a process that asked it was ended by the system (out of memory?); what was answered is "
                "kept, and the same command goes on from there; --workers 1 needs the least memory"
            ) from cause
        except TimeoutError as cause:
            raise GhostbenchError(
                f"{model.name}: no answer to all images within {limit_s:.0f} s; what was answered is kept"
            ) from cause
        finally:
            _cancel(waiting)


@contextmanager
def _pool(model: Path, recipe: Preprocessing, workers: int) -> Iterator[ProcessPoolExecutor]:
    # Started anew and not forked: a fork inherits locks of threads that it does not have.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        max_workers=max(1, workers), mp_context=context, initializer=start_worker, initargs=(model, recipe)
    )  # fmt: skip
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _cancel(waiting: Sequence["Future[list[Prediction]]"]) -> None:
    for future in waiting:
        future.cancel()
