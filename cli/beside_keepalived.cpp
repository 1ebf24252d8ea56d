#include "cli/beside_keepalived.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "backend/doctor/read_parts.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/compile.h"
#include "backend/table/names.h"
#include "cli/counted.h"
#include "cli/print.h"
#include "grammar/base/arena.h"
#include "grammar/source/files.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

using keepalived::InStep;

namespace {

/// The release nearest to the daemon's that lbctl knows; nothing where it is not known.
std::optional<keywords::Version> target_of(const keepalived::Daemon& daemon) {
    if (!daemon.release) return std::nullopt;
    return std::clamp(*daemon.release, keywords::oldest_target, keywords::default_target);
}

/// How that keepalived reads a configuration.
validate::AnalysisOptions options_of(const keepalived::Daemon& daemon) {
    validate::AnalysisOptions options;
    options.target = target_of(daemon).value_or(options.target);
    if (!daemon.command_line.config_id.empty()) options.config_id = daemon.command_line.config_id;
    return options;
}

std::optional<keepalived::Moment> last_change(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return keepalived::Moment(std::chrono::duration_cast<keepalived::Moment::duration>(
        std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
}

/// How the files of a configuration differ from what keepalived has read.
keepalived::FilesChange change_since_read(const keepalived::ReadConfiguration& read, const validate::Analysis& now) {
    std::vector<keepalived::ConfigurationFile> files;
    for (source::FileId file = 0; file < now.sources.file_count(); ++file)
        files.push_back({now.sources.name(file), now.sources.text(file)});
    return keepalived::files_change(read.text, files);
}

/// Whether no file of the configuration was changed since the daemon started, so that it is what that has read.
bool is_older_than(const validate::Analysis& configuration, const keepalived::Daemon& daemon) {
    if (!daemon.started) return false;
    for (source::FileId file = 0; file < configuration.sources.file_count(); ++file) {
        const auto changed = last_change(configuration.sources.name(file));
        if (!changed || *daemon.started <= *changed) return false;
    }
    return true;
}

/// Holds the files of the daemon, as they are now, against what it has read.
void compare_files(const validate::Analysis& now, BesideKeepalived& beside) {
    const keepalived::Daemon& daemon = *beside.daemon;
    if (daemon.read) {
        beside.change = change_since_read(*daemon.read, now);
        beside.in_step = beside.change.any() ? InStep::changed : InStep::yes;
    } else {
        // It may have been reloaded since a change.
        beside.in_step = is_older_than(now, daemon) ? InStep::yes : InStep::unknown;
    }
}

/// What keepalived makes of a configuration: its table, and its instances.
void take_configuration(validate::Analysis& analysis, const validate::AnalysisOptions& options,
                        const BesideQuestion& question, BesideKeepalived& beside) {
    auto wanted = compile_as_daemon(analysis, options);
    const keepalived::Daemon& daemon = *beside.daemon;
    beside.dumps = keepalived::dump_files(analysis.root, daemon, keepalived::temporary_folder_of(daemon.process));
    doctor::Machine machine;
    const std::string home = fmt::format("/proc/{}/ns/net", beside.daemon->process);
    const auto own = netlink::namespace_inode("");
    const auto its = netlink::namespace_inode(home);
    bool seen = false;
    if (own && its) {
        const auto visit = netlink::NamespaceVisit::enter(*own == *its ? "" : home);
        seen = visit && doctor::read_network(machine);
    }
    if (seen) {
        beside.instances = keepalived::infer_instances(analysis.root, machine, question.daemons,
                                                       wanted ? wanted->daemon_instance : std::string());
    }
    if (wanted) (beside.daemon->read ? beside.running : beside.own_file) = std::move(*wanted);
}

/// The other keepaliveds that were found, where they have virtual servers.
void take_others(BesideKeepalived& beside) {
    std::set<table::ServiceKey> own;
    const table::Wanted* first = beside.known_table();
    if (first != nullptr) {
        for (const table::WantedService& service : first->services) own.insert(service.service.key);
        // What keeps them apart is that only one has any.
        if (own.empty()) return;
    }
    for (const keepalived::KeepalivedSearch::Found& found : beside.search.others) {
        OtherKeepalived other{keepalived::read_daemon(found.process), {}, false};
        if (!other.daemon.command_line.checkers) continue;
        const validate::AnalysisOptions options = options_of(other.daemon);
        std::optional<validate::Analysis> analysis;
        if (other.daemon.read) {
            analysis = validate::analyse(other.daemon.configuration, other.daemon.read->text, options);
        } else if (auto now = validate::analyse_file(other.daemon.configuration, options)) {
            analysis = *std::move(now);
        }
        if (analysis) {
            if (const auto wanted = compile_as_daemon(*analysis, options)) {
                if (wanted->services.empty()) continue;
                other.is_known = first != nullptr;
                for (const table::WantedService& service : wanted->services) {
                    if (own.contains(service.service.key)) other.shared.push_back(service.service.key);
                }
            }
        }
        beside.others.push_back(std::move(other));
    }
}

}  // namespace

keepalived::Circumstances BesideKeepalived::circumstances(table::DrainedServers drained) const {
    keepalived::Circumstances found;
    // One that may not be looked at is there all the same.
    found.keepalived_runs = daemon.has_value() || search.suspect.has_value();
    found.in_step = in_step;
    found.makes_one_of_zero = daemon && daemon->makes_one_of_zero();
    // Of another file its own one tells more than nothing, also where that has been changed.
    found.running = in_step == InStep::other ? known_table() : running ? &*running : nullptr;
    found.instances = instances;
    found.drained = std::move(drained);
    return found;
}

std::set<table::ServiceKey> BesideKeepalived::kept_services(std::set<table::ServiceKey> owned) const {
    if (!running) return owned;
    for (const table::WantedService& service : running->services) owned.insert(service.service.key);
    return owned;
}

void read_as(const keepalived::Daemon& daemon, AnalysisArguments& arguments) {
    if (const auto target = target_of(daemon); target && !arguments.has_target_version)
        arguments.target_version = target->to_string();
    if (arguments.has_config_id || daemon.command_line.config_id.empty()) return;
    arguments.config_id = daemon.command_line.config_id;
    arguments.has_config_id = true;
}

Result<table::Wanted> compile_as_daemon(validate::Analysis& analysis, const validate::AnalysisOptions& options) {
    if (!analysis.findings.empty()) validate::read_as_daemon(analysis, options);
    return table::compile(analysis.root, analysis.sources);
}

BesideKeepalived look_beside(const BesideQuestion& question) {
    BesideKeepalived beside;
    beside.search =
        keepalived::find_keepalived_of(question.net_namespace, question.namespace_inode, question.net_namespace_ipvs);
    if (!beside.search.found) return beside;
    beside.daemon = keepalived::read_daemon(beside.search.found->process);
    const validate::AnalysisOptions options = options_of(*beside.daemon);
    const std::string& own_file = beside.daemon->configuration;
    const bool is_own = !question.file.empty() && question.file != "-" &&
                        source::file_identity(question.file) == source::file_identity(own_file);
    std::optional<validate::Analysis> now;
    if (is_own || !beside.daemon->read) {
        if (auto analysed = validate::analyse_file(own_file, options)) now = *std::move(analysed);
    }
    if (beside.daemon->read) {
        validate::Analysis read = validate::analyse(own_file, beside.daemon->read->text, options);
        take_configuration(read, options, question, beside);
    } else if (now) {
        take_configuration(*now, options, question, beside);
    }
    take_others(beside);
    if (is_own && now) {
        compare_files(*now, beside);
    } else {
        beside.in_step = InStep::other;
    }
    if (beside.own_file && now && is_older_than(*now, *beside.daemon))
        beside.running = std::exchange(beside.own_file, std::nullopt);
    return beside;
}

Failure own_file_unreadable(const keepalived::Daemon& daemon, std::string_view reason) {
    Failure failure{fmt::format("{}, the file of keepalived (process {}), cannot be read: {}; keepalived goes on with "
                                "what it has read before",
                                daemon.configuration, daemon.process, reason),
                    "put the file back before anybody reloads or restarts keepalived"};
    if (daemon.read) {
        failure.hint += fmt::format(
            ": its text without comments can be copied from {}; or give it another one with `lbctl reload FILE'",
            daemon.read->path);
    }
    return failure;
}

std::optional<Failure> unreadable_own_file(const std::string& net_namespace, const std::string& file) {
    if (file == "-") return std::nullopt;
    const std::string reason = source::unreadable_reason(file);
    if (reason.empty()) return std::nullopt;
    const auto inode = netlink::namespace_inode(net_namespace);
    if (!inode) return std::nullopt;
    const auto search = keepalived::find_keepalived(net_namespace, *inode);
    if (!search.found) return std::nullopt;
    const keepalived::Daemon daemon = keepalived::read_daemon(search.found->process);
    if (std::filesystem::path(daemon.configuration).lexically_normal() !=
        std::filesystem::path(file).lexically_normal())
        return std::nullopt;
    return own_file_unreadable(daemon, reason);
}

std::string net_namespace_ipvs_of(const keepalived::Daemon& daemon, const std::string& text) {
    const validate::AnalysisOptions options = options_of(daemon);
    validate::Analysis analysis = validate::analyse(daemon.configuration, text, options);
    const auto wanted = compile_as_daemon(analysis, options);
    return wanted ? wanted->net_namespace_ipvs : std::string();
}

std::string net_namespace_ipvs_of_keepalived(std::uint64_t namespace_inode) {
    const auto search = keepalived::find_keepalived("", namespace_inode);
    if (!search.found) return {};
    const keepalived::Daemon daemon = keepalived::read_daemon(search.found->process);
    if (daemon.read) return net_namespace_ipvs_of(daemon, daemon.read->text);
    base::Arena room;
    const auto text = source::read_file(daemon.configuration, room);
    return text ? net_namespace_ipvs_of(daemon, std::string(*text)) : std::string();
}

Result<validate::Analysis> analyse_own_file(const keepalived::Daemon& daemon) {
    return validate::analyse_file(daemon.configuration, options_of(daemon));
}

bool is_changed_since_read(const keepalived::Daemon& daemon, const validate::Analysis& now) {
    return daemon.read && change_since_read(*daemon.read, now).any();
}

std::string change_text(const keepalived::FilesChange& change) {
    std::string text;
    if (!change.changed.empty()) {
        text = change.changed.front();
        if (change.changed.size() > 1) text += " and " + counted(change.changed.size() - 1, "other file");
        text += change.changed.size() == 1 ? " was changed" : " were changed";
    }
    const auto add = [&text](std::size_t count, std::string_view what) {
        if (count == 0) return;
        if (!text.empty()) text += ", ";
        text += fmt::format("{} {}", counted(count, "file"), what);
    };
    add(change.more, "more would be included");
    add(change.fewer, "less would be included");
    return text;
}

void mention_stale(const BesideKeepalived& beside, const Streams& streams) {
    if (beside.in_step != InStep::changed) return;
    print(streams.err, "lbctl: note: keepalived (process {}) has not read its configuration again since {}\n",
          beside.daemon->process, change_text(beside.change));
}

bool BesideKeepalived::is_contested() const {
    return std::ranges::any_of(others,
                               [](const OtherKeepalived& other) { return !other.shared.empty() || !other.is_known; });
}

std::string contest_text(const BesideKeepalived& beside) {
    if (beside.others.empty() || !beside.daemon) return {};
    const auto named = [](const keepalived::Daemon& daemon) {
        const std::string& id = daemon.command_line.config_id;
        return fmt::format("process {} ({}{}{})", daemon.process, daemon.configuration,
                           id.empty() ? "" : ", config-id ", id);
    };
    std::string text =
        fmt::format("{} keepaliveds write this table: {}", beside.others.size() + 1, named(*beside.daemon));
    std::vector<table::ServiceKey> shared;
    for (const OtherKeepalived& other : beside.others) {
        text += " and " + named(other.daemon);
        shared.insert(shared.end(), other.shared.begin(), other.shared.end());
    }
    if (!shared.empty()) {
        text += fmt::format("; both have {}{}, and each undoes what the other does: stop one of them",
                            to_string(shared.front()),
                            shared.size() == 1 ? "" : fmt::format(" and {} more", shared.size() - 1));
    } else if (beside.is_contested()) {
        text += "; whether they have services in common cannot be seen";
    } else {
        text += "; they have no service in common";
    }
    return text + fmt::format("; lbctl goes by process {}", beside.daemon->process);
}

void mention_daemons(const BesideKeepalived& beside, const Streams& streams) {
    if (!beside.others.empty()) print(streams.err, "lbctl: note: {}\n", contest_text(beside));
    if (!beside.daemon || beside.daemon->standstills.empty()) return;
    const auto& standstills = beside.daemon->standstills;
    const std::string remedy = keepalived::remedy(standstills);
    print(streams.err, "lbctl: note: keepalived: {}, so it may check nothing and answer nothing{}{}\n",
          to_string(standstills), remedy.empty() ? "" : "; ", remedy);
}

}  // namespace lbctl::cli
