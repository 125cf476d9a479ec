# Each target does all of its own set-up.
.PHONY: demo test lint docs bench-quick

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

bench-quick: ## a generated report, read whole, against inflating it alone
	cargo run --quiet --locked --release -p outlay-benches --bin measure
