// Where memory comes from.
#pragma once

namespace headrace {

// Makes jemalloc Arrow's default, unless ARROW_DEFAULT_MEMORY_POOL names another: Arrow's own
// choice, mimalloc, holds a fifth more and has the kernel zero huge pages again and again. And
// keeps up to 64 MiB of other memory that was freed: what a micro-batch needs, the next one needs
// again, and the kernel would zero it each time. To be called first in main.
void ChooseMemoryPool();

}  // namespace headrace
