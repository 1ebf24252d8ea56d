#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "backend/netlink/client.h"
#include "backend/procfs/connection_format.h"
#include "backend/procfs/connection_parts.h"
#include "cli/commands/connections_options.h"
#include "cli/counted.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"

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
        : out_(stream), options_(options), columns_(columns), filter_(options.filter), rows_(!options.count) {}

    Result<procfs::ReadReport> read(const procfs::Source& source) {
        if (options_.order && rows_) return read_all(source);
        // Names are looked up once and then remembered, by one thread.
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
        if (options_.count) {
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
        std::vector<std::size_t> ends;  ///< of the rows, where only some of them may be wanted
    };

    void add(Part& part, const Connection& connection) const {
        if (rows_) write_connection(part.rows, connection, columns_, options_.format);
        if (options_.limit) part.ends.push_back(part.rows.text().size());
        ++part.listed;
    }

    void take(Part& part, const Connection& connection) const {
        if (filter_.accepts(connection)) add(part, connection);
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
        part.rows.clear();
        part.ends.clear();
        listed_ += part.listed;
        part.listed = 0;
        return out_.good() && !is_full;
    }

    Result<procfs::ReadReport> read_all(const procfs::Source& source) {
        return procfs::for_each_connection(source, [&](const Connection& connection, std::string_view line) {
            if (filter_.accepts(connection)) store_.add(line);
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
    procfs::FilterRun filter_;
    bool rows_;  ///< not only numbers
    bool opened_ = false;
    std::uint64_t listed_ = 0;
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

Result<void> check_readable(const procfs::Source& source, const procfs::ReadReport& report) {
    if (report.connections != 0 || report.damaged == 0) return {};
    return failure(
        fmt::format("{}: none of its lines is a connection as the kernel prints it", input_name(source.path)),
        "what is read is /proc/net/ip_vs_conn or a copy of it");
}

Result<std::optional<listing::ListingNotes>> load_connection_notes(const ConnectionsOptions& options,
                                                                   const Streams& streams) {
    if (options.file.empty()) return std::optional<listing::ListingNotes>();
    auto loaded = load_notes(options.configuration, options.file, streams);
    if (!loaded) return tl::make_unexpected(loaded.error());
    return std::optional(*std::move(loaded));
}

ExitStatus list_connections(const Streams& streams, ConnectionsOptions options) {
    listing::NameCache cache;
    ConnectionColumns columns;
    columns.engine = options.engine;
    columns.origin = options.origin;
    columns.names = options.resolve ? &cache : nullptr;
    const auto notes = load_connection_notes(options, streams);
    if (!notes) return report_failure(streams, notes.error());
    columns.notes = *notes ? &**notes : nullptr;
    if (auto known = find_known_servers(options, columns.notes); !known) return report_failure(streams, known.error());
    const procfs::Source source = connections_source(options);
    Listing listing(streams.out, options, columns);
    const auto read = listing.read(source);
    if (!read) return report_failure(streams, read.error());
    if (auto good = check_readable(source, *read); !good) return report_failure(streams, good.error());
    if (!listing.finish(*read)) return ExitStatus::failed;
    return report_damage(streams, source, *read);
}

}  // namespace lbctl::cli
