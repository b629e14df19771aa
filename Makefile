# Each target installs what it needs on a new Debian machine with Rust.
.PHONY: help demo try check test test-api pages screens bench-ui deny torture bench bench-peers sim sim-rules setup

help:
	@echo "make demo    build everything, sell in a sample café for 20 seconds, compare both sides"
	@echo "make try     a hub and an outlet with a sample café and their pages, until Ctrl-C"
	@echo "make check   after each change: format, lints, the fast tests; two minutes at most after the first build"
	@echo "make test    every check: format, lints, documents, both APIs against their descriptions, tests"
	@echo "make test-api  of these only the APIs; API_ARGS=\"outlet --include-path /api/v1/orders\""
	@echo "make pages   build the pages in ui/, which the next build of the program contains"
	@echo "make deny    of these only the dependencies; DENY_ARGS=advisories also checks for known vulnerabilities"
	@echo "make torture  real servers that sell while everything around them fails; MINUTES=60, GERAI_SEED=7"
	@echo "make sim     simulated worlds of outlets and a hub from seeds, with failures; SEEDS=1000, SIM_ARGS=\"--faults hub\""
	@echo "make sim-rules  disables each rule of the protocol, and prints the checker that notices and the seed"
	@echo "make screens  pictures of every page, into target/screens"
	@echo "make bench-ui  start, search and size of the till in the browser"
	@echo "make bench   speed and memory, beside limits measured in the same run"
	@echo "make bench-peers   the same beside PocketBase and PouchDB, installed under target/; BENCH_ARGS=pocketbase"

setup:
	@sh scripts/setup.sh

# DEMO_ARGS="--outlets 5 --rate 20 --for 60"; see gerai demo --help
DEMO_ARGS ?= --for 20
demo: pages
	cargo run --quiet -- demo $(DEMO_ARGS)

# TRY_ARGS="--dir try --port 8080"; see gerai try --help
try: pages
	cargo run --quiet -- try $(TRY_ARGS)

# Builds nothing if the sources have not changed. Brings its own Node.js if the machine's is too old.
pages: setup
	@sh scripts/pages.sh

# Pictures of every page in both languages and themes at three widths, and those of README and guide.
screens: pages
	@sh scripts/setup.sh test
	cargo build --quiet --package gerai
	PATH="$$(sh scripts/node.sh):$$PATH" && export PATH && cd ui && npm run --silent screens

# The till with 20,000 products, beside a hello page of the same stack in the same run.
bench-ui: pages
	@sh scripts/setup.sh test
	cargo build --quiet --package gerai
	PATH="$$(sh scripts/node.sh):$$PATH" && export PATH && cd ui && npm run --silent bench

check: setup
	@sh scripts/check.sh

test:
	@sh scripts/setup.sh test
	@sh scripts/pages.sh
	@sh scripts/test.sh

# Problems found by schemathesis include the request. API_ARGS selects one server, or goes to schemathesis.
test-api:
	@sh scripts/setup.sh test
	@sh scripts/test-api.sh $(API_ARGS)

deny:
	@sh scripts/setup.sh
	@sh scripts/deny.sh $(DENY_ARGS)

# Tests two chains at once; make test does so for three minutes.
MINUTES ?= 10
torture:
	@sh scripts/setup.sh test
	GERAI_TORTURE_MINUTES=$(MINUTES) cargo test --quiet --package gerai --test torture -- --nocapture

# BENCH_ARGS="join till" runs only these; each is a file in benches/src. BENCH_WAITING=100000 drains fewer orders in till;
# BENCH_ORDERS=100000 limits growth, which then needs a tenth of 9 GB; BENCH_ROUNDS=1 measures growth, fleet and the
# peers once.
bench:
	@sh scripts/setup.sh test
	cargo build --quiet --profile bench --package gerai --package benches
	"$${CARGO_TARGET_DIR:-target}/release/benches" $(BENCH_ARGS)

bench-peers: setup
	@sh scripts/setup.sh peers
	@PATH="$$(sh scripts/node.sh):$$PATH" sh scripts/peers.sh target/peers
	cargo build --quiet --profile bench --package gerai --package benches
	PATH="$$(sh scripts/node.sh):$$PATH" "$${CARGO_TARGET_DIR:-target}/release/benches" $(or $(BENCH_ARGS),pocketbase pouchdb)

# SIM_ARGS="--faults hub --seed 77 --trace" prints all events of one world, --shortest only those that are needed to fail.
# SIM_PROFILE=bench is many times as fast, without overflow checks.
SEEDS ?= 200
SIM_PROFILE ?= dev
sim: setup
	cargo run --quiet --profile $(SIM_PROFILE) --package sim -- --seeds $(SEEDS) $(SIM_ARGS)

sim-rules: setup
	cargo test --quiet --package sim --test rules -- --nocapture
