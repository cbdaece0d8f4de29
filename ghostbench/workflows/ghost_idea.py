"""The idea of GhostNet as a notebook shows it: maps, their most similar pairs, and the kernels between them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ghostbench.zoo.feature_maps import FeatureMaps, Fit, Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostIdea:
    """Everything that there is to show."""

    found: "FeatureMaps"
    pairs: "tuple[Pair, ...]"
    fits: "tuple[Fit, ...]"

    @property
    def origin(self) -> str:
        """What the maps were made with, in words."""
        return f"ResNet-50, first residual block; {self.found.weights}; {self.found.image}."

    def table(self) -> "pd.DataFrame":
        """One row for each pair and kernel size."""
        import pandas as pd

        return pd.DataFrame(
            {
                "source": fit.pair.source,
                "target": fit.pair.target,
                "correlation": fit.pair.correlation,
                "kernel": fit.kernel_px,
                "mse": fit.mse,
                "unexplained_percent": fit.unexplained_percent,
            }
            for fit in self.fits
        )

    def pairs_chart(self) -> "Figure":
        """The pairs as pictures."""
        from ghostbench.report.charts.feature_maps import pairs_chart

        pairs = [(pair.source, pair.target) for pair in self.pairs]
        return pairs_chart(self.found.maps, pairs, note=self.origin)

    def fits_chart(self) -> "Figure":
        """The error of each pair by the size of the kernel."""
        from ghostbench.report.charts.feature_maps import fits_chart

        errors: dict[tuple[int, int], dict[int, float]] = {}
        for fit in self.fits:
            line = errors.setdefault((fit.pair.source, fit.pair.target), {})
            line[fit.kernel_px] = fit.unexplained_percent
        return fits_chart(
            errors, y_label="mean squared error, % of the map's mean square", note=self.origin
        )


def ghost_idea(
    weights: Path | str | None = None, image: Path | str | None = None, *, pairs: int = 3
) -> GhostIdea:
    """Make the maps, find the pairs, fit the kernels."""
    from ghostbench.zoo.feature_maps import first_block_maps, fit_kernels, most_similar_pairs

    found = first_block_maps(Path(weights) if weights else None, Path(image) if image else None)
    chosen = most_similar_pairs(found.maps, pairs)
    return GhostIdea(found=found, pairs=tuple(chosen), fits=tuple(fit_kernels(found.maps, chosen)))
