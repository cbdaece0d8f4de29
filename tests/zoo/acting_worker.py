"""A worker that builds nothing: what it does with a file is said by the name of the network. Run as a script."""

import os
import signal
import sys
import time

from ghostbench.core.artifact import Artifact
from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.build_messages import BuildFailure, NetworkJob, Report
from ghostbench.zoo.recipe import Recipe
from ghostbench.zoo.worker_process import BEYOND_MEMORY_STATUS


def tell(report: Report) -> None:
    sys.stdout.buffer.write(to_json(report) + b"\n")
    sys.stdout.buffer.flush()


def act(recipe: Recipe, job: NetworkJob) -> None:
    what = recipe.spec.name.partition("-")[0]
    if what == "killed" and recipe.precision == "fp16":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "exits":
        print("the last words", file=sys.stderr)
        sys.exit(3)
    if what == "grows":
        sys.exit(BEYOND_MEMORY_STATUS)
    if what == "hangs" and recipe.precision == "fp32":
        time.sleep(60)
    if what == "fails":
        print("what the tools said", file=sys.stderr, flush=True)
        tell(
            Report(
                failure=BuildFailure(name=recipe.spec.name, precision=recipe.precision, error="e")
            )
        )
        return
    if what == "slow":
        time.sleep(0.5)
    tell(
        Report(
            artifact=Artifact(
                name=recipe.spec.name,
                title=f"by {os.getpid()}",
                family=None,
                route="keras",
                precision=recipe.precision,
                path=job.scratch,
                sha256="",
                size_bytes=0,
                params=0,
                macs=0,
                operators={},
            )
        )
    )


def main() -> None:
    for line in sys.stdin.buffer:
        job = from_json(line, NetworkJob)
        for recipe in job.recipes:
            act(recipe, job)
        tell(Report(rss_bytes=10**12 if job.recipes[0].spec.name.startswith("large") else 1))


if __name__ == "__main__":
    main()
