#pragma once

#include <cstdio>
#include <string_view>

namespace lbctl::cli {

/// One line at the cursor of a terminal that is written over and over, and is gone at the end: how far something is.
/// Nothing where the stream is no terminal.
class StatusLine {
public:
    explicit StatusLine(std::FILE* stream);
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;
    ~StatusLine() { clear(); }

    [[nodiscard]] bool on_terminal() const { return on_terminal_; }

    /// Shows an ASCII text, as much of it as the terminal is wide.
    void show(std::string_view text);

    /// Leaves the line empty, for other text.
    void clear();

private:
    std::FILE* stream_;
    bool on_terminal_;
    bool is_shown_ = false;
};

}  // namespace lbctl::cli
