#include "cli/status_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/print.h"
#include "cli/terminal.h"

namespace lbctl::cli {

namespace {

constexpr std::string_view to_empty_line = "\r\x1b[K";

}  // namespace

StatusLine::StatusLine(std::FILE* stream) : stream_(stream), on_terminal_(::isatty(::fileno(stream)) == 1) {}

void StatusLine::show(std::string_view text) {
    if (!on_terminal_) return;
    print_text(stream_, fmt::format("{}{}", to_empty_line, cut_to_columns(text, columns_of(stream_))));
    std::fflush(stream_);
    is_shown_ = true;
}

void StatusLine::clear() {
    if (!is_shown_) return;
    print_text(stream_, to_empty_line);
    std::fflush(stream_);
    is_shown_ = false;
}

}  // namespace lbctl::cli
