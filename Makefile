# The two commands of a newcomer are `make run` and `make test`; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export CARGO_TERM_COLOR ?= auto

BIN := $(or $(CARGO_TARGET_DIR),target)/debug
# The whole workspace each time, even for one program: cargo then builds what they share once, with the same features.
BUILD := cargo build -q --workspace

.PHONY: help setup run demo services test lint bench bench-lists bench-rules k8s golden clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## Install what tests and services need (Debian packages, cargo-nextest)
	@scripts/setup all

run: ## Everything in one process on embedded defaults; PORT=8080
	@scripts/setup run
	@$(BUILD) --bin standalone
	@exec $(BIN)/standalone

demo: ## Two filings from draft to number, against what `make run` or `make services` started
	@$(BUILD) --bin demo
	@exec $(BIN)/demo

services: ## Four services as four processes on real RabbitMQ, Redis and PostgreSQL
	@scripts/setup all
	@$(BUILD) --bins
	@exec $(BIN)/services

test: setup lint ## Every test, with private servers around them
	@$(BUILD) --all-targets
	@$(BIN)/with-infra --postgres --rabbitmq --redis -- cargo nextest run --workspace
	@cargo test -q --workspace --doc

lint: ## Format and clippy, warnings as errors
	@cargo fmt --all --check
	@cargo clippy -q --workspace --all-targets -- -D warnings

k8s: setup ## Render and validate the Kubernetes manifests
	@$(BUILD) --bins
	@cargo nextest run --workspace -E 'test(manifests)'

golden: ## Write the API descriptions anew, after a change that was meant
	@UPDATE_GOLDEN=1 cargo nextest run --workspace -E 'test(golden)'

bench: setup ## Order commands per second, beside pgbench with the same statements
	@$(BUILD) --release $(addprefix --bin ,svc-orders svc-review svc-photo svc-notify bench)
	@exec $(or $(CARGO_TARGET_DIR),target)/release/bench

bench-lists: setup ## Lists and searches with 10,000 to 1,000,000 orders; fails beyond 1.5 times
	@$(BUILD) --bin with-infra
	@$(BIN)/with-infra --postgres -- cargo bench -q -p svc-orders --bench lists

bench-rules: ## The rules' speed, and another rule engine beside them (Criterion)
	@cd domain/bench && cargo bench -- --noplot

clean: ## Forget the data of `make run` and `make services` (not the build)
	@for link in .icp/*/postgres; do if [ -L "$$link" ]; then rm -rf "$$(readlink "$$link")"; fi; done
	rm -rf .icp
