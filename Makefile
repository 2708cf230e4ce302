# Python 3.11 or newer with pip, and make, are all it takes; everything else goes into .venv.
#
#   make run                      symbreak run ising
#   make run ARGS="--seed 1"      ... with options
#   make test                     the whole suite
#   make test ARGS="-m slow"      ... with pytest's options
#   make coverage                 the lines of the mathematical core that its own tests run
#   make lint imports types       format and lint, layers, types

PYTHON  ?= python3
WORKERS ?= 2
ARGS    ?=

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test coverage lint imports types mutants clean
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := test

run: $(VENV)/run.installed
	$(BIN)/symbreak run ising $(ARGS)

# One thread of torch for each worker: the tensors of the tests are small.
test: $(VENV)/test.installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

# Apart from the suite, which the tracer slows by a third.
CORE := groups representations actions kernels breaking symmetry
coverage: $(VENV)/test.installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --cov -k "not compile" tests/testing \
		$(foreach part,$(CORE),tests/$(part) src/symbreak/$(part))

lint: $(VENV)/dev.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

imports: $(VENV)/dev.installed
	$(BIN)/lint-imports

types: $(VENV)/dev.installed
	$(BIN)/pyright --pythonpath $(BIN)/python

mutants: $(VENV)/test.installed
	$(BIN)/python tests/mutants.py $(ARGS)

clean:
	rm -rf $(VENV)

# torch first and from the constraints, so that nothing after it asks for another build.
# A stamp is written last: an installation that failed is tried again.
$(VENV)/%.installed: $(VENV)/created pyproject.toml constraints.txt
	$(PIP) torch
	$(PIP) --editable '.$(if $(filter-out run,$*),[$*])'
	@touch $@

$(VENV)/created:
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

.SECONDARY: $(VENV)/created
