# Everything that is run here, on a machine that has nothing but Python 3.11 or newer. Each job has an environment of its
# own below .venv/, made when it is first asked for and brought up to date when pyproject.toml or constraints.txt changes.

PYTHON ?= python3
PIP     = .venv/$*/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
TORCH  := $(shell sed -n '/^torch==/p' constraints.txt)

# What each environment holds besides medgo itself.
WITH_demo  = [formats,pii,synth,review,train]
WITH_test  = [formats,pii,synth,review,tokens,datasets,train,ray,test]
WITH_lint  = [lint]
# torch goes in alone and first: what comes after it is then content with the build that is there.
FIRST_demo = $(TORCH)
FIRST_test = $(TORCH)

# A process of tests for each core; the tests of a file stay together, for they share what they build.
PYTEST = .venv/test/bin/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

# What the next features stand on, so that constraints.txt holds versions that work together.
STACK = datasets transformers trl peft accelerate

BENCH = imports laws throughput noop increment memory peers text_path repair pages pdf dedup contamination review scores
SIZE  = --quick

# Of a model that is as small as the demo's: answers of few words, many at once.
SHORT = --longest 48 --at-once 32

export OMP_NUM_THREADS = 1
export HF_HUB_OFFLINE = 1
export HF_HUB_DISABLE_TELEMETRY = 1
export TOKENIZERS_PARALLELISM = false
export MEDGO_REAL_DATA

.PHONY: help demo test test-slow test-all test-faults lint format bench bench-dedup bench-pii bench-scale bench-synth constraints clean python
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: .venv/demo/made ## build a small corpus from invented raw material, look at it, train a small model on it, and score that
	.venv/demo/bin/python -m medgo_data.cli build recipes/demo.py --root data/demo
	.venv/demo/bin/python -m medgo_data.cli funnel pretrain --by-category --root data/demo
	.venv/demo/bin/python -m medgo_data.cli why "popular_science/reposts.jsonl#0-3" --root data/demo
	.venv/demo/bin/python -m medgo_data.cli card pretrain --root data/demo
	.venv/demo/bin/python -m medgo_data.cli build recipes/trained.py --root data/demo --quiet
	rm -rf data/demo_runs
	.venv/demo/bin/medgo-train base pretrain data/demo_runs/base --root data/demo --words 1500 --width 96 --layers 2
	.venv/demo/bin/medgo-train run recipes/train/pretrain.yaml recipes/train/sft.yaml recipes/train/dpo.yaml
	.venv/demo/bin/medgo-train report data/demo_runs/dpo
	@echo "What made the model stands in data/demo_runs/dpo/final/run.json; which rows its first step saw:"
	.venv/demo/bin/medgo-train rows data/demo_runs/dpo/final 1
	rm -rf data/demo_evaluations
	.venv/demo/bin/medgo-train evaluate data/demo_runs/base recipes/evaluated.py --into data/demo_evaluations/base $(SHORT) > /dev/null
	.venv/demo/bin/medgo-train evaluate data/demo_runs/dpo/final recipes/evaluated.py --into data/demo_evaluations/dpo $(SHORT)
	.venv/demo/bin/medgo-train compare data/demo_evaluations/dpo data/demo_evaluations/base | sed -n '/were compared/,/^drug_questions/p'
	.venv/demo/bin/medgo-train report data/demo_evaluations/dpo data/demo_evaluations/base
	@echo "To review its questions about a guideline in a browser: .venv/demo/bin/medgo-data review serve guideline_qa --root data/demo"

test: .venv/test/made ## the tests of everyday work, without those marked slow
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: .venv/test/made ## only the tests marked slow (that there are none is no failure: pytest then says 5)
	$(PYTEST) -m slow $(ARGS) || test $$? -eq 5

test-all: test test-slow ## every test; real material is read from MEDGO_REAL_DATA=folder

test-faults: .venv/test/made ## kills of workers, machines and builders, full disks, wrong clocks: the bytes stay the same
	$(PYTEST) -m faults $(ARGS)

lint: .venv/lint/made ## style (ruff), types (mypy), and what is known against the packages we stand on
	.venv/lint/bin/ruff check .
	.venv/lint/bin/ruff format --check .
	.venv/lint/bin/mypy
	.venv/lint/bin/python audit.py

format: .venv/lint/made ## set the code as lint wants it
	.venv/lint/bin/ruff check --fix .
	.venv/lint/bin/ruff format .

bench: .venv/test/made ## every claim of benchmarks/README.md at a small size; make bench SIZE= for the full one
	@for claim in $(BENCH); do echo; .venv/test/bin/python benchmarks/$$claim.py $(SIZE) || exit; done

bench-dedup: .venv/test/made ## near-duplicates beside the peers at a small size; make bench-dedup SIZE="--input … --pairs … --planted …"
	.venv/test/bin/python benchmarks/dedup.py $(SIZE)

bench-pii: .venv/test/made ## identifiers in labelled texts beside the peers; make bench-pii SIZE="--bench …" for texts of yours
	.venv/test/bin/python benchmarks/pii.py $(SIZE)

bench-synth: .venv/test/made ## asking a model and replaying what it said, beside the peers at a small size
	.venv/test/bin/python benchmarks/synth.py $(SIZE)

bench-scale: .venv/test/made ## the whole pipeline at a small size, and what was planted in it; make bench-scale SIZE="--megabytes 1000"
	.venv/test/bin/python benchmarks/scale.py $(SIZE)
	.venv/test/bin/python benchmarks/simulate.py $(SIZE)

constraints: .venv/constraints/made ## resolve everything anew, into constraints.txt
	@{ echo "# The versions that everything here is tested with, resolved together for $$($(PYTHON) -V) by: make constraints"; \
	   echo "# (torch first and alone, then every extra of medgo and the stack that the Makefile names)"; \
	   .venv/constraints/bin/python -m pip freeze --exclude-editable \
	   | sed -e 's/+cpu$$//' -e 's/+cu[0-9]*$$//' -e '/^medgo[ =]/d' -e '/^nvidia-/d' -e '/^cuda-/d' -e '/^triton==/d'; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf .venv/constraints

clean: ## remove the environments and caches; built corpora below data/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

python:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no '$(PYTHON)' here. medgo needs Python 3.11 or newer; say which: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "medgo needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Say which: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }

.venv/constraints/made: pyproject.toml | python
	rm -rf .venv/constraints
	$(PYTHON) -m venv .venv/constraints
	.venv/constraints/bin/python -m pip install --quiet $(TORCH)
	.venv/constraints/bin/python -m pip install --quiet $(TORCH) -e ".[formats,datasketch,pii,synth,review,tokens,datasets,train,ray,test,lint]" $(STACK)
	.venv/constraints/bin/python -m pip check
	touch $@

.venv/%/made: pyproject.toml constraints.txt | python
	$(PYTHON) -m venv .venv/$*
	$(if $(FIRST_$*),$(PIP) $(FIRST_$*))
	$(PIP) --editable ".$(WITH_$*)"
	touch $@
