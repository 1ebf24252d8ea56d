#include "backend/health/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"

namespace lbctl::health {

void tell_service_manager(std::string_view state) {
    const char* const variable = std::getenv("NOTIFY_SOCKET");
    if (variable == nullptr) return;
    const std::string_view path = variable;
    sockaddr_un address{};
    if (path.size() < 2 || path.size() > sizeof address.sun_path || (path.front() != '/' && path.front() != '@'))
        return;
    address.sun_family = AF_UNIX;
    std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
    // An abstract name begins with a zero byte.
    if (path.front() == '@') address.sun_path[0] = '\0';
    const base::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as sendto(2) takes any address
    (void)::sendto(socket.number(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                   reinterpret_cast<const sockaddr*>(&address), length);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    const char* const process = std::getenv("WATCHDOG_PID");
    if (process != nullptr && base::whole_number<pid_t>(process) != ::getpid()) return std::nullopt;
    const char* const variable = std::getenv("WATCHDOG_USEC");
    if (variable == nullptr) return std::nullopt;
    const auto microseconds = base::whole_number<std::uint64_t>(variable);
    if (!microseconds || *microseconds == 0) return std::nullopt;
    return std::chrono::microseconds(*microseconds);
}

}  // namespace lbctl::health
