#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/change/run_state.h"
#include "backend/keepalived/daemon.h"
#include "backend/netlink/network_namespace.h"
#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/reload_checks.h"
#include "grammar/base/result.h"

/// What `lbctl reload' finds before it does anything.
namespace lbctl::cli {

/// The command line of `lbctl reload'.
struct ReloadOptions {
    std::string file;  ///< what is to take the place of keepalived's file; empty: that file as it is
    AnalysisArguments analysis;
    std::string net_namespace;
    std::optional<unsigned> confirm;
    unsigned patience = 30;
    bool dry_run = false;
    bool force = false;
};

/// Everything that a reload starts from.
struct ReloadStart {
    netlink::HeldNamespace held_namespace;  ///< where keepalived was looked for
    netlink::NamespaceIdentity identity;    ///< of that
    keepalived::Daemon daemon;
    std::string table_namespace{};                 ///< of the table that keepalived makes
    netlink::NamespaceIdentity table_identity{};   ///< of that; what lbctl remembers of a reload goes by it
    std::string file{};                            ///< keepalived's, by its real path
    std::optional<std::string> in_file{};          ///< what that holds; nothing: it is not there
    std::string former{};                          ///< what it is to hold when the reload is taken back
    bool former_from_memory = false;               ///< which keepalived had in memory: the file has been changed since
    std::string fresh{};                           ///< what it is to hold
    std::vector<change::IncludedText> included{};  ///< what else has to be put back then
    std::optional<change::PendingReload> cut_short{};  ///< a reload that was killed, and that this one completes
    std::string name{};                                ///< what messages call the new text
    ReadText read_fresh{};
    std::optional<ReadText> running{};  ///< what keepalived runs with, where that is known
    std::vector<Failure> against{};     ///< why it had better not be done

    [[nodiscard]] bool replaces() const { return in_file != fresh; }
};

/// Looks for keepalived, reads its file, the new one and what it runs with, and gathers what speaks against the reload.
/// Touches nothing. Fails where there is no keepalived that could reload, and for a new file with errors, whose
/// findings are printed.
Result<ReloadStart> read_reload_start(const ReloadOptions& options, const Streams& streams);

/// Whether keepalived's file and what it has read are still what they were then.
bool still_holds(const ReloadStart& start);

}  // namespace lbctl::cli
