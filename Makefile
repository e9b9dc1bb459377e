# Firehall: what a developer types. CONTRIBUTING.md says what each target is for.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

GO       ?= go
TOOL     := $(GO) tool -modfile=tools/go.mod
FUZZTIME ?= 20s
FUZZDIRS ?=
SOAKTIME ?= 1h
CRASHES  ?= 200
WORLDS   ?= 100
DEMO     ?= demo-data
ROWS     ?= 1000000

# Binaries that do not name the folder they were built in are the same everywhere, and what was compiled for one checkout serves the next.
export GOFLAGS := $(shell $(GO) env GOFLAGS) -trimpath

# Tests run, whatever ran before: what they ask lies outside them. They are linked without what only a debugger reads, and by the faster linker where there is one.
LINKED   := -count=1 -vet=off -ldflags='-w$(if $(shell command -v mold), -extldflags=-fuse-ld=mold)'

# What looks at the whole program from outside: browsers, other programs, kills, every way in as everybody. All else is for make test.
OUTSIDE := test/(browser|crash|bench|interop|walk)

# What reads the bytes that strangers send: mail and its encryption, the public form, the texts that indicators are read from, what fellow teams share.
STRANGERS := internal/platform/mime internal/web/report internal/incident/indicator internal/sharing/stix internal/sharing/pattern internal/sharing/convert internal/api/taxii

# Tests wait for databases, leases and each other more than they compute, so more packages than cores run at once.
ATONCE   := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

.PHONY: build run test system check fmt generate vendor bench soak fuzz sbom clean

build: ## build bin/firehall
	$(GO) build -ldflags '-s -w' -o bin/firehall ./cmd/firehall

run: build ## serve the demonstration nation, while its feeds arrive, until Ctrl-C; RUNFLAGS=--once takes them in and ends
	bin/firehall --data $(DEMO) demo $(RUNFLAGS)

test: ## all tests but those from outside (make check vets them); PostgreSQL too when FIREHALL_TEST_POSTGRES is set
	mkdir -p build
	$(TOOL) gotestsum --format pkgname --hide-summary skipped --jsonfile build/test.json -- -p $(ATONCE) $(LINKED) -timeout 15m $$($(GO) list ./... | grep -Ev '/$(OUTSIDE)(/|$$)')

system: ## the tests from outside: every page in Chromium, other programs' mail, servers that are killed, the benchmarks in small
	mkdir -p build
	$(TOOL) gotestsum --format pkgname --hide-summary skipped --jsonfile build/system.json -- $(LINKED) -timeout 20m $$($(GO) list ./... | grep -E '/$(OUTSIDE)(/|$$)')

check: ## formatting, linters (go vet is one of them), floors, generated files, modules
	other=$$($(TOOL) gofumpt -l $$(git ls-files '*.go' ':!*_templ.go')); test -z "$$other" || { printf 'make fmt would change:\n%s\n' "$$other" >&2; exit 1; }
	$(TOOL) golangci-lint run --allow-parallel-runners ./...
	cd tools && $(GO) vet ./npmcopy ./sbom ./testskips && $(GO) test ./npmcopy ./sbom ./testskips
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(MAKE) generate
	git diff --exit-code -- '*_gen.go' '*_templ.go' internal/web/assets/tabler.css docs/design.md docs/ops/configuration.md docs/reference/api.md docs/guide/people.md

fmt: ## format every Go file
	$(TOOL) gofumpt -w $$(git ls-files '*.go' ':!*_templ.go')

generate: ## write the generated files again
	$(GO) generate ./...
	$(GO) test $(LINKED) ./internal/house -run 'TestDesignShowsFloors|TestEachConfigurationKey' -update
	$(GO) test $(LINKED) ./internal/identity -run TestGuideIsCurrent -update
	$(GO) test $(LINKED) ./internal/api -run TestReferenceIsCurrent -update

vendor: ## take the pages' styles, scripts and icons from npm again; the lock file says which
	cd internal/web/assets/npm && npm ci --ignore-scripts --no-audit --no-fund
	cd tools && $(GO) run ./npmcopy ../internal/web/assets
	$(GO) generate ./internal/web/assets

bench: build ## measure the program and write docs/benchmarks.md; ROWS=100000 is quick and writes nothing
	if [ -z "$${FIREHALL_TEST_POSTGRES-}" ]; then \
	  export FIREHALL_TEST_POSTGRES_DIR="$$(mktemp -d -u)"; trap 'test/postgres.sh stop || true' EXIT; \
	  eval "$$(test/postgres.sh start || true)"; \
	fi; \
	$(GO) run ./test/bench -binary bin/firehall -rows $(ROWS) -docs docs/benchmarks.md $(BENCHFLAGS)

soak: ## the long counts: crash tests and property tests, and SOAKTIME of fuzzing for each target that reads what strangers send
	FIREHALL_CRASHES=$(CRASHES) FIREHALL_WORLDS=$(WORLDS) $(GO) test -count=1 -timeout 60m -run 'Crash|Soak|Fault' ./internal/... ./test/...
	$(MAKE) fuzz FUZZTIME=$(SOAKTIME) FUZZDIRS="$(STRANGERS)"

fuzz: ## run each fuzz test for FUZZTIME; FUZZDIRS="FOLDER ..." only those of some folders
	for f in $$(git ls-files -- $(if $(FUZZDIRS),$(FUZZDIRS:%='%/*_test.go'),'*_test.go')); do \
	  for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$f); do \
	    $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$f); \
	  done; \
	done

sbom: build ## write build/firehall.cdx.json, a CycloneDX list of what the binary holds
	mkdir -p build
	cd tools && $(GO) run ./sbom ../bin/firehall > ../build/firehall.cdx.json

clean: ## remove what the other targets made
	rm -rf bin build $(DEMO)
