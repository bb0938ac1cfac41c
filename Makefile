# `make` alone prints this help. Nothing has to be installed beforehand but Python >= 3.11, a C/C++ compiler and make.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first Python on the machine that is new enough; `make run PYTHON=/path/to/python3` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
PY := .venv/bin/python
ARGS ?=
# Describing the API takes no server, but the settings have to be valid.
SPEC := DATABASE_URL=postgresql://none/none REDIS_URL=redis://none SECRET_KEY=only-to-describe-the-api-and-nothing-else \
	LOG_LEVEL=WARNING $(PY) -m flask --app backend.app spec --format json --indent 2

.PHONY: help run test check format openapi bench eval eval-guard train train-tiny lock clean python-found run-env dev-env train-env

help: ## this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: run-env ## install what is needed and start OfferLoop (settings: .env.example)
	@exec $(PY) -m backend.launch

test: dev-env ## all tests; a part: make test ARGS="tests/offers -k ranking"
	@exec $(PY) -m pytest $(ARGS)

check: dev-env ## ruff, mypy, imports between domains, drift of docs/openapi.json
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache
	@mkdir -p build && $(SPEC) --output build/openapi.json >/dev/null
	@diff -u docs/openapi.json build/openapi.json || { echo "docs/openapi.json is stale: run make openapi"; exit 1; }

format: dev-env ## format the code
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

openapi: dev-env ## write docs/openapi.json from the code
	$(SPEC) --output docs/openapi.json >/dev/null

bench: dev-env ## speed and memory on this machine, with its description
	$(PY) -m tests.load.bench $(ARGS)
	$(PY) -m tests.load.rivals
	$(PY) -m tests.load.overload

eval: dev-env ## the model beside slot filling and the corpus: numbers, pictures, texts (minutes)
	@exec $(PY) -m retrain.evaluation.report $(ARGS)

eval-guard: dev-env ## the guard on labelled texts: precision and recall of each rule, texts/s
	@exec $(PY) -m backend.compliance.check --by-rule tests/compliance/cases/*.jsonl $(ARGS)

train: train-env ## train the shipped model from scratch (CPU: an hour or two)
	@exec $(PY) -m model.training.train $(ARGS)

train-tiny: train-env ## the same in a minute with a tiny model
	@exec $(PY) -m model.training.train --tiny --out var/tiny $(ARGS)

lock: dev-env ## resolve exact versions from pyproject.toml again
	$(PY) -m pip install --quiet uv
	sh requirements/compile.sh "$(CURDIR)/.venv/bin/uv"

clean: ## remove what checks and tests made (var/ and .venv stay)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

run-env dev-env train-env: python-found
	@$(PYTHON) backend/launch/bootstrap.py $(@:-env=)

python-found:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found. Debian and Ubuntu: apt install python3 python3-venv"; exit 1; }
