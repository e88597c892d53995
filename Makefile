# `make run` runs the default study, `make test` the tests; both set up what they need. `make help` lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
# scripts/run_workflow.py gets these as they were typed, and refuses what it does not understand.
override STUDY := $(value STUDY)
override DATA := $(value DATA)
override PROFILE := $(value PROFILE)
override CORES := $(value CORES)
override SITE := $(value SITE)
override ARGS := $(value ARGS)
override FILE := $(value FILE)
override FILES := $(value FILES)
override SAMPLE := $(value SAMPLE)
override METHODS := $(value METHODS)
export STUDY DATA PROFILE CORES SITE ARGS FILE FILES SAMPLE METHODS

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKFLOW = @$(BIN)/python scripts/run_workflow.py
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)/scripts
export PYTHONUTF8 := 1

help:  ## this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | sort | expand -t 14
	@echo
	@echo "Variables: STUDY=name (of config/studies/), DATA='file.root ...' (real data), PROFILE=slurm or htcondor (docs/cluster.md),"
	@echo "           FILES='file.root ...', SAMPLE=name, METHODS='name ...' or all (make apply)"
	@echo "           CORES=n, ARGS='options and targets of snakemake', for example ARGS='-n --config training.epochs=3'"

run: $(READY)  ## run a study from nothing to results/<study>/report.html (the default one, or STUDY=name)
	$(WORKFLOW) run

smoke: $(READY)  ## the whole workflow on few events, in about three minutes
	$(WORKFLOW) smoke

toptagging: override STUDY := toptagging
toptagging: $(READY)  ## top taggers on images and constituents of jets (docs/toptagging.md)
	$(WORKFLOW) run

qcd: override STUDY := qcd
qcd: $(READY)  ## autoencoders that have seen jets of quarks and gluons only (docs/qcd.md)
	$(WORKFLOW) run

tune: $(READY)  ## search for hyperparameters (docs/tuning.md) of the default study, or of STUDY=name
	$(WORKFLOW) tune

export: $(READY)  ## write the networks as ONNX (docs/export.md) of the default study, or of STUDY=name
	$(WORKFLOW) export

apply: $(READY)  ## score FILES='a.root b*.root' by the models of a finished run, as friend trees (docs/apply.md)
	$(WORKFLOW) apply

inspect: $(READY)  ## what is in a file of events, and a draft of a study for it: FILE=file.root (docs/own-ntuples.md)
	@$(BIN)/python scripts/inspect_ntuple.py $(ARGS)

test: $(READY)  ## check style, then run all tests (with the smoke study)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/snakefmt --check Snakefile rules
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(or $(CORES),$$(nproc)) --dist loadfile --no-loadscope-reorder $(ARGS)

test-cluster: $(READY)  ## run the workflow on a real SLURM and a real HTCondor on this host (root on Debian; else SKIP)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/cluster -n 2 --dist loadfile $(ARGS)

GPU_TESTS = tests/unsculpt/test_training.py tests/unsculpt/architectures/test_trained.py tests/benchmarks/test_gpu_kernel.py
test-gpu: $(READY)  ## the tests that need a GPU, and how fast it trains (in two minutes)
	@$(BIN)/python -m pytest -m gpu $(GPU_TESTS) $(ARGS) && $(BIN)/python benchmarks/gpu.py && $(BIN)/python benchmarks/gpu_kernel.py

test-matrix: $(READY)  ## the numerical tests as on other processors, with other Pythons and the newest releases (MINUTES=n at most)
	@MINUTES=$(MINUTES) $(BIN)/python tests/matrix.py $(ARGS)

same: $(READY)  ## compare the numbers of the smoke study with those of the last commit, or of REF=commit
	@$(BIN)/python tests/same.py $(REF)

format: $(READY)  ## format Python and Snakemake files
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/snakefmt Snakefile rules

docs: $(READY)  ## write the generated pages (config/README.md, docs/features.md), and parts of others from docs/numbers/
	@$(BIN)/python -m unsculpt.schema > config/README.md
	@$(BIN)/python -m unsculpt.features > docs/features.md
	@$(BIN)/python -m unsculpt.pages

docs-numbers: $(READY)  ## keep the numbers of a finished run for the pages, and write these (ARGS='--commit ...')
	@$(BIN)/python -m unsculpt.pages --keep "results/$${STUDY:-tthyy}" $(ARGS)

docs-compare: $(READY)  ## compare a finished run with the one whose numbers are on the pages
	@$(BIN)/python -m unsculpt.pages --compare "results/$${STUDY:-tthyy}/summary.json"

lock: $(READY)  ## resolve envs/requirements.in anew into envs/requirements.txt
	@$(PYTHON) -m venv .lock && .lock/bin/pip install --quiet -r envs/requirements.in
	@(echo "# The lock: every package of the environment; made by \`make lock\` from requirements.in."; \
	  .lock/bin/pip freeze | sed 's/+cpu//') > envs/requirements.txt; rm -rf .lock

clean:  ## remove results and caches (keeps the environment)
	rm -rf results .matrix .same .snakemake .pytest_cache .ruff_cache .hypothesis

$(READY): envs/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "unsculpt needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V); give another: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV) (once, a few minutes) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/requirements.txt
	@touch $@

.PHONY: help run smoke toptagging qcd tune export apply inspect test test-cluster test-gpu test-matrix same format docs docs-numbers docs-compare lock clean
