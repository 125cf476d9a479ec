# Each target installs what it needs.
.PHONY: help demo demo-cloud test test-packages test-python test-node test-bundlers test-validator validator-python test-neon test-miri test-asan test-msrv lint docs public-api advisories release-check fuzz fuzz-quick bench bench-quick

TARGET := $(or $(CARGO_TARGET_DIR),target)

# All targets use the same features, so that each crate is compiled once.
WORKSPACE := --workspace --features outlay/cli,outlay-examples/connect

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## normalizes the small report in examples/data
	cargo run --quiet --locked --release -p outlay-examples --example normalize -- examples/data/report

demo-cloud: ## reads a month through a role, from a simulated cloud on this machine
	cargo run --quiet --locked -p outlay-examples --features connect --example connect -- $(TARGET)/month.parquet

# Many tests wait for a simulated cloud, so more of them run at once than there are processors.
test: ## runs all tests, doc examples and the README's program included
	RUST_TEST_THREADS=8 cargo test $(WORKSPACE) --locked
	cargo check --quiet --locked -p outlay --no-default-features
	$(MAKE) --no-print-directory test-node
	$(MAKE) --no-print-directory test-python
	$(MAKE) --no-print-directory test-packages
	$(MAKE) --no-print-directory test-validator

PYTHON := python3
VENV := $(abspath $(TARGET))/$(notdir $(PYTHON))-venv

test-python: ## tests the Python package with every library that accepts its batches; PYTHON=python3.10 selects another Python
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r bindings-python/tests/requirements.txt
	VIRTUAL_ENV=$(VENV) $(VENV)/bin/maturin develop --quiet --locked -m bindings-python/Cargo.toml
	$(VENV)/bin/python -m pytest --quiet -c bindings-python/pyproject.toml bindings-python/tests

# Installs only maturin, not the other requirements.
MATURIN := $(PYTHON) -m venv $(VENV) && $(VENV)/bin/pip install --quiet $$(grep '^maturin==' bindings-python/tests/requirements.txt)

test-packages: ## checks files and metadata of the crate, the source distribution and the npm package; nothing is compiled
	$(MATURIN)
	$(VENV)/bin/python .ci/packages.py

test-node: ## tests the Node package, its types and its examples, with a browser if one is installed
	npm ci --prefix bindings-node --ignore-scripts --no-audit --no-fund --loglevel=error
	npm run --prefix bindings-node --silent build:debug
	npm ci --prefix examples/node --ignore-scripts --no-audit --no-fund --loglevel=error
	npm test --prefix bindings-node --silent
	npm test --prefix examples/node --silent

test-bundlers: ## uses the Node package with bundlers, Jest, Bun, Deno and each apache-arrow, all from the registry; not part of test
	npm ci --prefix bindings-node --ignore-scripts --no-audit --no-fund --loglevel=error
	npm run --prefix bindings-node --silent build
	node bindings-node/test/bundlers/run.mjs $(TARGET)/bundlers

comma := ,

# Prints a conspicuous notice and succeeds when a test cannot run on this machine.
SKIPPED = { printf '\n*** NOT TESTED: %s ***\n*** to install what is missing: %s ***\n\n' "$(1)" "$(2)" >&2; exit 0; }

VALIDATOR_VENV := $(abspath $(TARGET))/validator-venv
# The oldest version comes first, because all requirements have wheels for it. Each candidate is executed, because a command of
# that name may be a shim that fails.
VALIDATOR_PYTHON = for python in python3.12 python3.13 python3.14 \
		"$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/*/bin/python3.1[2-9] python3; do \
		"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 \
			&& command -v "$$python" && break; \
	done

test-validator: ## validates outputs with the FinOps Foundation's validator, which requires Python 3.12 or newer
	@python=$$($(VALIDATOR_PYTHON)); test -n "$$python" \
		|| $(call SKIPPED,FOCUS by its own validator; there is no Python 3.12 or newer,pyenv install 3.12); \
	set -e; \
	cargo build --quiet $(WORKSPACE) --locked --bin outlay --example normalize; \
	"$$python" -m venv $(VALIDATOR_VENV); \
	$(VALIDATOR_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -r core/tests/validator/requirements.txt; \
	$(VALIDATOR_VENV)/bin/python -B core/tests/validator/validate.py $(TARGET)/debug/outlay $(TARGET)/validator

validator-python: ## prints the Python that test-validator uses; fails if there is none
	@python=$$($(VALIDATOR_PYTHON)); test -n "$$python" && echo "$$python"

# The unit tests cover all unsafe code (the scan) and the code that its safety depends on.
CORE_TESTS := test --quiet --locked -p outlay --no-default-features --lib

NEON := aarch64-unknown-linux-gnu
test-neon: ## tests scan and text on aarch64, in an emulator
	@command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null \
		|| $(call SKIPPED,NEON; no cross compiler or no emulator,apt-get install gcc-aarch64-linux-gnu qemu-user); \
	test -d "$$(rustc --print target-libdir --target $(NEON))" || rustup target add $(NEON) >/dev/null 2>&1 \
		|| $(call SKIPPED,NEON; no standard library for aarch64,rustup target add $(NEON)); \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu" \
		cargo $(CORE_TESTS) --target $(NEON) -- csv:: decode:: table:: every_scan --skip csv::tests::inflate

# Miri supports only the enabled target features: enable those of the AVX2 scan. Tests of limits and of the end of a text are skipped: each
# takes a minute or more there, and the scan that they use is that of the other tests.
X86 := x86_64-unknown-linux-gnu
test-miri: ## tests scan, index and text under Miri, AVX2 included
	@cargo +nightly miri --version >/dev/null 2>&1 || rustup component add miri rust-src --toolchain nightly >/dev/null 2>&1 \
		|| $(call SKIPPED,anything under Miri,rustup toolchain install nightly --component miri --component rust-src); \
	MIRIFLAGS=-Zmiri-disable-isolation RUSTFLAGS="-C target-feature=+avx2,+bmi1,+popcnt" \
		cargo +nightly miri $(CORE_TESTS) --target $(X86) -- csv:: table::text \
			--skip over_the_limit --skip without_a_line_end

test-asan: ## tests scan, text and whole reads under the address sanitizer
	@test "$$(uname -sm)" = "Linux x86_64" \
		|| $(call SKIPPED,anything under the address sanitizer; this is not Linux on x86-64,another machine); \
	export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=$(TARGET)/asan; \
	cargo $(CORE_TESTS) --test it --target $(X86) -- csv:: decode:: table:: every_scan ways::

lint: ## checks format and lints for each feature set, and that builds without network features have no network crates
	cargo fmt --all --check
	cargo clippy --quiet $(WORKSPACE) --all-targets --locked -- -D warnings
	cargo clippy --quiet -p outlay --no-default-features --locked -- -D warnings
	cargo clippy --quiet -p outlay --no-default-features --features stream --locked -- -D warnings
	cargo clippy --quiet -p outlay --no-default-features --features trace --locked -- -D warnings
	cargo clippy --quiet -p outlay --no-default-features --features fetch --locked -- -D warnings
	tree=$$(cargo tree --locked -p outlay -e normal --prefix none) \
		&& ! echo "$$tree" | grep -E '^(aws-|h2|hyper|openssl|reqwest|rustls|tokio)'
	tree=$$(cargo tree --locked -p outlay -e normal --prefix none --features fetch) \
		&& ! echo "$$tree" | grep -E '^aws-sdk-(organizations|costexplorer)'
	tree=$$(cargo tree --locked -p outlay -e normal --prefix none --all-features) \
		&& ! echo "$$tree" | grep -E '^(hyper v0|openssl(-sys)? |rustls v0\.21)'

# The feature `cli` enables all others except the internal one of this repository.
DOCUMENTED := -p outlay --features cli

docs: ## builds the documentation; warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --no-deps $(DOCUMENTED)

MSRV := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
test-msrv: ## checks the core with its minimum supported Rust version
	@cargo +$(MSRV) --version >/dev/null 2>&1 || rustup toolchain install $(MSRV) --profile minimal >/dev/null 2>&1 \
		|| $(call SKIPPED,the core with Rust $(MSRV),rustup toolchain install $(MSRV)); \
	cargo +$(MSRV) check --quiet --locked -p outlay

# Tools that are compiled from source, each at a fixed version.
TOOLS := $(abspath $(TARGET))/tools
TOOL = cargo install --quiet --locked --root $(TOOLS) $(1) >/dev/null 2>&1
DENY := cargo-deny --version 0.20.2
# Reads the JSON output of rustdoc, whose format depends on the compiler. This version supports Rust 1.95 and newer so far.
PUBLIC_API := cargo-public-api --version 0.52.0

public-api: ## compares the public items of the core with core/public-api.txt; UPDATE_GOLDEN=1 rewrites it
	@$(call TOOL,$(PUBLIC_API)) || $(call SKIPPED,the public API,cargo install --locked $(PUBLIC_API)); \
	RUSTDOC=$(abspath .ci/rustdoc-json) cargo rustdoc --quiet --locked --lib $(DOCUMENTED) \
		&& $(TOOLS)/bin/cargo-public-api public-api --omit blanket-impls,auto-trait-impls \
			--rustdoc-json $(TARGET)/doc/outlay.json >$(TARGET)/public-api.txt || exit 1; \
	test -z "$$UPDATE_GOLDEN" || cp $(TARGET)/public-api.txt core/public-api.txt; \
	diff -u core/public-api.txt $(TARGET)/public-api.txt \
		|| { echo "the public API is another one: if it is meant, UPDATE_GOLDEN=1 make public-api, and CHANGELOG.md" >&2; exit 1; }

advisories: ## checks the dependencies against the current advisory database
	@$(call TOOL,$(DENY)) || $(call SKIPPED,advisories,cargo install --locked $(DENY)); \
	PATH="$(TOOLS)/bin:$$PATH" cargo deny --all-features check advisories

release-check: public-api ## checks licences, sources, the public API, the wheel and the addon before a release
	@$(call TOOL,$(DENY)) || $(call SKIPPED,licences$(comma) bans and sources,cargo install --locked $(DENY)); \
	PATH="$(TOOLS)/bin:$$PATH" cargo deny --all-features check licenses bans sources
	$(MATURIN)
	npm ci --prefix bindings-node --ignore-scripts --no-audit --no-fund --loglevel=error
	$(VENV)/bin/python .ci/release.py $(TARGET)/package $(TARGET)/dist

SECONDS := 600
FUZZ := records decimal decoder manifest inflate
FUZZ_INSTALL := cargo install cargo-fuzz --locked --version 0.13.2

fuzz: ## runs each fuzz target for SECONDS, ten minutes by default
	@cargo fuzz --version >/dev/null 2>&1 || { echo "cargo-fuzz is not installed: $(FUZZ_INSTALL)"; exit 1; }
	for target in $(FUZZ); do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none $$target -- -max_total_time=$(SECONDS) -rss_limit_mb=2048 \
			-verbosity=0 -print_final_stats=1 || exit 1; \
	done

# A lower optimization level halves the time to compile.
fuzz-quick: export CARGO_PROFILE_RELEASE_OPT_LEVEL = 1
fuzz-quick: ## builds all fuzz targets and runs each for ten seconds
	@cargo fuzz --version >/dev/null 2>&1 || $(call SKIPPED,the fuzz targets; cargo-fuzz is not installed,$(FUZZ_INSTALL)); \
	$(MAKE) --no-print-directory fuzz SECONDS=10

# Built together with the Python package, so that Arrow has the same features in both and is compiled once.
BENCH_BUILD := cargo build --quiet --locked --release -p outlay-benches -p outlay-python
BENCH_VENV := $(TARGET)/bench-venv
BENCH_PIP = python3 -m venv $(BENCH_VENV) && $(BENCH_VENV)/bin/pip install --quiet -r benches/rivals/requirements.txt ./bindings-python

bench-quick: ## measures the main ratios, in under three minutes
	$(BENCH_BUILD)
	$(BENCH_PIP)
	python3 benches/bench.py --target $(TARGET) --python $(BENCH_VENV)/bin/python --quick

bench: ## runs all benchmarks and those of the rivals; writes benches/RESULTS.md and benches/chart.svg
	node bindings-node/build.mjs --release -p outlay-benches -p outlay-cloud -p outlay-node -p outlay-python
	$(BENCH_PIP)
	python3 -m venv $(TARGET)/bench-venv-focus
	$(TARGET)/bench-venv-focus/bin/pip install --quiet -r benches/rivals/requirements-focus-converter.txt
	python3 benches/bench.py --target $(TARGET) --python $(BENCH_VENV)/bin/python \
		--focus-python $(TARGET)/bench-venv-focus/bin/python
