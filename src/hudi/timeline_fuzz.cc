// Bytes that may be anything, read as each kind of small file that a table has: a container of the
// timeline, properties, an Avro schema, the names of files, a Bloom filter.
#include "avro/container.h"
#include "hudi/bloom_filter.h"
#include "hudi/commit_metadata.h"
#include "hudi/file_name.h"
#include "hudi/instant.h"
#include "hudi/properties.h"
#include "hudi/table_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace headrace::hudi;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)ExtraMetadataOf(bytes);
  // A file keeps its meaning when it is written and read again.
  const Properties properties = ParseProperties(bytes);
  const Properties again = ParseProperties(FormatProperties(properties, "again"));
  if (again != ParseProperties(FormatProperties(again, "again"))) __builtin_trap();
  if (const auto schema = headrace::avro::ParseSchema(bytes); schema.ok())
    (void)FromAvroSchema(**schema);
  if (const auto name = ParseDataFileName(bytes)) {
    const auto same = ParseDataFileName(name->ToString());
    if (!same.has_value() || same->ToString() != name->ToString()) __builtin_trap();
    (void)BucketOfFileId(name->file_id);
  }
  if (const auto instant = ParseInstantFileName(bytes); instant.ok()) {
    const auto same = ParseInstantFileName(instant->FileName(instant->state));
    if (!same.ok() || same->time != instant->time) __builtin_trap();
  }
  if (auto filter = BloomFilter::FromText(bytes); filter.ok()) (void)filter->MayContain(bytes);
  return 0;
}
