# Everything runs in .venv, made on first use by the newest suitable Python; nothing outside this directory changes.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
CONSTRAINTS_VENV := .venv-constraints

# Arguments of the demo, e.g. `make demo DEMO_ARGS="--for 60s --speed 10"`, and of pytest.
DEMO_ARGS   ?=
PYTEST_ARGS ?=
# How many random histories each machine of `make torture` tries, and how many streams of packets.
TORTURE ?= 12500
# One test more at once than there are processors: those with a real process wait for it half of their time.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Machines that make random histories of the core; `make coverage` leaves them out, as what they reach others reach too.
HISTORIES := tests/unit/core/test_what_people_are_told.py tests/unit/core/alarms/test_managed_alarms.py \
    tests/unit/core/devices/test_managed_devices.py tests/unit/core/rules/groups/test_managed_groups.py \
    tests/unit/core/notices/test_notices_random.py tests/unit/core/work/test_managed_tickets.py \
    tests/unit/core/work/test_managed_dispatch.py tests/unit/core/work/test_ticket_clocks.py \
    tests/unit/core/checklists/test_managed_checklists.py
# How often `make kills` kills the gateway.
KILLS ?= 20
# The Python that makes .venv: the first of these that is at least 3.11 and can make virtual environments.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start hundreds of processes: what they load is compiled once, also where the environment keeps no bytecode.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(STAMP) ## Start everything embedded and show the job happening; Ctrl-C ends it
	@exec $(BIN)/facility-gateway demo $(DEMO_ARGS)

.PHONY: test
test: lint ## Lint, types, layers and all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.PHONY: coverage
coverage: $(STAMP) ## Branch coverage of the core by its unit tests: at least 95 %
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --quiet tests/unit/core \
	    $(HISTORIES:%=--ignore=%) \
	    --cov=gateway.core --cov-branch --cov-report=term:skip-covered --cov-fail-under=95

.PHONY: torture
torture: $(STAMP) ## Many more random histories and streams of packets than the tests try, e.g. TORTURE=1000
	TORTURE=$(TORTURE) $(BIN)/python -m pytest -n logical $(HISTORIES) \
	    tests/unit/core/rules/groups/test_novelty.py tests/unit/mqtt/test_client_random.py $(PYTEST_ARGS)

.PHONY: kills
kills: $(STAMP) ## Kill the gateway at random moments under load, and count every message, e.g. KILLS=40
	KILLS=$(KILLS) $(BIN)/python -m pytest tests/acceptance/test_nothing_is_lost.py -k killed $(PYTEST_ARGS)

.PHONY: lint
lint: $(STAMP) ## Lint, formatting, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: bench
bench: $(STAMP) ## Measure speed and memory against the limit of the broker (needs Mosquitto)
	@$(BIN)/python -m benchmarks

.PHONY: loop
loop: $(STAMP) ## Measure how long single steps hold the event loop (needs Mosquitto)
	@$(BIN)/python -m benchmarks.loop

.PHONY: build
build: $(STAMP) ## Build the source distribution and the wheel into dist/
	$(BIN)/python -m build --no-isolation

.PHONY: clean
clean: ## Remove the virtual environment and everything that was built or cached
	rm -rf $(VENV) $(CONSTRAINTS_VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The build tools come first, pinned like the rest, so that pip need not fetch others for an isolated build.
define install
	$(1)/bin/python -m pip install --quiet $(2) hatchling editables
	$(1)/bin/python -m pip install --quiet $(2) --no-build-isolation --editable '.[dev]'
endef

# Prints the Python to use, or says why there is none.
define find_python
	found=; incomplete=; \
	for candidate in $(PYTHONS); do \
	    "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    if "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then found=$$candidate; break; fi; \
	    incomplete="$$incomplete $$candidate"; \
	done; \
	if [ -z "$$found" ] && [ -n "$$incomplete" ]; then \
	    echo "Python is here ($${incomplete# }), but it cannot make virtual environments: venv or ensurepip is missing." >&2; \
	    echo "On Debian and Ubuntu: apt-get install python3-venv. Then run make again." >&2; exit 1; \
	elif [ -z "$$found" ]; then \
	    echo "No Python 3.11 or newer among: $(PYTHONS)." >&2; \
	    echo "Install one (on Debian and Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3." >&2; \
	    exit 1; \
	fi
endef

$(BIN)/python:
	@$(find_python); \
	echo "Making $(VENV) with $$found ($$("$$found" --version))"; \
	"$$found" -m venv --clear $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) (once, and again when pyproject.toml or constraints.txt change)"
	@$(call install,$(VENV),--constraint constraints.txt)
	@touch $@

.PHONY: constraints
constraints: ## Pin the newest versions that pyproject.toml allows into constraints.txt
	rm -rf $(CONSTRAINTS_VENV)
	@$(find_python); "$$found" -m venv $(CONSTRAINTS_VENV)
	$(call install,$(CONSTRAINTS_VENV),--upgrade)
	{ echo '# Every version that this release was tested with. Made by `make constraints`; do not edit.'; \
	  $(CONSTRAINTS_VENV)/bin/python -m pip freeze --all --exclude-editable --exclude pip --exclude setuptools \
	      | grep -E '^[A-Za-z0-9._-]+==[^ ]+$$' | LC_ALL=C sort -f; } > constraints.tmp
	mv constraints.tmp constraints.txt
	rm -rf $(CONSTRAINTS_VENV)
