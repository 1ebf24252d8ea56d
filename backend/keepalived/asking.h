#pragma once

#include <chrono>
#include <string>

#include "backend/keepalived/daemon.h"
#include "grammar/ast/node.h"
#include "grammar/base/result.h"

/// keepalived writes files of text when it gets SIGUSR1, keepalived(8) and global_data.c, open_dump_file(); VRRP also
/// one of JSON, when it was built with that and gets SIGRTMIN+2. told.h reads them.
namespace lbctl::keepalived {

/// Where the files stand.
struct DumpFiles {
    std::string checkers;
    std::string vrrp;
    std::string json;  ///< of VRRP, too
};

/// By the settings of a bound configuration, as the daemon's release knows them: `state_dump_file` from 2.3.3 on,
/// `data_use_instance` with `instance` and `net_namespace` from 2.2.3 on, and from 2.2.5 on the folder for temporary
/// files, which is that of the daemon's environment; before, it is /tmp. The file of JSON is always keepalived.json
/// there: no release up to 2.4.3 reads its `json_dump_file`.
DumpFiles dump_files(const ast::Node& root, const Daemon& daemon, const std::string& temporary_folder);

/// TMPDIR of the process, or /tmp.
std::string temporary_folder_of(int process);

struct Told {
    std::string checkers;  ///< text; empty: it has none
    std::string vrrp;
    std::string json;     ///< of VRRP, where it did not write its text
    std::string failure;  ///< what was not told, and why; empty: all was
};

/// Sends SIGUSR1, and reads what the daemon writes then: each a new regular file of root or of the daemon's user, with
/// one name, that nobody else may write, and no symbolic link. Which of the two are to be expected is said. Where VRRP
/// does not write its text in time, and can write JSON, it is asked for that in the same way: it tells nothing that the
/// text does not. Fails where nothing could be asked.
Result<Told> ask(const Daemon& daemon, const DumpFiles& files, bool checkers, bool vrrp,
                 std::chrono::milliseconds patience);

/// Whether /proc/PID/status says that the process takes that signal, which would end it otherwise.
bool takes_signal(std::string_view status, int signal);

}  // namespace lbctl::keepalived
