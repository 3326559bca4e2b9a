// The random numbers of one Nexmark event, and the texts that are made of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace headrace::source {

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
class NexmarkRandom {
 public:
  NexmarkRandom(int64_t seed, int64_t number)
      : state_(Mix(static_cast<uint64_t>(seed)) ^
               (static_cast<uint64_t>(number) * 0xd1342543de82ef95)) {}

  uint64_t Next() { return Mix(state_ += 0x9e3779b97f4a7c15); }

  // From 0 to `bound` - 1.
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(
        (static_cast<unsigned __int128>(Next()) * static_cast<uint64_t>(bound)) >> 64);
  }

  // From 100 to 100,000,000, each order of magnitude as often as the others.
  int64_t Price() {
    const double unit = static_cast<double>(Next() >> 11) * 0x1p-53;
    return std::llround(std::pow(10.0, unit * 6.0) * 100.0);
  }

  // Writes `size` lower-case letters.
  char* Letters(int64_t size, char* out) {
    while (size > 0) {
      uint64_t bits = Next();
      for (int i = 0; i < 8 && size > 0; ++i, --size, bits >>= 8)
        *out++ = static_cast<char>('a' + (((bits & 0xff) * 26) >> 8));
    }
    return out;
  }

  // Writes a text of 3 to `longest` - 1 characters: letters, now and then `gap`, but not at the
  // ends.
  char* Text(int64_t longest, char gap, char* out) {
    const int64_t size = 3 + Below(longest - 3);
    char* const end = Letters(size, out);
    for (char* at = out + 1; at < end - 1; ++at)
      if (Below(13) == 0) *at = gap;
    return end;
  }

  // Writes letters that fill an event of `bytes` up to about `wanted`: a fifth more or less.
  char* Filling(int64_t bytes, int64_t wanted, char* out) {
    if (bytes >= wanted) return out;
    const int64_t missing = wanted - bytes;
    const int64_t delta = (missing + 2) / 5;
    return Letters(missing - delta + (delta == 0 ? 0 : Below(2 * delta)), out);
  }

 private:
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

}  // namespace headrace::source
