#include "backend/procfs/source_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace lbctl::procfs {

namespace {

bool is_standard_input(const Source& source) {
    return source.path == "-";
}

}  // namespace

Result<base::Descriptor> open_source(const Source& source) {
    base::Descriptor descriptor(is_standard_input(source) ? STDIN_FILENO
                                                          : open(source.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.is_open()) return descriptor;
    const int error = errno;
    if (source.kernel && error == ENOENT) {
        return failure(fmt::format("{}: the kernel has no IPVS in this network namespace", source.path),
                       "load it with `modprobe ip_vs' as root");
    }
    return tl::make_unexpected(read_failure(source, error));
}

Failure read_failure(const Source& source, int error) {
    if (error == EFBIG)
        return {fmt::format("{}: it has a line of more than {} MiB", source.path, endless_line >> 20U),
                "a copy of /proc/net/ip_vs_conn has a line for each connection"};
    return {fmt::format("{}: {}", source.path, std::strerror(error)), {}};
}

bool is_file_larger_than(const Source& source, std::size_t bytes) {
    struct stat status {};
    const int result = is_standard_input(source) ? fstat(STDIN_FILENO, &status) : stat(source.path.c_str(), &status);
    return result == 0 && S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) > bytes;
}

std::size_t processors() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<std::size_t>(CPU_COUNT(&allowed));
    // More processors than the set has places for.
    return std::max(2U, std::thread::hardware_concurrency());
}

}  // namespace lbctl::procfs
