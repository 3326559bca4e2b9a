#include "cli/command_line.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  return headrace::cli::RunCommandLine(argc, argv, headrace::cli::AllCommands());
}
