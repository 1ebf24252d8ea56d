#include "cli/reloading.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <optional>

#include "backend/keepalived/reload.h"
#include "cli/pending_apply.h"
#include "cli/report_failure.h"
#include "grammar/base/arena.h"
#include "grammar/base/replace_file.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

constexpr std::chrono::seconds patience{20};

/// Lets keepalived read its file, unless it runs with it. Gives what is known then: "keepalived has read it".
Result<std::string> let_it_read(const std::string& net_namespace, std::uint64_t namespace_inode,
                                const std::string& file) {
    const BesideKeepalived beside = look_beside({net_namespace, namespace_inode, {}, file, {}});
    if (!beside.daemon) return std::string("no keepalived runs here that would read it");
    const int process = beside.daemon->process;
    const std::string stopped = to_string(beside.daemon->standstills);
    if (beside.in_step == keepalived::InStep::yes) {
        if (stopped.empty()) return fmt::format("keepalived (process {}) has read nothing else", process);
        return fmt::format("keepalived has read nothing else so far ({})", stopped);
    }
    if (auto sent = keepalived::send_reload(*beside.daemon); !sent) return tl::make_unexpected(sent.error());
    if (!stopped.empty()) return fmt::format("keepalived reads it when it goes on ({})", stopped);
    if (!beside.daemon->read) return fmt::format("keepalived (process {}) has been told to read it", process);
    const auto read = keepalived::wait_for_reading(*beside.daemon, *beside.daemon->read, patience);
    if (!read) return tl::make_unexpected(read.error());
    return std::string("keepalived has read it");
}

/// Puts the former text of included files back, where they still are as they were at the reload. Gives what else is to
/// be said: "; so is PATH, and what it held is kept in PATH".
Result<std::string> put_included_back(const change::PendingReload& reload) {
    std::string said;
    for (const change::IncludedText& file : reload.included) {
        const auto read = text_of(file.path);
        const std::optional<std::string> now = read ? std::optional(*read) : std::nullopt;
        if (now == file.former) continue;
        if (now != file.fresh) {
            said += fmt::format("; {} was changed by somebody else since, and stays as it is", file.path);
            continue;
        }
        said += fmt::format("; so is {}", file.path);
        if (now) {
            const auto kept = keep_beside(file.path, *now, ".");
            if (!kept) return tl::make_unexpected(kept.error());
            said += fmt::format(", and what it held is kept in {}", *kept);
        }
        if (auto written = base::replace_file(file.path, file.former); !written)
            return tl::make_unexpected(written.error());
    }
    return said;
}

Result<void> end_reload(const change::RunState& state, const std::string& said) {
    // That it can be told later is less than that it is over.
    (void)state.write_reload_end({said, std::time(nullptr)});
    return state.remove_reload();
}

}  // namespace

Result<std::string> text_of(const std::string& path) {
    base::Arena room;
    const auto text = source::read_file(path, room);
    if (!text) return tl::make_unexpected(text.error());
    return std::string(*text);
}

Result<std::string> keep_beside(const std::string& file, std::string_view text, std::string_view before_name) {
    const std::filesystem::path own(file);
    const std::string base = (own.parent_path() / fmt::format("{}{}", before_name, own.filename().native())).native();
    constexpr int most = 1000;
    for (int number = 1; number < most; ++number) {
        std::string path = number == 1 ? base + ".lbctl-edited" : fmt::format("{}.lbctl-edited-{}", base, number);
        std::error_code error;
        if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
            const auto there = text_of(path);
            if (there && *there == text) return path;
            continue;
        }
        // It may hold passwords.
        if (auto written = base::replace_file(path, text, 0600); !written) return tl::make_unexpected(written.error());
        return path;
    }
    return failure(fmt::format("there are too many copies beside {}", file), "remove some");
}

Result<ReloadBack> take_reload_back(const change::RunState& state, const change::PendingReload& reload,
                                    const std::string& net_namespace, std::uint64_t namespace_inode) {
    const auto text = text_of(reload.file);
    ReloadBack done;
    if (text && *text != reload.fresh && *text != reload.former) {
        done.said = fmt::format("{} was changed by somebody else since, and stays as it is", reload.file);
        if (auto ended = end_reload(state, done.said); !ended) return tl::make_unexpected(ended.error());
        return done;
    }
    done.said = fmt::format("{} is as it was before", reload.file);
    if (!text || *text != reload.former) {
        const auto not_taken_back = [](const Failure& why) {
            return tl::make_unexpected(prefixed("the reload is NOT taken back: ", why));
        };
        if (reload.former_from_memory)
            done.said =
                fmt::format("{} has what keepalived had read before, as one file without comments", reload.file);
        if (text && reload.fresh_only_here) {
            // What keepalived has in memory has no comments, and is one file: what somebody wrote is worth more.
            const auto kept = keep_beside(reload.file, *text);
            if (!kept) return not_taken_back(kept.error());
            done.said += fmt::format("; what it held is kept in {}", *kept);
        }
        if (auto written = base::replace_file(reload.file, reload.former); !written)
            return not_taken_back(written.error());
    }
    const auto included = put_included_back(reload);
    if (!included) return tl::make_unexpected(prefixed("the reload is NOT taken back as a whole: ", included.error()));
    done.said += *included;
    done.restored = true;
    const auto read = let_it_read(net_namespace, namespace_inode, reload.file);
    if (!read)
        return tl::make_unexpected(
            prefixed(fmt::format("{}, but keepalived has not read it: ", done.said), read.error()));
    done.said += ", and " + *read;
    if (const auto search = keepalived::find_keepalived(net_namespace, namespace_inode); search.found)
        remember_configuration(state, keepalived::read_daemon(search.found->process));
    if (auto ended = end_reload(state, done.said); !ended) return tl::make_unexpected(ended.error());
    return done;
}

void remember_configuration(const change::RunState& state, const keepalived::Daemon& daemon) {
    if (!daemon.read) return;
    const auto now = analyse_own_file(daemon);
    if (!now || is_changed_since_read(daemon, *now)) return;
    std::vector<change::FileText> files;
    for (source::FileId file = 0; file < now->sources.file_count(); ++file)
        files.push_back({std::string(now->sources.name(file)), std::string(now->sources.text(file))});
    // It is for a better way back than there would be without it.
    (void)state.write_configuration(files);
}

bool has_read(const change::PendingReload& reload, const std::string& net_namespace, std::uint64_t namespace_inode) {
    const auto text = text_of(reload.file);
    if (!text || *text != reload.fresh) return false;
    const BesideKeepalived beside = look_beside({net_namespace, namespace_inode, {}, reload.file, {}});
    return beside.daemon && beside.in_step == keepalived::InStep::yes;
}

Result<std::optional<Failure>> reload_failure(const change::RunState& state) {
    const auto reload = state.read_reload();
    if (!reload) return tl::make_unexpected(reload.error());
    if (!*reload) return std::nullopt;
    const std::string& file = (*reload)->file;
    constexpr const char* ways =
        "`lbctl reload' completes it, `lbctl confirm' keeps it where keepalived has read the "
        "file, `lbctl confirm --roll-back' puts the former file back";
    if (!(*reload)->confirms) {
        return Failure{fmt::format("a reload of keepalived was killed before its end: {} may not have been read", file),
                       ways};
    }
    // Of one that was killed the time begins as soon as that is seen.
    const auto deadline = (*reload)->complete
                              ? (*reload)->deadline
                              : std::min((*reload)->deadline, change::BootClock::now() + (*reload)->patience);
    const auto how = state_of_deadline(state, deadline);
    if (!how) return tl::make_unexpected(how.error());
    if (!(*reload)->complete) {
        return Failure{
            fmt::format("a reload of keepalived with {} was killed before its end, and is taken back: {}", file, *how),
            ways};
    }
    return Failure{fmt::format("a reload of keepalived with {} waits for its confirmation: {}", file, *how),
                   "`lbctl confirm' keeps it, `lbctl confirm --roll-back' puts the former file back"};
}

}  // namespace lbctl::cli
