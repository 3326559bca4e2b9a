// hash() and xxhash64() of Spark: each argument is hashed with the hash of those before it as the
// seed; a null changes nothing. Sources: MurmurHash3 (x86, 32 bits; Austin Appleby, public domain)
// with Spark's tail of single bytes, and XXH64 (https://github.com/Cyan4973/xxHash, the
// specification).
#include <bit>
#include <cmath>
#include <cstring>

#include "sql/native_rows.h"

namespace headrace::sql {
namespace {

using arrow::Type;
using Text = std::string_view;

template <typename Word>
Word Read(Text bytes, size_t at) {
  Word word;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

struct Murmur {
  using Hash = uint32_t;

  static uint32_t MixKey(uint32_t key) { return std::rotl(key * 0xcc9e2d51U, 15) * 0x1b873593U; }
  static uint32_t Mix(uint32_t hash, uint32_t key) {
    return std::rotl(hash ^ MixKey(key), 13) * 5 + 0xe6546b64U;
  }
  static uint32_t Finish(uint32_t hash, uint32_t length) {
    hash ^= length;
    hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
    hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
    return hash ^ (hash >> 16);
  }

  static Hash OfInt(int32_t value, Hash seed) {
    return Finish(Mix(seed, static_cast<uint32_t>(value)), 4);
  }
  static Hash OfLong(int64_t value, Hash seed) {
    const auto bits = static_cast<uint64_t>(value);
    return Finish(Mix(Mix(seed, static_cast<uint32_t>(bits)), static_cast<uint32_t>(bits >> 32)),
                  8);
  }
  static Hash OfBytes(Text bytes, Hash seed) {
    Hash hash = seed;
    size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4) hash = Mix(hash, Read<uint32_t>(bytes, at));
    for (; at < bytes.size(); ++at)
      hash = Mix(hash, static_cast<uint32_t>(static_cast<int8_t>(bytes[at])));
    return Finish(hash, static_cast<uint32_t>(bytes.size()));
  }
};

struct XxHash {
  using Hash = uint64_t;
  static constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87U;
  static constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FU;
  static constexpr uint64_t kPrime3 = 0x165667B19E3779F9U;
  static constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63U;
  static constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5U;

  static uint64_t Round(uint64_t lane, uint64_t word) {
    return std::rotl(lane + word * kPrime2, 31) * kPrime1;
  }
  static uint64_t Finish(uint64_t hash) {
    hash = (hash ^ (hash >> 33)) * kPrime2;
    hash = (hash ^ (hash >> 29)) * kPrime3;
    return hash ^ (hash >> 32);
  }
  static uint64_t AddWord(uint64_t hash, uint64_t word) {
    return std::rotl(hash ^ Round(0, word), 27) * kPrime1 + kPrime4;
  }
  static uint64_t AddHalf(uint64_t hash, uint32_t half) {
    return std::rotl(hash ^ (half * kPrime1), 23) * kPrime2 + kPrime3;
  }

  static Hash OfInt(int32_t value, Hash seed) {
    return Finish(AddHalf(seed + kPrime5 + 4, static_cast<uint32_t>(value)));
  }
  static Hash OfLong(int64_t value, Hash seed) {
    return Finish(AddWord(seed + kPrime5 + 8, static_cast<uint64_t>(value)));
  }
  static Hash OfBytes(Text bytes, Hash seed) {
    size_t at = 0;
    uint64_t hash = seed + kPrime5;
    if (bytes.size() >= 32) {
      uint64_t lanes[4] = {seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
      for (; at + 32 <= bytes.size(); at += 32) {
        for (size_t i = 0; i < 4; ++i)
          lanes[i] = Round(lanes[i], Read<uint64_t>(bytes, at + i * 8));
      }
      hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
             std::rotl(lanes[3], 18);
      for (const uint64_t lane : lanes) hash = (hash ^ Round(0, lane)) * kPrime1 + kPrime4;
    }
    hash += bytes.size();
    for (; at + 8 <= bytes.size(); at += 8) hash = AddWord(hash, Read<uint64_t>(bytes, at));
    if (at + 4 <= bytes.size()) {
      hash = AddHalf(hash, Read<uint32_t>(bytes, at));
      at += 4;
    }
    for (; at < bytes.size(); ++at)
      hash = std::rotl(hash ^ (static_cast<uint8_t>(bytes[at]) * kPrime5), 11) * kPrime1;
    return Finish(hash);
  }
};

// The shortest two's complement of a number, the highest byte first: java.math.BigInteger.
std::string BigEndian(Int128 value) {
  std::string bytes;
  for (int shift = 120; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<unsigned char>(value >> shift));
  size_t skip = 0;
  while (skip < 15 && ((bytes[skip] == '\0' && (bytes[skip + 1] & 0x80) == 0) ||
                       (bytes[skip] == '\xFF' && (bytes[skip + 1] & 0x80) != 0)))
    ++skip;
  return bytes.substr(skip);
}

template <typename Algorithm, typename Value>
typename Algorithm::Hash HashOf(const NativeUse& use, const Value& value,
                                typename Algorithm::Hash seed) {
  if constexpr (std::is_same_v<Value, Text>) {
    return Algorithm::OfBytes(value, seed);
  } else if constexpr (std::is_same_v<Value, Int128>) {
    const auto& type = static_cast<const arrow::Decimal128Type&>(*use.arguments[1]);
    if (type.precision() <= 18) return Algorithm::OfLong(static_cast<int64_t>(value), seed);
    return Algorithm::OfBytes(BigEndian(value), seed);
  } else if constexpr (std::is_same_v<Value, float>) {
    return Algorithm::OfInt(std::bit_cast<int32_t>(value == 0 ? 0.0F : value), seed);
  } else if constexpr (std::is_same_v<Value, double>) {
    return Algorithm::OfLong(std::bit_cast<int64_t>(value == 0 ? 0.0 : value), seed);
  } else if constexpr (sizeof(Value) == 8) {
    return Algorithm::OfLong(value, seed);
  } else {
    return Algorithm::OfInt(value, seed);
  }
}

// (hash so far, value) to the hash with it. The hash so far is never null.
template <typename Algorithm, typename Value>
void HashStep(const NativeUse& use, NativeRows& rows) {
  using Signed = std::make_signed_t<typename Algorithm::Hash>;
  const idx_t count = duckdb_data_chunk_get_size(rows.chunk());
  const Argument<Signed> seeds(rows.chunk(), 0, use);
  const Argument<Value> values(rows.chunk(), 1, use);
  uint64_t* validity = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(rows.chunk(), 1));
  auto* out = static_cast<Signed*>(duckdb_vector_get_data(rows.output()));
  for (idx_t row = 0; row < count; ++row) {
    const auto seed = static_cast<typename Algorithm::Hash>(seeds[row]);
    const bool valid = duckdb_validity_row_is_valid(validity, row);
    out[row] = static_cast<Signed>(valid ? HashOf<Algorithm, Value>(use, values[row], seed) : seed);
  }
}

template <typename Algorithm>
NativeFunction StepOf(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BOOL:
      return HashStep<Algorithm, bool>;
    case Type::INT8:
      return HashStep<Algorithm, int8_t>;
    case Type::INT16:
      return HashStep<Algorithm, int16_t>;
    case Type::INT32:
    case Type::DATE32:
      return HashStep<Algorithm, int32_t>;
    case Type::INT64:
    case Type::TIMESTAMP:
      return HashStep<Algorithm, int64_t>;
    case Type::FLOAT:
      return HashStep<Algorithm, float>;
    case Type::DOUBLE:
      return HashStep<Algorithm, double>;
    case Type::DECIMAL128:
      return HashStep<Algorithm, Int128>;
    case Type::STRING:
    case Type::BINARY:
      return HashStep<Algorithm, Text>;
    default:
      return nullptr;
  }
}

}  // namespace

NativeFunction FindHashNative(const NativeUse& use) {
  if (use.kernel == "hash") return StepOf<Murmur>(*use.arguments[1]);
  if (use.kernel == "xxhash64") return StepOf<XxHash>(*use.arguments[1]);
  return nullptr;
}

}  // namespace headrace::sql
