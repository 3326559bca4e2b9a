// The contract of every Storage, and what only real servers can say: signatures, conditions under a
// race, errors. Started by test/integration/s3, which makes the bucket "contract".
#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "storage/parallel.h"
#include "storage/s3_storage.h"
#include "storage/storage_contract.h"
#include "test/integration/s3_servers.h"

namespace headrace::storage {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<Storage> Open(const std::string& bucket, const S3Options& options,
                              int64_t part_bytes = 5 << 20) {
  return OpenAt(NewPlace(bucket), options, part_bytes);
}

std::shared_ptr<Storage> OnMinio() { return Open("contract", OptionsOf("minio")); }
std::shared_ptr<Storage> OnVersitygw() { return Open("contract", OptionsOf("versitygw")); }

INSTANTIATE_TEST_SUITE_P(Minio, StorageContract, ::testing::Values(&OnMinio));
INSTANTIATE_TEST_SUITE_P(Minio, StorageRace, ::testing::Values(&OnMinio));
// versitygw 1.7 is not in the race: it looks for the object first and writes it then, so that of
// two writers at one moment both may win. With one writer at a time it is right.
INSTANTIATE_TEST_SUITE_P(Versitygw, StorageContract, ::testing::Values(&OnVersitygw));

class S3Server : public ::testing::TestWithParam<const char*> {
 protected:
  S3Options options_ = OptionsOf(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Real, S3Server, ::testing::Values("minio", "versitygw"));

TEST_P(S3Server, LargeObjectsInParts) {
  const auto storage = Open("contract", options_);
  std::string data;
  for (int64_t i = 0; data.size() < (23 << 20); ++i) data += std::to_string(i * i);
  ASSERT_TRUE(storage->Put("large", data).ok());
  EXPECT_TRUE(storage->Get("large").ValueOrDie() == data);
  EXPECT_TRUE(storage->GetRange("large", 4'000'001, 12'000'000).ValueOrDie() ==
              data.substr(4'000'001, 12'000'000));
  EXPECT_TRUE(storage->PutIfAbsent("large", data).IsAlreadyExists());
}

TEST_P(S3Server, ListsMoreThanAPage) {
  const auto storage = Open("contract", options_);
  constexpr int kObjects = 1100;
  ASSERT_TRUE(RunParallel(kObjects, 8, [&](int64_t i) {
                return storage->Put("f/" + std::to_string(i), "x");
              }).ok());
  EXPECT_EQ(storage->List("f").ValueOrDie().size(), static_cast<size_t>(kObjects));
}

TEST_P(S3Server, SaysWhatAUserCanMend) {
  options_.secret_key = "wrong";
  Status status = Open("contract", options_)->Put("a", "1");
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("the secret key is another than the store's"));
  options_.access_key = "nobody";
  status = Open("contract", options_)->Put("a", "1");
  EXPECT_THAT(status.message(), HasSubstr("doesn't know this access key"));
  options_ = OptionsOf(GetParam());
  status = Open("no-such-bucket", options_)->Put("a", "1");
  EXPECT_EQ(KindOf(status), ErrorKind::kUser);
  EXPECT_THAT(status.message(), HasSubstr("make the bucket"));
  EXPECT_EQ(KindOf(Open("no-such-bucket", options_)->List("").status()), ErrorKind::kUser);
}

double MillisecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

// No limits: this prints what docs/BENCHMARKS.md tells of.
TEST_P(S3Server, Speed) {
  const auto storage = Open("contract", options_, 16 << 20);
  constexpr int kSmall = 100;
  constexpr int kAtOnce = 8;
  const std::string small(1000, 'x');
  const std::string large(64 << 20, 'x');
  ASSERT_TRUE(storage->PutIfAbsent("first", small).ok());
  const double put = MillisecondsOf([&] {
    for (int i = 0; i < kSmall; ++i)
      ASSERT_TRUE(storage->PutIfAbsent("p/" + std::to_string(i), small).ok());
  });
  const double parallel = MillisecondsOf([&] {
    ASSERT_TRUE(RunParallel(kSmall, kAtOnce, [&](int64_t i) {
                  return storage->PutIfAbsent("q/" + std::to_string(i), small);
                }).ok());
  });
  const double get = MillisecondsOf([&] {
    for (int i = 0; i < kSmall; ++i) ASSERT_TRUE(storage->Get("p/" + std::to_string(i)).ok());
  });
  const double list = MillisecondsOf([&] {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(storage->List("").ok());
  });
  const double put_large = MillisecondsOf([&] { ASSERT_TRUE(storage->Put("l", large).ok()); });
  const double get_large = MillisecondsOf([&] { ASSERT_TRUE(storage->Get("l").ok()); });
  const double megabytes = static_cast<double>(large.size()) / 1e6;
  std::printf(
      "%s: 1 kB put %.1f ms (%d at once %.1f ms), get %.1f ms, list of 200 %.1f ms; "
      "64 MiB put %.0f MB/s, get %.0f MB/s\n",
      GetParam(), put / kSmall, kAtOnce, parallel / kSmall, get / kSmall, list / 10,
      megabytes / put_large * 1000, megabytes / get_large * 1000);
}

}  // namespace
}  // namespace headrace::storage
