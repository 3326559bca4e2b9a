// What Arrow takes its memory from.
#pragma once

namespace headrace {

// Makes jemalloc Arrow's default, unless ARROW_DEFAULT_MEMORY_POOL names another: Arrow's own
// choice, mimalloc, holds a fifth more and has the kernel zero huge pages again and again. To be
// called first in main.
void ChooseMemoryPool();

}  // namespace headrace
