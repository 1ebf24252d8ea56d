#include "cli/print.h"

namespace lbctl::cli {

void print_text(std::FILE* stream, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

void print_formatted(std::FILE* stream, fmt::string_view text, fmt::format_args arguments) {
    print_text(stream, fmt::vformat(text, arguments));
}

}  // namespace lbctl::cli
