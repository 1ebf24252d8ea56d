#include "grammar/base/append.h"

#include <iterator>

namespace lbctl::base {

void append_formatted(std::string& text, fmt::string_view format, fmt::format_args arguments) {
    fmt::vformat_to(std::back_inserter(text), format, arguments);
}

}  // namespace lbctl::base
