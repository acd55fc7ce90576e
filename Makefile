# Two commands do everything on a machine that has Python 3.11, git and make:
#   make chat    sets up and opens the chat
#   make test    sets up and runs every test
# Where PyPI's torch is the large CUDA build, name the CPU build's index:
#   TORCH_INDEX=https://download.pytorch.org/whl/cpu make chat

PYTHON ?= python3.11
VENV := .venv
RUN := $(VENV)/bin/python
TORCH_INDEX ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help chat test check fast soak benchmarks clean

help: ## what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

chat: $(VENV)/.ready ## set up, then open the chat on http://127.0.0.1:7860 (ARGS="--help" for its switches)
	$(RUN) app.py $(ARGS)

test: $(VENV)/.ready-test .browser ## set up, then run every test and compare the eval set with its baseline
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(RUN) -m pytest
	$(RUN) -m eval --check-baseline

check: $(VENV)/.ready-test ## for people at work: format, lint, types, fast tests
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/mypy
	$(RUN) -m pytest -m "not models and not browser and not slow"

soak: $(VENV)/.ready-test ## the collection's full counts: kills, damages, full disks, mutated files (some 20 minutes)
	$(RUN) -m tests.index.soak

benchmarks: $(VENV)/.ready-test ## measure side by side with rivals, each in an environment of its own (ARGS="--data FOLDER --bodies FOLDER")
	$(RUN) -m benchmarks.run $(ARGS)

$(VENV)/.ready: pyproject.toml requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is needed: install it, or say PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch==2.13.0
	$(RUN) -m pip install --quiet --disable-pip-version-check -c requirements.txt -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	$(RUN) -m pip install --quiet --disable-pip-version-check -c requirements.txt -e ".[test,training]"
	@touch $@

# The browser tests drive Debian's Chromium; axe-core, which checks accessibility, comes from npm where there is one.
.PHONY: .browser
.browser:
	@command -v chromium >/dev/null || { $(if $(filter 0,$(shell id -u)),,sudo) apt-get update -qq && \
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install -y -qq chromium >/dev/null; }
	@if command -v npm >/dev/null; then npm ci --prefix tests/chat --silent --no-audit --no-fund; \
	else echo "npm is not here: the accessibility test will be skipped"; fi

clean: ## remove what was set up
	rm -rf $(VENV) tests/chat/node_modules build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
