#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/keepalived/asking.h"
#include "backend/keepalived/configuration_copy.h"
#include "backend/keepalived/daemon.h"
#include "backend/keepalived/difference_class.h"
#include "backend/keepalived/instances.h"
#include "backend/keepalived/processes.h"
#include "backend/table/drained.h"
#include "backend/table/wanted.h"
#include "cli/analysis_options.h"
#include "cli/command.h"
#include "grammar/base/result.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// A second keepalived with virtual servers for the same table.
struct OtherKeepalived {
    keepalived::Daemon daemon;
    std::vector<table::ServiceKey> shared;  ///< services that the first one has, too
    bool is_known = false;                  ///< its configuration could be read
};

/// What stands beside lbctl: a keepalived, and how its configuration and the file of a command are to each other.
struct BesideKeepalived {
    keepalived::KeepalivedSearch search;
    std::optional<keepalived::Daemon> daemon;  ///< nothing: none runs, or none was seen
    std::optional<table::Wanted> running;      ///< the table of the configuration that it has read
    std::optional<table::Wanted> own_file;     ///< that of its file as it is now, where what it has read is not known
    keepalived::InStep in_step = keepalived::InStep::unknown;  ///< of the file of the command
    keepalived::FilesChange change;                            ///< where in_step is `changed`
    std::vector<keepalived::Instance> instances;
    std::vector<OtherKeepalived> others;
    keepalived::DumpFiles dumps;  ///< that it would write

    /// The table of the configuration with which it runs, as far as that is known; null: it is not.
    [[nodiscard]] const table::Wanted* known_table() const {
        return running ? &*running : own_file ? &*own_file : nullptr;
    }
    [[nodiscard]] keepalived::Circumstances circumstances(table::DrainedServers drained) const;
    /// The services whose absence from a file is a difference: what lbctl owns, and what keepalived runs with.
    [[nodiscard]] std::set<table::ServiceKey> kept_services(std::set<table::ServiceKey> owned) const;
    /// Another keepalived has services that this one has, so that each undoes what the other does.
    [[nodiscard]] bool is_contested() const;
};

/// Where a command looks for keepalived, and which file it has.
struct BesideQuestion {
    std::string net_namespace;  ///< that of the table, see netlink::HeldNamespace::path()
    std::uint64_t namespace_inode = 0;
    std::string net_namespace_ipvs;          ///< of the configuration
    std::string file;                        ///< path of the configuration; empty: it is none
    std::vector<table::SyncDaemon> daemons;  ///< of the live table
};

/// The table that the running keepalived makes of a configuration, with its faults.
Result<table::Wanted> compile_as_daemon(validate::Analysis& analysis, const validate::AnalysisOptions& options);

/// Looks for keepalived, and reads what it runs with; touches nothing. What cannot be seen is left out.
BesideKeepalived look_beside(const BesideQuestion& question);

/// What the command line does not say of release and configuration id is as in that keepalived.
void read_as(const keepalived::Daemon& daemon, AnalysisArguments& arguments);

/// That keepalived's own file cannot be read, what it runs with, and what to do; `reason` is that of the system.
Failure own_file_unreadable(const keepalived::Daemon& daemon, std::string_view reason);

/// Whether a keepalived runs in that network namespace whose own file that is, and which cannot be read: why, and what
/// to do.
std::optional<Failure> unreadable_own_file(const std::string& net_namespace, const std::string& file);

/// The network namespace in which the daemon makes its table, where that is not its own: `net_namespace_ipvs` of the
/// configuration `text` that it runs with; empty: its own.
std::string net_namespace_ipvs_of(const keepalived::Daemon& daemon, const std::string& text);

/// The same of the keepalived that runs in this network namespace; empty also where none does, or that is not known.
std::string net_namespace_ipvs_of_keepalived(std::uint64_t namespace_inode);

/// Its own file as it would read it now. Fails only when that cannot be read.
Result<validate::Analysis> analyse_own_file(const keepalived::Daemon& daemon);

/// Whether its own file, with those that it includes, has been changed since keepalived read it. `now` is that file as
/// it is now.
bool is_changed_since_read(const keepalived::Daemon& daemon, const validate::Analysis& now);

/// Says on standard error that keepalived has not read its file as it is now.
void mention_stale(const BesideKeepalived& beside, const Streams& streams);

/// "2 keepaliveds write this table: process 812 (FILE) and process 900 (FILE); ..."; empty where there is one or none.
std::string contest_text(const BesideKeepalived& beside);

/// Says on standard error that several keepaliveds write the table, and which processes of keepalived stand still.
void mention_daemons(const BesideKeepalived& beside, const Streams& streams);

/// "keepalived.conf was changed", "keepalived.conf and 2 files that it includes were changed"; not
/// to be shown as it is: names are in it.
std::string change_text(const keepalived::FilesChange& change);

}  // namespace lbctl::cli
