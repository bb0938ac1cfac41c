# `make` alone prints this help. Nothing has to be installed beforehand but Python >= 3.11, a C/C++ compiler and make.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first Python on the machine that is new enough; `make run PYTHON=/path/to/python3` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
PY := .venv/bin/python
# npm where there is a Node.js that can build the web page, else empty: everything but the page works without it.
NPM := $(shell node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
	2>/dev/null && command -v npm)
# A browser for the end-to-end tests: CHROMIUM=/path/to/one, or one of these on the machine.
BROWSER := $(or $(CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
NO_BROWSER := Chromium was not found:
NO_NODE := Node.js 20.19+ and npm were not found:
PAGE := frontend/dist/index.html
PAGE_PACKAGES := frontend/node_modules/.package-lock.json
# folders too, so that a file that was removed counts as a change; the generated types follow from openapi.json
PAGE_SOURCES := $(shell find frontend/src frontend/public ! -name schema.d.ts) docs/openapi.json \
	$(addprefix frontend/,index.html package.json package-lock.json postcss.config.cjs tsconfig.json vite.config.ts)
DOCS := $(CURDIR)/build/docs-venv
ARGS ?=
# Describing the API takes no server, but the settings have to be valid.
SPEC := DATABASE_URL=postgresql://none/none REDIS_URL=redis://none SECRET_KEY=only-to-describe-the-api-and-nothing-else \
	LOG_LEVEL=WARNING $(PY) -m flask --app backend.app spec --format json --indent 2

.PHONY: help run doctor test check format openapi bench eval eval-guard eval-loop train train-tiny docs audit lock clean page test-page e2e pictures \
	check-page backup restore check-backup soak chaos rehearse \
	page-if-possible node-found python-found run-env dev-env train-env

help: ## this help
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: run-env page-if-possible ## install what is needed and start OfferLoop (settings: .env.example)
	@exec $(PY) -m backend.launch

doctor: python-found ## what is right and wrong with this installation, and how to mend it
	@if [ -f .venv/installed-run ]; then exec $(PY) -m backend.launch.doctor; else exec $(PYTHON) backend/launch/bootstrap.py doctor; fi

test: dev-env $(if $(ARGS),,test-page e2e) ## all tests; a part: make test ARGS="tests/offers -k ranking"
	@exec $(PY) -m pytest $(ARGS)

check: dev-env check-page ## linters and types of both sides, imports between domains, drift of docs/openapi.json
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache
	@mkdir -p build && $(SPEC) --output build/openapi.json >/dev/null
	@diff -u docs/openapi.json build/openapi.json || { echo "docs/openapi.json is stale: run make openapi"; exit 1; }

format: dev-env ## format the code
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	@$(if $(NPM),$(MAKE) --no-print-directory $(PAGE_PACKAGES) && cd frontend && npm run --silent format,echo "$(NO_NODE) the page is not formatted.")

page: $(PAGE) ## build the web page when its sources have changed (Node.js 20.19 or newer)

test-page: ## component tests of the page
	@$(if $(NPM),$(MAKE) --no-print-directory $(PAGE_PACKAGES) && cd frontend && npm test,echo "$(NO_NODE) the page is not tested.")

e2e: ## the built page in a real Chromium, against the API, the database and the model (minutes)
	@$(if $(NPM),$(if $(BROWSER),$(MAKE) --no-print-directory run-env train-env page && cd frontend && npm run --silent e2e,echo "$(NO_BROWSER) end-to-end tests are left out."),echo "$(NO_NODE) end-to-end tests are left out.")

pictures: ## pictures of every page for docs/, taken in a real Chromium
	@$(if $(NPM),$(if $(BROWSER),$(MAKE) --no-print-directory run-env page && cd frontend && npm run --silent pictures,echo "$(NO_BROWSER) no pictures."),echo "$(NO_NODE) no pictures.")

check-page: ## biome, tsc and knip over the page
	@$(if $(NPM),$(MAKE) --no-print-directory $(PAGE_PACKAGES) && cd frontend && npm run check,echo "$(NO_NODE) the page is not checked.")

# A page that does not build must not keep the API from starting.
page-if-possible:
	@$(if $(NPM),$(MAKE) --no-print-directory page || echo "The web page was not built (see above): / leads to /docs$(if $(wildcard $(PAGE)), or to the page of an earlier build).", \
		echo "$(NO_NODE) the web page is left out$(if $(wildcard $(PAGE)), or is that of an earlier build). The API and /docs work.")

$(PAGE): $(PAGE_PACKAGES) $(PAGE_SOURCES) | node-found
	cd frontend && npm run --silent build

$(PAGE_PACKAGES): frontend/package.json frontend/package-lock.json | node-found
	cd frontend && npm install --no-audit --no-fund

node-found:
	@test -n "$(NPM)" || { echo "$(NO_NODE) install them from nodejs.org or your distribution."; exit 1; }

openapi: dev-env ## write docs/openapi.json from the code
	$(SPEC) --output docs/openapi.json >/dev/null

bench: dev-env ## speed and memory on this machine, with its description
	$(PY) -m tests.load.bench $(ARGS)
	$(PY) -m tests.load.rivals
	$(PY) -m tests.load.overload
	$(PY) -m tests.load.batches
	$(PY) -m tests.load.history

soak: dev-env ## ten minutes of mixed load: every answer right, no process grows (ARGS="--minutes 60")
	@exec $(PY) -m tests.load.soak $(ARGS)

chaos: dev-env ## kill parts of a system of its own under load: nothing lost, nothing doubled (ARGS="--seed 7")
	@exec $(PY) -m tests.load.chaos $(ARGS)

rehearse: dev-env ## as root: the commands of a Dockerfile on a bare Debian, without an engine (ARGS=api)
	@exec $(PY) -m tests.deploy.rehearse $(ARGS)

backup: run-env ## the whole record into one file, beside a running system or without (FILE=, ARGS=--with-secret-key)
	@mkdir -p -m 700 backups
	@exec $(PY) -m backend.launch.backup save $(FILE) $(ARGS)

check-backup: run-env ## whether a backup is whole (FILE=)
	@exec $(PY) -m backend.launch.backup check $(FILE)

restore: run-env ## a backup into an empty system that does not run (FILE=, ARGS="--overwrite --with-secret-key")
	@exec $(PY) -m backend.launch.backup restore $(FILE) $(ARGS)

# a new name for each backup; check and restore must be told theirs
backup: FILE ?= backups/offerloop-$(shell date -u +%Y%m%d-%H%M%S).zip

eval: dev-env ## the model beside slot filling and the corpus: numbers, pictures, texts (minutes)
	@exec $(PY) -m retrain.evaluation.report $(ARGS)

eval-guard: dev-env ## the guard on labelled texts: precision and recall of each rule, texts/s
	@exec $(PY) -m backend.compliance.check --by-rule tests/compliance/cases/*.jsonl $(ARGS)

eval-loop: train-env dev-env ## learning from labels against simulated reviewers: a report and pictures (an hour)
	@exec $(PY) -m tests.retrain.loop $(ARGS)

train: train-env ## train the shipped model from scratch (CPU: an hour or two)
	@exec $(PY) -m model.training.train $(ARGS)

train-tiny: train-env ## the same in a minute with a tiny model
	@exec $(PY) -m model.training.train --tiny --out var/tiny $(ARGS)

docs: $(DOCS)/installed ## build docx, pptx and, with LibreOffice, pdf into build/docs from docs/formal
	@cd docs/formal && exec $(DOCS)/bin/python -B -m builder $(CURDIR)/build/docs

# An environment of its own: nothing of it runs or tests the product.
$(DOCS)/installed: requirements/docs.lock | python-found
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

audit: python-found ## known vulnerabilities in the packages of both sides; says so when there is no network to ask
	@mkdir -p build && sh requirements/audit.sh "$(PYTHON)" "$(NPM)"

lock: dev-env ## resolve exact versions from pyproject.toml again
	$(PY) -m pip install --quiet uv
	sh requirements/compile.sh "$(CURDIR)/.venv/bin/uv"

clean: ## remove what checks and tests made (var/ and .venv stay)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	find . \( -path ./.venv -o -path ./frontend/node_modules \) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

train-env: ## packages of training, for fine-tuning and `make train`

run-env dev-env train-env: python-found
	@$(PYTHON) backend/launch/bootstrap.py $(@:-env=)

python-found:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found. Debian and Ubuntu: apt install python3 python3-venv"; exit 1; }
