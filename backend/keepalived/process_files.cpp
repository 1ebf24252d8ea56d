#include "backend/keepalived/process_files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "grammar/base/descriptor.h"

namespace lbctl::keepalived {

std::string read_text(const std::string& path, std::size_t most) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    std::string text;
    if (file.is_open()) base::read_up_to(file.number(), most, text);
    return text;
}

std::string path_of(int process, std::string_view name) {
    return fmt::format("/proc/{}/{}", process, name);
}

}  // namespace lbctl::keepalived
