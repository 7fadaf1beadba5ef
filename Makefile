# The project's commands. `make demo` and `make test` are all that a newcomer needs; both build .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test lint types imports check messages screens lock clean peers playback soak faults bench-read fuzz bench-data bench-search bench-readers

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else "baotinh needs Python 3.11 or newer; this is %d.%d: make PYTHON=python3.11 …" % v)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	$(BIN)/baotinh demo

test: setup
	$(BIN)/python -m pytest $(TESTS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

check: test lint types imports

# Collect the messages of the interface into its catalogues and compile them; fails on one without translation.
messages: setup
	$(BIN)/python -m archive.web.catalogues

# Pictures of every page into screens/ (needs chromium); SCREENS="article narrow" takes only those.
screens: setup
	$(BIN)/python tests/browser/screens.py $(SCREENS)

# The lock names versions and hashes only: no index address may enter it.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --no-annotate \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--output-file requirements.lock pyproject.toml

# Other people's readers and players in an environment of their own, for the benchmarks and the playback test.
peers:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet 'pip>=25.1'
	.venv-peers/bin/python -m pip install --quiet --group peers --editable .

# Of these only the player of WARC files, for the playback test (tests/test_pywb.py); half a minute.
playback:
	test -x .venv-peers/bin/wayback || { $(PYTHON) -m venv .venv-peers && \
		.venv-peers/bin/python -m pip install --quiet 'pip>=25.1' && \
		.venv-peers/bin/python -m pip install --quiet --group playback; }

# Five simulated days of 5,000 articles, 50 kills at random moments, and the comparison with an undisturbed archive.
soak: setup
	cd tests && ../$(BIN)/python soak.py

# What a crawl does, records and stores under each fault of a newspaper and of this machine.
faults: setup
	cd tests && ../$(BIN)/python fault_table.py

# A known layout beside a bare parse and beside other people's readers (those of `make peers` that are there).
bench-read: peers
	.venv-peers/bin/python tests/benchmarks/bench_read.py

# 20,000 mutated pages: no crash, no hang, no flood of memory.
fuzz: setup
	$(BIN)/python tests/fuzz/run.py 20000

# Snapshot, replay, ingest and verify at 100,000 articles, beside a plain copy.
bench-data: setup
	$(BIN)/python tests/benchmarks/bench_data.py build/bench

# A million articles, every class of query, beside the stock table search.
bench-search: setup
	$(BIN)/python tests/benchmarks/bench_search.py build/search.db

# Eight readers for a minute while a crawl writes, over the archive of bench-search.
bench-readers: setup
	mkdir -p build/readers && ln -f build/search.db build/readers/archive.db
	$(BIN)/python tests/benchmarks/bench_readers.py build/readers

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
