#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>
#include <thread>
#include <utility>

#include "backend/listing/formats.h"
#include "backend/procfs/connection_parts.h"
#include "cli/commands/connections_options.h"
#include "cli/interruption.h"
#include "cli/render/top_screen.h"
#include "cli/report_failure.h"
#include "cli/screen.h"
#include "cli/screen_signals.h"
#include "grammar/base/append.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"
#include "grammar/base/time_text.h"

namespace lbctl::cli {

namespace {

using listing::text::Output;
using procfs::Connection;
using procfs::TallyBy;

/// What the configuration says of the services and servers of a group; empty when it says nothing.
std::string note_on(const procfs::ConnectionTally::Row& row, const listing::ListingNotes& notes) {
    if (row.service) {
        const table::WantedService* service = notes.find(*row.service);
        if (service == nullptr) return "not in the file";
        std::string text = service->name;
        if (const auto* label = notes.label(*row.service); label != nullptr) text += ", " + to_string(*label);
        if (!row.real_server) return text;
        if (!notes.knows(*row.service, *row.real_server)) return text + ", a server that is not in the file";
        if (const auto* label = notes.label(*row.service, *row.real_server); label != nullptr)
            text += ", " + to_string(*label);
        return text;
    }
    if (!row.real_server) return {};
    // The same server may stand in several services: the first one that says more than its address is heard.
    bool is_known = false;
    for (const table::WantedService& service : notes.services()) {
        if (notes.find(service.service.key, *row.real_server) == nullptr) continue;
        is_known = true;
        if (const auto* label = notes.label(service.service.key, *row.real_server); label != nullptr)
            return to_string(*label);
    }
    return is_known ? std::string() : "not in the file";
}

struct Counted {
    TopLook look;
    procfs::ReadReport report;
};

/// Counts the connections of a source by some keys, again and again.
class Counting {
public:
    Counting(const ConnectionsOptions& options, const listing::ListingNotes* notes)
        : options_(options), notes_(notes), filter_(options.filter) {}

    Result<Counted> count(const procfs::Source& source, const std::vector<TallyBy>& by) {
        procfs::ConnectionTally tally(by, options_.resolve ? &names_ : nullptr);
        using Groups = procfs::ConnectionTally::Groups;
        const auto take = [&](Groups& groups, const Connection& connection) {
            if (filter_.accepts(connection)) tally.group(connection, groups);
        };
        const auto deliver = [&tally](Groups& groups) {
            tally.add(groups);
            groups.clear();
            return true;
        };
        // Names are looked up when all are counted.
        const std::size_t threads = std::min(procfs::processors(), procfs::most_threads);
        auto read = procfs::for_each_part<Groups>(source, threads, take, deliver);
        if (!read) return tl::make_unexpected(read.error());
        Counted counted{{{}, {}, tally.total(), tally.groups(), std::chrono::system_clock::now()}, *std::move(read)};
        for (const TallyBy& key : by) counted.look.keys.push_back(to_string(key));
        for (auto& row : tally.top(*options_.top)) {
            std::string note = notes_ == nullptr ? std::string() : note_on(row, *notes_);
            counted.look.rows.push_back({std::move(row.names), row.connections, std::move(note)});
        }
        return counted;
    }

private:
    const ConnectionsOptions& options_;
    const listing::ListingNotes* notes_;
    procfs::FilterRun filter_;
    listing::NameCache names_;
};

/// One look, in a format.
class TopText {
public:
    /// `timed`: it is one of several looks, and says when it was.
    TopText(const TopLook& look, const ConnectionsOptions& options, bool timed)
        : look_(look), options_(options), has_notes_(!options.file.empty()), timed_(timed) {}

    /// `titled`: with the titles of columns.
    [[nodiscard]] std::string text(bool titled) const {
        switch (options_.format) {
            case ConnectionsFormat::table:
                return table();
            case ConnectionsFormat::csv:
                return csv(titled);
            case ConnectionsFormat::ndjson:
                return lines();
            case ConnectionsFormat::json:
                break;
        }
        return document();
    }

private:
    [[nodiscard]] double share(const TopRow& row) const {
        if (look_.connections == 0) return 0;
        return static_cast<double>(row.connections) / static_cast<double>(look_.connections);
    }

    [[nodiscard]] std::string utc() const { return base::utc_text(std::chrono::system_clock::to_time_t(look_.time)); }

    [[nodiscard]] std::string_view field(std::size_t key) const { return to_string(options_.by[key].field); }

    [[nodiscard]] std::string table() const {
        std::size_t width = 0;
        // The first of two keys has a width, so that the second stands in a column.
        if (look_.keys.size() > 1) {
            width = look_.keys.front().size();
            for (const TopRow& row : look_.rows) width = std::max(width, row.names.front().size());
        }
        const auto in_columns = [width](const std::vector<std::string>& words) {
            return words.size() == 1 ? words.front() : fmt::format("{:<{}}  {}", words[0], width, words[1]);
        };
        std::string text;
        if (timed_) text += base::local_text(std::chrono::system_clock::to_time_t(look_.time)) + "\n";
        base::append(text, "{:>11} {:>6}  {}\n", "connections", "share", in_columns(look_.keys));
        for (const TopRow& row : look_.rows) {
            base::append(text, "{:>11} {:>5.1f}%  {}{}{}\n", row.connections, 100 * share(row), in_columns(row.names),
                         row.note.empty() ? "" : "  # ", base::shown(row.note));
        }
        return text;
    }

    [[nodiscard]] std::string csv(bool titled) const {
        std::string text;
        if (titled) {
            if (timed_) text += "time,";
            for (std::size_t i = 0; i < options_.by.size(); ++i) base::append(text, "{},", field(i));
            base::append(text, "connections,share{}\n", has_notes_ ? ",configuration" : "");
        }
        for (const TopRow& row : look_.rows) {
            if (timed_) text += utc() + ",";
            for (const std::string& name : row.names) text += name + ",";
            base::append(text, "{},{:.6f}{}\n", row.connections, share(row),
                         has_notes_ ? "," + listing::csv_quoted(base::shown(row.note)) : std::string());
        }
        return text;
    }

    /// Names hold no character that JSON or CSV would have to escape: addresses, ports, host names, states.
    [[nodiscard]] std::string object(const TopRow& row, bool timed) const {
        std::string text = "{";
        if (timed) base::append(text, "\"time\":\"{}\",", utc());
        for (std::size_t i = 0; i < row.names.size(); ++i) base::append(text, "\"{}\":\"{}\",", field(i), row.names[i]);
        base::append(text, "\"connections\":{},\"share\":{:.6f}", row.connections, share(row));
        if (!row.note.empty()) text += ",\"configuration\":" + base::json_string(base::shown(row.note));
        return text + "}";
    }

    [[nodiscard]] std::string lines() const {
        std::string text;
        for (const TopRow& row : look_.rows) text += object(row, timed_) + "\n";
        return text;
    }

    [[nodiscard]] std::string document() const {
        std::string by;
        for (const std::string& key : look_.keys) by += (by.empty() ? "" : ",") + key;
        std::string text = "{\"schema\":\"lbctl-connections-top/1\",";
        if (timed_) base::append(text, "\"time\":\"{}\",", utc());
        base::append(text, "\"by\":\"{}\",\"connections\":{},\"top\":[", by, look_.connections);
        for (std::size_t i = 0; i < look_.rows.size(); ++i)
            text += (i == 0 ? "\n" : ",\n") + object(look_.rows[i], false);
        return text + "]}\n";
    }

    const TopLook& look_;
    const ConnectionsOptions& options_;
    bool has_notes_;
    bool timed_;
};

/// What the screen can group by: what was asked for, and the usual ones.
std::vector<std::vector<TallyBy>> groupings(const std::vector<TallyBy>& asked) {
    std::vector<std::vector<TallyBy>> all{asked};
    for (const std::string_view word : {"client", "client/24", "real-server", "service", "state", "protocol"}) {
        const std::vector<TallyBy> one{*TallyBy::parse(word)};
        if (one != asked) all.push_back(one);
    }
    return all;
}

using Clock = std::chrono::steady_clock;

/// The screen, from its first look to its end.
class TopSession {
public:
    /// Nothing where there is no terminal.
    static std::unique_ptr<TopSession> open(const ConnectionsOptions& options, const Counting& counting,
                                            std::FILE* out) {
        if (options.format != ConnectionsFormat::table) return nullptr;
        std::unique_ptr<TopSession> session(new TopSession(options, counting));
        session->screen_ = Screen::open(out);
        return session->screen_ ? std::move(session) : nullptr;
    }

    Result<void> run(const procfs::Source& source) {
        if (!signals_.descriptor().is_open())
            return failure(fmt::format("no signals can be awaited: {}", std::strerror(errno)));
        std::uint64_t looks = 0;
        while (!ends_) {
            if (Clock::now() >= next_look_ && (!view_.is_paused() || std::exchange(has_other_keys_, false))) {
                if (options_.looks && looks >= *options_.looks) break;
                next_look_ = Clock::now() + interval_;
                auto counted = counting_.count(source, groupings_[grouping_]);
                if (!counted) return tl::make_unexpected(counted.error());
                view_.take(std::move(counted->look));
                ++looks;
            }
            draw();
            wait();
        }
        return {};
    }

private:
    TopSession(const ConnectionsOptions& options, const Counting& counting)
        : options_(options),
          counting_(counting),
          interval_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options.watch))),
          groupings_(groupings(options.by)),
          view_("lbctl connections") {}

    void draw() {
        const Screen::Size size = screen_->size();
        screen_->draw(view_.draw(size.rows, size.columns));
    }

    /// Until a key, a signal or the time of the next look comes.
    void wait() {
        std::array<pollfd, 2> awaited{pollfd{screen_->input(), POLLIN, 0},
                                      pollfd{signals_.descriptor().number(), POLLIN, 0}};
        const auto time = std::max(next_look_ - Clock::now(), Clock::duration::zero());
        const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(time).count();
        if (::poll(awaited.data(), awaited.size(), view_.is_paused() ? -1 : static_cast<int>(milliseconds)) <= 0)
            return;
        if (awaited[0].revents != 0) read_keys();
        if (awaited[1].revents != 0) read_signals();
    }

    void read_keys() {
        const auto typed = screen_->read_keys();
        if (!typed) {
            screen_->abandon();
            ends_ = true;
            return;
        }
        const TopScreen::Pressed pressed = view_.press(*typed);
        ends_ = pressed.ends;
        if (pressed.next_keys == 0) return;
        grouping_ = (grouping_ + pressed.next_keys) % groupings_.size();
        has_other_keys_ = true;
        next_look_ = {};
    }

    void read_signals() {
        for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
            if (signal == SIGTSTP) {
                screen_->stop_process();
            } else if (signal != SIGWINCH) {
                ends_ = true;
            }
        }
    }

    ScreenSignals signals_;  ///< before the screen, which no signal is to leave on the terminal
    std::unique_ptr<Screen> screen_;
    const ConnectionsOptions& options_;
    Counting counting_;
    Clock::duration interval_;
    std::vector<std::vector<TallyBy>> groupings_;
    std::size_t grouping_ = 0;
    TopScreen view_;
    Clock::time_point next_look_{};
    bool has_other_keys_ = false;  ///< than the last look was by
    bool ends_ = false;
};

/// Looks again and again, a text each.
ExitStatus print_looks(const procfs::Source& source, const ConnectionsOptions& options, Counting& counting,
                       const Streams& streams) {
    end_at_once_on_signals(Ending::silent);
    Output out(streams.out);
    ExitStatus status = ExitStatus::ok;
    for (std::uint64_t look = 1;; ++look) {
        const auto counted = counting.count(source, options.by);
        if (!counted) return report_failure(streams, counted.error());
        if (look > 1 && options.format == ConnectionsFormat::table) out.write("\n");
        out.write(TopText(counted->look, options, true).text(look == 1));
        if (!out.flush() || std::fflush(streams.out) != 0) return ExitStatus::failed;
        // The same line is damaged again at every look.
        if (status == ExitStatus::ok) status = report_damage(streams, source, counted->report);
        if (options.looks && look >= *options.looks) return status;
        std::this_thread::sleep_for(std::chrono::duration<double>(*options.watch));
    }
}

}  // namespace

ExitStatus top_connections(const Streams& streams, ConnectionsOptions options) {
    const auto notes = load_connection_notes(options, streams);
    if (!notes) return report_failure(streams, notes.error());
    const listing::ListingNotes* const names = *notes ? &**notes : nullptr;
    if (auto known = find_known_servers(options, names); !known) return report_failure(streams, known.error());
    const procfs::Source source = connections_source(options);
    Counting counting(options, names);
    if (options.watch) {
        auto session = TopSession::open(options, counting, streams.out);
        if (!session) return print_looks(source, options, counting, streams);
        const auto shown = session->run(source);
        // The terminal is given back before anything is said.
        session.reset();
        return shown ? ExitStatus::ok : report_failure(streams, shown.error());
    }
    const auto counted = counting.count(source, options.by);
    if (!counted) return report_failure(streams, counted.error());
    if (auto good = check_readable(source, counted->report); !good) return report_failure(streams, good.error());
    Output out(streams.out);
    out.write(TopText(counted->look, options, false).text(true));
    if (!out.flush()) return ExitStatus::failed;
    return report_damage(streams, source, counted->report);
}

}  // namespace lbctl::cli
