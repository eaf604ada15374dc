.PHONY: run test attack setup pins licences audit bench rehearse
PYTHON ?= python3
BIN := .venv/bin

setup: .venv/.installed node_modules/.installed

.venv/.installed: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	touch $@

run: setup
	$(BIN)/python -m bot run

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2

bench: setup
	$(BIN)/python -m tests.bench

# Two replicas, PostgreSQL and the proxy of compose.yaml as plain processes; wants `haproxy` (Debian: apt-get install haproxy).
rehearse: setup
	$(BIN)/python -m tests.operations.rehearsal

attack: setup
	$(BIN)/python -m tests.attack

# A pin names every file of a library that may be installed, by its hash.
PIN := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

pins:
	$(PIN) --output-file requirements.txt pyproject.toml
	$(PIN) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

licences: setup
	$(BIN)/python -m tests.supply_chain.licences

# DB is a folder with the OSV database, downloaded before; nothing is asked of the network (docs/operations.md).
audit: setup
	$(BIN)/python -m tests.supply_chain.audit $(DB)
