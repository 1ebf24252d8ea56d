#include "cli/commands/ipvsadm_request.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace lbctl::cli::ipvsadm {

table::Request request_of(const Line& line) {
    switch (line.command) {
        case Command::add_service:
            return table::AddService{line.service};
        case Command::edit_service:
            return table::SetService{line.service};
        case Command::delete_service:
            return table::DeleteService{line.service.key};
        case Command::add_server:
            return table::AddDestination{line.service.key, line.destination};
        case Command::edit_server:
            return table::SetDestination{line.service.key, line.destination};
        case Command::delete_server:
            return table::DeleteDestination{line.service.key, line.destination.key};
        case Command::set_timeouts:
            return table::SetTimeouts{line.timeouts};
        case Command::start_daemon:
            return table::StartDaemon{line.daemon};
        case Command::stop_daemon:
            return table::StopDaemon{line.daemon.state};
        case Command::zero:
            if (line.has(Option::service)) return table::Zero{line.service.key};
            return table::Zero{};
        default:
            return table::Flush{};
    }
}

std::string kernel_words(Command command, int error) {
    struct Words {
        std::string_view commands;  // characters of the commands it is for, empty for all
        int error;
        std::string_view text;
    };
    // One character a command: A E D a e d, L for listings, Z, + and - for the daemons.
    constexpr std::array<Words, 15> table{{
        {"A", EEXIST, "Service already exists"},
        {"AE", ENOENT, "Scheduler or persistence engine not found"},
        {"EDZL", ESRCH, "No such service"},
        {"aed", ESRCH, "Service not defined"},
        {"a", EEXIST, "Destination already exists"},
        {"ed", ENOENT, "No such destination"},
        {"+", EEXIST, "Daemon has already run"},
        {"-", ESRCH, "No daemon is running"},
        {"", EPERM, "Permission denied (you must be root)"},
        {"", EINVAL, "Invalid operation.  Possibly wrong module version, address not unicast, ..."},
        {"", ENOPROTOOPT, "Protocol not available"},
        {"", ENOMEM, "Memory allocation problem"},
        {"", EOPNOTSUPP, "Operation not supported with IPv6"},
        {"", EAFNOSUPPORT, "Operation not supported with specified address family"},
        {"", EMSGSIZE, "Module is wrong version"},
    }};
    constexpr std::string_view letters = "AEDCLade=+-RSZhv";
    static_assert(letters.size() == static_cast<std::size_t>(Command::version) + 1);
    const char letter = letters[static_cast<std::size_t>(command)];
    for (const Words& words : table) {
        if (words.error != error) continue;
        if (words.commands.empty() || words.commands.find(letter) != std::string_view::npos)
            return std::string(words.text);
    }
    return std::strerror(error);
}

}  // namespace lbctl::cli::ipvsadm
