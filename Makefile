# Needs Python >= 3.11 with pip, make and git; everything else is installed into .venv.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

.PHONY: help install demo check test test-cli test-store test-crash test-crash-double test-wheel chaos mutants bench tour diagrams clean

help:
	@echo "make demo        a rollout, a refusal, and a crash survived, on a cloud that lives on this machine"
	@echo "make test        the suite"
	@echo "make check       format, lint, types, import arrows, what the proof refuses, diagrams fresh, action.yml"
	@echo "make test-cli    the commands as they are typed, over HTTP and in real time"
	@echo "make test-store  what a store must do: in a directory, and on an S3 server that the suite starts"
	@echo "make test-crash  rollouts that die before and after every change and every save, then go on"
	@echo "make test-crash-double  the same, and who goes on dies as well; two processes take turns"
	@echo "make test-wheel  the built wheel in an environment of its own, and the AWS CLI against the sandbox"
	@echo "make chaos       200 rollouts of real processes that are killed, stopped and interrupted at random"
	@echo "make mutants     the invariants broken one by one: which test tells"
	@echo "make bench       how fast and how frugal: a table of figures, in about four minutes"
	@echo "make tour        one line per kind of service and per fault, the whole command over HTTP"
	@echo "make diagrams    draw states/*.toml again"

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch $@

demo: install
	$(BIN)/python examples/demo.py

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest tests/unit/test_architecture.py tests/proof
	$(BIN)/python -m cage_fsm.report.write_diagrams diagrams --check
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/zizmor --quiet --offline --no-progress action.yml

test: install
	$(BIN)/pytest --numprocesses 2 --dist worksteal

test-cli: install
	$(BIN)/pytest --numprocesses 3 --dist worksteal tests/cli

test-store: install
	$(BIN)/pytest --numprocesses 2 --dist worksteal tests/contract

test-crash: install
	$(BIN)/pytest --numprocesses 2 --dist worksteal tests/crash

test-crash-double: install
	$(BIN)/pytest --numprocesses 2 --dist worksteal tests/crash/double_*.py

test-wheel: install
	$(BIN)/python -m tests.wheel

chaos: install
	$(BIN)/python -m tests.chaos

mutants: install
	$(BIN)/python -m tests.mutants

bench: install
	$(BIN)/python -m bench

tour: install
	$(BIN)/python -m bench.tour

diagrams: install
	$(BIN)/python -m cage_fsm.report.write_diagrams diagrams

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
