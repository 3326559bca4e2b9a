#include "base/memory_pool.h"

#include <cstdlib>

namespace headrace {

void ChooseMemoryPool() { ::setenv("ARROW_DEFAULT_MEMORY_POOL", "jemalloc", 0); }

}  // namespace headrace
