# Gantry's tasks. Two of them do everything on a fresh Debian 12 with Swift 6.3: `make run` and `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

BUILD := .build
CONFIGURATION := release
BUNDLES := $(BUILD)/bundles
PYTHON := $(BUILD)/venv/bin/python
# Colours are a compiler's flag: with them, a build at a terminal would make everything anew that one without had made.
STRICT := --explicit-target-dependency-import-check error --no-color-diagnostics
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Debian packages by what they are for; `need` installs those that are missing.
BUILD_PACKAGES := libsqlite3-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libffi-dev gcc openssl
RUN_PACKAGES := curl
ABI_PACKAGES := abigail-tools gcc g++ python3
PAGES_PACKAGES := python3-venv
TEST_PACKAGES := binutils chromium curl g++ nghttp2-client openssl postgresql-15 procps prometheus python3-venv
BENCH_PACKAGES := wrk nginx-light python3-venv valgrind binutils gcc

define need
	@missing=$$(dpkg-query -W -f '$${Package} $${Status}\n' $(1) 2>/dev/null | awk '/install ok installed/ {print $$1}' \
	  | cat - <(printf '%s\n' $(1)) | sort | uniq -u); \
	if [ -n "$$missing" ]; then echo "Installing: $$missing"; \
	  $(AS_ROOT) apt-get update -qq && $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; fi
endef

.PHONY: build run test unit end-to-end check format abi abi-baseline sanitize bench bench-tenants clean dependencies

dependencies:
	$(call need,$(BUILD_PACKAGES))

# The host in release form, and a bundle for each module.
build: dependencies
	swift build -c release $(STRICT)
	@$(MAKE) --no-print-directory bundles pages sdk

# What the pages /docs and /redoc load, beside the executable, where the host looks for it. A host without it serves all
# the rest, so that a machine without a package index builds one too.
PAGES := $(BUILD)/$(CONFIGURATION)/gantry-pages
PAGES_WHEEL := drf-spectacular-sidecar==2026.10.1
.PHONY: pages
pages:
	@$(MAKE) --no-print-directory $(PAGES)/explorer.html || echo "The files of /docs and /redoc are not to be had: the host will say so."

$(PAGES)/explorer.html: $(wildcard manifests/pages/*)
	$(call need,$(PAGES_PACKAGES))
	@rm -rf $(BUILD)/wheels && python3 -m venv $(BUILD)/wheels/venv
	@$(BUILD)/wheels/venv/bin/python -m pip download -q --disable-pip-version-check --no-deps -d $(BUILD)/wheels $(PAGES_WHEEL)
	@python3 manifests/pages/assemble.py $(BUILD)/wheels/*.whl $(PAGES)
	@touch $@

# What `gantry new` makes projects from, beside the executable, where it looks for it.
SDK := $(BUILD)/$(CONFIGURATION)/gantry-sdk
.PHONY: sdk
sdk:
	@rm -rf $(SDK) && mkdir -p $(SDK)
	@tar -c -C PluginAPI --exclude=./Generator --exclude=./Baselines --exclude=./.build . | tar -x -C $(SDK)

.PHONY: bundles
bundles: $(BUILD)/tally/libtally.so
	@rm -rf $(BUNDLES)
	@$(BUILD)/$(CONFIGURATION)/gantry bundle build --manifest manifests/accounts --library $(BUILD)/$(CONFIGURATION)/libaccounts.so --output $(BUNDLES)
	@$(BUILD)/$(CONFIGURATION)/gantry bundle build --manifest manifests/anomaly --library $(BUILD)/$(CONFIGURATION)/libanomaly.so --output $(BUNDLES)
	@$(BUILD)/$(CONFIGURATION)/gantry bundle build --manifest manifests/files --library $(BUILD)/$(CONFIGURATION)/libfiles.so --output $(BUNDLES)
	@$(BUILD)/$(CONFIGURATION)/gantry bundle build --manifest manifests/contact --library $(BUILD)/$(CONFIGURATION)/libcontact.so --output $(BUNDLES)
	@$(BUILD)/$(CONFIGURATION)/gantry bundle build --manifest manifests/projects --library $(BUILD)/$(CONFIGURATION)/libprojects.so --output $(BUNDLES)
	@$(BUILD)/$(CONFIGURATION)/gantry bundle build --manifest Examples/guestbook/bundle --library $(BUILD)/$(CONFIGURATION)/libguestbook.so --output $(BUNDLES)
	@$(BUILD)/$(CONFIGURATION)/gantry bundle build --manifest Examples/tally-c/bundle --library $(BUILD)/tally/libtally.so --output $(BUNDLES)

$(BUILD)/tally/libtally.so: Examples/tally-c/tally.c $(wildcard PluginAPI/C/include/gantry/*.h) PluginAPI/C/gantry.map
	@mkdir -p $(@D)
	cc -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -IPluginAPI/C/include \
	  -Wl,--version-script=PluginAPI/C/gantry.map $(TALLY_FLAGS) -o $@ $<

# Builds what is needed and serves the demo deployment until Ctrl-C.
run: build
	$(call need,$(RUN_PACKAGES))
	@exec Examples/demo/run.sh

# Unit tests in debug form, then the product from outside in release form. The runners' summaries come last.
test: build unit end-to-end

unit: dependencies
	swift test $(STRICT) --disable-xctest

end-to-end: build $(PYTHON)
	$(call need,$(TEST_PACKAGES) $(if $(shell command -v rustc),,rustc))
	$(PYTHON) -m pytest -q Tests/EndToEndTests

# Kills at named points, at KILLS random moments, and on a disk that loses what was not synced; says what was lost.
KILLS ?= 500
.PHONY: durability
durability: build $(PYTHON)
	GANTRY_KILLS=$(KILLS) $(PYTHON) -m pytest -q -s Tests/EndToEndTests/test_durability.py

# Clients that mean harm, also those that need minutes for it.
.PHONY: abuse
abuse: build $(PYTHON)
	GANTRY_ABUSE=1 $(PYTHON) -m pytest -q -s $(addprefix Tests/EndToEndTests/,test_abuse.py test_takeover.py test_stuck_loops.py)

# Twenty upgrades in a row of five tenants under load, each watched, and all that can go wrong on the way. Takes minutes.
.PHONY: upgrades
upgrades: build $(PYTHON)
	GANTRY_UPGRADES=1 $(PYTHON) -m pytest -q -s Tests/EndToEndTests/test_upgrade.py

# The loader's suite and the product once more, with every call between host and modules as bytes.
.PHONY: loopback
loopback: build $(PYTHON)
	GANTRY_LOOPBACK=1 swift test $(STRICT) --disable-xctest \
	  --filter 'GantryLoaderTests|GantryRuntimeTests|ConformanceTests/(swift|tally)'
	GANTRY_LOOPBACK=1 $(PYTHON) -m pytest -q Tests/EndToEndTests

# The product's suite once more with every module in a worker of its own, the same bundles, unchanged.
.PHONY: workers
workers: build $(PYTHON)
	GANTRY_ISOLATION=worker $(PYTHON) -m pytest -q Tests/EndToEndTests
	GANTRY_ISOLATION=worker-per-tenant $(PYTHON) -m pytest -q $(addprefix Tests/EndToEndTests/,$(TIER_TESTS))

# What stands for the whole suite where there is less time.
TIER_TESTS := test_events.py test_jobs.py test_isolation.py test_streams.py test_sockets.py test_services.py test_sessions.py

# Modules that crash, hang, eat memory and write nonsense, and what the others feel of it: three rounds
# of LOAD_SECONDS for each.
.PHONY: containment
containment: build $(PYTHON)
	GANTRY_CONTAINMENT=$(or $(LOAD_SECONDS),3) $(PYTHON) -m pytest -q -s Tests/EndToEndTests/test_containment.py

# Schemathesis over each contract that is served, EXAMPLES requests made up for each operation; `make test` has a few.
EXAMPLES ?= 100
.PHONY: schemathesis
schemathesis: build $(PYTHON)
	GANTRY_EXAMPLES=$(EXAMPLES) $(PYTHON) -m pytest -q -s Tests/EndToEndTests/test_schemathesis.py

# The Autobahn test suite's cases, all but those for speed, against sockets of every form. The suite's own runner needs
# Python 2; this one runs its case files.
.PHONY: autobahn
autobahn: build $(PYTHON)
	$(PYTHON) -m pip install -q --disable-pip-version-check kosoku==0.1.0
	$(PYTHON) Tests/Autobahn/run.py

# Made anew where the list of packages has changed.
$(PYTHON): $(BUILD)/venv/requirements.txt

$(BUILD)/venv/requirements.txt: Tests/EndToEndTests/requirements.txt
	$(call need,$(TEST_PACKAGES))
	python3 -m venv $(BUILD)/venv
	$(PYTHON) -m pip install -q --disable-pip-version-check -r $<
	@cp $< $@

# Everything a machine can judge without running the product. Warnings are errors in every build.
check: dependencies abi
	swift format lint --strict --parallel --recursive Package.swift Host PluginAPI Plugins Examples Tests Benchmarks/Package.swift Benchmarks/peers
	swift build --build-tests $(STRICT)
	swift test $(STRICT) --disable-xctest --skip-build --filter 'TidyTests|ABITests'

format:
	swift format --in-place --parallel --recursive Package.swift Host PluginAPI Plugins Examples Tests Benchmarks/Package.swift Benchmarks/peers

# Holds the interface against what is committed: first the rules and everything that follows from the headers (goldens,
# Rust, reference, proxy), then, after proving that no change would go unseen, libabigail's baseline and every compiler.
# `make abi-baseline` writes all of it anew; the change is then seen in review.
abi: abi-tools
	python3 PluginAPI/Generator/generate.py --check
	python3 PluginAPI/Generator/abi.py --check
	python3 PluginAPI/Generator/freeze.py --check

# Freezes the interface as it is: `make freeze REVISION=1.0 DRAFTS="gantry.some.table"`, and the exhibits that go with it.
.PHONY: freeze museum-add
freeze: abi
	python3 PluginAPI/Generator/freeze.py --freeze $(REVISION) $(DRAFTS:%=--draft %)

# Builds the museum's bundles for a frozen revision; CI loads them for ever. MUSEUM names another folder for a trial.
museum-add: abi-tools
	python3 Tests/Museum/add.py $(REVISION) --into $(if $(MUSEUM),$(MUSEUM),Tests/Museum)

# The modules of this repository and the museum through every check, with all the patience that `make test` has not.
.PHONY: conformance
conformance: build
	@for project in $(wildcard Examples/*/Makefile); do \
	  $(MAKE) --no-print-directory -C $$(dirname $$project) \
	    GANTRY=$(abspath $(BUILD)/$(CONFIGURATION)/gantry) bundle || exit 1; done
	@for bundle in $(BUNDLES)/*/module.yaml Examples/*/build/bundles/*/module.yaml Tests/Museum/*/*/module.yaml; do \
	  $(BUILD)/$(CONFIGURATION)/gantry check $$(dirname $$bundle) --thorough || failed=1; done; [ -z "$${failed:-}" ]

abi-baseline: abi-tools
	python3 PluginAPI/Generator/generate.py --write
	python3 PluginAPI/Generator/abi.py --write

# Debian's rustc serves where no other is installed.
.PHONY: abi-tools
abi-tools:
	$(call need,$(ABI_PACKAGES) $(if $(shell command -v rustc),,rustc))

# The unit tests, and end-to-end ones with a host and modules built for it, under AddressSanitizer and then under
# ThreadSanitizer, each in a build folder of its own. The summaries come last; any report fails the run.
SANITIZERS ?= address thread

sanitize: dependencies $(PYTHON)
	@for sanitizer in $(SANITIZERS); do Tests/Sanitizers/run.sh $$sanitizer || failed=1; done; \
	cat $(SANITIZERS:%=$(BUILD)/sanitize-%/summary.txt); [ -z "$${failed:-}" ]

# Feeds everything that is read before a bundle or a client is trusted to a coverage-guided fuzzer, FUZZ_SECONDS for
# each part. What it finds goes to .build/fuzz/crashes; the committed corpus is where it begins, and is replayed by unit
# tests.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= library note manifest contract digests signature http gateway wire channel
FUZZ := $(BUILD)/fuzz

.PHONY: fuzz
fuzz: dependencies
	GANTRY_FUZZ=1 swift build --product Fuzzer --scratch-path $(FUZZ) --sanitize fuzzer --sanitize address \
	  -Xswiftc -O -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer,address 2>&1 | grep -v 'Cannot export local'
	@for target in $(FUZZ_TARGETS); do mkdir -p $(FUZZ)/crashes/$$target $(FUZZ)/corpus/$$target; \
	  echo "$$target: $(FUZZ_SECONDS) s"; \
	  GANTRY_FUZZ_TARGET=$$target $(FUZZ)/debug/Fuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=20000 -timeout=10 \
	    -rss_limit_mb=2000 -verbosity=0 -print_final_stats=1 -artifact_prefix=$(FUZZ)/crashes/$$target/ \
	    $(FUZZ)/corpus/$$target Tests/Fuzz/Corpus/$$target 2>&1 | grep -v '^INFO'; done

# A module that calls every function of the host with whatever comes to hand, from as many seeds; and a host that answers
# modules of every kit with anything, the second time with the Swift kit under AddressSanitizer.
HOSTILE_SEEDS ?= 2000
HOSTILE := $(BUILD)/hostile
.PHONY: hostile
hostile: build $(PYTHON)
	GANTRY_HOSTILE_SEEDS=$(HOSTILE_SEEDS) $(PYTHON) -m pytest -q \
	  $(addprefix Tests/EndToEndTests/,test_hostile_module.py test_hostile_host.py)
	@for module in relay patient switchboard guestbook; do \
	  swift build -c release --product $$module --scratch-path $(HOSTILE) --sanitize address; done
	GANTRY_HOSTILE_SEEDS=$(HOSTILE_SEEDS) GANTRY_HOSTILE_SANITIZED=$(HOSTILE)/release \
	  $(PYTHON) -m pytest -q Tests/EndToEndTests/test_hostile_host.py

# CPU per request of Gantry and its peers in one run; see Documentation/BENCHMARKS.md.
bench: build
	$(call need,$(BENCH_PACKAGES))
	python3 Benchmarks/run.py
	@python3 Benchmarks/interface.py
	@python3 Benchmarks/detection.py
	@python3 Benchmarks/store.py
	@python3 Benchmarks/count.py

# What libffi takes of a call between modules.
.PHONY: bench-services
bench-services: dependencies
	@mkdir -p $(BUILD)/services
	@cc -std=c11 -O2 -Wall -Wextra -Werror -IPluginAPI/C/include -IPluginAPI/Services/include -o $(BUILD)/services/services-load \
	  Benchmarks/services/services.c PluginAPI/Services/*.c -lffi
	@$(BUILD)/services/services-load

# Instructions and allocations of one request, held against Benchmarks/count/thresholds.json.
.PHONY: bench-allocations
bench-allocations: build
	$(call need,$(BENCH_PACKAGES))
	python3 Benchmarks/count.py

# CPU of a request in a worker, host and worker summed, beside the host's alone.
.PHONY: bench-workers
bench-workers: build
	$(call need,$(BENCH_PACKAGES))
	python3 Benchmarks/workers.py

# Ten thousand tenants on one host: start, memory, latency of a random one, eviction.
bench-tenants: build
	$(call need,$(BENCH_PACKAGES))
	python3 Benchmarks/tenants.py

# Memory of the host while 1 GiB goes up and comes down at signed addresses.
.PHONY: transfers
transfers: build
	python3 Benchmarks/transfers.py

# Whether a tenant that asks for ten times its share is felt by another one.
.PHONY: bench-noisy
bench-noisy: build
	python3 Benchmarks/noisy.py

# Many charging sessions in one tenant, and lists of them: SESSIONS=1000000 READINGS=30.
.PHONY: scale
scale: build
	python3 Benchmarks/scale.py $(if $(SESSIONS),--sessions $(SESSIONS)) $(if $(READINGS),--readings $(READINGS))

# How well the detectors find faults: in sessions, station days and series. Needs no recordings; with those in
# ../shared/data it measures on them, too. See Documentation/Detection.md.
QUALITY_SEEDS ?= 3
QUALITY_PACKAGES := gzip tar xz-utils
.PHONY: quality
quality: dependencies
	$(call need,$(QUALITY_PACKAGES))
	swift build -c release --product anomaly-quality $(STRICT)
	@for part in sessions evaluate; do $(BUILD)/release/anomaly-quality $$part --seeds $(QUALITY_SEEDS) || failed=1; done; \
	[ -z "$${failed:-}" ]

clean:
	rm -rf $(BUILD) Examples/*/build Examples/*/.build
