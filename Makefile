# citywatch. `make demo` shows it, `make test` proves it; both set up .venv first.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.PHONY: help setup setup-dev parts demo test quick prove check lint format bench bench-crashes bench-pauses bench-year bench-alarms crash chaos defects soak docs contract lock clean

BIN := .venv/bin
RUNTIME := .venv/.runtime
DEV := .venv/.dev
CRASH_SEEDS ?= 10
# Tests of real parts wait for them half of the time: four workers keep two cores busy, and each has servers of its own.
WORKERS ?= 4
# Bytecode is kept: without it every process and every worker of the tests compiles the whole program again. Where there
# is none yet, one process collects the tests first, so that not each worker compiles all of them at once.
export PYTHONDONTWRITEBYTECODE :=

# What the variables of a target become on its command line.
demo_options = $(if $(FOR),--for $(FOR)) $(if $(JSON),--json)
bench_options = $(if $(JSON),--json)
year_options = $(if $(DAYS),--days $(DAYS)) $(bench_options)
# By this name: `make -n` runs each recipe in which $(MAKE) stands.
checks = $(MAKE) check
chaos_options = $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS))

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(RUNTIME) ## .venv with what the program needs (Python 3.11+)
	@:

$(RUNTIME): requirements.lock pyproject.toml .ci/venv
	@.ci/venv requirements.lock && touch $@

setup-dev: $(DEV) ## .venv with what the tests need as well
	@:

$(DEV): $(RUNTIME) requirements-dev.lock
	@.ci/venv requirements-dev.lock && touch $@

parts: setup ## the real parts of the tests: Kafka's jars, Debian's ClickHouse, Prometheus, Alertmanager
	@.ci/parts

demo: setup ## a real county and a simulated city, live: FOR=60 stops after 60 s, JSON=1 prints the audit only
	@$(BIN)/citywatch demo $(demo_options)

test: setup-dev parts ## everything that can be checked on this machine; with CI=true a missing part is a failure
	@trap 'exit 130' INT; status=0; $(MAKE) check & checking=$$!; \
	[ -d tests/__pycache__ ] || $(BIN)/python -m pytest --collect-only -qq -p no:cacheprovider > /dev/null || true; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=25 || status=1; \
	wait $$checking || status=1; exit $$status

quick: setup-dev ## what needs no real part, for every save: at most 90 s; no proof, that is `make test`
	@status=0; $(checks) & checking=$$!; \
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not parts and not slow" || status=1; \
	wait $$checking || status=1; exit $$status

prove: setup-dev ## everything at full size, and docs/proof.md with what it gave: SEED=n, ROUNDS=n (10) of chaos
	@.ci/parts 1>&2
	@$(BIN)/python -m tests.prove $(chaos_options)

check: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --config .importlinter

lint: check ## ruff, mypy and the direction of imports

format: setup-dev ## the source as ruff formats it
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup-dev ## the benchmark of docs/benchmark.md on real Kafka; JSON=1 for the figures alone
	@.ci/parts 1>&2
	@$(BIN)/python -m bench $(bench_options)

bench-crashes: setup-dev ## documented Faust and aggregate under the same kill -9; JSON=1 for the figures alone
	@.ci/parts 1>&2
	@$(BIN)/python -m bench.crashes $(bench_options)

bench-pauses: setup-dev ## how long figures stand still at a join, a restart, a kill; JSON=1 for the figures alone
	@.ci/parts 1>&2
	@$(BIN)/python -m bench.pauses $(bench_options)

bench-year: setup-dev ## a year of the simulated city, and what it costs: docs/year-figures.md; DAYS=5 for a trial, JSON=1
	@.ci/parts 1>&2
	@$(BIN)/python -m bench.year $(year_options)

bench-alarms: setup-dev ## from the heartbeat that makes an alarm due to the webhook; JSON=1 for the figures alone
	@.ci/parts 1>&2
	@$(BIN)/python -m bench.alarms $(bench_options)

crash: setup-dev parts ## kill -9 in mid-stream, CRASH_SEEDS times
	@CRASH_SEEDS=$(CRASH_SEEDS) $(BIN)/python -m pytest tests/faults -k crash -m "full or not full" -s

soak: setup-dev parts ## 1,000 events/s with ClickHouse away in the middle third, and its memory: MINUTES=60
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),60)

chaos: setup-dev ## the crash lab: SEED=n (default: a fresh one), ROUNDS=n (10); the last line is JSON
	@.ci/parts 1>&2
	@$(BIN)/python -m tests.faults $(chaos_options)

defects: setup-dev ## planted defects, which the crash lab has to find within 20 rounds each
	@.ci/parts 1>&2
	@$(BIN)/python -m tests.faults.defects

docs: setup-dev ## the generated pages and schemas
	@$(BIN)/python -m citywatch.generate

contract: setup-dev ## accepts today's contract for its major version; an incompatible one is refused
	@$(BIN)/python -m citywatch.contract --accept

lock: setup-dev ## both locks anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra build $(lock_options) -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra build --extra dev -c requirements.lock $(lock_options) -o requirements-dev.lock

lock_options = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock" --quiet

clean: ## forgets .venv, the parts and every cache; sources stay
	@rm -rf .venv .parts .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
