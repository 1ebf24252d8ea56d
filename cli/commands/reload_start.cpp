#include "cli/commands/reload_start.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "backend/netlink/client.h"
#include "backend/table/compile.h"
#include "cli/beside_keepalived.h"
#include "cli/configuration.h"
#include "cli/print.h"
#include "cli/reloading.h"
#include "cli/render/findings_text.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

/// How that keepalived reads a configuration, but for what the command line says otherwise.
Result<validate::AnalysisOptions> reading_options(const ReloadOptions& options, const keepalived::Daemon& daemon) {
    AnalysisArguments arguments = options.analysis;
    read_as(daemon, arguments);
    return analysis_options(arguments);
}

/// Reads the new configuration as if it stood in its place already. A file with errors goes no further.
Result<ReadText> check(const validate::AnalysisOptions& reading, const ReloadStart& start, const Streams& streams) {
    validate::AnalysisOptions in_place = reading;
    const source::ChangedTexts changed = {{source::file_identity(start.file), start.fresh}};
    in_place.changed = &changed;
    auto analysis = validate::analyse_file(start.file, in_place);
    if (!analysis) return tl::make_unexpected(analysis.error());
    source::Findings serious;
    for (const source::Finding& finding : analysis->findings) {
        if (finding.severity != source::Severity::info) serious.push_back(finding);
    }
    print_text(streams.err, findings_text(analysis->sources, serious, streams.colour_err));
    if (auto whole = refuse_template(*analysis, start.name); !whole) return tl::make_unexpected(whole.error());
    if (analysis->findings.facts().is_other_format())
        return failure(fmt::format("{} is no keepalived.conf; keepalived was not touched", start.name));
    if (analysis->has_errors())
        return failure(fmt::format("{} has errors; keepalived was not touched", start.name), "mend them first");
    auto wanted = table::compile(analysis->root, analysis->sources);
    if (!wanted) return tl::make_unexpected(wanted.error());
    return ReadText{std::move(*analysis), std::move(*wanted)};
}

/// What keepalived runs with: what it has read; before 2.2.0, what its file holds.
std::optional<ReadText> read_running(const validate::AnalysisOptions& reading, const ReloadStart& start) {
    const bool known = start.daemon.read || (start.replaces() && start.in_file);
    if (!known) return std::nullopt;
    validate::Analysis analysis =
        validate::analyse(start.file, start.daemon.read ? start.daemon.read->text : *start.in_file, reading);
    auto wanted = compile_as_daemon(analysis, reading);
    if (!wanted) return std::nullopt;
    return ReadText{std::move(analysis), std::move(*wanted)};
}

/// Fills in what keepalived's own file is and holds.
Result<void> find_own_file(const ReloadOptions& options, ReloadStart& start) {
    const std::string& own = start.daemon.configuration;
    std::error_code error;
    start.file = std::filesystem::canonical(own, error).native();
    if (error) {
        const Failure gone = own_file_unreadable(start.daemon, error.message());
        const std::filesystem::path folder =
            std::filesystem::canonical(std::filesystem::path(own).parent_path(), error);
        // Without what keepalived has read there would be nothing to go back to.
        if (options.file.empty() || error || !start.daemon.read) return tl::make_unexpected(gone);
        start.file = (folder / std::filesystem::path(own).filename()).native();
        start.former = start.daemon.read->text;
        start.former_from_memory = true;
    } else {
        auto in_file = text_of(start.file);
        if (!in_file) return tl::make_unexpected(in_file.error());
        start.in_file = std::move(*in_file);
        start.former = *start.in_file;
    }
    return {};
}

/// Fills in where the table is. A reload cannot change that: keepalived takes it from its configuration at its start.
Result<void> find_table(ReloadStart& start) {
    start.table_namespace = start.held_namespace.path();
    const std::string* known = start.daemon.read ? &start.daemon.read->text : start.in_file ? &*start.in_file : nullptr;
    const std::string elsewhere = known == nullptr ? std::string() : net_namespace_ipvs_of(start.daemon, *known);
    if (!elsewhere.empty()) start.table_namespace = elsewhere;
    const auto identity = netlink::namespace_identity(start.table_namespace);
    if (!identity) return tl::make_unexpected(identity.error());
    start.table_identity = *identity;
    return {};
}

change::RunState state_of(const ReloadStart& start) {
    return {start.table_identity.inode, start.table_identity.cookie};
}

/// Fills in the texts: what keepalived's own file is to hold, and what it is to hold again when that is taken back.
Result<void> find_texts(const ReloadOptions& options, ReloadStart& start) {
    start.name = options.file.empty() ? start.file : input_name(options.file);
    if (!options.file.empty()) {
        auto fresh = text_of(options.file);
        if (!fresh) return tl::make_unexpected(fresh.error());
        start.fresh = std::move(*fresh);
    } else {
        start.fresh = *start.in_file;
    }
    auto old = state_of(start).read_reload();
    // One that cannot be read is in the way of who changes something, and of nobody else.
    if (!old || !*old || (*old)->complete || (*old)->file != start.file) return {};
    if (start.in_file != (*old)->former && start.in_file != (*old)->fresh) return {};
    start.former = (*old)->former;
    start.former_from_memory = (*old)->former_from_memory;
    start.included = (*old)->included;
    if (options.file.empty()) start.fresh = (*old)->fresh;
    start.cut_short = std::move(*old);
    return {};
}

/// How many services the table has; 0 where that is not asked for, or cannot be seen.
std::size_t services_in_table(const ReloadStart& start) {
    if (start.running) return 0;
    auto client = netlink::Client::open({start.table_namespace});
    if (!client) return 0;
    const auto live = client->dump();
    return live ? live->services.size() : 0;
}

/// Of what keepalived has read the files themselves are known where they were kept at its last reload; otherwise there
/// is its text in memory.
void go_back_to_what_is_read(ReloadStart& start) {
    const std::string& read = start.daemon.read->text;
    const auto kept = state_of(start).read_configuration();
    std::vector<keepalived::ConfigurationFile> files;
    if (kept) {
        for (const change::FileText& file : *kept) files.push_back({file.path, file.text});
    }
    const bool known = !files.empty() &&
                       source::file_identity(files.front().name) == source::file_identity(start.file) &&
                       !keepalived::files_change(read, files).any();
    if (!known) {
        start.former = read;
        start.former_from_memory = true;
        return;
    }
    start.former = kept->front().text;
    for (std::size_t i = 1; i < kept->size(); ++i) {
        const change::FileText& file = (*kept)[i];
        const auto now = text_of(file.path);
        if (now && *now == file.text) continue;
        start.included.push_back(
            {file.path, file.text, now ? std::optional<std::string>(*now) : std::optional<std::string>()});
    }
}

}  // namespace

Result<ReloadStart> read_reload_start(const ReloadOptions& options, const Streams& streams) {
    auto held = netlink::HeldNamespace::open(options.net_namespace);
    if (!held) return tl::make_unexpected(held.error());
    const auto identity = netlink::namespace_identity(held->path());
    if (!identity) return tl::make_unexpected(identity.error());
    const auto search = keepalived::find_keepalived(held->path(), identity->inode);
    if (search.suspect && !search.found) {
        return failure(fmt::format("process {} is called keepalived, and lbctl may not look at it", *search.suspect),
                       "run it as root with CAP_SYS_PTRACE");
    }
    if (!search.found) return failure("no keepalived runs here", "start it, or make the table with `lbctl apply'");
    ReloadStart start{std::move(*held), *identity, keepalived::read_daemon(search.found->process)};
    if (!start.daemon.standstills.empty() && !options.dry_run) {
        return failure(fmt::format("keepalived would not read its configuration: {}; it was not touched",
                                   to_string(start.daemon.standstills)),
                       keepalived::remedy(start.daemon.standstills));
    }
    const auto found = find_own_file(options, start).and_then([&] { return find_table(start); }).and_then([&] {
        return find_texts(options, start);
    });
    if (!found) return tl::make_unexpected(found.error());
    const auto reading = reading_options(options, start.daemon);
    if (!reading) return tl::make_unexpected(reading.error());
    auto fresh = check(*reading, start, streams);
    if (!fresh) return tl::make_unexpected(fresh.error());
    start.read_fresh = std::move(*fresh);
    start.running = read_running(*reading, start);
    bool changed = false;
    if (start.replaces() && start.in_file) {
        const validate::Analysis before = validate::analyse(start.file, *start.in_file, *reading);
        start.against = missing_includes(start.read_fresh.analysis, before, start.name);
        changed = is_changed_since_read(start.daemon, before);
    } else if (!start.replaces()) {
        changed = is_changed_since_read(start.daemon, start.read_fresh.analysis);
    }
    // What keepalived has never read is not what it is to go back to.
    if (changed && !start.cut_short) go_back_to_what_is_read(start);
    std::ranges::move(
        reasons_against({start.daemon, start.running ? &*start.running : nullptr, start.read_fresh, start.fresh,
                         start.file, start.name, start.replaces(), services_in_table(start)}),
        std::back_inserter(start.against));
    return start;
}

bool still_holds(const ReloadStart& start) {
    const auto in_file = text_of(start.file);
    if (in_file.has_value() != start.in_file.has_value() || (in_file && *in_file != *start.in_file)) return false;
    const keepalived::Daemon now = keepalived::read_daemon(start.daemon.process);
    return now.start_ticks == start.daemon.start_ticks && now.read.has_value() == start.daemon.read.has_value() &&
           (!now.read || now.read->when == start.daemon.read->when);
}

}  // namespace lbctl::cli
