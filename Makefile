# The doors of the house. Everything lives in .venv; nothing outside this folder is changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Tests wait more than they compute; those that need the default ports stay on one worker.
PYTEST_ARGS ?= -n 3 --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint bench mutants fair format lock wheel clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

demo: $(VENV)/.run ## a login, a birth, a death and its end, played end to end, then everything stops
	@$(BIN)/mosip-harness demo

test: $(VENV)/.dev ## all tests
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

coverage: $(VENV)/.dev ## all tests, with branch coverage over subprocesses: half as much time again
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest --cov --cov-report= $(PYTEST_ARGS) && \
	    $(BIN)/python -m coverage report

lint: $(VENV)/.dev ## ruff, mypy --strict, import-linter, and every scenario file
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/mosip-harness scenarios lint

bench: $(VENV)/.dev ## CPU per operation of the bridge beside the floor, and births through the whole loop
	@$(BIN)/python -m load.bench $(BENCH_ARGS)

mutants: $(VENV)/.dev ## broken bridges and mocks, each to be caught by a scenario that names the reason
	@$(BIN)/python -m conformance.mutants $(MUTANTS_ARGS)

fair: $(VENV)/.dev ## three bridges that are right, ten times each in random order: none may be failed
	@$(BIN)/python -m conformance.bridges $(FAIR_ARGS)

format: $(VENV)/.dev ## put the code in the house's form
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: ## choose versions anew: requirements.lock (to run) and requirements-dev.lock (to work on it)
	@command -v uv >/dev/null || { echo "make lock needs uv (https://docs.astral.sh/uv/)"; exit 3; }
	@uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --python-version 3.11 \
	    --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --python-version 3.11 \
	    --custom-compile-command "make lock" --all-extras --constraint requirements.lock pyproject.toml -o requirements-dev.lock

wheel: $(VENV)/.dev ## the wheel, in dist/
	@$(PIP) wheel --no-deps --wheel-dir dist . && ls dist

clean: ## remove what the other doors made
	@rm -rf $(VENV) .harness .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist out

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) (once)…"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.lock || \
	    { echo "A dependency has no ready-made wheel for this Python; see docs/install.md"; exit 3; }
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@
