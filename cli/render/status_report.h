#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <vector>

#include "backend/keepalived/service_states.h"
#include "backend/table/difference.h"
#include "cli/beside_keepalived.h"

/// What `lbctl status' shows.
namespace lbctl::cli {

struct StatusReport {
    const BesideKeepalived& beside;
    const std::vector<keepalived::ServiceStatus>& services;
    const table::Difference& difference;
    const keepalived::Explanations& explanations;
    std::string file;         ///< that the table is held against
    std::size_t foreign = 0;  ///< services that are neither wanted nor lbctl's
    std::time_t time = 0;
    std::string ask_failure;  ///< why it did not tell; empty: it did, or was not asked

    /// Nothing is down, nothing differs for a reason that calls for action, and keepalived has read its file, runs, and
    /// answered where it was asked.
    [[nodiscard]] bool is_well() const;
    /// Why it is not known whether keepalived runs: "lbctl may not look at process 812, which is called keepalived";
    /// empty where it is known.
    [[nodiscard]] std::string hidden() const;
};

/// Lines of at most 80 columns, as far as names allow it.
std::string status_text(const StatusReport& report, bool unicode);

/// Schema "lbctl-status/1": {"schema", "time", "well", "hidden": TEXT or null, "keepalived": null or {"process",
/// "processes", "release", "program", "options", "config_id", "configuration", "started", "read", "in_step", "unit",
/// "standstill", "others", "not_told"}, "file", "instances":
/// [{"name", "state", "source", "interface", "priority", "priority_in_force", "addresses", "addresses_here",
/// "since", "evidence"}], "services": [{"service", "scheduler", "in_table", "up", "down", "drained", "active",
/// "inactive", "servers": [{"server", "state", "source", "reason", "drained": null or {"weight_before", "by", "since",
/// "was_down"}, "in_table", "weight", "active", "inactive", "persistent"}]}], "differences": [{"object", "change",
/// "class", "reason"}], "foreign": COUNT}. A source is "inferred" or "told".
std::string status_json(const StatusReport& report);

}  // namespace lbctl::cli
