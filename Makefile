# Two commands do all set-up on a machine with only git, make and Python: `make reproduce` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEVICE ?= host

.PHONY: help reproduce test check fix zoo-check native-check native reference-check lock clean
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 18

reproduce: $(VENV)/reproduce.stamp  ## build, time and chart the networks of the GhostNet paper (DEVICE=host)
	$(BIN)/ghostbench reproduce ghostnet-2020 --device $(DEVICE)

test: $(VENV)/dev.stamp  ## every test
	$(BIN)/python -m pytest -n auto

check: $(VENV)/dev.stamp  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/dev.stamp  ## format and mend what can be mended safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

native: $(VENV)/dev.stamp  ## build the runner for every machine it runs on
	$(BIN)/python tools/native.py build

native-check: $(VENV)/dev.stamp  ## the runner: bit-for-bit rebuild, format, warnings, sanitizers
	$(BIN)/python tools/native.py check

zoo-check: $(VENV)/dev.stamp  ## every network of the zoo in every precision through the gate (slow)
	$(BIN)/ghostbench convert --all --precision all

reference-check:  ## the golden logits and counts again from torch and timm, in an environment of their own
	$(PYTHON) tools/reference_check.py

lock:  ## write the hashed requirement files anew (needs uv on the PATH)
	tools/lock

clean:  ## remove the environments and everything built; results stay
	rm -rf $(VENV) .reference-venv models/built

# One environment, grown from what `reproduce` needs to what development needs. The stamps hold which lock file is installed.
$(VENV)/reproduce.stamp: requirements/bootstrap.txt requirements/reproduce.txt pyproject.toml
	@tools/setup-venv $(PYTHON) $(VENV) requirements/reproduce.txt
	@touch $@

$(VENV)/dev.stamp: requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	@tools/setup-venv $(PYTHON) $(VENV) requirements/dev.txt
	@touch $@ $(VENV)/reproduce.stamp
