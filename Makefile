# Everything a developer or a machine does here. Needs make and Python 3.11 or newer, nothing else:
# what is installed goes into .venv, what is cached into .cache, both inside this folder.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
SETUP := $(VENV)/.setup
SETUP_DEV := $(VENV)/.setup-dev
CLIENTS := .cache/clients/.done

# Also on machines where HOME is unset, empty or not writable.
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.cache/home
endif

# Scripts in a virtual environment hold its path: one that was moved or copied is made anew.
ifneq ($(wildcard $(VENV)),)
ifneq ($(shell cat $(VENV)/.place 2>/dev/null),$(CURDIR))
$(shell rm -rf $(VENV))
endif
endif

.PHONY: help run setup setup-dev test quick sim e2e check lint format docs texts bench lock clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@grep -E '^[a-z0-9-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup ## Start Tocsin on http://127.0.0.1:8080 (ARGS="..." for more options)
	@exec $(BIN)/tocsin serve $(ARGS)

setup: $(SETUP) ## Install what Tocsin needs to run

setup-dev: $(SETUP_DEV) ## Install what is needed to work on Tocsin

test: quick sim e2e ## Every test, on SQLite and on a real PostgreSQL

quick: setup-dev ## The quick tests, on every core (ARGS="..." for pytest)
	@$(BIN)/pytest -q -n auto -m "not e2e and not sim and not bench" $(ARGS)

sim: setup-dev ## Simulated hours with faults
	@$(call pytest_some,-n auto -m sim)

e2e: setup-dev $(CLIENTS) ## The real program, from start to stop, with a browser
	@$(call pytest_some,-n auto -m e2e)

check: lint quick ## What every change must pass: format, lint, types, imports, house rules, quick tests

lint: setup-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy src tests tools
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.lint
	@$(BIN)/python -m tools.docs --check

format: setup-dev ## Format the code, and mend what can be mended without thought
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: setup-dev ## Write the reference pages that are made from the code
	@$(BIN)/python -m tools.docs

texts: setup-dev ## Gather what is said into the catalogues of the languages
	@$(BIN)/python -m tools.texts

bench: setup-dev ## Measure (ARGS="..." to choose)
	@$(BIN)/python -m benchmarks $(ARGS)

# Newest versions that fit pyproject.toml, with hashes, for every platform and Python.
COMPILE = $(BIN)/uv pip compile --quiet --system-certs --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: setup-dev ## Renew the locked versions of all libraries
	@$(COMPILE) pyproject.toml --output-file requirements/runtime.lock
	@$(COMPILE) --group build --constraint requirements/runtime.lock --output-file requirements/build.lock
	@$(COMPILE) pyproject.toml --group dev --constraint requirements/runtime.lock \
		--constraint requirements/build.lock --output-file requirements/dev.lock
	@if grep -nE '://|^--(index|extra|find)' requirements/*.lock; then \
		echo "make lock: an address got into a lock file" >&2; exit 1; fi

clean: ## Remove what make has made (your data stays)
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist

# pytest, where finding no test at all is no failure (status 5).
define pytest_some
status=0; $(BIN)/pytest -q $(1) $(ARGS) || status=$$?; [ $$status -eq 5 ] || exit $$status
endef

# Other products' clients that cannot be installed beside us, for the tests; one whose tools are not here is left out.
$(CLIENTS): $(wildcard tests/e2e/clients/*.json tests/e2e/clients/*.lock)
	@mkdir -p $(@D) && cp tests/e2e/clients/*.json $(@D)
	@! command -v npm >/dev/null || npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent
	@$(PYTHON) -m venv --clear $(@D)/healthchecks && $(@D)/healthchecks/bin/python -m pip \
		--disable-pip-version-check --no-input install --quiet --require-hashes -r tests/e2e/clients/healthchecks.lock
	@touch $@

$(VENV)/.place:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Tocsin needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
		echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) || { \
		rm -rf $(VENV); \
		echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@printf '%s\n' '$(CURDIR)' > $@

$(SETUP): $(VENV)/.place requirements/runtime.lock requirements/build.lock pyproject.toml
	@echo "Installing what Tocsin needs to run"
	@$(PIP) install --quiet --require-hashes -r requirements/build.lock -r requirements/runtime.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(SETUP_DEV): $(SETUP) requirements/dev.lock
	@echo "Installing what is needed to work on Tocsin"
	@$(PIP) install --quiet --require-hashes -r requirements/dev.lock
	@touch $@
