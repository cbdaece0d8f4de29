"""What was found out about a model file elsewhere: its accuracy on images, its time per operator."""

from collections.abc import Mapping, Sequence

from ghostbench.core.accuracy import AccuracyResult
from ghostbench.core.artifact import Artifact
from ghostbench.core.profile import ModelProfile
from ghostbench.core.result import JobResult


def told_accuracy(
    result: JobResult, artifact: Artifact | None, accuracies: Mapping[str, AccuracyResult]
) -> AccuracyResult | None:
    """The measured accuracy of this very file, unless its weights are random: then it says nothing of the network."""
    weights = artifact.weights if artifact else None
    if (weights or "").startswith("random"):
        return None
    return accuracies.get(result.model_sha256)


def profile_of(result: JobResult, profiles: Sequence[ModelProfile]) -> ModelProfile | None:
    """The last profile of this very file on this device."""
    fitting = (
        profile
        for profile in reversed(profiles)
        if profile.model_sha256 == result.model_sha256 and profile.device.name == result.device
    )
    return next(fitting, None)
