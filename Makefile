# make demo: the whole path on a world this repository draws.   make test: everything CI runs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check wheel clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

demo: $(READY)
	PATH="$(abspath $(BIN)):$$PATH" bash data/demo.sh data/demo

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tests run on the wheel, not on the source tree: PYTHONPATH comes before the editable install. One thread a
# process, since two test processes with two BLAS threads each spend their time waiting for each other.
wheel: $(READY)
	rm -rf build/wheel build/site
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . > /dev/null
	$(BIN)/pip install --quiet --no-deps --target build/site build/wheel/structclip-*.whl

test: check wheel
	PATH="$(abspath $(BIN)):$$PATH" PYTHONPATH="$(abspath build/site)" STRUCTCLIP_TESTED="$(abspath build/site)" \
		OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile $(PYTEST_ARGS)

clean:
	rm -rf build data/demo data/out
