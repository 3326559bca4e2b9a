#include "cli/commands.h"

#include "cli/check_command.h"
#include "cli/connect_command.h"
#include "cli/deploy_command.h"
#include "cli/explain_command.h"
#include "cli/faults_command.h"
#include "cli/query_command.h"
#include "cli/run_command.h"
#include "cli/schema_command.h"
#include "cli/state_command.h"
#include "cli/table_command.h"
#include "cli/test_command.h"
#include "cli/topic_command.h"

namespace headrace::cli {

std::vector<Command> AllCommands() {
  return {CheckCommand(),   ExplainCommand(), TestCommand(),   RunCommand(),
          QueryCommand(),   TopicCommand(),   TableCommand(),  StateCommand(),
          ConnectCommand(), DeployCommand(),  SchemaCommand(), FaultsCommand()};
}

}  // namespace headrace::cli
