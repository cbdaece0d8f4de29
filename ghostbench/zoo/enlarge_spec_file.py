"""A found network as a TOML file that `convert` and `run` take by its name."""

import json

from ghostbench.core.model_spec import ModelSpec, OptionValue


def spec_toml(spec: ModelSpec, remark: str) -> str:
    """The text of `models/NAME.toml`."""
    lines = [
        f"# {remark}",
        f"name = {_value(spec.name)}",
        f"title = {_value(spec.title)}",
        f"family = {_value(spec.family)}",
        f"architecture = {_value(spec.architecture)}",
        f"input_px = {spec.input_px}",
        f"classes = {spec.classes}",
        "",
        "[options]",
        *(f"{name} = {_value(value)}" for name, value in spec.options.items()),
    ]
    if expected := spec.expected:
        lines += [
            "",
            "[expected]",
            f"params = {expected.params:_}",
            f"macs = {expected.macs:_}",
            f"source = {_value(expected.source)}",
        ]
    return "\n".join(lines) + "\n"


def _value(value: OptionValue) -> str:
    # JSON's strings, numbers and truth values are TOML's too.
    return json.dumps(value)
