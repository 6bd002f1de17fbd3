# What people type. Go 1.26, git and make are assumed; what else a target needs
# it installs from the system's packages and says so.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

export CGO_ENABLED ?= 0

SEEDS       ?= 1000
FUZZTIME    ?= 10s
STATICCHECK := v0.8.2
TOOLS       := $(CURDIR)/.tools

.PHONY: help demo build test check bench bench-peers simulate fuzz interop generate setup clean

help:
	@echo "make demo      build parley and run two nodes and an archive on this machine (ARGS=--once)"
	@echo "make test      every test"
	@echo "make check     format, vet, staticcheck, house rules, spec clauses, generated files"
	@echo "make interop   our formats against programs that others wrote"
	@echo "make simulate  SEEDS=$(SEEDS) seeded worlds with every fault on"
	@echo "make fuzz      every fuzz target for FUZZTIME=$(FUZZTIME)"
	@echo "make bench     the figures of docs/performance.md, in one run"
	@echo "make bench-peers  the same beside programs that others wrote (PEERS='patterns' for some)"
	@echo "make generate  everything that is made from something else"
	@echo "make build     bin/parley, static and stripped"

build:
	go build -trimpath -ldflags '-s -w' -o bin/parley ./cmd/parley

demo: build
	@bin/parley demo $(ARGS)

setup:
	@scripts/debian chromium:chromium

test: setup
	go test $(TESTFLAGS) ./...

check: $(TOOLS)/staticcheck-$(STATICCHECK)
	@unformatted=$$(git ls-files '*.go' | xargs gofmt -l); \
	  [ -z "$$unformatted" ] || { echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	$< ./...
	go test -count=1 -run '^Test(House|Docs)' .
	@before=$$(git status --porcelain; git diff); \
	  $(MAKE) --no-print-directory generate; \
	  [ "$$before" = "$$(git status --porcelain; git diff)" ] || { git --no-pager diff --exit-code; \
	  echo "make generate changed something: commit what it made"; exit 1; }

$(TOOLS)/staticcheck-$(STATICCHECK):
	GOBIN=$(TOOLS) go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK)
	mv $(TOOLS)/staticcheck $@

generate:
	go generate ./...

# SEED=n starts at that seed: a failing one replays with SEEDS=1.
simulate:
	go test -c -o bin/simulate ./internal/parleytest
	cd internal/parleytest && ../../bin/simulate -test.run '^TestSimulate$$' -test.timeout 0 -test.v \
	  -seeds $(SEEDS) $(if $(SEED),-seed $(SEED)) | grep -Ev '^(=== | *--- PASS|PASS$$)'

fuzz:
	scripts/fuzz $(FUZZTIME)

interop: build
	@scripts/debian age:age ssh-agent:openssh-client
	interop/run

bench:
	cd internal/bench && PARLEY_COMMIT=$$(git rev-parse --short HEAD) go test -count=1 -timeout 0 -run '^TestTable$$' -bench.table $(BENCHFLAGS)

# Each file of interop/peers is one comparison.
bench-peers:
	interop/peers/run $(PEERS)

clean:
	rm -rf bin dist
