"""What is known of a network's accuracy, as pairs of a name and words: published, or measured on these very files."""

from ghostbench.core.accuracy import AccuracyResult, Share
from ghostbench.report.quantities import count_text, percent_text
from ghostbench.report.study import Network


def accuracy_pairs(network: Network) -> dict[str, str]:
    """Published with its source, and measured with its interval and images."""
    source = network.top1_source
    published = percent_text(network.top1_percent)
    where = f" ({source.text.partition(',')[0]}, {source.obtained})" if source else ""
    pairs = {"Top-1 (published)": published + where}
    if network.accuracy is None:
        return pairs
    return pairs | _measured_pairs(network.accuracy)


def _measured_pairs(accuracy: AccuracyResult) -> dict[str, str]:
    return {
        "Top-1 (measured)": share_text_of(accuracy.top1),
        "Top-5 (measured)": share_text_of(accuracy.top5) if accuracy.top5 else "",
        "Accuracy measured on": f"{count_text(accuracy.images)} images of {accuracy.dataset}",
        "SHA-256 of the list of images": accuracy.dataset_sha256,
    }


def share_text_of(share: Share) -> str:
    """A measured share with its interval.

    >>> share_text_of(Share(right=739, of=1000, percent=73.9, ci95_percent=(71.08, 76.52)))
    '73.9 % (71.1 to 76.5 %)'
    """
    low, high = share.ci95_percent
    return f"{percent_text(share.percent)} ({low:.1f} to {percent_text(high)})"
