#include "cli/commands/weight_change.h"

namespace lbctl::cli {

namespace {

void add_enable(Command program, Invocation& invocation) {
    auto options = std::make_shared<WeightOptions>();
    options->action = WeightAction::enable;
    Command command =
        add_weight_change(program, invocation, options, "enable", "give drained real servers their weight back");
    command.option("--weight", options->weight, "this weight, not the one that each had before")
        .type_name("NUMBER")
        .within(0U, largest_weight);
}

}  // namespace

extern const Registration enable_command{.name = "enable",
                                         .heading = Heading::changes,
                                         .rights = Rights::table_work,
                                         .add = add_enable,
                                         .changes_table = true};

}  // namespace lbctl::cli
