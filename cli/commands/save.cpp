#include <algorithm>
#include <memory>

#include "backend/emit/keepalived.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/netlink/client.h"
#include "cli/capabilities.h"
#include "cli/commands/imported_table.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

struct SaveOptions {
    std::string format = "ipvsadm";
    std::string net_namespace;
};

bool has_thresholds(const table::Table& table) {
    return std::ranges::any_of(table.services, [](const table::Service& service) {
        return std::ranges::any_of(service.destinations, [](const table::Destination& destination) {
            return destination.upper_threshold != 0 || destination.lower_threshold != 0;
        });
    });
}

ExitStatus save(const Streams& streams, const SaveOptions& options) {
    auto client = netlink::Client::open({options.net_namespace});
    if (!client) return report_failure(streams, client.error());
    keep_table_only();
    const auto live = client->dump();
    if (!live) return report_failure(streams, live.error());
    const table::Table table = table::configuration_of(*live);
    if (options.format == "keepalived") return print_keepalived(streams, table);
    const auto form =
        options.format == "complete" ? lbctl::ipvsadm::SavedForm::complete : lbctl::ipvsadm::SavedForm::ipvsadm;
    print_text(streams.out, lbctl::ipvsadm::to_saved_text(table, form));
    if (form == lbctl::ipvsadm::SavedForm::ipvsadm && has_thresholds(table)) {
        print(streams.err, "lbctl: note: thresholds are left out, as ipvsadm -S does; --format complete has them\n");
    }
    return ExitStatus::ok;
}

}  // namespace

ExitStatus print_keepalived(const Streams& streams, const table::Table& table) {
    const emit::KeepalivedText text = emit::to_keepalived(table);
    print_text(streams.out, text.configuration);
    for (const std::string& loss : text.losses)
        print(streams.err, "lbctl: keepalived.conf cannot say this: {}\n", loss);
    return text.losses.empty() ? ExitStatus::ok : ExitStatus::findings;
}

namespace {

void add_save(Command program, Invocation& invocation) {
    auto options = std::make_shared<SaveOptions>();
    Command command = program.command("save", "the live table as ipvsadm-save text, or as keepalived.conf");
    command
        .option("--format", options->format,
                "what ipvsadm -S -n prints (the default), the same with thresholds, timeouts and daemons, or a "
                "keepalived.conf")
        .one_of({"ipvsadm", "complete", "keepalived"});
    command.option("--netns", options->net_namespace, "in this network namespace: a name, or a path")
        .type_name("NAME|PATH");
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return save(streams, *options); };
    });
}

}  // namespace

extern const Registration save_command{
    .name = "save", .heading = Heading::others, .rights = Rights::any_table, .add = add_save};

}  // namespace lbctl::cli
