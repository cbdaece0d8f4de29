"""Where the makers of benchmark_model publish it, and what the user's word for a program means.

Both buckets are public. An address with `latest` or `nightly` moves: what it gives today may differ from yesterday's.
"""

from dataclasses import dataclass

from ghostbench.core.errors import UsageError
from ghostbench.engine.bm_program import CLASSIC, COMPILED

_TENSORFLOW = "https://storage.googleapis.com/tensorflow-nightly-public/prod/tensorflow/release/lite/tools/nightly/latest/"
_LITERT = "https://storage.googleapis.com/litert/binaries/"

_NAMES = {
    (CLASSIC, "android", "aarch64"): "android_aarch64_benchmark_model",
    (CLASSIC, "android", "armv7l"): "android_arm_benchmark_model",
    (CLASSIC, "linux", "x86_64"): "linux_x86-64_benchmark_model",
    (CLASSIC, "linux", "aarch64"): "linux_aarch64_benchmark_model",
    (CLASSIC, "linux", "armv7l"): "linux_arm_benchmark_model",
    (COMPILED, "android", "aarch64"): "android_arm64/benchmark_model",
    (COMPILED, "linux", "x86_64"): "linux_x86_64/benchmark_model",
    (COMPILED, "linux", "aarch64"): "linux_arm64/benchmark_model",
}
_MOVING = ("latest", "nightly")
_ADDRESSES = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One published program."""

    url: str
    flavour: str | None  # None: the program must tell
    moving: bool  # the same address may give another program tomorrow


def is_source(word: str) -> bool:
    """Whether a word asks for a published program rather than for a file."""
    return word.startswith(_ADDRESSES) or word.partition("@")[0] in (CLASSIC, COMPILED)


def source_of(word: str, *, system: str, machine: str) -> Source:
    """What an address, `classic`, `compiled` or `compiled@2.2.0` means for a machine. Raises UsageError.

    >>> source_of("compiled@2.2.0", system="android", machine="aarch64").url
    'https://storage.googleapis.com/litert/binaries/2.2.0/android_arm64/benchmark_model'
    """
    if word.startswith(_ADDRESSES):
        return Source(url=word, flavour=None, moving=True)
    flavour, _, version = word.partition("@")
    name = _NAMES.get((flavour, system, machine))
    if name is None:
        raise UsageError(
            f"no {flavour} benchmark_model is published for {system} on {machine}; give a file with --runner"
        )
    version = version or "latest"
    if not version.replace(".", "").replace("-", "").isalnum():
        raise UsageError(f"{version!r} is no version")
    if flavour == CLASSIC:
        if version != "latest":
            raise UsageError(
                "the classic benchmark_model is published as latest only; give an older one as a file"
            )
        return Source(url=_TENSORFLOW + name, flavour=flavour, moving=True)
    return Source(url=f"{_LITERT}{version}/{name}", flavour=flavour, moving=version in _MOVING)
