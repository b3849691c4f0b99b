# Two commands: make map builds the map, make test checks everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAB ?=
RUNTIME := $(VENV)/.runtime-installed
NOTEBOOK := $(VENV)/.notebook-installed
DEV := $(VENV)/.dev-installed

.PHONY: map notebook test soak preview dictionary lock clean

map: $(RUNTIME)
	$(BIN)/python -m geo.build

# JupyterLab with the notebooks; it looks for no news, updates or extensions, so it asks nobody anything.
# Options of its own go into LAB, such as LAB=--allow-root in a container or LAB=--no-browser.
notebook: $(NOTEBOOK)
	$(BIN)/jupyter lab $(LAB) --config=notebooks/.jupyter/jupyter_config.py notebooks

test: $(DEV)
	sh tests/find_programs.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

# Kills 1,000 builds at random instants; the tests kill 200.
soak: $(DEV)
	KILLS=1000 $(BIN)/python -m pytest -s tests/test_durability.py -k kill

# The picture in the README, taken of the built page.
preview: map $(DEV)
	$(BIN)/python -m tests.browser.preview

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

# The tables of layers/README.md and the JSON Schemas, after changing geo/inputs/schema.py.
dictionary: $(RUNTIME)
	$(BIN)/python -m geo.inputs.dictionary

# Maintainers only, after changing a dependency in pyproject.toml; uv is not needed for anything else.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra build --extra notebook -c requirements.lock pyproject.toml -o requirements-notebook.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra build --extra notebook --extra spark --extra dev -c requirements-notebook.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV)
