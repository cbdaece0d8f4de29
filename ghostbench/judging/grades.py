"""The one table of what counts against a number, from where on, and where that limit comes from.

A rule finds one value for its kind; the value is a reason of the gravest severity whose limit it exceeds. A kind that
is either so or not has the value 1 where it is so. Reasons for the choices: docs/decisions/0006-verdicts.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ghostbench.core.verdict import Evidence, Reason, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """From where on a kind of reason is how grave."""

    unit: str  # of the value; "" where it is 1 for so and 0 for not
    note: float | None = None
    suspect: float | None = None
    invalid: float | None = None
    source: str

    def severity(self, value: float) -> Severity | None:
        """The gravest one whose limit the value exceeds."""
        limits = (
            (Severity.INVALID, self.invalid),
            (Severity.SUSPECT, self.suspect),
            (Severity.NOTE, self.note),
        )
        return next((s for s, limit in limits if limit is not None and value > limit), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a rule found."""

    code: str
    value: float = 1.0
    evidence: Evidence
    text: str


_NOT_THE_MODEL = "the number would be that of something else"
_JETPACK = "Jetpack Benchmark takes 1.10 times a baseline for throttled"

GRADES: Mapping[str, Grade] = {
    # What ran
    "failed": Grade(unit="", invalid=0, source="there is no measurement"),
    "wrong-model": Grade(unit="", invalid=0, source=_NOT_THE_MODEL),
    "wrong-library": Grade(unit="", invalid=0, source=_NOT_THE_MODEL),
    "other-arguments": Grade(unit="", invalid=0, source=_NOT_THE_MODEL),
    "not-as-asked": Grade(unit="", invalid=0, source=_NOT_THE_MODEL),
    "not-a-number": Grade(unit="values", invalid=0, source="a model that does not work takes any time"),
    "infinite-output": Grade(unit="values", suspect=0, source="overflow may take other paths"),
    "extra-threads": Grade(unit="threads", suspect=0, source="papers time one thread"),
    "not-accelerated": Grade(unit="", suspect=0, source="plain kernels take 3 times as long on x86-64"),
    "unknown-kernels": Grade(unit="", suspect=0, source="as not-accelerated"),
    "summary-only": Grade(unit="", suspect=0, source="docs/decisions/0007-benchmark-model.md"),
    "outputs-differ": Grade(unit="", suspect=0, source="18 networks x 5 processes gave equal outputs, bit for bit"),
    "inputs-differ": Grade(unit="", invalid=0, source="the seed decides the inputs"),
    "conditions-changed": Grade(unit="", invalid=0, source="core/conditions.py"),
    # The clock
    "clock-backwards": Grade(unit="inferences", invalid=0, source="a monotonic clock cannot"),
    "clock-disagrees": Grade(unit="%", suspect=5, invalid=10,
        source="clocks of two machines differ by parts in 10,000"),
    "cpu-time-exceeds-wall": Grade(unit="%", suspect=2, invalid=10, source="a thread cannot; 1 % seen from rounding"),
    "repeated-samples": Grade(unit="%", suspect=30, invalid=60,
        source="nanosecond clocks repeat themselves in 1 % of inferences"),
    "coarse-timer": Grade(unit="%", suspect=1, invalid=10,
        source="1 % shows in the third digit; reading it takes 20 to 50 ns"),
    # The course of a block
    "cut-short": Grade(unit="%", suspect=0, invalid=70, source="the plan's own minimum"),
    "unsteady": Grade(unit="", suspect=0, source="moving averages within 4 %, as Jetpack Benchmark"),
    "drift": Grade(unit="%", note=3, suspect=10,
        source="phonefarm rejects 5 % between parts; 10 % moves a block median by 5 %"),
    "step": Grade(unit="%", note=3, suspect=10, source="as drift"),
    "bimodal": Grade(unit="%", note=3, suspect=10, source="as drift: the distance of the two modes"),
    # The core and what else it did
    "off-core": Grade(unit="%", suspect=0, invalid=5, source="a pinned thread does not move"),
    "not-pinned": Grade(unit="cores", suspect=0, source="the system did not keep the pinning"),
    "mixed-clusters": Grade(unit="%", suspect=0, source="unlike cores differ by factors"),
    "migrated": Grade(unit="%", note=0, suspect=5, source="caches are cold after each; 0.9 % at most on a busy server"),
    "preempted": Grade(unit="%", note=0, suspect=1, invalid=10,
        source="how far it moves the median; busy server: 0.3 % at median"),
    "waited": Grade(unit="%", suspect=1, invalid=10,
        source="part of the typical inference off the processor; 0.4 % seen"),
    # The machine around it
    "slowed": Grade(unit="%", note=3, suspect=7, invalid=10, source=_JETPACK),
    "probe-slow": Grade(unit="%", note=3, suspect=7, invalid=10, source=_JETPACK),
    "stolen": Grade(unit="%", note=1, suspect=5, invalid=25, source="one tick of 10 ms in a block is 0.8 %"),
    "busy": Grade(unit="%", note=25, suspect=125, source="above 100 % of the spare cores they share the timed one"),
    "device-busy": Grade(unit="%", note=25, source="a load average counts waiting for storage too"),
    "clock-down": Grade(unit="%", note=5, suspect=15, invalid=30,
        source="cactus rejects 15 % less time at the top clock"),
    "clock-capped": Grade(unit="%", note=1, suspect=5, source="the core may not reach its own clock"),
    "thermal-status": Grade(unit="", suspect=0, invalid=1, source="Android: 1 light, 2 moderate throttling"),
    "thermal-override": Grade(unit="", invalid=0, source="the phone reports a made-up temperature"),
    "hot": Grade(unit="°C", suspect=40, invalid=48,
        source="cool below 37 to 40 °C; Android's severe begins near 48 at the skin"),
    "heated": Grade(unit="°C", note=3, suspect=8, source="skin within one block of seconds"),
    "not-cooled": Grade(unit="", suspect=0, source="as hot: it was waited for in vain"),
    "battery-saver": Grade(unit="", suspect=0, source="it lowers clocks"),
    "low-battery": Grade(unit="% missing", suspect=0, source="Jetpack Benchmark asks for 25 %"),
    "battery-faked": Grade(unit="", suspect=0, source="`dumpsys battery` says that updates are stopped"),
    "screen-off": Grade(unit="", suspect=0, source="a sleeping phone lowers clocks and moves processes to small cores"),
    "rebooted": Grade(unit="", invalid=0, source="the machine was not the same throughout"),
    "time-backwards": Grade(unit="s", suspect=1, source="the host's clock was set"),
    "emulated": Grade(unit="", suspect=0, source="its times mean nothing"),
    "build-type": Grade(unit="", suspect=0, source="eng and userdebug builds carry checks that users do not have"),
    # The whole result
    "too-few-blocks": Grade(unit="blocks missing", suspect=0, source="an interval needs three processes"),
    "blocks-excluded": Grade(unit="%", note=0, suspect=25, source="what is left is a choice"),
    "drift-of-campaign": Grade(unit="%", note=1.5, suspect=5,
        source="interleaving spares comparisons; the level may be off"),
    "step-of-campaign": Grade(unit="%", note=1.5, suspect=5, source="as drift-of-campaign"),
    "two-kinds-of-blocks": Grade(unit="%", note=1.5, suspect=5, source="as drift-of-campaign: the distance of the two"),
    "drift-of-blocks": Grade(unit="%", note=1.5, suspect=5,
        source="half of drift: being in all blocks, it does not cancel"),
    "bimodal-blocks": Grade(unit="%", note=1.5, suspect=5, source="as drift-of-blocks: the distance of the two modes"),
}  # fmt: skip


def graded(seen: Seen, grades: Mapping[str, Grade] = GRADES) -> Reason | None:
    """The reason that this is, if it is one."""
    severity = grades[seen.code].severity(seen.value)
    if severity is None:
        return None
    return Reason(code=seen.code, severity=severity, evidence=seen.evidence, text=seen.text)
