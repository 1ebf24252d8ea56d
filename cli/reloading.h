#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "backend/change/run_state.h"
#include "cli/beside_keepalived.h"
#include "cli/command.h"
#include "grammar/base/result.h"

/// The way back of a reload that is not confirmed.
namespace lbctl::cli {

/// The option of `lbctl confirm' with which the process runs that takes a reload back.
inline constexpr const char* reload_back_option = "--reload-roll-back-at-deadline";

/// What a file holds.
Result<std::string> text_of(const std::string& path);

/// Writes the text beside the file under a name that is free, or that holds just that: FILE.lbctl-edited. Gives its
/// path.
/// `before_name` stands before the name: with a dot no pattern of an include finds it.
Result<std::string> keep_beside(const std::string& file, std::string_view text, std::string_view before_name = {});

/// What became of a reload that was to be taken back.
struct ReloadBack {
    bool restored = false;  ///< the former text is in its place again
    std::string said;       ///< one line that says so, and what is known of keepalived
};

/// Puts the former text back, where the file still is what the reload made it, lets the keepalived that runs in the
/// network namespace read it, and forgets the reload. The caller holds the lock.
Result<ReloadBack> take_reload_back(const change::RunState& state, const change::PendingReload& reload,
                                    const std::string& net_namespace, std::uint64_t namespace_inode);

/// Remembers the files that keepalived has read, so that they can be put back when somebody has edited them. Does
/// nothing where it has read others, or that is not known.
void remember_configuration(const change::RunState& state, const keepalived::Daemon& daemon);

/// Whether the keepalived that runs in the network namespace has read what that reload was to bring.
bool has_read(const change::PendingReload& reload, const std::string& net_namespace, std::uint64_t namespace_inode);

/// "a reload of FILE waits for its confirmation: ...", with what to do; nothing when none is under way.
Result<std::optional<Failure>> reload_failure(const change::RunState& state);

}  // namespace lbctl::cli
