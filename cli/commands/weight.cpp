#include "cli/commands/weight_change.h"

namespace lbctl::cli {

namespace {

void add_weight(Command program, Invocation& invocation) {
    auto options = std::make_shared<WeightOptions>();
    Command command = add_weight_change(program, invocation, options, "weight", "set the weight of real servers");
    // What stands after the first word may be servers as well, so the weight is found as the last of them.
    command.option("WEIGHT", options->weight, "their new weight, after the last server").within(0U, largest_weight);
}

}  // namespace

extern const Registration weight_command{.name = "weight",
                                         .heading = Heading::changes,
                                         .rights = Rights::table_work,
                                         .add = add_weight,
                                         .changes_table = true};

}  // namespace lbctl::cli
