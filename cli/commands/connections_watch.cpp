#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <thread>
#include <unordered_map>

#include "backend/procfs/connection_format.h"
#include "cli/commands/connections_options.h"
#include "cli/counted.h"
#include "cli/interruption.h"
#include "cli/report_failure.h"
#include "grammar/base/time_text.h"

namespace lbctl::cli {

namespace {

using listing::text::Output;
using procfs::Connection;

/// A connection as it was seen last: its line, and in which look.
struct Seen {
    std::string line;
    std::uint64_t look = 0;
};

/// What makes two connections of different looks the same one.
std::string identity(const Connection& connection) {
    std::string key(connection.protocol);
    for (const procfs::Endpoint* end : {&connection.client, &connection.service}) {
        key.append(reinterpret_cast<const char*>(end->bytes.data()), end->family == Family::inet ? 4 : 16);
        key.append(reinterpret_cast<const char*>(&end->port), sizeof end->port);
    }
    // Templates of one client and service differ by their engine data.
    key += connection.engine_data;
    return key;
}

class Watch {
public:
    Watch(Output& out, const ConnectionsOptions& options, const listing::ListingNotes* notes)
        : out_(out), options_(options) {
        columns_.notes = notes;
        columns_.engine = options.engine;
        columns_.origin = options.origin;
        columns_.names = options.resolve ? &cache_ : nullptr;
        if (options.format == ConnectionsFormat::csv) {
            out_.write("time,event,state_before," + procfs::csv_title(columns_));
            out_.flush();
        }
    }

    Result<procfs::ReadReport> look(const procfs::Source& source) {
        ++look_;
        const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
        time_ = base::utc_text(now);
        std::uint64_t fresh = 0;
        std::uint64_t changed = 0;
        auto read = procfs::for_each_connection(source, [&](const Connection& connection, std::string_view line) {
            if (!options_.filter.accepts(connection)) return true;
            Seen& seen = seen_[identity(connection)];
            if (seen.look == look_) return true;  // the kernel may give a row twice when its table changes meanwhile
            if (seen.look == 0) {
                ++fresh;
                if (look_ > 1) print("new", '+', connection, {});
            } else if (const auto before = procfs::parse_connection(seen.line);
                       before && (before->state != connection.state || before->destination != connection.destination)) {
                ++changed;
                print("changed", '~', connection, *before);
            }
            seen.line = line;
            seen.look = look_;
            return out_.good();
        });
        if (!read) return read;
        const std::uint64_t gone = forget();
        if (options_.format == ConnectionsFormat::table) {
            out_.write(fmt::format("{:%H:%M:%S} {}, {} new, {} gone, {} changed\n", fmt::localtime(now),
                                   counted(seen_.size(), "connection"), look_ == 1 ? 0 : fresh, gone, changed));
        } else if (options_.format != ConnectionsFormat::csv) {
            out_.write(fmt::format(
                "{{\"event\":\"look\",\"time\":\"{}\",\"connections\":{},\"new\":{},\"gone\":{},\"changed\":{}}}\n",
                time_, seen_.size(), look_ == 1 ? 0 : fresh, gone, changed));
        }
        out_.flush();
        return read;
    }

private:
    /// Drops and prints what was not in this look.
    std::uint64_t forget() {
        return std::erase_if(seen_, [this](const auto& entry) {
            if (entry.second.look == look_) return false;
            if (const auto connection = procfs::parse_connection(entry.second.line))
                print("gone", '-', *connection, {});
            return true;
        });
    }

    static std::string place(const procfs::Endpoint& end) { return procfs::endpoint_text(end, 0, nullptr); }

    /// What a changed connection was before.
    static std::string remark(const Connection& connection, const Connection& before) {
        std::string text = "was";
        if (before.state != connection.state) text += fmt::format(" {}", before.state);
        if (before.destination != connection.destination) text += fmt::format(" at {}", place(before.destination));
        return text;
    }

    void print(std::string_view event, char sign, const Connection& connection,
               const std::optional<Connection>& before) {
        if (options_.format == ConnectionsFormat::table) {
            out_.write({&sign, 1});
            out_.write(" ");
            const std::string was = before ? remark(connection, *before) : std::string();
            columns_.remark = was;
            procfs::write_row(out_, connection, columns_);
            columns_.remark = {};
            return;
        }
        if (options_.format == ConnectionsFormat::csv) {
            out_.write(fmt::format("{},{},{},", time_, event, before ? before->state : std::string_view()));
            procfs::write_csv(out_, connection, columns_);
            return;
        }
        out_.write(fmt::format("{{\"event\":\"{}\",", event));
        if (before) out_.write(fmt::format("\"state_before\":\"{}\",", before->state));
        if (before && before->destination != connection.destination)
            out_.write(fmt::format("\"real_server_before\":\"{}\",", place(before->destination)));
        out_.write("\"connection\":");
        procfs::write_json(out_, connection, columns_);
        out_.write("}\n");
    }

    Output& out_;
    const ConnectionsOptions& options_;
    listing::NameCache cache_;
    procfs::ConnectionColumns columns_;
    std::unordered_map<std::string, Seen> seen_;
    std::uint64_t look_ = 0;
    std::string time_;  ///< of this look, in UTC
};

}  // namespace

ExitStatus watch_connections(const Streams& streams, ConnectionsOptions options) {
    end_at_once_on_signals(Ending::silent);
    const procfs::Source source = connections_source(options);
    const auto loaded = load_connection_notes(options, streams);
    if (!loaded) return report_failure(streams, loaded.error());
    const listing::ListingNotes* const notes = *loaded ? &**loaded : nullptr;
    if (auto known = find_known_servers(options, notes); !known) return report_failure(streams, known.error());
    Output out(streams.out);
    Watch watch(out, options, notes);
    ExitStatus status = ExitStatus::ok;
    for (std::uint64_t look = 1;; ++look) {
        const auto read = watch.look(source);
        if (!read) return report_failure(streams, read.error());
        if (!out.good()) return ExitStatus::failed;
        // The same line is damaged again at every look.
        if (status == ExitStatus::ok) status = report_damage(streams, source, *read);
        if (options.looks && look >= *options.looks) return status;
        std::this_thread::sleep_for(std::chrono::duration<double>(*options.watch));
    }
}

}  // namespace lbctl::cli
