# The commands of the README. Each installs and builds what it needs first; nothing is fetched or built twice.
CACHE := $(or $(HEADRACE_CACHE),$(HOME)/.cache/headrace)
export CCACHE_DIR := $(CACHE)/ccache
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

JOBS ?= $(shell nproc)
CTEST = ctest --output-on-failure --no-tests=error
QUIET_CMAKE = mkdir -p build && cmake -S . -G Ninja -DHEADRACE_DEPS=$(CACHE)/deps

# A set of servers to try headrace against, in the order in which they start.
SERVICES ?= kafka connect postgres minio
SERVICES_DIR ?= var/services

.PHONY: help dependencies configure build sanitize demo test integration services services-stop bench bench-hudi bench-kafka bench-peers fuzz check clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

dependencies:
	@scripts/install_dependencies

configure: dependencies
	@$(QUIET_CMAKE) -B build/release >build/cmake.log 2>&1 || { cat build/cmake.log; exit 1; }

build: configure ## Build a release into build/release, or just TARGET of it
	@ninja -C build/release -j $(JOBS) $(TARGET)

demo: configure ## Run the earthquakes example from feed to table, and query it
	@ninja -C build/release -j $(JOBS) headrace
	@scripts/demo

# The unit tests under the address and undefined-behaviour sanitizers, and the fuzz targets, are one build by clang.
sanitize: dependencies
	@$(QUIET_CMAKE) -B build/sanitize -DCMAKE_CXX_COMPILER=clang++-16 -DCMAKE_BUILD_TYPE=Sanitize -DHEADRACE_FUZZ=ON \
	  >build/cmake.log 2>&1 || { cat build/cmake.log; exit 1; }
	@ninja -C build/sanitize -j $(JOBS)

test: build sanitize ## Run every test that needs no JVM and no server
	@scripts/install_readers
	@$(CTEST) --test-dir build/sanitize -L 'unit|fuzz' -j $(JOBS)
	@$(CTEST) --test-dir build/release -LE integration -j $(JOBS)

integration: build ## Run the tests against real Spark and real servers (installs them)
	@scripts/install_readers
	@scripts/install_spark
	@scripts/install_spark_hudi
	@scripts/install_kafka_client
	@services/kafka install
	@for server in schema_registry connect postgres influxdb telegraf victoriametrics prometheus; do services/$$server install || exit; done
	@$(CTEST) --test-dir build/release -L integration -j 2 --output-junit integration.xml; status=$$?; \
	  scripts/integration_report build/release build/release/integration.xml; exit $$status

services: ## Start servers to try headrace against (SERVICES)
	@for name in $(SERVICES); do address=$$(services/$$name start $(SERVICES_DIR)) && printf '%-10s %s\n' $$name "$$address" || exit 1; done
	@echo "their data and logs are in $(SERVICES_DIR); make services-stop ends them"

services-stop: ## Stop them again
	@for name in $$(printf '%s\n' $(SERVICES) | tac); do services/$$name stop $(SERVICES_DIR); done

fuzz: sanitize ## Fuzz every parser for FUZZ_SECONDS each (default 300)
	@HEADRACE_FUZZ_SECONDS=$(or $(FUZZ_SECONDS),300) $(CTEST) --test-dir build/sanitize -L fuzz --timeout 100000

bench: build ## Run the benchmarks
	@ninja -C build/release -j $(JOBS) benchmarks
	@scripts/bench

bench-hudi: configure ## Measure Hudi tables beside Spark's (installs it); ROWS, BUCKETS, COMMITS
	@ninja -C build/release -j $(JOBS) hudi_bench
	@scripts/bench_hudi

bench-kafka: configure ## Measure headrace on Kafka beside librdkafka alone (installs a broker); ROWS, PASSES, SECONDS
	@ninja -C build/release -j $(JOBS) headrace kafka_bench
	@scripts/bench_kafka

bench-peers: configure ## Measure headrace beside Flink and Spark on Nexmark (installs them); EVENTS, QUERIES, ENGINES
	@ninja -C build/release -j $(JOBS) headrace nexmark_fill
	@scripts/bench_peers

check: ## Check form, module borders and lint of what changed
	@scripts/check

clean: ## Remove what was built
	@rm -rf build
