#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backend/change/boot_clock.h"
#include "backend/change/state_folder.h"
#include "backend/table/drained.h"
#include "backend/table/table.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"

/// What lbctl remembers between two runs: files under /run/lbctl, which a reboot empties together with the table. They
/// are for root alone (see StateFolder), for roll back does what they say.
/// A network namespace has its own, named by its inode. The kernel gives an inode again when a namespace is gone, so
/// the files have its cookie, too: those of another one count for nothing, and are written over.
namespace lbctl::change {

/// A lock that is held for as long as the value lives; the kernel drops it when the process ends in any way.
class RunLock {
    friend class RunState;
    explicit RunLock(base::Descriptor file) : file_(std::move(file)) {}
    base::Descriptor file_;
};

/// An apply that is taken back unless it is confirmed in time.
struct PendingConfirmation {
    std::string token;                  ///< tells this one from a later one
    BootClock::time_point deadline;     ///< when it is taken back
    table::Table before;                ///< what the apply touches, as it was; see also `timeouts` and `daemons`
    table::Table after;                 ///< the same as the apply makes it; timeouts of 0 stay
    bool timeouts = false;              ///< the apply changes timeouts
    bool daemons = false;               ///< the apply changes daemons
    std::set<table::ServiceKey> owned;  ///< what lbctl owned before
    bool complete = false;              ///< all steps of the apply are done
};

/// A file of a configuration.
struct FileText {
    std::string path;
    std::string text;
};

/// An included file that a reload does not touch, and that has to be as before for keepalived to be so.
struct IncludedText {
    std::string path;
    std::string former;
    std::optional<std::string> fresh;  ///< what it holds at the reload; nothing: it was not there
};

/// A reload of keepalived that has begun, and that is not over or not confirmed.
struct PendingReload {
    std::string token;                   ///< tells this one from a later one
    BootClock::time_point deadline;      ///< when it is taken back; only where it `confirms`
    std::string file;                    ///< path of keepalived's configuration
    std::string former;                  ///< its text before
    std::string fresh;                   ///< its text after
    std::vector<IncludedText> included;  ///< that are to be put back as well
    bool confirms = false;               ///< it is taken back unless it is confirmed in time
    bool complete = false;               ///< keepalived has read the file
    std::chrono::seconds patience{0};    ///< the time for a confirmation, which begins when it is complete
    /// `former` is what keepalived had in memory, for the file was edited in its place: what stood there is not known.
    bool former_from_memory = false;
    bool fresh_only_here = false;  ///< no other file has `fresh`, so that it is to be kept somewhere
    bool cut_short = false;        ///< the reload was killed, and the time for a confirmation began when that was seen
};

/// How the last reload that was to be taken back ended.
struct ReloadEnd {
    std::string said;      ///< one line
    std::time_t when = 0;  ///< seconds since 1970
};

/// A setting of the kernel that a command changed for as long as it runs.
struct BorrowedValue {
    std::string path;    ///< below /proc/sys
    std::string before;  ///< what it was, and is to be again
    std::string during;
};

class RunState {
public:
    /// Without a cookie, files of any namespace that had the inode count.
    RunState(std::uint64_t namespace_inode, std::optional<std::uint64_t> namespace_cookie,
             std::string folder = "/run/lbctl");

    /// The lock that keeps two changes of one namespace apart. Waits up to `patience`, and calls `on_wait` once when
    /// it has to.
    [[nodiscard]] Result<RunLock> lock(std::chrono::seconds patience, const std::function<void()>& on_wait) const;

    /// The services that lbctl made; empty when it never did.
    [[nodiscard]] Result<std::set<table::ServiceKey>> read_owned() const;
    [[nodiscard]] Result<void> write_owned(const std::set<table::ServiceKey>& services) const;

    /// Servers whose weight `drain` and `apply --drain` set to 0, for `enable` to bring it back.
    [[nodiscard]] Result<table::DrainedServers> read_drained() const;
    [[nodiscard]] Result<void> write_drained(const table::DrainedServers& drained) const;

    /// The setting that a command has changed and will put back, or was killed before it could.
    [[nodiscard]] Result<std::optional<BorrowedValue>> read_borrowed() const;
    [[nodiscard]] Result<void> write_borrowed(const BorrowedValue& value) const;
    /// It is no failure when there is none.
    [[nodiscard]] Result<void> remove_borrowed() const;
    /// The mark of a process that needs the setting changed, held for its life; several may.
    [[nodiscard]] Result<RunLock> share_borrowed() const;
    /// The same mark for one process alone: nothing while another one needs the setting changed.
    [[nodiscard]] Result<std::optional<RunLock>> take_borrowed() const;

    /// The command that began a change and did not write down its end: it runs and holds the lock, or was killed half
    /// way.
    [[nodiscard]] Result<std::optional<std::string>> read_begun() const;
    [[nodiscard]] Result<void> write_begun(std::string_view command) const;
    /// It is no failure when there is none.
    [[nodiscard]] Result<void> remove_begun() const;

    [[nodiscard]] Result<std::optional<PendingConfirmation>> read_pending() const;
    [[nodiscard]] Result<void> write_pending(const PendingConfirmation& pending) const;
    /// What tells whether read_pending() would give the same again; nothing when there is none.
    [[nodiscard]] Result<std::optional<FileStamp>> pending_stamp() const;
    /// It is no failure when there is none.
    [[nodiscard]] Result<void> remove_pending() const;

    [[nodiscard]] Result<std::optional<PendingReload>> read_reload() const;
    [[nodiscard]] Result<void> write_reload(const PendingReload& reload) const;
    /// It is no failure when there is none.
    [[nodiscard]] Result<void> remove_reload() const;

    /// The files of the configuration that keepalived had read at the last reload, its own first; empty: not known.
    [[nodiscard]] Result<std::vector<FileText>> read_configuration() const;
    /// Files that are no UTF-8, or more than 8 MiB, are not kept, and those that were kept before neither.
    [[nodiscard]] Result<void> write_configuration(const std::vector<FileText>& files) const;

    [[nodiscard]] Result<std::optional<ReloadEnd>> read_reload_end() const;
    [[nodiscard]] Result<void> write_reload_end(const ReloadEnd& end) const;
    /// It is no failure when there is none.
    [[nodiscard]] Result<void> remove_reload_end() const;

    /// The mark of the process that takes a pending apply back: a lock that it holds for its life, by having the file
    /// open. The one that is made last counts.
    [[nodiscard]] Result<base::Descriptor> make_watcher_mark() const;
    /// Whether that process lives.
    [[nodiscard]] Result<bool> has_watcher() const;

    /// The mark of the process that keeps the table as health checks want it, held for its life. Nothing when another
    /// one has it.
    [[nodiscard]] Result<std::optional<RunLock>> become_keeper() const;
    /// Whether there is such a process.
    [[nodiscard]] Result<bool> has_keeper() const;

private:
    [[nodiscard]] Result<void> remove(std::string_view suffix) const;
    /// A mark for one process; nothing when another one has it.
    [[nodiscard]] Result<std::optional<RunLock>> take_mark(std::string_view suffix) const;
    /// Whether somebody has locked the file.
    [[nodiscard]] Result<bool> is_locked(std::string_view suffix) const;
    [[nodiscard]] std::string name(std::string_view suffix) const;
    [[nodiscard]] std::string path(std::string_view suffix) const;
    [[nodiscard]] Result<void> write(std::string_view suffix, std::string_view text) const;
    [[nodiscard]] Result<std::optional<nlohmann::ordered_json>> read(std::string_view suffix,
                                                                     std::string_view schema) const;
    [[nodiscard]] nlohmann::ordered_json cookie_json() const;
    [[nodiscard]] Result<std::string> read_plain(std::string_view suffix) const;

    std::string folder_;
    std::uint64_t inode_;
    std::optional<std::uint64_t> cookie_;
};

}  // namespace lbctl::change
