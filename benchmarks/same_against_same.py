"""How often a model is called faster or slower than itself: at most 5 times in 100, if the test keeps its word.

Each pair is one interleaved campaign of two copies of one file, as `ghostbench compare` makes it, through the real
runner. Whatever the machine does meanwhile hits both copies alike; what is left is chance.

    python benchmarks/same_against_same.py                     # 100 pairs of MobileNetV3-Small
    python benchmarks/same_against_same.py --model my.tflite
    python benchmarks/same_against_same.py --quick             # 20 pairs of a tiny model
"""

import argparse
import tempfile
import time
from pathlib import Path

from ghostbench.core.comparison import Comparison
from ghostbench.core.plan import RunSettings
from ghostbench.workflows.compare import compare
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.run import find_artifacts

MODEL = "mobilenetv3-small-1.0x"
TINY = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "tiny_conv.tflite"
CLAIMED = 0.05
SHORT = RunSettings(min_ms=200, warmup_min_ms=50, warmup_max_ms=500)
# The tiny model takes a microsecond: more milliseconds would only be more samples to write down.
SHORTEST = RunSettings(min_ms=5, warmup_min_ms=1, warmup_max_ms=20)


def pair(model: Path, *, rounds: int, settings: RunSettings) -> Comparison:
    """One campaign of a file against its copy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copies = [folder / "one.tflite", folder / "other.tflite"]
        for copy in copies:
            copy.write_bytes(model.read_bytes())
        how = HowToMeasure(workspace=folder, settings=settings, rounds=rounds, purpose="benchmark")
        (comparison,) = compare(*map(str, copies), how=how).comparisons
        return comparison


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=MODEL, help="a network or a .tflite file")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=8, help="of each pair")
    parser.add_argument("--quick", action="store_true", help="20 pairs of a tiny model")
    arguments = parser.parse_args()
    pairs = 20 if arguments.quick else arguments.pairs
    model = TINY if arguments.quick else find_artifacts([arguments.model], precision="fp32")[0].path
    started, different, same_2_percent = time.monotonic(), 0, 0
    widths = []
    for number in range(1, pairs + 1):
        comparison = pair(
            model, rounds=arguments.rounds, settings=SHORTEST if arguments.quick else SHORT
        )
        different += comparison.verdict in (-1, 1)
        same_2_percent += comparison.same is True
        low, high = comparison.ci95 or (float("nan"), float("nan"))
        widths.append(high - low)
        if comparison.verdict or number % 10 == 0:
            told = {-1: "CALLED FASTER", 0: "not told apart", 1: "CALLED SLOWER"}[
                comparison.verdict or 0
            ]
            interval = f"{100 * (low - 1):+.2f} to {100 * (high - 1):+.2f} %"
            print(f"pair {number:3d}: {interval}, {told}", flush=True)
    share = different / pairs
    print(
        f"{model.name}, {pairs} pairs of {arguments.rounds} rounds in {(time.monotonic() - started) / 60:.1f} minutes: "
        f"called different in {different} ({100 * share:.1f} %; claimed: at most {100 * CLAIMED:.0f} %), "
        f"established as the same within 2 % in {same_2_percent}; "
        f"median width of the interval {100 * sorted(widths)[pairs // 2]:.2f} %"
    )


if __name__ == "__main__":
    main()
