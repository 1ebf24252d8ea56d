#include "cli/print.h"

#include <iterator>

namespace lbctl::cli {

void print_formatted(std::FILE* stream, fmt::string_view text, fmt::format_args arguments) {
    fmt::memory_buffer buffer;
    fmt::vformat_to(std::back_inserter(buffer), text, arguments);
    std::fwrite(buffer.data(), 1, buffer.size(), stream);
}

}  // namespace lbctl::cli
