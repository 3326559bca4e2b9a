#include "base/memory_pool.h"

#include <malloc.h>

#include <cstdlib>

namespace headrace {

void ChooseMemoryPool() {
  ::setenv("ARROW_DEFAULT_MEMORY_POOL", "jemalloc", 0);
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

}  // namespace headrace
