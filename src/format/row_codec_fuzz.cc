// Bytes that may be anything, decoded as rows of random types: what is accepted must be a valid
// array that encodes again.
#include "format/random_array.h"
#include "format/row_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headrace::format::RandomArrays;
  using headrace::format::Require;
  if (size < 1) return 0;
  RandomArrays random(data[0]);
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (int64_t i = 0, count = 1 + random.Below(6); i < count; ++i) types.push_back(random.Type(3));
  headrace::format::RowDecoder decoder(types);
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const bool accepted = decoder.Append(bytes).ok();
  const auto arrays = decoder.Finish().ValueOrDie();
  for (const auto& array : arrays) Require(array->Validate());
  if (!accepted) return 0;
  headrace::format::RowEncoder encoder(types);
  encoder.Bind(arrays);
  std::string first;
  encoder.Encode(0, &first);
  // Canonical bytes are stable.
  Require(decoder.Append(first));
  const auto again = decoder.Finish().ValueOrDie();
  encoder.Bind(again);
  std::string second;
  encoder.Encode(0, &second);
  if (first != second) __builtin_trap();
  return 0;
}
