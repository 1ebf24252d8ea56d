#include "cli/print.h"

#include <iterator>

namespace lbctl::cli {

void print_text(std::FILE* stream, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

void print_formatted(std::FILE* stream, fmt::string_view text, fmt::format_args arguments) {
    fmt::memory_buffer buffer;
    fmt::vformat_to(std::back_inserter(buffer), text, arguments);
    print_text(stream, {buffer.data(), buffer.size()});
}

}  // namespace lbctl::cli
