# Each target does all of its own set-up.
.PHONY: demo test lint docs fuzz fuzz-quick bench bench-quick

TARGET := $(or $(CARGO_TARGET_DIR),target)

demo: ## normalizes the small report in examples/data
	cargo run --quiet --locked --release --example normalize -- examples/data/report

test: ## everything that is tested, doc examples and the README's program included
	cargo test --workspace --locked
	cargo check --quiet --locked -p outlay --no-default-features

lint: ## format and lints, for each feature set
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets --locked -- -D warnings
	cargo clippy --quiet -p outlay --no-default-features --locked -- -D warnings

docs: ## the documentation, without warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --no-deps -p outlay

SECONDS := 600
FUZZ := records decimal decoder manifest inflate

fuzz: ## each fuzz target for SECONDS, ten minutes by default
	@cargo fuzz --version >/dev/null 2>&1 || { echo "cargo-fuzz is not installed: cargo install cargo-fuzz --locked"; exit 1; }
	for target in $(FUZZ); do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none $$target -- -max_total_time=$(SECONDS) -rss_limit_mb=2048 -print_final_stats=1 || exit 1; \
	done

fuzz-quick: ## builds all fuzz targets, and runs each for ten seconds
	$(MAKE) --no-print-directory fuzz SECONDS=10

bench-quick: ## the main ratios, in under three minutes
	cargo build --quiet --locked --release -p outlay-benches
	python3 benches/bench.py --target $(TARGET) --quick

bench: ## everything, beside its rivals: writes benches/RESULTS.md and benches/chart.svg
	cargo build --quiet --locked --release -p outlay-benches
	python3 -m venv $(TARGET)/bench-venv
	$(TARGET)/bench-venv/bin/pip install --quiet -r benches/rivals/requirements.txt
	python3 -m venv $(TARGET)/bench-venv-focus
	$(TARGET)/bench-venv-focus/bin/pip install --quiet -r benches/rivals/requirements-focus-converter.txt
	python3 benches/bench.py --target $(TARGET) --python $(TARGET)/bench-venv/bin/python \
		--focus-python $(TARGET)/bench-venv-focus/bin/python
