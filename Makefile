.DEFAULT_GOAL := help
.PHONY: help run test fuzz soak lint deny bench dist timing mutants docs

help: ## List these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Serve http://localhost:8080 on an embedded database under ./data
	cargo run --locked --release

test: ## Run every test on SQLite and on PostgreSQL, then fuzz the API on both for a minute
	scripts/needs curl jq chromium npm pgbouncer nginx
	scripts/with-postgres sh -c 'cargo test --locked --features bench && scripts/fuzz 60'

fuzz: ## Fuzz the API on both engines for ten minutes (SECONDS=… for another time)
	scripts/with-postgres scripts/fuzz $(or $(SECONDS),600)

soak: ## Kill clients that write offline, and their server, for 1000 rounds on both engines (ROUNDS=…, GUILDHALL_SOAK_SEED=…)
	GUILDHALL_SOAK_ROUNDS=$(or $(ROUNDS),1000) scripts/with-postgres \
		cargo test --locked --features bench --test api -- --nocapture soak::

lint: ## Check formatting, lints, documentation and dependencies
	cargo fmt --check
	cargo clippy --locked --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
	@$(MAKE) --no-print-directory deny

deny: ## Check licenses, advisories and bans of dependencies, where cargo-deny is installed
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check; \
	else echo "cargo-deny is not installed: licenses, advisories and bans were not checked"; fi

bench: ## Measure the server on SQLite and on PostgreSQL (ARGS=… for one table: bench/README.md)
	GUILDHALL_TEST_POSTGRES_DURABLE=1 scripts/with-postgres scripts/bench $(ARGS)

dist: ## Make a release in dist/: static binaries, their licences and SBOMs, checksums (TARGETS=… for other than x86-64 and aarch64)
	TARGETS="$(TARGETS)" scripts/dist

timing: ## Look whether the time of an answer tells if an address has an account
	cargo build --locked --release --features bench
	$${CARGO_TARGET_DIR:-target}/release/bench timing

mutants: ## Change what decides who may do what, and see that a test notices (FILES=… for some files; hours)
	scripts/with-postgres cargo mutants $(foreach file,$(FILES),--file $(file))

docs: ## Build the documentation of the code, private items too
	cargo doc --locked --no-deps --document-private-items
