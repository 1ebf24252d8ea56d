#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/keepalived/daemon.h"
#include "backend/keepalived/instances.h"
#include "backend/keepalived/service_states.h"
#include "backend/table/table.h"
#include "grammar/ast/node.h"
#include "grammar/base/result.h"

/// What keepalived tells of itself when it gets SIGUSR1: it writes files of text, keepalived(8) and global_data.c,
/// open_dump_file().
namespace lbctl::keepalived {

struct ToldServer {
    IpAddress address;
    std::uint16_t port = 0;
    bool alive = false;
    std::uint32_t failed_checks = 0;
};

/// A virtual server that is no group.
struct ToldService {
    table::ServiceKey key;
    std::vector<ToldServer> servers;
};

struct ToldInstance {
    std::string name;
    InstanceState state = InstanceState::unknown;
    std::optional<int> priority;  ///< in force
    std::optional<Moment> since;  ///< its last transition
};

/// Reads the file that the checkers write. Takes any bytes; what it does not know it passes over.
std::vector<ToldService> read_told_services(std::string_view text);
/// Reads the file that VRRP writes.
std::vector<ToldInstance> read_told_instances(std::string_view text);

/// Puts what was told into the place of what was inferred.
void take_told(const std::vector<ToldService>& told, std::vector<ServiceStatus>& services);
void take_told(const std::vector<ToldInstance>& told, std::vector<Instance>& instances);

/// Where the files stand.
struct DumpFiles {
    std::string checkers;
    std::string vrrp;
};

/// By the settings of a bound configuration (state_dump_file, data_use_instance, instance, net_namespace). The folder
/// for temporary files is that of the daemon's environment.
DumpFiles dump_files(const ast::Node& root, const CommandLine& command_line, const std::string& temporary_folder);

/// TMPDIR of the process, or /tmp.
std::string temporary_folder_of(int process);

struct Told {
    std::string checkers;  ///< text; empty: it has none
    std::string vrrp;
};

/// Sends SIGUSR1, and reads what the daemon writes then: each a new regular file of root or of the daemon's user, with
/// one name, that nobody else may write, and no symbolic link. Which of the two are to be expected is said.
Result<Told> ask(const Daemon& daemon, const DumpFiles& files, bool checkers, bool vrrp,
                 std::chrono::milliseconds patience);

}  // namespace lbctl::keepalived
