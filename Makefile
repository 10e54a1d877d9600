# One command sets up, one runs, one tests: see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROOT_FLAG := $(if $(ROOT),--root $(ROOT),)

.PHONY: setup demo test ui check check-served bench prove soak format lint types layers schema clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

demo: setup
	@$(BIN)/marketdata demo $(ROOT_FLAG)

ui: setup
	@$(BIN)/marketdata ui $(ROOT_FLAG)

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile

prove: setup
	@$(BIN)/python -m pytest -m "slow or not slow"

soak: setup
	@$(BIN)/python -m pytest -m slow -k soak -s

bench: setup
	@$(BIN)/python -m benchmarks

format: setup
	@$(BIN)/ruff format .

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

layers: setup
	@$(BIN)/lint-imports

schema: setup
	@$(BIN)/marketdata schema --check

check: lint types layers schema test

# What needs a real TimescaleDB: MARKETDATA_TEST_TIMESCALE_URL names the server.
check-served: setup
	@test -n "$$MARKETDATA_TEST_TIMESCALE_URL" || { echo "MARKETDATA_TEST_TIMESCALE_URL names no server"; exit 1; }
	@$(BIN)/python -m pytest -n 2 --dist loadfile -k timescale || \
		{ echo "Once more what failed: the server's own jobs run beside the tests."; \
		  $(BIN)/python -m pytest -k timescale --last-failed; }

clean:
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find marketdata_platform marketdata_platform_tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
