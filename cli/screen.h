#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lbctl::cli {

/// A whole terminal that is drawn anew again and again, in its second buffer: what stood there before comes back at the
/// end, whatever ends the process, but for SIGKILL. There is one at a time.
class Screen {
public:
    /// Nothing where the stream or standard input is no terminal, or the terminal cannot move its cursor (TERM=dumb).
    static std::unique_ptr<Screen> open(std::FILE* out);
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen();

    struct Size {
        std::size_t rows = 24;
        std::size_t columns = 80;
    };
    [[nodiscard]] Size size() const;

    /// Can be read when keys were pressed.
    [[nodiscard]] int input() const;
    /// What was typed, as the terminal sends it. Nothing: there is no terminal any more.
    [[nodiscard]] std::optional<std::string> read_keys() const;

    /// Shows these lines from the top, as many as there are rows; each has to fit, and leaves the terminal's colours as
    /// they were.
    void draw(std::span<const std::string> lines);

    /// Gives the terminal back for as long as the process is stopped (SIGTSTP).
    void stop_process();
    /// The terminal is gone: nothing more is written to it.
    void abandon();

private:
    explicit Screen(std::FILE* out);
    void enter();
    void leave();

    std::FILE* out_;
    bool is_shown_ = false;
};

}  // namespace lbctl::cli
