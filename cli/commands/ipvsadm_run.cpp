#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "backend/ipvsadm/command_line.h"
#include "backend/listing/listing.h"
#include "backend/netlink/client.h"
#include "backend/procfs/connection_format.h"
#include "backend/procfs/connection_reader.h"
#include "cli/commands/ipvsadm.h"
#include "cli/commands/ipvsadm_request.h"
#include "cli/interruption.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/service_listing.h"
#include "grammar/base/shortened.h"
#include "grammar/source/files.h"

namespace lbctl::cli::ipvsadm {

namespace {

using lbctl::ipvsadm::Origin;
using lbctl::ipvsadm::read_line;
using lbctl::ipvsadm::status_bad_line;
using lbctl::ipvsadm::status_bad_reading;
using lbctl::ipvsadm::status_refused;
using listing::text::Output;

/// Obeys command lines, one after the other, over one conversation with the kernel.
class CommandRunner {
public:
    CommandRunner(const Streams& streams, std::string program) : streams_(streams), program_(std::move(program)) {}

    /// Gives the exit status. Changes are gathered until flush() when `gather`; their status is then 0 for now.
    int run(const Line& line, bool gather);

    /// Sends what was gathered and prints what the kernel refused. Gives the status of the last one.
    int flush();

    /// 0, or the exit status for a kernel that can't be talked to.
    int connect();

private:
    int refused(Command command, int error) {
        print(streams_.err, "{}\n", kernel_words(command, error));
        return status_refused;
    }
    int unreadable(int error) {
        print(streams_.err, "{}\n", kernel_words(Command::list, error));
        return status_bad_reading;
    }
    int list(const Line& line);
    int list_services(const Line& line, const listing::ListingStyle& style);
    int list_connections(const Line& line);
    int save(const Line& line);

    const Streams& streams_;
    std::string program_;
    std::optional<netlink::Client> client_;
    listing::NameCache names_;
    std::vector<table::Request> gathered_;
    std::vector<Command> gathered_commands_;
};

int CommandRunner::connect() {
    if (client_) return 0;
    auto client = netlink::Client::open();
    int error = ENOPROTOOPT;
    if (client) {
        // Only a request shows whether there is privilege.
        if (client->info()) {
            client_ = std::move(*client);
            return 0;
        }
        error = client->kernel_error();
    }
    print(streams_.err,
          "Can't initialize ipvs: {}\nAre you sure that IP Virtual Server is built in the kernel or as module?\n",
          kernel_words(Command::list, error));
    return status_bad_line;
}

int CommandRunner::flush() {
    if (gathered_.empty()) return 0;
    const auto outcomes = client_->send(std::span<const table::Request>(gathered_), netlink::OnFailure::go_on);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i]) refused(gathered_commands_[i], outcomes[i]->error);
    }
    const bool last_refused = !outcomes.empty() && outcomes.back().has_value();
    gathered_.clear();
    gathered_commands_.clear();
    return last_refused ? status_refused : 0;
}

listing::ListingColumns columns_of(const Line& line) {
    if (line.has(Option::stats)) return listing::ListingColumns::statistics;
    if (line.has(Option::rate)) return listing::ListingColumns::rates;
    if (line.has(Option::thresholds)) return listing::ListingColumns::thresholds;
    if (line.has(Option::persistent_conn)) return listing::ListingColumns::persistence;
    if (line.has(Option::tunnel_info)) return listing::ListingColumns::tunnels;
    return listing::ListingColumns::plain;
}

int CommandRunner::list_connections(const Line& line) {
    procfs::ConnectionColumns columns;
    columns.engine = line.has(Option::persistent_conn);
    columns.names = line.has(Option::numeric) ? nullptr : &names_;
    const procfs::Source source;
    Output out(streams_.out);
    bool opened = false;
    const auto read = procfs::for_each_connection(source, [&](const procfs::Connection& connection, std::string_view) {
        if (!opened) out.write(procfs::connection_title(columns));
        opened = true;
        procfs::write_row(out, connection, columns);
        return out.good();
    });
    if (!read) {
        print(streams_.err, "cannot open file {}\n", source.path);
        return status_bad_reading;
    }
    if (!opened) out.write(procfs::connection_title(columns));
    return out.flush() ? 0 : status_bad_reading;
}

int CommandRunner::list_services(const Line& line, const listing::ListingStyle& style) {
    Output out(streams_.out);
    std::vector<table::LiveService> services;
    if (line.has(Option::service)) {
        auto service = client_->service(line.service.key);
        if (!service) return unreadable(client_->kernel_error());
        services.push_back(std::move(*service));
    } else {
        const auto info = client_->info();
        if (!info) return unreadable(client_->kernel_error());
        out.write(listing::listing_version(*info));
        auto all = client_->services();
        if (!all) return unreadable(client_->kernel_error());
        services = std::move(*all);
    }
    out.write(listing::listing_title(style));
    if (!write_services(out, *client_, "", services, style)) return unreadable(client_->kernel_error());
    return out.flush() ? 0 : status_bad_reading;
}

int CommandRunner::list(const Line& line) {
    if (line.has(Option::connection)) return list_connections(line);
    if (const int status = connect(); status != 0) return status;
    listing::ListingStyle style;
    style.columns = columns_of(line);
    style.exact = line.has(Option::exact);
    style.sorted = !line.has(Option::nosort);
    style.names = line.has(Option::numeric) ? nullptr : &names_;
    if (line.has(Option::timeout)) {
        const auto timeouts = client_->timeouts();
        if (!timeouts) return status_bad_reading;
        print_text(streams_.out, listing::listing_timeouts(*timeouts));
        return 0;
    }
    if (line.has(Option::daemon)) {
        const auto daemons = client_->daemons();
        if (!daemons) return status_bad_reading;
        print_text(streams_.out, listing::listing_daemons(*daemons));
        return 0;
    }
    return list_services(line, style);
}

int CommandRunner::save(const Line& line) {
    const auto live = client_->dump();
    if (!live) return unreadable(client_->kernel_error());
    Output out(streams_.out);
    out.write(listing::listing_rules(*live, line.has(Option::numeric) ? nullptr : &names_));
    return out.flush() ? 0 : status_bad_reading;
}

int CommandRunner::run(const Line& line, bool gather) {
    if (line.command == Command::help || line.command == Command::version) {
        print_text(streams_.out, line.command == Command::help ? help_text(program_) : version_text());
        return 0;
    }
    if (line.command == Command::list) return list(line);
    if (const int status = connect(); status != 0) return status;
    if (line.command == Command::save) return save(line);
    if (gather) {
        gathered_.push_back(request_of(line));
        gathered_commands_.push_back(line.command);
        return 0;
    }
    if (client_->send(request_of(line))) return 0;
    return refused(line.command, client_->kernel_error());
}

/// ipvsadm ends some of its messages with a line of blanks.
void print_refusal(const Streams& streams, std::string_view message) {
    const bool has_end = message.ends_with('\n');
    if (has_end) message.remove_suffix(1);
    print(streams.err, "{}\n", message);
    if (has_end) print_text(streams.err, "\n");
}

bool is_change(Command command) {
    return command != Command::list && command != Command::save && command != Command::help &&
           command != Command::version;
}

}  // namespace

int run_restore(bool clear_first, const std::string& program, const Streams& streams) {
    end_at_once_on_signals(Ending::nothing_changed);
    base::Arena room;
    const auto text = source::read_file("-", room);
    if (!text) {
        report_failure(streams, text.error());
        return status_bad_reading;
    }
    std::vector<Line> lines;
    if (clear_first) {
        lines.emplace_back();
        lines.back().command = Command::clear;
    }
    constexpr std::size_t longest_quoted = 1000;
    std::vector<std::string_view> words;
    std::string_view rest = *text;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (clear_first && line.starts_with('#')) continue;
        lbctl::ipvsadm::split_line(line, words);
        if (words.empty()) continue;
        auto read = read_line(words, Origin::input, program);
        if (!read) {
            print_refusal(streams, base::shortened(read.error().message, longest_quoted));
            print(streams.err, "line {} of the input, nothing was changed: {}\n", number,
                  base::shortened(line, longest_quoted));
            return read.error().status;
        }
        lines.push_back(std::move(*read));
    }
    CommandRunner runner(streams, program);
    if (const int status = runner.connect(); status != 0) return status;
    HeldSignals signals;
    int status = 0;
    const auto end = [&] {
        std::fflush(streams.out);
        signals.release(Ending::carried_out);
        return status;
    };
    for (const Line& line : lines) {
        if (is_change(line.command)) {
            status = runner.run(line, true);
            continue;
        }
        runner.flush();
        status = runner.run(line, false);
        // ipvsadm ends right there after help, version, and a listing that failed.
        if (status != 0 || line.command == Command::help || line.command == Command::version) return end();
    }
    if (!lines.empty() && is_change(lines.back().command)) status = runner.flush();
    return end();
}

int run_words(std::span<const std::string_view> words, const std::string& program, const Streams& streams) {
    Line line;
    if (!words.empty()) {
        auto read = read_line(words, Origin::arguments, program);
        if (!read) {
            print_refusal(streams, read.error().message);
            return read.error().status;
        }
        line = std::move(*read);
    }
    if (line.command == Command::restore) return run_restore(false, program, streams);
    if (!is_change(line.command)) return CommandRunner(streams, program).run(line, false);
    end_at_once_on_signals(Ending::nothing_changed);
    CommandRunner runner(streams, program);
    if (const int status = runner.connect(); status != 0) return status;
    HeldSignals signals;
    const int status = runner.run(line, false);
    signals.release(Ending::carried_out);
    return status;
}

}  // namespace lbctl::cli::ipvsadm
