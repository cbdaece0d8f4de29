"""One network among others: what beats it, and what it beats."""

import pandas as pd

from ghostbench.core.errors import UnknownName, UsageError

ACCURACY = "top1_published_percent"
_PLACEHOLDER_PERCENT = 75.0  # so that there is something to see
# Where an accuracy comes from that nobody has published.
_TOLD, _PLACEHOLDER = "told by the user", "a placeholder"


def with_accuracy(
    frame: pd.DataFrame, model: str, top1_percent: float | None = None
) -> pd.DataFrame:
    """The frame with an accuracy of your own for a model. Raises UnknownName.

    Without one the model keeps what is published of it; where nothing is, it gets a placeholder.
    """
    if top1_percent is not None and not 0 <= top1_percent <= 100:
        raise UsageError(f"an accuracy is from 0 to 100 percent, not {top1_percent:g}")
    is_meant = _rows_of(frame, model)
    if top1_percent is None and frame.loc[is_meant, ACCURACY].notna().all():
        return frame
    changed = frame.copy()
    changed.loc[is_meant, ACCURACY] = _PLACEHOLDER_PERCENT if top1_percent is None else top1_percent
    changed.loc[is_meant, "top1_source"] = _PLACEHOLDER if top1_percent is None else _TOLD
    return changed


def accuracy_told(frame: pd.DataFrame, model: str) -> str:
    """Where the accuracy of that model comes from, in words."""
    own = frame[_rows_of(frame, model)].iloc[0]
    how = {
        _TOLD: "as told here, not measured",
        _PLACEHOLDER: "is a placeholder, not a result",
    }.get(own["top1_source"], "is the published one")
    return f"{model}: top-1 {own[ACCURACY]:g} % {how}"


def own_models(frame: pd.DataFrame) -> list[str]:
    """Models that no network of the zoo is: files that were given."""
    return sorted(frame.loc[frame["route"] == "given", "model"].unique())


def beside(frame: pd.DataFrame, model: str) -> pd.DataFrame:
    """Every other network of the frame against this one: time as a ratio, accuracy in points, and in a word.

    Two times are called equal where their intervals overlap, or where one has none: `ghostbench compare` tells more.
    """
    own = frame[_rows_of(frame, model)].iloc[0]
    others = frame[frame["model"] != model]
    rows = [
        {
            "title": other["title"],
            "times_as_long": other["median_ms"] / own["median_ms"],
            "points_more": other[ACCURACY] - own[ACCURACY],
            "in_a_word": _word(_speed(other, own), other[ACCURACY] - own[ACCURACY]),
        }
        for _, other in others.iterrows()
    ]
    columns = ["title", "times_as_long", "points_more", "in_a_word"]
    return pd.DataFrame(rows, columns=columns).sort_values("times_as_long").reset_index(drop=True)


def _rows_of(frame: pd.DataFrame, model: str) -> "pd.Series[bool]":
    is_meant = frame["model"] == model
    if not is_meant.any():
        raise UnknownName("measured model", model, frame["model"].unique())
    return is_meant


def _speed(other: "pd.Series[float]", own: "pd.Series[float]") -> int:
    """1 when the other is surely faster, -1 when it is surely slower."""
    if other["ci95_high_ms"] < own["ci95_low_ms"]:
        return 1
    return -1 if other["ci95_low_ms"] > own["ci95_high_ms"] else 0


def _word(faster: int, points: float) -> str:
    if points != points:
        return "its accuracy is not known"
    if faster >= 0 and points >= 0 and (faster, points) != (0, 0):
        return "beats it" if faster else "as fast, more accurate"
    if faster <= 0 and points <= 0 and (faster, points) != (0, 0):
        return "is beaten" if faster else "as fast, less accurate"
    return "a trade" if faster else "equal"
