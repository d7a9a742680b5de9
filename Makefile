# Everything that is done with this checkout. `make` alone explains itself.
#
# Needs make and Python 3.11 or newer; all else goes into .venv.
# Options: PORT=8000  SIMULATOR_PORT=8900  PYTHON=/path/to/python3  ARGS="-k word"
#          CHAOS_MINUTES=2  CHAOS_SEED=123  CHAOS_RATE=9  CHAOS_KEEP=1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo smoke run chaos test bench check format migrate env key clean

PY := .venv/bin/python
RUNTIME := .venv/.installed
DEVELOPMENT := .venv/.installed-dev
MANAGE := $(PY) manage.py
PIP := $(PY) -m pip install --quiet --disable-pip-version-check

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: $(RUNTIME)  ## Make .venv with everything that Stationmaster needs

demo: $(RUNTIME)  ## See posts go out: all of it, on a simulator instead of networks
	@$(PY) -m social_media.management.demo

smoke: $(RUNTIME)  ## The demo without a person: start, publish, count, stop
	@$(PY) -m social_media.management.smoke

run: $(RUNTIME)  ## Run web, workers and beat on your own .env
	@$(PY) -m social_media.management.run

chaos: $(RUNTIME)  ## Kill processes and servers while posts go out; count what stands
	@$(PY) -m tests.chaos

test: $(DEVELOPMENT)  ## Run all tests (ARGS="-k word" for some of them)
	$(PY) -m pytest -n 2 $(ARGS)

bench: $(DEVELOPMENT)  ## Measure this machine (BENCH="burst api" for some, SHORT=1 for CI)
	$(PY) -m tests.bench $(BENCH) $(if $(SHORT),--short)

check: $(DEVELOPMENT)  ## Lint, types, layers, migrations, deployment and API schema
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) spectacular --validate --fail-on-warn --file /dev/null
	.venv/bin/hadolint Dockerfile

# As in production, whatever .env says.
check: export ENV_FILE := /dev/null
check: export SECRET_KEY = $(shell head -c 48 /dev/urandom | base64)
check: export FIELD_ENCRYPTION_KEYS = $(shell head -c 32 /dev/urandom | base64 | tr +/ -_)
check: export ALLOWED_HOSTS := stationmaster.example
check: export STATE_DIR := .stationmaster/check
check: export DATABASE_URL :=
check: export REDIS_URL :=

format: $(DEVELOPMENT)  ## Format the code
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

migrate: $(RUNTIME)  ## Bring the database of your .env up to date
	$(MANAGE) migrate

env: $(RUNTIME)  ## Write .env with fresh secrets, unless there is one
	@$(PY) -m social_media.management.environment

key: $(RUNTIME)  ## Print a fresh key for FIELD_ENCRYPTION_KEYS
	@$(PY) -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"

clean:  ## Throw away .venv, caches and the demo's state (never .env or your data)
	rm -rf .venv .stationmaster/demo .stationmaster/check .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    "$$candidate" -m venv .venv && exit 0; \
	    rm -rf .venv; \
	    echo "$$candidate can't make a virtual environment (on Debian: apt install python3-venv)."; \
	    exit 1; \
	  fi; \
	done; \
	echo "Stationmaster needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3."; \
	exit 1

$(RUNTIME): requirements.txt | $(PY)
	@echo "Installing what Stationmaster needs into .venv ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt requirements.txt | $(PY)
	@echo "Installing what the tests and checks need into .venv ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(RUNTIME)
