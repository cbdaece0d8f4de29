"""In which order events may come: hello, loaded, tensors, init, probe, samples, probe, outputs, end."""

from collections.abc import Callable, Mapping
from typing import Any

from ghostbench.core.runner_events import (
    EVENT_TYPES,
    End,
    Failure,
    Hello,
    Init,
    Loaded,
    Output,
    Probe,
    RunnerEvent,
    SampleEvent,
    Tensor,
)

WIRE_VERSION = 1
EVENT_NAMES: Mapping[type, str] = {kind: name for name, kind in EVENT_TYPES.items()}
_PHASES = ("first", "warmup", "timed")

# After an event of a kind may come an event of these kinds.
_NEXT: Mapping[type | None, tuple[type, ...]] = {
    None: (Hello,),
    Hello: (Loaded,),
    Loaded: (Tensor,),
    Tensor: (Tensor, Init),
    Init: (Probe, SampleEvent),
    Probe: (SampleEvent, Output),
    SampleEvent: (SampleEvent, Probe, Output),
    Output: (Output, End),
    End: (),
}


class OrderCheck:
    """Takes events one after the other; `accept` raises ValueError at the first that cannot come there."""

    def __init__(self) -> None:
        self._last: type | None = None
        self._tensors: dict[str, list[Tensor]] = {"input": [], "output": []}
        self._samples = dict.fromkeys(_PHASES, 0)
        self._sample: SampleEvent | None = None
        self._probes: list[Probe] = []
        self._outputs = 0
        self._checks: Mapping[type, Callable[[Any], None]] = {
            Hello: self._check_hello,
            Tensor: self._check_tensor,
            Init: self._check_init,
            Probe: self._check_probe,
            SampleEvent: self._check_sample,
            Output: self._check_output,
            End: self._check_end,
        }

    @property
    def expected(self) -> str:
        """What may come next, in words; empty after the end."""
        return " or ".join(EVENT_NAMES[kind] for kind in _NEXT[self._last])

    def accept(self, event: RunnerEvent) -> None:
        """Take the next event."""
        kind = type(event)
        if isinstance(event, Failure):
            if self._last is End:
                raise ValueError("an error after the end")
            return  # may come at any time before
        if kind not in _NEXT[self._last]:
            raise ValueError(f"expected {self.expected or 'nothing more'}, not {EVENT_NAMES[kind]}")
        if check := self._checks.get(kind):
            check(event)
        self._last = kind

    def _check_hello(self, hello: Hello) -> None:
        if hello.wire != WIRE_VERSION:
            raise ValueError(
                f"the runner speaks version {hello.wire} of the wire format, this is version {WIRE_VERSION}"
            )

    def _check_tensor(self, tensor: Tensor) -> None:
        same_role = self._tensors[tensor.role]
        if tensor.role == "input" and self._tensors["output"]:
            raise ValueError("an input after an output")
        if tensor.index != len(same_role):
            raise ValueError(f"{tensor.role} {tensor.index} in place of {len(same_role)}")
        if (tensor.fnv1a is None) != (tensor.role == "output"):
            raise ValueError("inputs, and only they, have a hash of their content")
        same_role.append(tensor)

    def _check_init(self, init: Init) -> None:
        if not self._tensors["output"]:
            raise ValueError("no output tensor before init")
        parts = init.library_ns + init.load_ns + init.compile_ns + init.buffers_ns
        if init.total_ns != parts:
            raise ValueError(f"total_ns is {init.total_ns}, its parts make {parts}")

    def _check_probe(self, probe: Probe) -> None:
        expected = "after" if self._sample else "before"
        if probe.when != expected:
            raise ValueError(f"a probe {probe.when!r} in place of {expected!r}")
        if not probe.durations_ns:
            raise ValueError("a probe without durations")
        if self._probes and self._probes[0].iterations != probe.iterations:
            raise ValueError("the two probes differ in their iterations")
        self._probes.append(probe)

    def _check_sample(self, sample: SampleEvent) -> None:
        before = self._sample
        if before is None and sample.phase != "first":
            raise ValueError("the first sample must be of the phase first")
        if self._last is Probe and self._samples["first"]:
            raise ValueError("a sample after the probe that follows all samples")
        if before and _PHASES.index(sample.phase) < _PHASES.index(before.phase):
            raise ValueError(f"a sample of phase {sample.phase} after {before.phase}")
        if sample.index != self._samples[sample.phase]:
            raise ValueError(
                f"{sample.phase} sample {sample.index} in place of {self._samples[sample.phase]}"
            )
        if sample.phase == "first" and sample.index:
            raise ValueError("a second first sample")
        if before and sample.started_ns < before.started_ns + before.duration_ns:
            raise ValueError("a sample that starts before the one before it ends")
        self._samples[sample.phase] += 1
        self._sample = sample

    def _check_output(self, output: Output) -> None:
        if self._outputs == 0:
            self._check_measured()
        tensors = self._tensors["output"]
        if output.index != self._outputs or output.index >= len(tensors):
            raise ValueError(f"output {output.index} in place of {self._outputs}")
        if output.bytes != tensors[output.index].bytes:
            raise ValueError("an output of another size than its tensor")
        self._outputs += 1

    def _check_measured(self) -> None:
        if not self._samples["timed"]:
            raise ValueError("no timed sample before the outputs")
        if len(self._probes) == 1:
            raise ValueError("one probe without the other")

    def _check_end(self, end: End) -> None:
        if self._outputs != len(self._tensors["output"]):
            raise ValueError(
                f"{self._outputs} outputs for {len(self._tensors['output'])} output tensors"
            )
        if end.timed != self._samples["timed"]:
            raise ValueError(
                f"the end counts {end.timed} timed samples, {self._samples['timed']} were read"
            )
