# The front door. Each target does its own set-up on a fresh Debian machine with Rust.
.PHONY: help demo check test test-api deny torture bench bench-peers sim sim-rules setup

help:
	@echo "make demo    build everything, sell in a sample café for 20 seconds, count both sides"
	@echo "make check   after each change: format, lints, the fast tests; two minutes at the most once it is built"
	@echo "make test    every check: format, lints, documents, the API by its description, tests"
	@echo "make test-api  of these the API alone; API_ARGS=\"outlet --include-path /api/v1/orders\""
	@echo "make deny    of these the dependencies alone; DENY_ARGS=advisories asks GitHub for known holes"
	@echo "make torture  real servers, and everything breaks while they sell; MINUTES=60, GERAI_SEED=7"
	@echo "make sim     worlds of outlets and a hub where everything fails, from seeds; SEEDS=1000, SIM_ARGS=\"--faults hub\""
	@echo "make sim-rules  takes each rule of the protocol away, and says which checker notices at which seed"
	@echo "make bench   speed and memory, each beside a limit measured in the same run"
	@echo "make bench-peers   the same beside PocketBase and PouchDB, which are installed under target/; BENCH_ARGS=pocketbase"

setup:
	@sh scripts/setup.sh

# DEMO_ARGS="--outlets 5 --rate 20 --for 60"; see gerai demo --help
DEMO_ARGS ?= --for 20
demo: setup
	cargo run --quiet -- demo $(DEMO_ARGS)

check: setup
	@sh scripts/check.sh

test:
	@sh scripts/setup.sh test
	@sh scripts/test.sh

# What schemathesis finds names the request; API_ARGS asks one server, or goes to schemathesis.
test-api:
	@sh scripts/setup.sh test
	@sh scripts/test-api.sh $(API_ARGS)

deny:
	@sh scripts/setup.sh
	@sh scripts/deny.sh $(DENY_ARGS)

# Two chains of shops at once; make test does three minutes of it.
MINUTES ?= 10
torture:
	@sh scripts/setup.sh test
	GERAI_TORTURE_MINUTES=$(MINUTES) cargo test --quiet --package gerai --test torture -- --nocapture

# BENCH_ARGS="join till" runs only these; a file in benches/src each. BENCH_WAITING=100000 drains fewer orders in till;
# BENCH_ORDERS=100000 stops growth there, which needs a tenth of 9 GB; BENCH_ROUNDS=1 measures growth, fleet and the
# peers once.
bench:
	@sh scripts/setup.sh test
	cargo build --quiet --profile bench --package gerai --package benches
	"$${CARGO_TARGET_DIR:-target}/release/benches" $(BENCH_ARGS)

bench-peers: setup
	@sh scripts/setup.sh peers
	@sh scripts/peers.sh target/peers
	cargo build --quiet --profile bench --package gerai --package benches
	"$${CARGO_TARGET_DIR:-target}/release/benches" $(or $(BENCH_ARGS),pocketbase pouchdb)

# SIM_ARGS="--faults hub --seed 77 --trace" says all that happened in one world, --shortest what of it was needed.
# SIM_PROFILE=bench is many times as fast, and looks at no overflow.
SEEDS ?= 200
SIM_PROFILE ?= dev
sim: setup
	cargo run --quiet --profile $(SIM_PROFILE) --package sim -- --seeds $(SEEDS) $(SIM_ARGS)

sim-rules: setup
	cargo test --quiet --package sim --test rules -- --nocapture
