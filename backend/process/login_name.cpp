#include "backend/process/login_name.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>

#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"

namespace lbctl::process {

namespace {

constexpr std::size_t longest_name = 64;

/// Who logged in; nothing where nobody did, as in a service, or the kernel does not keep it.
std::optional<std::uint32_t> login_user() {
    constexpr auto nobody = std::numeric_limits<std::uint32_t>::max();
    const base::Descriptor file(::open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC));
    std::string text;
    if (file.is_open()) base::read_up_to(file.number(), 32, text);
    const auto user = base::whole_number<std::uint32_t>(std::string_view(text).substr(0, text.find('\n')));
    return user == nobody ? std::nullopt : user;
}

std::string name_of(std::uint32_t user) {
    std::array<char, 16384> memory;  // NOLINT(cppcoreguidelines-pro-type-member-init): getpwuid_r() fills it
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr)
        return std::to_string(user);
    return found->pw_name;
}

bool is_plain(std::string_view name) {
    return !name.empty() && name.size() <= longest_name &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

}  // namespace

std::string login_name() {
    if (const auto user = login_user()) {
        if (std::string name = name_of(*user); is_plain(name)) return name;
        return std::to_string(*user);
    }
    if (::getuid() == 0) {
        const char* sudo = std::getenv("SUDO_USER");  // NOLINT(concurrency-mt-unsafe): nobody sets variables
        if (sudo != nullptr && is_plain(sudo)) return sudo;
    }
    std::string name = name_of(::getuid());
    return is_plain(name) ? name : std::to_string(::getuid());
}

}  // namespace lbctl::process
