.PHONY: demo test deep bench docs reference gallery lock clean
.DELETE_ON_ERROR:

# An empty environment behind a private certificate authority works too.
export UV_SYSTEM_CERTS = 1
# Some machines forbid Python to keep what it compiled; the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE =
PYTHON ?= python3
BIN := .venv/bin
DEMO ?= demo-station
SCRATCH ?= .bench

demo: .venv/run.ready  ## set up, then run the main job from end to end on synthetic data
	$(BIN)/hashgrade --station $(DEMO) demo

test: .venv/test.ready  ## set up, then check style, types, imports and run the tests
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 2 -m "not deep" -rs

deep: .venv/bench.ready  ## the longer trials, against peers too
	$(BIN)/pytest -n 2 --dist loadfile -m deep -rs

bench: .venv/bench.ready  ## measure everything beside its peers, and write the tables and the chart of docs/explanation/speed.md
	@mkdir -p $(SCRATCH) bench/results
	for one in pdq fingerprints flavours index clusters jail hostile video coldstart watch attack questions keys views \
	    desk racing backup; do \
	    echo "== $$one"; $(BIN)/python -m bench.$$one > $(SCRATCH)/$$one.txt || exit 1; mv $(SCRATCH)/$$one.txt bench/results; done
	$(BIN)/python -m bench.intake make 10000 $(SCRATCH)/media
	$(BIN)/python -m bench.intake take $(SCRATCH)/media > bench/results/intake.txt
	$(BIN)/python -m bench.ratios
	$(BIN)/python bench/records.py make 100000 $(SCRATCH)/records.jsonl
	$(BIN)/python bench/records.py import $(SCRATCH)/records.jsonl
	$(BIN)/python bench/lists.py 100000

docs: .venv/dev.ready  ## build the documentation into docs/_build
	$(BIN)/sphinx-build -q -W -b html docs docs/_build

reference: .venv/test.ready  ## rewrite the reference pages and golden files from the code; review the diff
	$(BIN)/python -m tests.rewrite

gallery: .venv/test.ready  ## take the pictures of the workbench anew; look at them
	$(BIN)/python -m tests.gallery

lock: .venv/bin/uv  ## choose new versions and pin them with hashes
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements/run.lock pyproject.toml --group test -o requirements/test.lock
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements/test.lock pyproject.toml --group test --group docs -o requirements/dev.lock
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements/test.lock pyproject.toml --group test --group oracle --group bench -o requirements/bench.lock
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-deps --group oracle -o requirements/oracle.lock
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group setup -o requirements/setup.lock

clean:  ## remove what the other targets made
	rm -rf .venv $(DEMO) $(SCRATCH) docs/_build

.venv/bin/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --require-hashes -r requirements/setup.lock

# Each lock holds all of the one before it, so that a step up never removes what a target needs.
.venv/%.ready: requirements/%.lock pyproject.toml | .venv/bin/uv
	$(BIN)/uv pip install -q --require-hashes -r $<
	$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.ready: .venv/oracle.tried

# The oracle has no wheels: where there is no compiler its tests are skipped by name.
.venv/oracle.tried: requirements/oracle.lock | .venv/bin/uv
	@if command -v g++ >/dev/null; then $(BIN)/uv pip install -q --no-deps --require-hashes -r $<; \
	else echo "no g++: the tests against pdqhash will be skipped"; fi
	@touch $@
