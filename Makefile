# Two commands: `make run` to try the desk, `make test` to hold it to its promises.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run setup test lint format

run: setup
	@$(BIN)/madoguchi demo

setup: $(VENV)/.installed
	@$(BIN)/python -m widgets.build

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Madoguchi needs Python 3.11 or newer (make PYTHON=python3.12 …)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The venv module is missing (Debian: apt-get install python3-venv)"; exit 1; }
	@echo "Installing what the desk stands on …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what the tests stand on …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

test: setup $(VENV)/.installed-dev
	@$(BIN)/python -m tests.everything

lint: setup $(VENV)/.installed-dev
	@$(BIN)/python -m tests.everything --only-lint

format: $(VENV)/.installed-dev
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .
