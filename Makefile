# The two main targets: make map builds the map, make test checks the code and the map.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAB ?=
RUNTIME := $(VENV)/.runtime-installed
NOTEBOOK := $(VENV)/.notebook-installed
DEV := $(VENV)/.dev-installed
DOCS := $(VENV)/.docs-installed

# Tests run side by side, one worker per core; each module stays on one worker (see tests/conftest.py).
# Bytecode is kept: tests start hundreds of processes, and pytest would compile its tests again in each run.
unexport PYTHONDONTWRITEBYTECODE
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder

.PHONY: map notebook check test coverage test-slow soak preview docs dictionary lock clean

map: $(RUNTIME)
	$(BIN)/python -m geo.build

# JupyterLab with the notebooks; news, updates and the extension catalogue are off, so it makes no network requests.
# Pass options for JupyterLab in LAB, such as LAB=--allow-root in a container or LAB=--no-browser.
notebook: $(NOTEBOOK)
	$(BIN)/jupyter lab $(LAB) --config=notebooks/.jupyter/jupyter_config.py notebooks

# Format, lint, types, and the tests of reading layers and of geometry; takes less than a minute.
check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) -q -m "not slow and not longer and not long" tests/inputs tests/geometry tests/history

test: $(DEV)
	sh tests/find_programs.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) -m "not slow and not longer"

# The lines of reading, geometry and history that the tests of make check do not run; tracing doubles the time of tests.
coverage: $(DEV)
	$(PYTEST) -q -m "not slow and not longer and not long" --cov=geo.inputs --cov=geo.geometry --cov=geo.history \
		--cov-report=term-missing:skip-covered tests/inputs tests/geometry tests/history

# Firefox, Spark, the wheel, all languages; and longer versions: more kills, full disks in finer steps, every environment, every
# figure. CI runs the first alone (SLOW=slow).
SLOW ?= slow or longer
test-slow: $(DEV)
	sh tests/find_programs.sh
	$(PYTEST) -m "$(SLOW)"

# Kills 1,000 builds at random instants; test-slow kills 200.
soak: $(DEV)
	KILLS=1000 $(BIN)/python -m pytest -s -m longer tests/test_durability.py -k kill

# The screenshot in the README, taken from the built page.
preview: map $(DEV)
	$(BIN)/python -m tests.browser.preview

# The documentation and the built map as one site, in site/; a warning is an error.
docs: map $(DOCS)
	$(BIN)/python docs/build_site.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

$(NOTEBOOK): requirements-notebook.lock $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-notebook.lock
	touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

$(DOCS): requirements-docs.lock $(NOTEBOOK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	touch $@

# The tables of layers/README.md and the JSON Schemas, after changing geo/inputs/schema.py.
dictionary: $(RUNTIME)
	$(BIN)/python -m geo.inputs.dictionary

# For maintainers, after changing a dependency in pyproject.toml; nothing else needs uv.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra build --extra notebook -c requirements.lock pyproject.toml -o requirements-notebook.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra build --extra notebook --extra spark --extra dev -c requirements-notebook.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra build --extra notebook --extra docs -c requirements-dev.lock pyproject.toml -o requirements-docs.lock

clean:
	rm -rf $(VENV)
