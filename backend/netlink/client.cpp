#include "backend/netlink/client.h"

#include <fmt/format.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include <algorithm>
#include <cerrno>

#include "backend/netlink/connection.h"
#include "backend/netlink/kernel_failure.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/names.h"

namespace lbctl::netlink {

using table::LiveDestination;
using table::LiveService;
using table::LiveTable;
using table::Request;
using table::ServiceKey;

namespace {

/// How often a read is begun anew when the table changed under it.
constexpr int dump_attempts = 5;

/// Room for so many services is asked for at once. What is not touched costs nothing; growing would touch each twice.
constexpr std::size_t many_services = 4096;

const ServiceKey& key_of(const LiveService& row) {
    return row.service.key;
}

const table::DestinationKey& key_of(const LiveDestination& row) {
    return row.destination.key;
}

table::DaemonState key_of(const table::SyncDaemon& row) {
    return row.state;
}

/// The kernel's walk is by position, so rows that come and go meanwhile can show one of them twice (and hide another);
/// it never marks the dump as interrupted.
template <class Row>
bool has_duplicates(const std::vector<Row>& rows) {
    std::vector<const Row*> sorted;
    sorted.reserve(rows.size());
    for (const Row& row : rows) sorted.push_back(&row);
    std::sort(sorted.begin(), sorted.end(), [](const Row* l, const Row* r) { return key_of(*l) < key_of(*r); });
    return std::adjacent_find(sorted.begin(), sorted.end(),
                              [](const Row* l, const Row* r) { return key_of(*l) == key_of(*r); }) != sorted.end();
}

/// Dumps until one is whole. `dump` takes what is called with each message, and gives the errno of Connection::dump;
/// `read` makes a row of a message, or nothing.
template <class Row, class Dump, class Read>
Result<std::vector<Row>> read_whole(const std::string& what, std::size_t room, const Dump& dump, const Read& read) {
    std::vector<Row> rows;
    rows.reserve(room);
    for (int attempt = 0; attempt < dump_attempts; ++attempt) {
        rows.clear();
        const int error = dump([&rows, &read](nlmsghdr* message) {
            if (auto row = read(message)) rows.push_back(std::move(*row));
        });
        if (error == EAGAIN) continue;
        if (error != 0) return tl::make_unexpected(read_failure(what, error));
        if (!has_duplicates(rows)) return rows;
    }
    return failure(fmt::format("cannot read {}: something else changes them all the time", what), "try again");
}

}  // namespace

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::open(const ClientOptions& options) {
    auto connection = Connection::open(options);
    if (!connection) return tl::make_unexpected(connection.error());
    return Client(std::move(*connection));
}

int Client::kernel_error() const {
    return connection_->last_error;
}

Result<table::KernelInfo> Client::info() {
    std::optional<table::KernelInfo> info;
    const int error = connection_->query(IPVS_CMD_GET_INFO, nullptr, [&info](nlmsghdr* row) { info = read_info(row); });
    if (error != 0 || !info)
        return tl::make_unexpected(read_failure("the version of IPVS", error != 0 ? error : EBADMSG));
    return *info;
}

Result<std::vector<LiveService>> Client::services() {
    const auto dump = [this](const auto& take) { return connection_->dump(IPVS_CMD_GET_SERVICE, nullptr, take); };
    return read_whole<LiveService>("the IPVS services", many_services, dump, read_service);
}

Result<LiveService> Client::service(const ServiceKey& key) {
    std::optional<LiveService> found;
    const int error =
        connection_->query(IPVS_CMD_GET_SERVICE, &key, [&found](nlmsghdr* row) { found = read_service(row); });
    if (error != 0 || !found) {
        return tl::make_unexpected(read_failure("service " + to_string(key), error != 0 ? error : EBADMSG));
    }
    return std::move(*found);
}

Result<std::vector<LiveDestination>> Client::destinations(const ServiceKey& key) {
    const auto dump = [this, &key](const auto& take) { return connection_->dump(IPVS_CMD_GET_DEST, &key, take); };
    const auto read = [family = table::family_of(key)](nlmsghdr* row) { return read_destination(row, family); };
    return read_whole<LiveDestination>("the destinations of " + to_string(key), 0, dump, read);
}

Result<table::Timeouts> Client::timeouts() {
    std::optional<table::Timeouts> timeouts;
    const int error =
        connection_->query(IPVS_CMD_GET_CONFIG, nullptr, [&timeouts](nlmsghdr* row) { timeouts = read_timeouts(row); });
    if (error != 0 || !timeouts) {
        return tl::make_unexpected(read_failure("the IPVS timeouts", error != 0 ? error : EBADMSG));
    }
    return *timeouts;
}

Result<std::vector<table::SyncDaemon>> Client::daemons() {
    const auto dump = [this](const auto& take) { return connection_->dump(IPVS_CMD_GET_DAEMON, nullptr, take); };
    return read_whole<table::SyncDaemon>("the sync daemons", 0, dump, read_daemon);
}

Result<LiveTable> Client::dump() {
    LiveTable live;
    auto kernel = info();
    if (!kernel) return tl::make_unexpected(kernel.error());
    live.info = *kernel;
    auto all = services();
    if (!all) return tl::make_unexpected(all.error());
    live.services = std::move(*all);
    for (LiveService& service : live.services) {
        auto rows = destinations(service.service.key);
        if (!rows) return tl::make_unexpected(rows.error());
        service.destinations = std::move(*rows);
    }
    auto seconds = timeouts();
    if (!seconds) return tl::make_unexpected(seconds.error());
    live.timeouts = *seconds;
    auto running = daemons();
    if (!running) return tl::make_unexpected(running.error());
    live.daemons = std::move(*running);
    return live;
}

Result<void> Client::flush() {
    return send(Request{table::Flush{}});
}

Result<void> Client::send(const Request& request) {
    const Request* pointer = &request;
    const Outcomes outcomes = send(std::span(&pointer, 1), OnFailure::stop);
    if (!outcomes.front()) return {};
    connection_->last_error = outcomes.front()->error;
    return tl::make_unexpected(change_failure(request, outcomes.front()->error));
}

Outcomes Client::send(std::span<const Request> requests, OnFailure on_failure) {
    std::vector<const Request*> pointers;
    pointers.reserve(requests.size());
    for (const Request& request : requests) pointers.push_back(&request);
    return send(pointers, on_failure);
}

Outcomes Client::send(std::span<const Request* const> requests, OnFailure on_failure) {
    Outcomes outcomes(requests.size());
    bool held_back = false;
    for (std::size_t first = 0; first < requests.size();) {
        const std::size_t count = std::min(requests.size() - first, connection_->batch_limit());
        const auto batch = std::span(outcomes).subspan(first, count);
        if (held_back) {
            std::fill(batch.begin(), batch.end(), RequestError{ECANCELED, false});
        } else {
            connection_->exchange(requests.subspan(first, count), batch);
            held_back =
                on_failure == OnFailure::stop &&
                std::any_of(batch.begin(), batch.end(), [](const auto& outcome) { return outcome.has_value(); });
        }
        first += count;
    }
    return outcomes;
}

}  // namespace lbctl::netlink
