# The commands of this project; `make` alone lists them. Each does whatever set-up is missing.
.DEFAULT_GOAL := help
.PHONY: help build demo compare bench bench-quick test soak test-dependency install format docs clean libtorch

PREFIX ?= /usr/local

# The program carries the Swift runtime, so that it runs on machines without Swift.
release := -c release --product grpo $(if $(filter Linux,$(shell uname)),--static-swift-stdlib)
sources := Package.swift Sources Tests $(wildcard Examples)

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

build: libtorch ## The program: .build/release/grpo
	swift build $(release)

demo: build ## Watch a small language model learn from rewards (ARGS="--seed 2" passes flags on)
	.build/release/grpo demo $(ARGS)

compare: build ## Measure the article's claims: GRPO, PPO, RLOO, REINFORCE side by side
	.build/release/grpo compare --seeds 3 --tokens 200000 --seconds 20 $(ARGS)

bench: build ## Measure a step against TRL's (ARGS="A B --rounds 5 --markdown FILE")
	Benchmarks/step/benchmark $(ARGS)

bench-quick: build ## Two minutes of that, which fail where a ratio is below its threshold
	Benchmarks/step/benchmark --quick $(ARGS)

# Warnings are errors in our own targets: SwiftPM silences those of dependencies. XCTest would
# only report that it ran nothing. The closing line of `swift test` stays the last one printed.
test: libtorch ## Format check, warnings as errors, all tests
	Scripts/libtorch-test
	swift format lint --strict --parallel --recursive $(sources)
	swift build --build-tests -Xswiftc -warnings-as-errors -Xcxx -Wall -Xcxx -Werror
	swift test --skip-build --disable-xctest

# One after the other: signals are timed. After 28 minutes they are ended, and the table lacks the rest.
soak: libtorch ## Kill, starve and break runs for half an hour at most, then the table of what survived
	swift build --build-tests
	@rm -f .build/soak.jsonl; touch .build/soak.jsonl
	OMP_NUM_THREADS=1 GRPO_SOAK=1 GRPO_SOAK_REPORT=$(CURDIR)/.build/soak.jsonl timeout -k 10 28m \
		swift test --skip-build --disable-xctest --no-parallel --filter \
		"SoakTests.(Kill|Damage|Signal|Disk|Fault|Reward)SoakTests"; status=$$?; \
		Scripts/soak-table .build/soak.jsonl; \
		if [ $$status = 124 ]; then echo 'Ended after 28 minutes: the table is not whole.'; fi; \
		exit $$status

test-dependency: libtorch ## Build and run Examples/AsDependency, which names this package by version
	Scripts/test-as-dependency

# The program lies beside the libraries, where its run path ($$ORIGIN) finds them wherever the
# whole tree is moved to; bin/ holds a link to it.
install: build ## The program and libtorch under PREFIX (/usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/swift-grpo"
	install .build/release/grpo "$(DESTDIR)$(PREFIX)/lib/swift-grpo/grpo"
	ln -sf ../lib/swift-grpo/grpo "$(DESTDIR)$(PREFIX)/bin/grpo"
	Scripts/libtorch copy "$(DESTDIR)$(PREFIX)/lib/swift-grpo"

format: ## Format all Swift sources in place
	swift format --in-place --parallel --recursive $(sources)

docs: libtorch ## The library's documentation: .build/docs (needs nothing but the toolchain)
	swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members
	rm -rf .build/docs .build/docs-symbols && mkdir .build/docs-symbols
	cp .build/*/symbolgraph/GRPO.symbols.json .build/docs-symbols/
	docc convert $(wildcard Sources/GRPO/*.docc) --additional-symbol-graph-dir .build/docs-symbols \
		--fallback-display-name GRPO --output-dir .build/docs
	@echo 'To read it: python3 -m http.server -d .build/docs, then open /documentation/grpo'

clean: ## Remove what was built; .libtorch stays
	rm -rf .build

libtorch:
	@command -v swift >/dev/null || { echo 'swift was not found: install Swift 6.2 or later (swift.org/install) and put it into PATH.' >&2; exit 1; }
	@Scripts/libtorch
