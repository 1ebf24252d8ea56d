#include <fmt/format.h>

#include <algorithm>

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

void write_top(Output& out, const procfs::ConnectionTally& tally, const ConnectionsOptions& options) {
    const auto rows = tally.top(*options.top);
    const std::string_view by = to_string(options.by);
    const auto share = [&](const auto& row) {
        return tally.total() == 0 ? 0.0 : static_cast<double>(row.connections) / static_cast<double>(tally.total());
    };
    // Names hold no character that JSON or CSV would have to escape: addresses, ports, host names, states.
    const auto object = [&](const auto& row) {
        return fmt::format("{{\"{}\":\"{}\",\"connections\":{},\"share\":{:.6f}}}", by, row.name, row.connections,
                           share(row));
    };
    switch (options.format) {
        case ConnectionsFormat::table:
            out.write(fmt::format("{:>11} {:>6}  {}\n", "connections", "share", by));
            for (const auto& row : rows) {
                out.write(fmt::format("{:>11} {:>5.1f}%  {}\n", row.connections, 100 * share(row), row.name));
            }
            return;
        case ConnectionsFormat::csv:
            out.write(fmt::format("{},connections,share\n", by));
            for (const auto& row : rows)
                out.write(fmt::format("{},{},{:.6f}\n", row.name, row.connections, share(row)));
            return;
        case ConnectionsFormat::ndjson:
            for (const auto& row : rows) out.write(object(row) + "\n");
            return;
        case ConnectionsFormat::json:
            out.write(fmt::format("{{\"schema\":\"lbctl-connections-top/1\",\"by\":\"{}\",\"connections\":{},\"top\":[",
                                  by, tally.total()));
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
        if (options_.top || (options_.order && rows_)) return read_all(source);
        // Names are looked up once and then remembered, by one thread.
        const std::size_t threads =
            columns_.names != nullptr ? 1 : std::min(procfs::processors(), procfs::most_threads);
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
                deliver(part);
            }
        }
        open();
        if (options_.top) {
            write_top(out_, tally_, options_);
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
    };

    [[nodiscard]] bool is_wanted(const Connection& connection) const {
        return everything_ || options_.filter.accepts(connection);
    }

    void add(Part& part, const Connection& connection) const {
        if (rows_) write_connection(part.rows, connection, columns_, options_.format);
        ++part.listed;
    }

    void take(Part& part, const Connection& connection) const {
        if (is_wanted(connection)) add(part, connection);
    }

    bool deliver(Part& part) {
        if (rows_ && part.listed != 0) {
            open();
            std::string_view text = part.rows.text();
            if (options_.format == ConnectionsFormat::json && listed_ == 0) text.remove_prefix(1);
            out_.write(text);
            part.rows.clear();
        }
        listed_ += part.listed;
        part.listed = 0;
        return out_.good();
    }

    Result<procfs::ReadReport> read_all(const procfs::Source& source) {
        return procfs::for_each_connection(source, [&](const Connection& connection, std::string_view line) {
            if (!is_wanted(connection)) return true;
            if (options_.top) {
                tally_.add(connection);
            } else {
                store_.add(line);
            }
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

ExitStatus list_connections(const Streams& streams, const ConnectionsOptions& options) {
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
