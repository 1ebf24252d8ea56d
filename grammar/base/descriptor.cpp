#include "grammar/base/descriptor.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace lbctl::base {

int Descriptor::close() {
    const int number = std::exchange(number_, -1);
    return number <= STDERR_FILENO || ::close(number) == 0 ? 0 : errno;
}

ssize_t read_some(int descriptor, char* into, std::size_t room) {
    for (;;) {
        const ssize_t count = read(descriptor, into, room);
        if (count >= 0) return count;
        if (errno != EINTR) return -errno;
    }
}

int read_up_to(int descriptor, std::size_t most, std::string& text) {
    std::array<char, 65536> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    while (text.size() < most) {
        const ssize_t count = read_some(descriptor, piece.data(), std::min(piece.size(), most - text.size()));
        if (count < 0) return static_cast<int>(-count);
        if (count == 0) break;
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    return 0;
}

int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written >= 0)
            text.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

}  // namespace lbctl::base
