#include "backend/health/privileges.h"

#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "backend/health/check_script.h"
#include "backend/process/capabilities.h"
#include "grammar/base/descriptor.h"

namespace lbctl::health {

namespace {

constexpr std::uint16_t first_unprivileged_port = 1024;

constexpr NeededCapability network{CAP_NET_ADMIN, "CAP_NET_ADMIN", "IPVS and firewall marks"};
constexpr NeededCapability raw{CAP_NET_RAW, "CAP_NET_RAW", "PING_CHECK by raw sockets"};
constexpr NeededCapability low_port{CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE", "bind_port below 1024"};
constexpr NeededCapability other_namespace{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "net_namespace_ipvs"};
constexpr NeededCapability read_any{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "files that are not readable for all"};
constexpr NeededCapability run_any{CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE",
                                   "commands that root may not run by their mode"};
constexpr std::array other_users = std::to_array<NeededCapability>({
    {CAP_SETUID, "CAP_SETUID", "commands of other users"},
    {CAP_SETGID, "CAP_SETGID", "commands of other users"},
    {CAP_KILL, "CAP_KILL", "commands of other users, when they have to be stopped"},
});

/// net.ipv4.ping_group_range lets this process have ping sockets.
bool has_ping_sockets() {
    return base::Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP)).is_open();
}

/// Whether the mode of a file and of the folders above it lets this process have what `bits` says of it (R_OK, X_OK),
/// without a capability for it. What is not there needs none.
bool is_open_to_us(const std::string& path, unsigned bits) {
    const auto lets = [](const struct stat& file, unsigned wanted) {
        constexpr unsigned group_shift = 3;
        constexpr unsigned owner_shift = 6;
        const unsigned shift = file.st_uid == ::geteuid() ? owner_shift : file.st_gid == ::getegid() ? group_shift : 0;
        return (file.st_mode >> shift & wanted) == wanted;
    };
    struct stat status {};
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, std::max<std::size_t>(slash, 1));
        if (::stat(folder.c_str(), &status) == 0 && !lets(status, X_OK)) return false;
    }
    return ::stat(path.c_str(), &status) != 0 || lets(status, bits);
}

class Needs {
public:
    explicit Needs(const CheckOptions& options) : options_(options) {}

    void add(const NeededCapability& capability) {
        auto& list = found_.capabilities;
        if (std::ranges::find(list, capability.number, &NeededCapability::number) == list.end())
            list.push_back(capability);
    }

    void add_command(const ScriptText& script) {
        const auto command = prepare_command(script, options_.script_user, options_.target);
        if (!command) return;
        if (command->user == 0) found_.runs_as_root = true;
        if (command->user == ::geteuid() && !is_open_to_us(command->program, X_OK)) add(run_any);
        if (command->user == ::geteuid() && command->group == ::getegid()) return;
        for (const NeededCapability& one : other_users) add(one);
    }

    void add_script(const std::optional<model::NotifyScript>& script) {
        if (script) add_command({script->command, script->user, script->group});
    }

    void add_checker(const model::Checker& checker) {
        if (checker.removal != model::Removal::none) return;
        if (checker.endpoint.fwmark != 0) add(network);
        if (checker.endpoint.own_port != 0 && checker.endpoint.own_port < first_unprivileged_port) add(low_port);
        if (checker.kind == model::CheckerKind::ping && !has_ping_sockets()) add(raw);
        const auto* file = std::get_if<model::FileCheck>(&checker.details);
        if (file != nullptr && !is_open_to_us(file->file.path, R_OK)) add(read_any);
        const auto* misc = std::get_if<model::MiscCheck>(&checker.details);
        if (misc != nullptr && options_.runs_scripts) add_command({misc->command, misc->user, misc->group});
    }

    [[nodiscard]] NeededPrivileges take() { return std::move(found_); }

private:
    const CheckOptions& options_;
    NeededPrivileges found_;
};

}  // namespace

NeededPrivileges needed_privileges(const CheckedServices& checked, const ServicesHealth& health,
                                   const model::Notifications& notifications, const CheckOptions& options,
                                   const WatchUse& use) {
    Needs needs(options);
    if (use.applies) needs.add(network);
    if (use.in_other_namespace) needs.add(other_namespace);
    for (const model::Checker& checker : checked.checkers) needs.add_checker(checker);
    if (!use.applies) return needs.take();
    for (const model::NotifyFifo& fifo : notifications.fifos) needs.add_script(fifo.reader);
    for (const ServiceHealth& service : health.services()) {
        needs.add_script(service.notifications().up);
        needs.add_script(service.notifications().down);
        for (std::size_t i = 0; i < service.service().servers.size(); ++i) {
            for (const bool up : {true, false})
                needs.add_script(service.script_for({Notice::By::script_and_fifo, i, up}));
        }
    }
    return needs.take();
}

std::vector<NeededCapability> missing_capabilities(const NeededPrivileges& needed) {
    std::vector<NeededCapability> missing;
    for (const NeededCapability& capability : needed.capabilities) {
        if (!process::has_capability(capability.number)) missing.push_back(capability);
    }
    return missing;
}

Result<void> drop_privileges(const NeededPrivileges& needed) {
    std::vector<unsigned> kept;
    for (const NeededCapability& capability : needed.capabilities) kept.push_back(capability.number);
    return process::keep_capabilities(kept, needed.runs_as_root ? process::Limits::thread : process::Limits::programs);
}

}  // namespace lbctl::health
