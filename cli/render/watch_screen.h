#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/health/watch.h"
#include "cli/render/screen_list.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// The screen of `check --watch': a line for each real server, below its virtual server, with its state, since when,
/// the latencies of its last checks, and why. It knows no terminal: what it shows is text, what it is told are keys.
class WatchScreen {
public:
    using Clock = std::chrono::system_clock;

    /// `title` stands on top. `unicode`: the terminal can show the characters of a sparkline; `colour`: it is to show
    /// states in colours.
    WatchScreen(std::string title, bool unicode, bool colour)
        : title_(std::move(title)), unicode_(unicode), has_colour_(colour) {}

    /// One try of a checker is over.
    void note(const health::Watch& watch, std::size_t checker, const health::CheckResult& result,
              const source::Sources& sources);
    /// A line for the bottom: what happened last.
    void say(std::string text) { message_ = std::move(text); }
    /// What was typed. False: it is to end.
    bool press(std::string_view keys);

    /// Exactly so many lines, none wider than that; with the sequences for colours in them.
    std::vector<std::string> draw(const health::Watch& watch, std::size_t rows, std::size_t columns,
                                  Clock::time_point now);

private:
    enum class Order : std::uint8_t { file, state, since, latency, name };

    /// What is remembered of a real server.
    struct History {
        bool alive = true;
        bool is_known = false;  ///< a check has come to an end
        Clock::time_point since{};
        std::deque<double> seconds;  ///< of the last tries; negative: it failed
        std::string reason;
    };
    struct Row {
        const health::ServiceHealth* health = nullptr;
        const health::CheckedService* service = nullptr;
        const health::CheckedServer* server = nullptr;
        const History* history = nullptr;
        std::uint32_t weight = 0;
        std::string name;
        std::size_t place = 0;  ///< in the file
    };
    /// A line of the list: a real server, or the head of a virtual server.
    struct Line {
        const Row* row = nullptr;
        std::string head;
    };

    static std::string key_of(const health::CheckedService& service, const health::CheckedServer& server);
    History& history_of(const std::string& key, bool alive, Clock::time_point now);
    [[nodiscard]] std::vector<Row> rows_of(const health::Watch& watch, Clock::time_point now);
    [[nodiscard]] bool is_wanted(const Row& row) const;
    void sort(std::vector<Row>& rows) const;
    [[nodiscard]] std::vector<Line> lines_of(const std::vector<Row>& rows) const;
    [[nodiscard]] std::string row_text(const Row& row, std::size_t columns, Clock::time_point now) const;
    [[nodiscard]] std::string sparkline(const History& history) const;
    [[nodiscard]] std::string foot(const Row* selected) const;

    std::string title_;
    bool unicode_;
    bool has_colour_;
    std::map<std::string, History, std::less<>> histories_;
    std::string message_;
    Order order_ = Order::file;
    bool reversed_ = false;
    bool only_not_up_ = false;
    bool shows_help_ = false;
    ScreenList list_;
};

}  // namespace lbctl::cli
