// Runs inside the lab: changes the IPVS table of the kernel it runs on. Says what failed, and exits 1 if anything did.
//
//   table_roundtrip saves FOLDER    every FOLDER/*.save put into the kernel and read back is the same text
//   table_roundtrip pairs COUNT     random tables A, B: A then B gives B; plans back give A; undo gives A
//   table_roundtrip undo            each request of a plan failing in turn leaves the table as it was

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string_view>

#include "backend/change/execution.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/netlink/client.h"
#include "backend/table/difference.h"
#include "backend/table/plan.h"

using namespace lbctl;

namespace {

int failures = 0;

void complain(const std::string& message) {
    ++failures;
    fmt::print("FAILED: {}\n", message);
}

/// The value, or the end of the test: without it nothing else can be looked at.
template <class T>
T need(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print("FAILED: {}; {}\n", result.error().message, result.error().hint);
    std::exit(1);
}

table::Table live_table(netlink::Client& client) {
    return table::configuration_of(need(client.dump()));
}

std::string text_of(const table::Table& table) {
    return ipvsadm::to_saved_text({table.services, {}, {}}, ipvsadm::SavedForm::complete);
}

/// Makes the live table `wanted`, removing everything else. Gives the number of steps.
Result<std::size_t> reach(netlink::Client& client, const table::Table& wanted) {
    const table::Plan plan(live_table(client), table::wanted_from(wanted, "test"), {}, {.prune = true});
    change::Execution execution(client, plan);
    if (auto done = execution.run_to(plan.size()); !done) return tl::make_unexpected(done.error());
    return plan.size();
}

std::vector<std::string> sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
}

void check_saves(netlink::Client& client, const std::string& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".save") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::size_t identical = 0;
    for (const auto& file : files) {
        std::ostringstream bytes;
        bytes << std::ifstream(file).rdbuf();
        const auto wanted = ipvsadm::read_saved_text(bytes.str(), file.filename().string());
        if (!wanted) {
            complain(wanted.error().message);
            continue;
        }
        if (const auto steps = reach(client, *wanted); !steps) {
            complain(fmt::format("{}: {}", file.filename().string(), steps.error().message));
            continue;
        }
        const std::string text = ipvsadm::to_saved_text(live_table(client), ipvsadm::SavedForm::ipvsadm);
        if (text == bytes.str()) ++identical;
        if (sorted_lines(text) != sorted_lines(bytes.str())) {
            complain(fmt::format("{}: other lines came back:\n{}", file.filename().string(), text));
        }
    }
    fmt::print("{} saved tables, {} of them identical to the byte\n", files.size(), identical);
}

/// Random tables out of a small world, so that two of them share services and destinations.
class World {
public:
    explicit World(unsigned seed) : random_(seed) {}

    table::Table table() {
        table::Table table;
        const int services = below(7);
        for (int i = 0; i < services; ++i) {
            table::Service service = this->service();
            const auto same = [&service](const table::Service& other) { return other.key == service.key; };
            if (std::none_of(table.services.begin(), table.services.end(), same)) {
                table.services.push_back(std::move(service));
            }
        }
        return table;
    }

private:
    int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
    bool chance(int of) { return below(of) == 0; }

    table::ServiceKey key() {
        const bool inet6 = chance(3);
        if (chance(4)) {
            return table::FwmarkKey{inet6 ? Family::inet6 : Family::inet,
                                    chance(5) ? 4294967290U : 1U + static_cast<unsigned>(below(3))};
        }
        constexpr std::array protocols = {table::Protocol::tcp, table::Protocol::udp, table::Protocol::sctp};
        const std::string address =
            inet6 ? fmt::format("fd00::{}", 1 + below(3)) : fmt::format("10.0.0.{}", 1 + below(3));
        return table::AddressKey{protocols.at(static_cast<std::size_t>(below(3))), *IpAddress::parse(address),
                                 static_cast<std::uint16_t>(80 + below(2))};
    }

    table::Service service() {
        constexpr std::array schedulers = {"rr", "wrr", "lc", "wlc", "sh", "mh", "nq", "sed"};
        table::Service service;
        service.key = key();
        const Family family = table::family_of(service.key);
        service.scheduler = schedulers.at(static_cast<std::size_t>(below(8)));
        if (chance(3)) service.flags = static_cast<std::uint32_t>(below(8)) * table::service_flag::scheduler_1;
        if (chance(6)) service.flags |= table::service_flag::one_packet;
        service.netmask = table::default_netmask(family);
        if (chance(3)) {
            service.persistence = table::Persistence{1 + static_cast<std::uint32_t>(below(400)), {}};
            if (chance(2)) service.netmask = family == Family::inet6 ? 64 : 0x00ffffff;
        }
        const int destinations = below(7);
        for (int i = 0; i < destinations; ++i) {
            table::Destination destination = this->destination(family);
            const auto same = [&destination](const table::Destination& other) { return other.key == destination.key; };
            if (std::none_of(service.destinations.begin(), service.destinations.end(), same)) {
                service.destinations.push_back(destination);
            }
        }
        return service;
    }

    table::Destination destination(Family family) {
        constexpr std::array methods = {table::ForwardingMethod::nat, table::ForwardingMethod::direct_routing,
                                        table::ForwardingMethod::tunnel};
        table::Destination destination;
        destination.method = methods.at(static_cast<std::size_t>(below(3)));
        const bool tunnel = destination.method == table::ForwardingMethod::tunnel;
        const bool inet6 = (family == Family::inet6) != (tunnel && chance(4));
        destination.key.address =
            *IpAddress::parse(inet6 ? fmt::format("fd00:1::{}", 1 + below(5)) : fmt::format("10.0.1.{}", 1 + below(5)));
        destination.key.port = static_cast<std::uint16_t>(8080 + below(2));
        destination.weight = chance(4) ? 0 : static_cast<std::uint32_t>(below(100000));
        if (chance(3)) {
            destination.upper_threshold = 10 + static_cast<std::uint32_t>(below(100));
            destination.lower_threshold = static_cast<std::uint32_t>(below(10));
        }
        if (!tunnel) return destination;
        destination.tunnel.type = static_cast<table::TunnelType>(below(3));
        if (destination.tunnel.type == table::TunnelType::gue) destination.tunnel.port = 6080;
        if (destination.tunnel.type != table::TunnelType::ipip) {
            destination.tunnel.checksum =
                static_cast<table::TunnelChecksum>(below(destination.tunnel.type == table::TunnelType::gue ? 3 : 2));
        }
        return destination;
    }

    std::mt19937 random_;
};

void check_pairs(netlink::Client& client, unsigned count) {
    std::size_t steps = 0;
    for (unsigned seed = 1; seed <= count; ++seed) {
        World world(seed);
        const table::Table a = world.table();
        const table::Table b = world.table();
        const auto step = [&](const table::Table& wanted, const char* what) {
            const auto taken = reach(client, wanted);
            if (!taken) return complain(fmt::format("seed {}, {}: {}", seed, what, taken.error().message));
            steps += *taken;
            const table::Table live = live_table(client);
            if (text_of(live) != text_of(wanted)) {
                complain(
                    fmt::format("seed {}, {}: wanted\n{}but it is\n{}", seed, what, text_of(wanted), text_of(live)));
            }
            if (!table::compare(live, wanted).empty())
                complain(fmt::format("seed {}, {}: a difference is left", seed, what));
        };
        if (table::compare(a, b).empty() != (text_of(a) == text_of(b)))
            complain(fmt::format("seed {}: compare is wrong", seed));
        const auto read = ipvsadm::read_saved_text(text_of(a), "text");
        if (!read || text_of(*read) != text_of(a)) complain(fmt::format("seed {}: the text does not read back", seed));
        step(a, "A");
        step(b, "A to B");
        step(a, "B to A");
        // The same way, taken back instead of planned back.
        const table::Plan plan(live_table(client), table::wanted_from(b, "test"), {},
                               {.prune = true, .drain = seed % 2 == 0});
        change::Execution execution(client, plan);
        if (auto done = execution.run_to(plan.size()); !done)
            complain(fmt::format("seed {}: {}", seed, done.error().message));
        if (auto undone = execution.undo(); !undone) complain(fmt::format("seed {}: {}", seed, undone.error().message));
        if (text_of(live_table(client)) != text_of(a)) complain(fmt::format("seed {}: undo did not give A back", seed));
    }
    fmt::print("{} pairs, {} steps\n", count, steps);
}

void check_undo(netlink::Client& client) {
    // From one table to another with every kind of step, and at each place in turn a request that the kernel refuses.
    World world(4711);
    unsigned tried = 0;
    for (int round = 0; round < 6; ++round) {
        const table::Table before = world.table();
        const table::Table after = world.table();
        if (!reach(client, before)) return complain("cannot begin");
        const std::string text = text_of(before);
        for (std::size_t service = 0; service < after.services.size(); ++service) {
            table::Table wrong = after;
            wrong.services[service].scheduler = "nonesuch";
            const auto reached = reach(client, wrong);
            if (reached)
                complain(fmt::format("round {}: service {} has no scheduler, and all is well", round, service));
            if (!reached && reached.error().message.find("the table is as it was") == std::string::npos)
                complain(reached.error().message);
            if (text_of(live_table(client)) != text)
                complain(fmt::format("round {}: service {} left traces", round, service));
            ++tried;
            for (std::size_t i = 0; i < after.services[service].destinations.size(); ++i) {
                wrong = after;
                wrong.services[service].destinations[i].upper_threshold = 1;
                wrong.services[service].destinations[i].lower_threshold = 2;
                if (reach(client, wrong)) complain(fmt::format("round {}: wrong thresholds, and all is well", round));
                if (text_of(live_table(client)) != text)
                    complain(fmt::format("round {}: destination {} left traces", round, i));
                ++tried;
            }
        }
    }
    // A table of several datagrams, failing in each of 50 services.
    table::Table large;
    for (unsigned i = 0; i < 50; ++i) {
        table::Service service;
        service.key = table::AddressKey{table::Protocol::tcp, *IpAddress::parse(fmt::format("10.1.0.{}", i)), 80};
        service.scheduler = "rr";
        for (unsigned j = 0; j < 20; ++j) {
            table::Destination destination;
            destination.key = {*IpAddress::parse(fmt::format("10.2.{}.{}", i, j + 1)), 80};
            service.destinations.push_back(destination);
        }
        large.services.push_back(std::move(service));
    }
    const std::string text = text_of(live_table(client));
    for (std::size_t k = 0; k < large.services.size(); ++k) {
        table::Table wrong = large;
        wrong.services[k].destinations.back().lower_threshold = 5;
        const table::Plan plan(live_table(client), table::wanted_from(wrong, "test"), {}, {});
        change::Execution execution(client, plan);
        if (execution.run_to(plan.size())) complain(fmt::format("service {} of 50: all is well", k));
        if (text_of(live_table(client)) != text) complain(fmt::format("service {} of 50 left traces", k));
        ++tried;
    }
    fmt::print("{} requests failed in turn\n", tried);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    netlink::Client client = need(netlink::Client::open());
    need(client.flush().map([] { return true; }));
    if (what == "saves" && argc > 2) {
        check_saves(client, argv[2]);
    } else if (what == "pairs") {
        check_pairs(client, argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 300);
    } else if (what == "undo") {
        check_undo(client);
    } else {
        fmt::print(stderr, "usage: table_roundtrip saves FOLDER | pairs COUNT | undo\n");
        return 2;
    }
    fmt::print("{}\n", failures == 0 ? "all well" : fmt::format("{} failures", failures));
    return failures == 0 ? 0 : 1;
}
