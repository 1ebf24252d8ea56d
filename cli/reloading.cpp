#include "cli/reloading.h"

#include <fmt/format.h>

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

/// Lets keepalived read its file, unless it has read it as it is.
Result<bool> let_it_read(const std::string& net_namespace, std::uint64_t namespace_inode, const std::string& file) {
    const BesideKeepalived beside = look_beside({net_namespace, namespace_inode, {}, file, {}});
    if (!beside.daemon) return false;
    if (beside.in_step == keepalived::InStep::yes) return true;
    if (auto sent = keepalived::send_reload(*beside.daemon); !sent) return tl::make_unexpected(sent.error());
    if (!beside.daemon->read) return false;
    const auto read = keepalived::wait_for_reading(*beside.daemon, *beside.daemon->read, patience);
    if (!read) return tl::make_unexpected(read.error());
    return true;
}

}  // namespace

Result<ReloadBack> take_reload_back(const change::RunState& state, const change::PendingReload& reload,
                                    const std::string& net_namespace, std::uint64_t namespace_inode) {
    base::Arena room;
    const auto text = source::read_file(reload.file, room);
    ReloadBack done;
    if (text && *text != reload.fresh && *text != reload.former) {
        if (auto removed = state.remove_reload(); !removed) return tl::make_unexpected(removed.error());
        done.said = fmt::format("{} was changed by somebody else since, and stays as it is", reload.file);
        return done;
    }
    if (!text || *text != reload.former) {
        if (auto written = base::replace_file(reload.file, reload.former); !written)
            return tl::make_unexpected(prefixed("the reload is NOT taken back: ", written.error()));
    }
    done.restored = true;
    const auto read = let_it_read(net_namespace, namespace_inode, reload.file);
    if (!read) {
        return tl::make_unexpected(prefixed(
            fmt::format("{} is as it was before, but keepalived has not read it: ", reload.file), read.error()));
    }
    done.read = *read;
    done.said = fmt::format("{} is as it was before, and {}", reload.file,
                            done.read ? "keepalived has read it" : "no keepalived was seen to read it");
    if (auto removed = state.remove_reload(); !removed) return tl::make_unexpected(removed.error());
    return done;
}

Result<std::optional<Failure>> reload_failure(const change::RunState& state) {
    const auto reload = state.read_reload();
    if (!reload) return tl::make_unexpected(reload.error());
    if (!*reload) return std::nullopt;
    const std::string& file = (*reload)->file;
    if (!(*reload)->confirms) {
        return Failure{fmt::format("a reload of keepalived was killed before its end: {} may not have been read", file),
                       "`lbctl reload' completes it, `lbctl confirm --roll-back' puts the former file back"};
    }
    const auto how = state_of_deadline(state, (*reload)->deadline);
    if (!how) return tl::make_unexpected(how.error());
    return Failure{fmt::format("a reload of keepalived with {} waits for its confirmation: {}", file, *how),
                   "`lbctl confirm' keeps it, `lbctl confirm --roll-back' puts the former file back"};
}

}  // namespace lbctl::cli
