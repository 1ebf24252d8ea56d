#include "cli/commands/weight_change.h"

namespace lbctl::cli {

namespace {

void add_drain(Command program, Invocation& invocation) {
    auto options = std::make_shared<WeightOptions>();
    options->action = WeightAction::drain;
    Command command = add_weight_change(program, invocation, options, "drain",
                                        "set the weight of a real server to 0, and remember it");
    command.option("--wait", options->wait, "wait so long for its active connections to end; exit 1 if some remain")
        .type_name("SECONDS");
}

}  // namespace

extern const Registration drain_command{.name = "drain",
                                        .heading = Heading::changes,
                                        .rights = Rights::table_work,
                                        .add = add_drain,
                                        .changes_table = true};

}  // namespace lbctl::cli
