#include "cli/commands/weight_change.h"

namespace lbctl::cli {

namespace {

void add_drain(Command program, Invocation& invocation) {
    auto options = std::make_shared<WeightOptions>();
    options->action = WeightAction::drain;
    Command command = add_weight_change(program, invocation, options, "drain",
                                        "set the weight of real servers to 0, and remember what it was");
    const Option wait =
        command
            .option("--wait", options->wait,
                    "wait so long until no connection and no bound client leads there any more; exit 1 if some do")
            .type_name("SECONDS");
    command
        .flag("--break-persistence", options->break_persistence,
              "let bound clients go elsewhere meanwhile: expire_quiescent_template is 1 while it waits")
        .needs(wait);
}

}  // namespace

extern const Registration drain_command{.name = "drain",
                                        .heading = Heading::changes,
                                        .rights = Rights::table_work,
                                        .add = add_drain,
                                        .changes_table = true};

}  // namespace lbctl::cli
