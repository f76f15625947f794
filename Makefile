# Everything that a contributor runs; CI runs the same.
.DEFAULT_GOAL := help
.PHONY: help run test attack check format fuzz corpus realism data sdk inspect bench bench-documents bench-proxy bench-review bench-state bench-verify crash soak clean

PYTHON ?= python3
VENV := .venv
SERVES := $(VENV)/.serves
READY := $(VENV)/.ready
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(SERVES): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) .
	@touch $@

$(READY): $(SERVES)
	$(INSTALL) '.[dev]'
	@touch $@

run: $(SERVES) ## Set up, and serve the three bundled APIs on 127.0.0.1:4010
	$(BIN)/locum serve $(ARGS)

test: $(READY) ## Set up, and run every test
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

attack: $(READY) ## Run the attacks that must fail (docs/security.md)
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/attack $(ARGS)

check: $(READY) ## Style, types, layers, and the contracts themselves
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/locum check
	$(BIN)/python -m openapi_spec_validator specs/*.yaml locum/control/control.yaml

format: $(READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: $(READY) ## Fuzz the contracts for longer, with a new seed each time, and mutate documents
	LOCUM_FUZZ=200 $(BIN)/python -m pytest -s -p no:randomly tests/contract $(ARGS)
	$(BIN)/python -m tests.openapi.mutants 100

corpus: $(READY) ## Try whole documents: ours, and those in LOCUM_CORPUS or ../shared/corpus
	$(BIN)/python -m tests.corpus.table

realism: $(READY) ## Measure how real the records of whole documents are, and write it to docs/corpus.md
	$(BIN)/python -m tests.corpus.realism $(ARGS)

data: $(READY) ## Draw the data of five documents for docs/data.md (needs Chromium)
	$(BIN)/python -m tests.corpus.tables

sdk: $(READY) ## Run sessions with official SDKs, and write them to docs/sdk.md (needs pip and npm)
	$(BIN)/python -m tests.sdk.run $(ARGS)

inspect: $(READY) ## Walk through every view of the inspector on large documents, at four widths (needs Chromium and npm)
	$(BIN)/python -m tests.browser.everywhere

bench: $(READY) ## Measure speed against the bare server, stock Connexion and Prism (needs wrk)
	$(BIN)/python benchmarks/throughput.py $(ARGS)

bench-documents: $(READY) ## Measure start and memory by the size of the document, beside Prism
	$(BIN)/python benchmarks/documents.py $(ARGS)

bench-review: $(READY) ## Measure locum diff with large documents and 20 changes
	$(BIN)/python benchmarks/review.py $(ARGS)

bench-proxy: $(READY) ## Measure locum proxy beside a plain pass-through and prism proxy (needs wrk)
	$(BIN)/python benchmarks/proxy.py $(ARGS)

bench-state: $(READY) ## Measure what --state costs, and how long a restart takes (needs wrk)
	$(BIN)/python benchmarks/state.py $(ARGS)

crash: $(READY) ## Kill a server with stored worlds 200 times, and compare what is left with what was answered
	$(BIN)/python benchmarks/crash.py $(ARGS)

bench-verify: $(READY) ## Measure what the behaviour checks of `locum verify` cost
	$(BIN)/python -m benchmarks.verification $(ARGS)

soak: $(READY) ## Ask a server for 30 minutes (ARGS='--minutes 5'), and look at memory, descriptors and the log
	$(BIN)/python benchmarks/soak.py $(ARGS)

clean: ## Remove what was set up
	rm -rf $(VENV) .sdk .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
