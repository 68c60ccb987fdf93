# make install        the environment .venv with all that the project needs, except PyTorch
# make install-torch  the same with PyTorch, for trials that use it
# make docs           the documentation, build/docs/index.html
# make demo           a real experiment: LeNet-5 on handwritten digits, two objectives
# make test-ray       installs Ray Tune (600 MB), and runs the tests with it
# make test           linters, types, unit tests (those of PyTorch too), and real NNI experiments

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TORCH := $(VENV)/.installed-torch

.PHONY: install install-torch demo docs test lint unit e2e test-ray clean

install: $(INSTALLED)
	@echo "installed in $(VENV); to use it: . $(BIN)/activate"
	@test -e $(TORCH) || echo "PyTorch is not included; to add it: make install-torch"

install-torch: $(TORCH)

$(TORCH): $(INSTALLED)
	@echo "==> installing PyTorch"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable ".[torch]"
	@touch $(TORCH)

# Made again when the requirements change.
$(INSTALLED): setup.cfg pyproject.toml nni_hpo_ext/dragonfly/install.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	    "Python 3.11 or newer is needed, $(PYTHON) is " + sys.version.split()[0] + \
	    "; name another one: make install PYTHON=python3.12")'
	@echo "==> making the environment $(VENV)"
	$(PYTHON) -m venv $(VENV)
	@echo "==> installing the package, NNI, TensorFlow and the development tools"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable ".[tensorflow,report,serve,studio,onnx,docs,dev,integrations,export]"
	@echo "==> installing dragonfly-opt"
	$(BIN)/python -m nni_hpo_ext.dragonfly.install
	$(BIN)/python -m pip check
	@echo "==> registering the algorithms with NNI"
	$(BIN)/nni-hpo register
	@touch $(INSTALLED)

demo: install
	@echo "==> running the quickstart experiment"
	$(BIN)/nni-hpo register
	$(BIN)/nni-hpo run configs/quickstart.yml

test: install-torch lint docs unit e2e

lint: install
	@echo "==> linters and types"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: install
	@echo "==> documentation"
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs

unit: install
	@echo "==> unit tests"
	$(BIN)/python -m pytest -m "not e2e" --numprocesses auto --dist loadscope

e2e: install
	@echo "==> tests with real NNI experiments"
	$(BIN)/python -m pytest -m e2e

# Not a part of `make test`: Ray is 600 MB.
test-ray: install
	@echo "==> tests with Ray Tune"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable ".[ray]"
	$(BIN)/python -m pytest tests/ray

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
