#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "backend/listing/formats.h"
#include "backend/netlink/client.h"
#include "backend/procfs/connection_format.h"
#include "backend/procfs/connection_parts.h"
#include "cli/commands/connections_options.h"
#include "cli/counted.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

using listing::text::Output;
using procfs::Connection;
using procfs::ConnectionColumns;

/// In front of every row, of which the first has no comma.
constexpr std::string_view json_separator = ",\n";

void write_connection(Output& out, const Connection& connection, const ConnectionColumns& columns,
                      ConnectionsFormat format) {
    switch (format) {
        case ConnectionsFormat::table:
            procfs::write_row(out, connection, columns);
            return;
        case ConnectionsFormat::csv:
            procfs::write_csv(out, connection, columns);
            return;
        case ConnectionsFormat::json:
            out.write(json_separator);
            procfs::write_json(out, connection, columns);
            return;
        case ConnectionsFormat::ndjson:
            procfs::write_json(out, connection, columns);
            out.write("\n");
            return;
    }
}

/// "client/24,real-server", as --by was given.
std::string keys_text(const std::vector<procfs::TallyBy>& by) {
    std::string text;
    for (const procfs::TallyBy& key : by) text += (text.empty() ? "" : ",") + to_string(key);
    return text;
}

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

void write_top(Output& out, const procfs::ConnectionTally& tally, const ConnectionsOptions& options,
               const listing::ListingNotes* notes) {
    const auto rows = tally.top(*options.top);
    const auto share = [&](const auto& row) {
        return tally.total() == 0 ? 0.0 : static_cast<double>(row.connections) / static_cast<double>(tally.total());
    };
    const auto note = [&](const auto& row) {
        return notes == nullptr ? std::string() : base::shown(note_on(row, *notes));
    };
    // Names hold no character that JSON or CSV would have to escape: addresses, ports, host names, states.
    const auto object = [&](const auto& row) {
        std::string text = "{";
        for (std::size_t i = 0; i < row.names.size(); ++i)
            text += fmt::format("\"{}\":\"{}\",", to_string(options.by[i].field), row.names[i]);
        text += fmt::format("\"connections\":{},\"share\":{:.6f}", row.connections, share(row));
        if (const std::string said = note(row); !said.empty()) text += ",\"configuration\":" + base::json_string(said);
        return text + "}";
    };
    const auto in_columns = [&](const std::vector<std::string>& words) {
        // The first of two keys has a width, so that the second stands in a column.
        if (words.size() == 1) return words.front();
        std::size_t width = to_string(options.by[0]).size();
        for (const auto& row : rows) width = std::max(width, row.names[0].size());
        return fmt::format("{:<{}}  {}", words[0], width, words[1]);
    };
    switch (options.format) {
        case ConnectionsFormat::table: {
            std::vector<std::string> titles;
            for (const procfs::TallyBy& key : options.by) titles.push_back(to_string(key));
            out.write(fmt::format("{:>11} {:>6}  {}\n", "connections", "share", in_columns(titles)));
            for (const auto& row : rows) {
                const std::string said = note(row);
                out.write(fmt::format("{:>11} {:>5.1f}%  {}{}{}\n", row.connections, 100 * share(row),
                                      in_columns(row.names), said.empty() ? "" : "  # ", said));
            }
            return;
        }
        case ConnectionsFormat::csv:
            for (const procfs::TallyBy& key : options.by) out.write(fmt::format("{},", to_string(key.field)));
            out.write(fmt::format("connections,share{}\n", notes == nullptr ? "" : ",configuration"));
            for (const auto& row : rows) {
                std::string names;
                for (const std::string& name : row.names) names += name + ",";
                out.write(fmt::format("{}{},{:.6f}{}\n", names, row.connections, share(row),
                                      notes == nullptr ? "" : "," + listing::csv_quoted(note(row))));
            }
            return;
        case ConnectionsFormat::ndjson:
            for (const auto& row : rows) out.write(object(row) + "\n");
            return;
        case ConnectionsFormat::json:
            out.write(fmt::format("{{\"schema\":\"lbctl-connections-top/1\",\"by\":\"{}\",\"connections\":{},\"top\":[",
                                  keys_text(options.by), tally.total()));
            for (std::size_t i = 0; i < rows.size(); ++i) out.write((i == 0 ? "\n" : ",\n") + object(rows[i]));
            out.write("]}\n");
            return;
    }
}

void write_count(Output& out, std::uint64_t count, ConnectionsFormat format) {
    if (format == ConnectionsFormat::table) return out.write(fmt::format("{}\n", count));
    if (format == ConnectionsFormat::csv) return out.write(fmt::format("connections\n{}\n", count));
    const std::string_view schema =
        format == ConnectionsFormat::json ? "\"schema\":\"lbctl-connections-count/1\"," : "";
    out.write(fmt::format("{{{}\"connections\":{}}}\n", schema, count));
}

/// A listing on its way to the stream.
class Listing {
public:
    Listing(std::FILE* stream, const ConnectionsOptions& options, const ConnectionColumns& columns)
        : out_(stream),
          options_(options),
          columns_(columns),
          everything_(options.filter.accepts_everything()),
          rows_(!options.count && !options.top),
          tally_(options.by, columns.names) {}

    Result<procfs::ReadReport> read(const procfs::Source& source) {
        if (options_.order && rows_) return read_all(source);
        // Names are looked up once and then remembered, by one thread; those of groups when all are counted.
        const std::size_t threads =
            columns_.names != nullptr && rows_ ? 1 : std::min(procfs::processors(), procfs::most_threads);
        return procfs::for_each_part<Part>(
            source, threads, [this](Part& part, const Connection& connection) { take(part, connection); },
            [this](Part& part) { return deliver(part); });
    }

    /// Writes what comes after the last row, or everything where all connections had to be known first.
    bool finish(const procfs::ReadReport& report) {
        if (options_.order && rows_) {
            store_.sort(*options_.order);
            Part part;
            for (const Connection& connection : store_.connections()) {
                add(part, connection);
                if (!deliver(part)) break;
            }
        }
        open();
        if (options_.top) {
            write_top(out_, tally_, options_, columns_.notes);
        } else if (options_.count) {
            write_count(out_, listed_, options_.format);
        } else if (options_.format == ConnectionsFormat::json) {
            out_.write(fmt::format("],\n\"summary\":{{\"listed\":{},\"read\":{},\"damaged\":{}}}}}\n", listed_,
                                   report.connections, report.damaged));
        }
        return out_.flush();
    }

private:
    /// Some of the connections, in a row.
    struct Part {
        Output rows;
        std::uint64_t listed = 0;
        std::vector<std::size_t> ends;      ///< of the rows, where only some of them may be wanted
        std::vector<std::uint64_t> groups;  ///< those that the connections belong to
    };

    [[nodiscard]] bool is_wanted(const Connection& connection) const {
        return everything_ || options_.filter.accepts(connection);
    }

    void add(Part& part, const Connection& connection) const {
        if (rows_) write_connection(part.rows, connection, columns_, options_.format);
        if (options_.limit) part.ends.push_back(part.rows.text().size());
        if (options_.top) tally_.group(connection, part.groups);
        ++part.listed;
    }

    void take(Part& part, const Connection& connection) const {
        if (is_wanted(connection)) add(part, connection);
    }

    /// Gives whether more is wanted.
    bool deliver(Part& part) {
        std::string_view text = part.rows.text();
        bool is_full = false;
        if (options_.limit && listed_ + part.listed >= *options_.limit) {
            part.listed = *options_.limit - listed_;
            text = text.substr(0, part.listed == 0 ? 0 : part.ends[part.listed - 1]);
            is_full = true;
        }
        if (rows_ && part.listed != 0) {
            open();
            if (options_.format == ConnectionsFormat::json && listed_ == 0) text.remove_prefix(1);
            out_.write(text);
        }
        tally_.add(part.groups);
        part.rows.clear();
        part.ends.clear();
        part.groups.clear();
        listed_ += part.listed;
        part.listed = 0;
        return out_.good() && !is_full;
    }

    Result<procfs::ReadReport> read_all(const procfs::Source& source) {
        return procfs::for_each_connection(source, [&](const Connection& connection, std::string_view line) {
            if (is_wanted(connection)) store_.add(line);
            return true;
        });
    }

    /// The title comes with the first piece that could be read, so that nothing is printed when nothing can be read.
    void open() {
        if (opened_) return;
        opened_ = true;
        if (!rows_) return;
        if (options_.format == ConnectionsFormat::table) out_.write(procfs::connection_title(columns_));
        if (options_.format == ConnectionsFormat::csv) out_.write(procfs::csv_title(columns_));
        if (options_.format == ConnectionsFormat::json)
            out_.write(R"({"schema":"lbctl-connections/1","connections":[)");
    }

    Output out_;
    const ConnectionsOptions& options_;
    const ConnectionColumns& columns_;
    bool everything_;  ///< no filter
    bool rows_;        ///< not only numbers
    bool opened_ = false;
    std::uint64_t listed_ = 0;
    procfs::ConnectionTally tally_;
    procfs::ConnectionStore store_;
};

}  // namespace

ExitStatus report_damage(const Streams& streams, const procfs::Source& source, const procfs::ReadReport& report) {
    if (report.damaged == 0) return ExitStatus::ok;
    const std::string name = input_name(source.path);
    for (const auto& line : report.first_damaged) {
        const std::string_view why = line.damage == procfs::Damage::too_long ? "longer than any line of the kernel"
                                     : line.damage == procfs::Damage::cut_at_end
                                         ? "cut off at the end of the file"
                                         : "not a connection as the kernel prints it";
        print(streams.err, "lbctl: {}:{}: {}\n", name, line.number, why);
    }
    if (report.damaged > report.first_damaged.size()) {
        print(streams.err, "lbctl: {}: ... and {} more\n", name, report.damaged - report.first_damaged.size());
    }
    print(streams.err, "lbctl: {}: {} left out, {} read\n", name, counted(report.damaged, "damaged line"),
          counted(report.connections, "good line"));
    return ExitStatus::findings;
}

Result<void> find_known_servers(ConnectionsOptions& options, const listing::ListingNotes* notes) {
    const auto names_marks = [](const std::vector<listing::Target>& targets) {
        return std::ranges::any_of(targets, &listing::Target::is_mark);
    };
    const bool is_needed = options.filter.orphaned.has_value();
    const bool is_useful = names_marks(options.filter.services.any) || names_marks(options.filter.services.none);
    if (!is_needed && !is_useful) return {};
    table::Table known;
    if (options.from) {
        if (notes == nullptr) {
            if (!is_needed) return {};
            return failure(
                "--orphaned compares with the live table, and --from reads a copy of some table's connections",
                "say with --config FILE which servers there are");
        }
        for (const table::WantedService& service : notes->services()) known.services.push_back(service.service);
    } else {
        auto client = netlink::Client::open({});
        auto live = client ? client->dump() : tl::make_unexpected(client.error());
        if (!live) return is_needed ? tl::make_unexpected(live.error()) : Result<void>();
        known = table::configuration_of(*live);
    }
    options.filter.known = std::make_shared<const procfs::KnownServers>(known);
    return {};
}

ExitStatus list_connections(const Streams& streams, ConnectionsOptions options) {
    listing::NameCache cache;
    ConnectionColumns columns;
    columns.engine = options.engine;
    columns.origin = options.origin;
    columns.names = options.resolve ? &cache : nullptr;
    std::optional<listing::ListingNotes> notes;
    if (!options.file.empty()) {
        auto loaded = load_notes(options.configuration, options.file, streams);
        if (!loaded) return report_failure(streams, loaded.error());
        columns.notes = &notes.emplace(*std::move(loaded));
    }
    if (auto known = find_known_servers(options, columns.notes); !known) return report_failure(streams, known.error());
    const procfs::Source source = connections_source(options);
    Listing listing(streams.out, options, columns);
    const auto read = listing.read(source);
    if (!read) return report_failure(streams, read.error());
    if (read->connections == 0 && read->damaged != 0) {
        return report_failure(streams, {fmt::format("{}: none of its lines is a connection as the kernel prints it",
                                                    input_name(source.path)),
                                        "what is read is /proc/net/ip_vs_conn or a copy of it"});
    }
    if (!listing.finish(*read)) return ExitStatus::failed;
    return report_damage(streams, source, *read);
}

}  // namespace lbctl::cli
