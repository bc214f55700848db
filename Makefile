# The two commands of a newcomer are `make run` and `make test`; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export CARGO_TERM_COLOR ?= auto

WITH := cargo run -q -p sandbox --bin with-infra --
JOBS ?= $(shell nproc)

.PHONY: help setup run demo services test lint bench k8s golden clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## Install what tests and services need (Debian packages, cargo-nextest)
	@scripts/setup all

run: ## Everything in one process on embedded defaults; PORT=8080
	@scripts/setup run
	@cargo build -q -p standalone --bin standalone
	@exec target/debug/standalone

demo: ## Two filings from draft to number, against what `make run` or `make services` started
	@cargo build -q -p e2e --bin demo
	@exec target/debug/demo

services: ## Four services as four processes on real RabbitMQ, Redis and PostgreSQL
	@scripts/setup all
	@cargo build -q -p svc-orders -p svc-review -p svc-photo -p svc-notify -p sandbox -p standalone --bins
	@exec target/debug/services

test: setup lint ## Every test, with private servers around them
	@cargo build -q --workspace --all-targets
	@$(WITH) --postgres --rabbitmq --redis -- cargo nextest run --workspace
	@cargo test -q --workspace --doc

lint: ## Format, clippy and rustdoc, warnings as errors
	@cargo fmt --all --check
	@cargo clippy -q --workspace --all-targets -- -D warnings

k8s: setup ## Render and validate the Kubernetes manifests
	@cargo build -q --workspace --bins
	@cargo nextest run -p e2e -E 'test(manifests)'

golden: ## Write the API descriptions anew, after a change that was meant
	@UPDATE_GOLDEN=1 cargo nextest run --workspace -E 'test(golden)'

bench: setup ## Order commands per second, beside pgbench with the same statements
	@cargo build -q --release $(addprefix --bin ,svc-orders svc-review svc-photo svc-notify bench)
	@exec target/release/bench

clean: ## Forget the data of `make run` and `make services` (not the build)
	@for link in .icp/*/postgres; do if [ -L "$$link" ]; then rm -rf "$$(readlink "$$link")"; fi; done
	rm -rf .icp
