#include "cli/render/watch_screen.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "backend/table/serving.h"
#include "cli/render/check_report.h"
#include "cli/render/screen_text.h"
#include "grammar/model/lvs_quorum.h"

namespace lbctl::cli {

namespace {

constexpr std::size_t kept_tries = 10;

using screen::bold;
using screen::fitted;
using screen::green;
using screen::plain;
using screen::red;
using screen::yellow;

/// "00:12:04", "3d 04:05".
std::string duration_text(std::chrono::seconds time) {
    using namespace std::chrono;
    const auto all = std::max<std::int64_t>(time.count(), 0);
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    if (all >= 100 * day) return fmt::format("{}d", all / day);
    if (all >= day) return fmt::format("{}d {:02}:{:02}", all / day, all % day / hour, all % hour / minute);
    return fmt::format("{:02}:{:02}:{:02}", all / hour, all % hour / minute, all % minute);
}

/// "1.2 ms", "3.45 s"
std::string latency_text(double seconds) {
    constexpr double in_a_second = 1000;
    if (seconds < 0.0995) return fmt::format("{:.1f} ms", seconds * in_a_second);
    if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * in_a_second);
    return fmt::format("{:.2f} s", seconds);
}

}  // namespace

std::string WatchScreen::key_of(const health::CheckedService& service, const health::CheckedServer& server) {
    return fmt::format("{}#{} {}", service.name, service.ordinal, with_port(server.server.address, server.server.port));
}

WatchScreen::History& WatchScreen::history_of(const std::string& key, bool alive, Clock::time_point now) {
    const auto [found, is_new] = histories_.try_emplace(key);
    History& history = found->second;
    if (is_new || history.alive != alive) history.since = now;
    history.alive = alive;
    return history;
}

void WatchScreen::note(const health::Watch& watch, std::size_t checker, const health::CheckResult& result,
                       const source::Sources& sources) {
    const health::ServiceHealth& health = watch.health().service_of(checker);
    const std::size_t place = health.server_of(checker);
    const health::CheckedServer& server = health.service().servers[place];
    History& history = history_of(key_of(health.service(), server), health.standings()[place].alive, Clock::now());
    history.is_known = true;
    const bool is_good = result.verdict.state == health::State::up;
    if (result.verdict.state != health::State::none) {
        history.seconds.push_back(is_good ? result.seconds : -1);
        if (history.seconds.size() > kept_tries) history.seconds.pop_front();
    }
    history.reason = fmt::format("{}: {}", model::keyword_of(watch.checked().checkers[checker].kind),
                                 escaped_bytes(result.verdict.reason));
    if (!is_good && result.line != nullptr) history.reason += fmt::format(" ({})", place_of(sources, *result.line));
}

std::vector<WatchScreen::Row> WatchScreen::rows_of(const health::Watch& watch, Clock::time_point now) {
    std::vector<Row> rows;
    for (const health::ServiceHealth& health : watch.health().services()) {
        const health::CheckedService& service = health.service();
        for (std::size_t i = 0; i < service.servers.size(); ++i) {
            const health::CheckedServer& server = service.servers[i];
            const auto& standing = health.standings()[i];
            History& history = history_of(key_of(service, server), standing.alive, now);
            if (server.checker_count == 0 && history.reason.empty()) {
                history.is_known = true;
                history.reason = "no checker: always up";
            }
            rows.push_back({&health, &service, &server, &history, standing.weight_in_force(),
                            with_port(server.server.address, server.server.port), rows.size()});
        }
    }
    return rows;
}

bool WatchScreen::is_wanted(const Row& row) const {
    if (only_not_up_ && row.history->alive && row.history->is_known) return false;
    if (list_.filter().empty()) return true;
    return list_.accepts(fmt::format("{} {} {} {}", row.service->name, row.name, row.history->alive ? "up" : "down",
                                     row.history->reason));
}

void WatchScreen::sort(std::vector<Row>& rows) const {
    const auto latency = [](const Row& row) {
        return row.history->seconds.empty() ? -1.0 : row.history->seconds.back();
    };
    const auto rank = [](const Row& row) { return !row.history->alive ? 0 : row.history->is_known ? 2 : 1; };
    switch (order_) {
        case Order::file:
            break;
        case Order::state:
            std::ranges::stable_sort(rows, {}, rank);
            break;
        case Order::since:
            std::ranges::stable_sort(rows, std::ranges::greater(), [](const Row& row) { return row.history->since; });
            break;
        case Order::latency:
            std::ranges::stable_sort(rows, std::ranges::greater(), latency);
            break;
        case Order::name:
            std::ranges::stable_sort(rows, {}, [](const Row& row) {
                return std::pair(row.server->server.address, row.server->server.port);
            });
            break;
    }
    if (reversed_) std::ranges::reverse(rows);
}

/// In the order of the file the servers stand below their virtual server.
std::vector<WatchScreen::Line> WatchScreen::lines_of(const std::vector<Row>& rows) const {
    std::vector<Line> lines;
    const health::CheckedService* last = nullptr;
    for (const Row& row : rows) {
        if (order_ == Order::file && row.service != last) {
            last = row.service;
            const health::ServiceHealth& health = *row.health;
            lines.push_back({nullptr, fmt::format("{}  {}: weight {} is up, quorum {}", last->name,
                                                  health.has_quorum() ? "quorum" : "NO QUORUM",
                                                  table::weight_alive(health.standings()),
                                                  model::quorum_of(last->service).needed)});
        }
        lines.push_back({&row, {}});
    }
    return lines;
}

std::string WatchScreen::sparkline(const History& history) const {
    static constexpr std::array<std::string_view, 8> bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr std::array<std::string_view, 8> ascii{"_", ".", "-", "~", "=", "+", "*", "#"};
    double most = 0;
    for (const double seconds : history.seconds) most = std::max(most, seconds);
    std::string text;
    for (const double seconds : history.seconds) {
        if (seconds < 0) {
            text += "x";
            continue;
        }
        const auto height = most <= 0 ? 0 : static_cast<std::size_t>(std::lround(seconds / most * 7));
        text += (unicode_ ? bars : ascii).at(std::min<std::size_t>(height, bars.size() - 1));
    }
    return text;
}

std::string WatchScreen::row_text(const Row& row, std::size_t columns, Clock::time_point now) const {
    const History& history = *row.history;
    const std::string_view word = !history.is_known ? "wait" : history.alive ? "up" : "down";
    const std::string_view colour = !has_colour_        ? std::string_view()
                                    : !history.is_known ? yellow
                                    : history.alive     ? green
                                                        : red;
    const bool is_flat = order_ != Order::file;
    // The name of a server takes what 80 columns leave for it; wider terminals show more of service and reason.
    const std::string name = is_flat ? fmt::format("  {} {}", row.name, row.service->name) : "  " + row.name;
    const std::size_t name_columns = is_flat ? std::clamp<std::size_t>(columns / 2 - 6, 20, 60) : 24;
    std::string latency;
    if (!history.seconds.empty() && history.seconds.back() >= 0) latency = latency_text(history.seconds.back());
    const std::string since = duration_text(std::chrono::duration_cast<std::chrono::seconds>(now - history.since));
    const std::string before = fitted(name, std::min(name_columns, columns)) + " ";
    const std::string state = fitted(word, 5);
    std::string after = fmt::format("{:>4} {:>9} {:>8} ", row.weight, since, latency);
    after += fitted(sparkline(history), kept_tries) + " " + history.reason;
    const std::size_t used = std::min(name_columns, columns) + 1;
    if (used + 5 >= columns) return fitted(before + state, columns);
    return fmt::format("{}{}{}{}{}", before, colour, state, plain, fitted(after, columns - used - 5));
}

std::string WatchScreen::foot(const Row* selected) const {
    if (auto prompt = list_.prompt()) return *std::move(prompt);
    if (shows_help_) return "q quit  s sort  r reverse  / filter  d not up only  arrows, PgUp, PgDn, g, G move  ? help";
    if (selected == nullptr) return histories_.empty() ? "no real servers" : "no real server is like that";
    return fmt::format("{}: {}", selected->name,
                       selected->history->reason.empty() ? "not checked yet" : selected->history->reason);
}

std::vector<std::string> WatchScreen::draw(const health::Watch& watch, std::size_t rows, std::size_t columns,
                                           Clock::time_point now) {
    static constexpr std::array<std::string_view, 5> order_words{"file", "state", "since", "latency", "name"};
    constexpr std::size_t heads = 2;
    constexpr std::size_t feet = 2;
    std::vector<Row> all = rows_of(watch, now);
    const auto up = std::ranges::count_if(all, [](const Row& row) { return row.history->alive; });
    const std::size_t count = all.size();
    std::erase_if(all, [this](const Row& row) { return !is_wanted(row); });
    sort(all);
    const std::vector<Line> lines = lines_of(all);
    const Row* const selected = all.empty() ? nullptr : &all[list_.selected(all.size())];
    const std::size_t page = rows > heads + feet ? rows - heads - feet : 1;
    const auto at = static_cast<std::size_t>(std::ranges::find(lines, selected, &Line::row) - lines.begin());
    const std::size_t first = list_.first_in_sight(at, lines.size(), page);

    std::vector<std::string> drawn;
    const std::time_t seconds = Clock::to_time_t(now);
    const std::string right = fmt::format("{} of {} up  {:%H:%M:%S}Z", up, count, fmt::gmtime(seconds));
    std::string left = fmt::format("{}  sort: {}{}", title_, order_words.at(static_cast<std::size_t>(order_)),
                                   reversed_ ? " reversed" : "");
    if (!list_.filter().empty()) left += fmt::format("  filter: {}", list_.filter());
    if (only_not_up_) left += "  not up only";
    drawn.push_back(screen::heading(left, right, columns));
    const std::string titles = order_ == Order::file
                                   ? fmt::format("{:<24} {:<5}{:>4} {:>9} {:>8} {:<10} {}", "SERVICE, SERVER", "STATE",
                                                 "W", "SINCE", "LATENCY", "LAST", "REASON")
                                   : fmt::format("{:<{}} {:<5}{:>4} {:>9} {:>8} {:<10} {}", "SERVER, SERVICE",
                                                 std::clamp<std::size_t>(columns / 2 - 6, 20, 60), "STATE", "W",
                                                 "SINCE", "LATENCY", "LAST", "REASON");
    drawn.push_back(screen::titles(titles, columns));
    for (std::size_t i = first; i < lines.size() && i < first + page; ++i) {
        const Line& line = lines[i];
        if (line.row == nullptr) {
            drawn.push_back(fmt::format("{}{}{}", bold, fitted(line.head, columns), plain));
        } else {
            std::string text = row_text(*line.row, columns, now);
            drawn.push_back(line.row == selected ? screen::marked(std::move(text)) : std::move(text));
        }
    }
    while (drawn.size() < heads + page) drawn.push_back(std::string());
    drawn.push_back(fitted(foot(selected), columns));
    drawn.push_back(fitted(message_.empty() ? "q quit  s sort  / filter  ? help" : message_, columns));
    drawn.resize(rows);
    return drawn;
}

bool WatchScreen::press(std::string_view keys) {
    while (!keys.empty()) {
        const bool had_help = std::exchange(shows_help_, false);
        const auto key = list_.press(keys);
        if (!key) continue;
        if (key == "q" || key == "Q") return false;
        if (key == "s") order_ = static_cast<Order>((static_cast<unsigned>(order_) + 1) % 5);
        if (key == "r") reversed_ = !reversed_;
        if (key == "d") only_not_up_ = !only_not_up_;
        if (key == "?" || key == "h") shows_help_ = !had_help;
    }
    return true;
}

}  // namespace lbctl::cli
