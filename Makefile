# The commands of the README. Each installs and builds what it needs first.
CACHE := $(or $(HEADRACE_CACHE),$(HOME)/.cache/headrace)
export CCACHE_DIR := $(CACHE)/ccache
export CCACHE_BASEDIR := $(CURDIR)

.PHONY: help dependencies build demo test integration bench clean

help: ## Lists the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

dependencies:
	@scripts/install_dependencies

build: dependencies ## Builds a release into build/release
	@cmake -S . -B build/release -G Ninja -DHEADRACE_DEPS=$(CACHE)/deps >build/cmake.log 2>&1 || { cat build/cmake.log; exit 1; }
	@ninja -C build/release
