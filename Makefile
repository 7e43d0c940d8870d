# Needs make and Python 3.11 or newer; everything else goes into .venv.
# "make" alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GEAR := $(VENV)/.gear
# In every environment that make made: no other is cleared or removed.
MADE := .made-by-make
READY := $(VENV)/.ready
# For the demo: everything where it is there, and else only what the gear needs.
ENOUGH := $(if $(wildcard $(READY)),$(READY),$(GEAR))
TOOLS := $(VENV)/.tools
FW_GEAR := $(VENV)/fw-gear
INPUT =
override INPUT := $(value INPUT)
export INPUT
# Of the command line alone: many shells have variables of these names.
SOURCE =
URL =
OHIF =
NEW =
UV := uv==0.13.9
# Compiled tests and packages are kept, whatever the shell says: compiling takes longer than many tests.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
IN_PARALLEL := --numprocesses auto --dist worksteal
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup test test-fast coverage demo lint format types docs docs-check pictures manifest-check bench soak fuzz mutation audit hostile-test \
        viewer-test repair-test repair-record browser-test image image-test release-check check lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

setup: $(READY) ## make .venv with the locked packages

# What the gear needs and no more: quick to install.
$(GEAR): requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@if [ -L $(VENV) ] || { [ -e $(VENV) ] && [ ! -e $(VENV)/$(MADE) ] && [ ! -e $(GEAR) ]; }; then \
	    echo "$(VENV) was not made by make: move it away, or name another one (make VENV=.venv-make ...)" >&2; exit 1; fi
	$(PYTHON) -m venv --clear --without-pip $(VENV)
	touch $(VENV)/$(MADE)
	$(BIN)/python -m ensurepip --upgrade --default-pip >/dev/null
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements.txt
	touch $@

$(READY): requirements.txt requirements-dev.txt pyproject.toml
	$(MAKE) --no-print-directory $(GEAR)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

# What only "make fuzz", "make audit" and "make mutation" need.
$(TOOLS): $(READY) requirements-hostile.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-hostile.txt
	touch $@

test: $(READY) ## run the tests
	$(PYTEST) $(IN_PARALLEL)

test-fast: $(READY) ## run the quick tests, which start no process
	$(PYTEST) $(IN_PARALLEL) -m "not process and not long and not hypothesis and not corpus and not image and not viewer and not repair and not browser and not slow"

coverage: $(READY) ## run the tests, and show which lines they do not reach
	$(PYTEST) $(IN_PARALLEL) --cov --cov-report term:skip-covered

demo: $(ENOUGH) ## run the gear as the platform would, on a made-up series or on INPUT=path
	$(BIN)/python -m examples.run_demo $(if $(INPUT),"$$INPUT")

lint: $(READY) ## ruff: mistakes and style; hadolint: the Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/hadolint Dockerfile

format: $(READY) ## ruff: fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY) ## mypy, strict
	$(BIN)/mypy

docs: $(READY) ## write the generated pages: requirements, repairs, situations, API
	$(BIN)/python docs/make_requirements.py
	$(BIN)/python docs/make_repairs.py
	$(BIN)/python docs/make_situations.py
	$(BIN)/python docs/make_licences.py
	$(BIN)/python docs/make_api.py

pictures: $(READY) ## make the pictures of the README again (needs Chromium)
	$(BIN)/python -m docs.make_pictures

docs-check: $(READY) ## fail if a generated page is out of date
	$(BIN)/python docs/make_requirements.py --check
	$(BIN)/python docs/make_repairs.py --check
	$(BIN)/python docs/make_situations.py --check
	$(BIN)/python docs/make_licences.py --check
	$(BIN)/python docs/make_api.py --check

# The manifest also has to fit the schema of the toolkit's successor, which can not be installed
# beside the toolkit: it is unpacked in a folder of its own.
manifest-check: $(READY) ## validate manifest.json with the newer schema too
	test -d $(FW_GEAR) || $(BIN)/python -m pip install --quiet --no-deps --target $(FW_GEAR) fw-gear==0.3.7
	$(BIN)/python tools/check_manifest.py $(FW_GEAR)/fw_gear

check: lint types docs-check manifest-check test ## all quick checks: run it before a commit

bench: $(READY) ## time and memory on large series
	$(BIN)/python -m benchmarks.bench

soak: $(READY) ## survey 100,000 files that is killed again and again: some 10 minutes, 1 GB of scratch
	$(BIN)/python -m benchmarks.soak

fuzz: $(TOOLS) ## fuzz reading and checking for FUZZ_SECONDS (600)
	$(BIN)/python tools/fuzz.py

# From the beginning each time: mutmut keeps what survived, also when a test has changed since.
mutation: $(TOOLS) ## mutation testing of geometry, values and requirements
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results

audit: $(TOOLS) ## look for known vulnerabilities, and packages that do not fit together
	$(BIN)/python -m pip check
	$(BIN)/python tools/audit.py

hostile-test: $(READY) ## inputs of up to a million files: minutes and gigabytes
	$(BIN)/python -m pytest -m slow tests/hostile

browser-test: $(READY) ## open reports in a real browser
	$(BIN)/python -m pytest -m browser tests/browser

# SOURCE=dicomweb: fed by a server; OHIF=3.12.10: another release; NEW=1: only cases without an answer.
viewer-test: export VIEWER_SOURCE = $(SOURCE)
viewer-test: export VIEWER_RELEASE = $(OHIF)
viewer-test: export VIEWER_NEW = $(NEW)
viewer-test: $(READY) ## compare the predictions with the real open-source viewer
	$(BIN)/python -m tests.viewer.set_up
	$(BIN)/python -m pytest -m viewer tests/viewer

# Two more environments, in .repair-cache: the gears do not fit into one.
repair-test: $(READY) ## run the suggested repairs with the gears' own code
	$(BIN)/python -m pytest -m repair tests/repairs

repair-record: $(READY) ## record again what they do, and write the page
	$(BIN)/python -m tests.repairs.proof
	$(BIN)/python docs/make_repairs.py

image: ## build the gear's image with docker or podman
	tools/build_image.sh

image-test: image $(READY) ## build the image and run it as users and the platform do
	$(BIN)/python -m pytest -m image tests/image

release-check: $(READY) ## what to do for a release, and whether it is ready
	$(BIN)/python tools/release_check.py --source "$(SOURCE)" --url "$(URL)"

lock: $(READY) ## compile the requirements files again from pyproject.toml
	$(BIN)/python -m pip install --quiet $(UV)
	$(BIN)/uv pip compile --quiet --upgrade --extra gear --output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --group dev --constraints requirements.txt --output-file requirements-dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --group hostile --constraints requirements-dev.txt --output-file requirements-hostile.txt
	$(BIN)/uv pip compile --quiet --upgrade --output-file tests/repairs/dicom_splitter.txt tests/repairs/dicom_splitter.in
	$(BIN)/uv pip compile --quiet --upgrade --output-file tests/repairs/dicom_fixer.txt tests/repairs/dicom_fixer.in

clean: ## remove what make built
	@for made in .venv/.gear .venv-*/.gear .venv/$(MADE) .venv-*/$(MADE); do \
	    folder=$${made%/*}; if [ -e "$$made" ] && [ ! -L "$$folder" ]; then rm -rf "$$folder"; fi; done
	rm -rf .repair-cache .fuzz .coverage mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis
	if [ -d demo ]; then $(PYTHON) -m examples.demo_folder; fi
	@rmdir demo/input/dicom demo/input demo/output demo 2>/dev/null || true  # what is left was edited, or is not make's
