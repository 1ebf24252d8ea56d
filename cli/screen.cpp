#include "cli/screen.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace lbctl::cli {

namespace {

// xterm's control sequences, which every terminal of today has: the second buffer, and the cursor hidden.
constexpr std::string_view enter_text = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view leave_text = "\x1b[0m\x1b[?25h\x1b[?1049l";

constexpr std::array fatal_signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/// What a handler of fatal signals needs to give the terminal back.
struct Given {
    volatile sig_atomic_t is_shown = 0;
    int terminal = -1;
    termios settings{};
};
Given given;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): a signal handler has no other way

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

void give_back() {
    if (given.is_shown == 0) return;
    given.is_shown = 0;
    write_all(given.terminal, leave_text);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &given.settings);
}

void give_back_and_die(int number) {
    give_back();
    ::signal(number, SIG_DFL);
    ::raise(number);
}

}  // namespace

std::unique_ptr<Screen> Screen::open(std::FILE* out) {
    const char* const terminal = std::getenv("TERM");
    if (terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb") return nullptr;
    termios settings{};
    if (::isatty(::fileno(out)) == 0 || ::tcgetattr(STDIN_FILENO, &settings) != 0) return nullptr;
    given.terminal = ::fileno(out);
    given.settings = settings;
    return std::unique_ptr<Screen>(new Screen(out));
}

Screen::Screen(std::FILE* out) : out_(out) {
    for (const int number : fatal_signals) ::signal(number, give_back_and_die);
    enter();
}

Screen::~Screen() {
    leave();
    for (const int number : fatal_signals) ::signal(number, SIG_DFL);
}

void Screen::enter() {
    termios settings = given.settings;
    // Keys come at once and are not shown; those that make signals still do.
    settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    std::fflush(out_);
    given.is_shown = 1;
    is_shown_ = true;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &settings);
    write_all(given.terminal, enter_text);
}

void Screen::leave() {
    if (!is_shown_) return;
    is_shown_ = false;
    give_back();
}

void Screen::abandon() {
    is_shown_ = false;
    given.is_shown = 0;
}

Screen::Size Screen::size() const {
    winsize window{};
    if (::ioctl(::fileno(out_), TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return {};
    return {window.ws_row, window.ws_col};
}

int Screen::input() const {
    return STDIN_FILENO;
}

std::optional<std::string> Screen::read_keys() const {
    std::array<char, 256> buffer{};
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count > 0) return std::string(buffer.data(), static_cast<std::size_t>(count));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return std::string();
    return std::nullopt;
}

void Screen::draw(std::span<const std::string> lines) {
    if (!is_shown_) return;
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i != 0) text += "\r\n";
        // Before the text: after a line that is full, a terminal would erase its last character.
        text += "\x1b[K";
        text += lines[i];
    }
    write_all(given.terminal, text);
}

void Screen::stop_process() {
    leave();
    ::raise(SIGSTOP);
    enter();
}

}  // namespace lbctl::cli
