#include "base/memory_pool.h"
#include "cli/command_line.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  headrace::ChooseMemoryPool();
  return headrace::cli::RunCommandLine(argc, argv, headrace::cli::AllCommands());
}
