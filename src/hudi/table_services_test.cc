#include "hudi/table_services.h"

#include <gmock/gmock.h>

#include <thread>

#include "hudi/service_test_support.h"
#include "storage/forwarding_storage.h"

namespace headrace::hudi {
namespace {

using TableServicesTest = ServiceTest;

TEST_F(TableServicesTest, ATableIsCompactedAndCleanedWhileItIsWritten) {
  const auto table = Open("t");
  metrics::Registry registry;
  const auto files = [&](const std::string& service) {
    return registry
        .counter("headrace_hudi_service_files_total", "", {{"sink", "t"}, {"service", service}})
        .value();
  };
  ServiceOptions options;
  options.compact_after = 3;
  options.retention = {.commits = 2, .age_us = 0};
  options.cpu_share = 1;
  options.interval_us = 1000;
  Rows expected;
  {
    TableServices services(*table, options, registry, "t");
    // Until each service has done something; the number of commits only bounds the test.
    for (int64_t version = 1; version < 2000 && (files("compaction") == 0 || files("clean") == 0);
         ++version) {
      const Status written = WriteRange(*table, version % 5, version % 5 + 10, version);
      ASSERT_TRUE(written.ok()) << written;
      for (int64_t id = version % 5; id < version % 5 + 10; ++id)
        expected[id] = {version, "v" + std::to_string(version)};
      services.Committed();
    }
  }
  EXPECT_GT(files("compaction"), 0);
  EXPECT_GT(files("clean"), 0);
  EXPECT_EQ(registry.Sum("headrace_hudi_service_failures_total"), 0);
  EXPECT_EQ(Read("t"), expected);
}

// A storage whose base files cannot be written: compaction fails, commits (log files) do not.
class NoBaseFiles : public storage::ForwardingStorage {
 public:
  using ForwardingStorage::ForwardingStorage;
  Status PutIfAbsent(const std::string& name, std::string_view data) override {
    if (name.ends_with(".parquet")) return Status::IOError("no space for ", name);
    return ForwardingStorage::PutIfAbsent(name, data);
  }
  Result<std::unique_ptr<storage::ObjectWriter>> Create(const std::string& name) override {
    if (name.ends_with(".parquet")) return Status::IOError("no space for ", name);
    return ForwardingStorage::Create(name);
  }
};

TEST_F(TableServicesTest, AFailingServiceStopsNoCommit) {
  const auto table = Open(std::make_shared<NoBaseFiles>(storage::OpenLocalStorage(PathOf("t"))));
  metrics::Registry registry;
  ServiceOptions options;
  options.compact_after = 1;
  options.interval_us = 1000;
  {
    TableServices services(*table, options, registry, "t");
    int64_t version = 1;
    for (; version < 2000 && registry.Sum("headrace_hudi_service_failures_total") < 2; ++version) {
      const Status written = WriteRange(*table, 0, 5, version);
      ASSERT_TRUE(written.ok()) << written;
      services.Committed();
    }
    ASSERT_TRUE(WriteRange(*table, 0, 5, version).ok());
  }
  EXPECT_GE(registry.Sum("headrace_hudi_service_failures_total"), 2);
  EXPECT_EQ(Read("t").size(), 5u);
}

}  // namespace
}  // namespace headrace::hudi
