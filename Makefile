# make demo       install, then run the demo; ends with the path of the group report
# make test       install, then every check and test (what CI runs)
# make lint       style, format and types alone
# make test-full  the tests at real sizes too (slow)
# make docs       install, then build the site into docs/_build/html; a warning is an error
# make constraints  containers/constraints.txt, the versions that the containers get, from what is installed here
# make clean      remove what these made
# TORCH=ADDRESS, with any that installs: torch from this index, as of processor-only wheels (docs/quick_start.md).
# Needs Debian (or another Unix) with make and Python 3.11 or newer with its venv module.

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: demo test suite lint test-full docs constraints clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_STAMP := $(VENV)/.installed-demo
TEST_STAMP := $(VENV)/.installed-test
DOCS_STAMP := $(VENV)/.installed-docs
PLATFORMS_STAMP := .venv-platforms/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Many tests start the program anew: what Python compiles is kept, also where the environment asks it not to.
PYTEST := env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

demo: $(DEMO_STAMP)
	$(BIN)/bids_vlint demo demo-output

# Types are checked beside the tests, which leave a processor idle now and then.
test: $(TEST_STAMP)
	@$(MAKE) --no-print-directory --jobs=2 lint suite

suite: $(TEST_STAMP)
	$(PYTEST) -m "not full"

lint: $(TEST_STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

test-full: lint $(PLATFORMS_STAMP)
	$(PYTEST)

docs: $(DOCS_STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "the site: docs/_build/html/index.html"

define MAKE_VENV
@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there: install Python 3.11 or newer (apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1): name a newer one (make PYTHON=python3.12)" >&2; exit 1; }
@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
endef

# torch alone, from the index that TORCH names; what follows finds it there.
define INSTALL_TORCH
$(if $(TORCH),$(PIP) --no-deps --index-url '$(TORCH)' torch torchvision)
endef

# What networks need is large because of torch, and torch because of NVIDIA's libraries.
SIZE := $(if $(TORCH),,: about 3 GB to download and 7 GB on disk)

# What the tests need comes with the first make test or lint, and what the demo needs is part of it.
$(DEMO_STAMP): pyproject.toml
	$(MAKE_VENV)
	@echo "Installing bids_vlint and its networks (torch, transformers, timm, open_clip) into $(VENV)$(SIZE), 5 to 15 minutes, in silence; only once."
	$(INSTALL_TORCH)
	$(PIP) --editable '.[demo]'
	touch $@

$(TEST_STAMP): pyproject.toml
	$(MAKE_VENV)
	@echo "Installing bids_vlint, its networks (torch, transformers, timm, open_clip) and what tests and checks need into $(VENV)$(SIZE), 5 to 15 minutes, in silence; only once."
	$(INSTALL_TORCH)
	$(PIP) --editable '.[demo,test]'
	touch $(DEMO_STAMP) $@

# The examples of the gallery run stored features: no torch.
$(DOCS_STAMP): pyproject.toml
	$(MAKE_VENV)
	$(PIP) --editable '.[docs]'
	touch $@

$(PLATFORMS_STAMP): pyproject.toml $(TEST_STAMP)
	test -x .venv-platforms/bin/python || $(PYTHON) -m venv .venv-platforms
	@echo "Installing BABS and Nipoppy, with which configurations of platforms are tested, into .venv-platforms: about 1 GB on disk."
	.venv-platforms/bin/python -m pip install --quiet --disable-pip-version-check $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["platforms"])')
	touch $@

constraints: $(TEST_STAMP)
	$(BIN)/python -m containers.constraints >containers/constraints.new
	mv containers/constraints.new containers/constraints.txt

clean:
	rm -rf $(VENV) .venv-platforms demo-output demo-output-work build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf docs/_build docs/gallery docs/generated docs/repository docs/sg_execution_times.rst
	find bids_vlint tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
