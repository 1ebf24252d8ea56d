#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backend/change/run_state.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/drained.h"
#include "backend/table/names.h"
#include "cli/command.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "grammar/base/json_text.h"

namespace lbctl::cli {

namespace {

struct Options {
    std::string net_namespace;
    std::string format = "text";
};

/// A drained server, as it stands now.
struct Row {
    std::string service;
    std::string server;
    const table::DrainedServer* drained = nullptr;
    const table::LiveDestination* live = nullptr;  ///< null: it is not in the table
};

/// "drained", "absent" or "overwritten".
std::string_view state_of(const Row& row) {
    if (row.live == nullptr) return "absent";
    return row.live->destination.weight == 0 ? "drained" : "overwritten";
}

std::vector<Row> rows_of(const table::LiveTable& live, const table::DrainedServers& drained) {
    std::map<std::string, const table::LiveDestination*> present;
    for (const table::LiveService& service : live.services) {
        if (drained.empty()) break;
        for (const table::LiveDestination& row : service.destinations)
            present.emplace(table::drained_key(service.service.key, row.destination.key), &row);
    }
    std::vector<Row> rows;
    for (const auto& [key, server] : drained) {
        const std::size_t blank = std::min(key.rfind(' '), key.size());
        const auto found = present.find(key);
        rows.push_back({key.substr(0, blank), key.substr(std::min(blank + 1, key.size())), &server,
                        found == present.end() ? nullptr : found->second});
    }
    return rows;
}

std::string remark_of(const Row& row) {
    if (row.live == nullptr)
        return "; it is not in the table now: `lbctl apply' brings it back drained, keepalived with its weight";
    if (row.live->destination.weight != 0) {
        return fmt::format("; no longer: something else has given it weight {} since", row.live->destination.weight);
    }
    if (row.drained->was_down) return "; keepalived held it down then, and gives it its weight when that recovers";
    return {};
}

void show_text(const std::vector<Row>& rows, const Streams& streams) {
    if (rows.empty()) return print(streams.err, "lbctl: no server is drained\n");
    std::size_t service = 7;
    std::size_t server = 11;
    for (const Row& row : rows) {
        service = std::max(service, row.service.size());
        server = std::max(server, row.server.size());
    }
    print(streams.out, "{:<{}}  {:<{}}  {:>6}  {:>6}  {:>9}  {}\n", "SERVICE", service, "REAL SERVER", server, "WEIGHT",
          "ACTIVE", "TEMPLATES", "DRAINED");
    for (const Row& row : rows) {
        const auto number = [&row](std::uint32_t table::LiveDestination::*member) {
            return row.live == nullptr ? std::string("-") : std::to_string(row.live->*member);
        };
        const std::string told = to_string(*row.drained);
        print(streams.out, "{:<{}}  {:<{}}  {:>6}  {:>6}  {:>9}  {}{}\n", row.service, service, row.server, server,
              row.drained->weight, number(&table::LiveDestination::active_connections),
              number(&table::LiveDestination::persistent_connections),
              told.empty() ? std::string("not known by whom") : told, remark_of(row));
    }
}

void show_json(const std::vector<Row>& rows, const Streams& streams) {
    nlohmann::ordered_json json = {{"schema", "lbctl-drains/1"}, {"drained", nlohmann::ordered_json::array()}};
    for (const Row& row : rows) {
        nlohmann::ordered_json entry = {
            {"service", row.service}, {"destination", row.server}, {"state", state_of(row)}};
        entry.update(table::to_json(*row.drained));
        if (row.live != nullptr) {
            entry["weight"] = row.live->destination.weight;
            entry["active_connections"] = row.live->active_connections;
            entry["persistence_templates"] = row.live->persistent_connections;
        }
        json["drained"].push_back(std::move(entry));
    }
    print_text(streams.out, base::json_text(json, 1) + "\n");
}

ExitStatus run(const Options& options, const Streams& streams) {
    auto client = netlink::Client::open({options.net_namespace});
    if (!client) return report_failure(streams, client.error());
    const auto identity = netlink::namespace_identity(options.net_namespace);
    if (!identity) return report_failure(streams, identity.error());
    const change::RunState state(identity->inode, identity->cookie);
    mention_pending(state, streams);
    mend_settings(state, options.net_namespace, streams);
    keep_table_only();
    const auto drained = state.read_drained();
    if (!drained) return report_failure(streams, drained.error());
    const auto live = client->dump();
    if (!live) return report_failure(streams, live.error());
    const std::vector<Row> rows = rows_of(*live, *drained);
    options.format == "json" ? show_json(rows, streams) : show_text(rows, streams);
    return ExitStatus::ok;
}

void add_drained(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command =
        program.command("drained", "the servers that lbctl drained: by whom, since when, what still leads there");
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    command.option("--format", options->format, "text or json").one_of({"text", "json"});
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration drained_command{
    .name = "drained", .heading = Heading::shows, .rights = Rights::table_work, .add = add_drained};

}  // namespace lbctl::cli
