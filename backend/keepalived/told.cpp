#include "backend/keepalived/told.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include "backend/table/names.h"
#include "grammar/ast/argument_values.h"
#include "grammar/base/ascii.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"
#include "grammar/keywords/keyword_id.h"
#include "grammar/source/sources.h"

namespace lbctl::keepalived {

namespace {

/// "   RIP = 10.0.0.1, RPORT = 80, WEIGHT = 1": the name of the first value, and all values by name.
struct Values {
    std::string_view first;
    std::map<std::string_view, std::string_view> by_name;

    [[nodiscard]] std::string_view of(std::string_view name) const {
        const auto found = by_name.find(name);
        return found == by_name.end() ? std::string_view() : found->second;
    }
};

Values values_of(std::string_view line) {
    Values values;
    constexpr std::string_view sign = " = ";
    while (!line.empty()) {
        const std::size_t equals = line.find(sign);
        if (equals == std::string_view::npos) break;
        const std::string_view name = base::trimmed(line.substr(0, equals));
        line.remove_prefix(equals + sign.size());
        const std::size_t end = std::min(line.find(", "), line.size());
        values.by_name.emplace(name, base::trimmed(line.substr(0, end)));
        if (values.first.empty()) values.first = name;
        line.remove_prefix(std::min(end + 2, line.size()));
    }
    return values;
}

/// "1796053135.703321 (Mon Nov 30 15:38:55.703321 2026)"; nothing for 0, which stands for never, and for times after
/// the year 9999.
std::optional<Moment> moment_from(std::string_view text) {
    constexpr std::int64_t latest = 253402300799;
    const auto seconds = base::whole_number<std::int64_t>(text.substr(0, text.find('.')));
    if (!seconds || *seconds <= 0 || *seconds > latest) return std::nullopt;
    return Moment(std::chrono::seconds(*seconds));
}

std::optional<table::Protocol> protocol_from(std::string_view word) {
    if (word == "TCP") return table::Protocol::tcp;
    if (word == "UDP") return table::Protocol::udp;
    if (word == "SCTP") return table::Protocol::sctp;
    return std::nullopt;
}

}  // namespace

std::vector<ToldService> read_told_services(std::string_view text) {
    std::vector<ToldService> services;
    bool in_service = false;
    bool in_server = false;
    while (!text.empty()) {
        const std::string_view line = source::take_line(text);
        if (line.find("------<") != std::string_view::npos) {
            in_server = line.find("< Real server >") != std::string_view::npos && in_service;
            if (!in_server) in_service = false;
            continue;
        }
        const Values values = values_of(line);
        if (values.first == "VS VIP") {
            const auto address = IpAddress::parse(std::string(values.of("VS VIP")));
            const auto port = base::whole_number<std::uint16_t>(values.of("VPORT"));
            in_service = address && port;
            if (in_service) services.push_back({table::AddressKey{table::Protocol::udp, *address, *port}, {}});
        } else if (values.first == "VS FWMARK") {
            const auto mark = base::whole_number<std::uint32_t>(values.of("VS FWMARK"));
            in_service = mark.has_value();
            if (mark) services.push_back({table::FwmarkKey{Family::inet, *mark}, {}});
        }
        if (!in_service) continue;
        table::ServiceKey& key = services.back().key;
        if (!in_server) {
            if (values.first == "protocol") {
                const auto protocol = protocol_from(values.of("protocol"));
                if (auto* address = std::get_if<table::AddressKey>(&key); address != nullptr && protocol)
                    address->protocol = *protocol;
            }
            if (values.first == "Address family") {
                if (auto* mark = std::get_if<table::FwmarkKey>(&key); mark != nullptr)
                    mark->family = values.of("Address family") == "inet6" ? Family::inet6 : Family::inet;
            }
            continue;
        }
        std::vector<ToldServer>& servers = services.back().servers;
        if (values.first == "RIP") {
            const auto address = IpAddress::parse(std::string(values.of("RIP")));
            const auto port = base::whole_number<std::uint16_t>(values.of("RPORT"));
            in_server = address && port;
            if (in_server) servers.push_back({*address, *port, false, 0});
        } else if (servers.empty()) {
            continue;
        } else if (values.first == "alive") {
            servers.back().alive = values.of("alive") == "1";
        } else if (values.first == "num failed checkers") {
            servers.back().failed_checks = base::whole_number<std::uint32_t>(values.of(values.first)).value_or(0);
        }
    }
    return services;
}

std::vector<ToldInstance> read_told_instances(std::string_view text) {
    std::vector<ToldInstance> instances;
    bool inside = false;
    while (!text.empty()) {
        const std::string_view line = source::take_line(text);
        constexpr std::string_view head = " VRRP Instance = ";
        if (line.starts_with(head)) {
            instances.push_back(
                {std::string(line.substr(head.size())), InstanceState::unknown, std::nullopt, std::nullopt});
            inside = true;
            continue;
        }
        // Another object begins.
        if (line.find("------<") != std::string_view::npos) inside = false;
        if (!inside) continue;
        const Values values = values_of(line);
        ToldInstance& instance = instances.back();
        if (values.first == "State" && instance.state == InstanceState::unknown)
            instance.state = instance_state_from(values.of("State"));
        if (values.first == "Last transition") instance.since = moment_from(values.of(values.first));
        if (values.first == "Effective priority") instance.priority = base::whole_number<int>(values.of(values.first));
    }
    return instances;
}

void take_told(const std::vector<ToldService>& told, std::vector<ServiceStatus>& services) {
    std::map<table::ServiceKey, const ToldService*> by_key;
    for (const ToldService& service : told) by_key.emplace(service.key, &service);
    for (ServiceStatus& service : services) {
        const auto found = by_key.find(service.key);
        if (found == by_key.end()) continue;
        for (ServerStatus& server : service.servers) {
            const auto same = std::ranges::find_if(found->second->servers, [&server](const ToldServer& each) {
                // A port that is not written is that of the service.
                return each.address == server.key.address && (each.port == server.key.port || each.port == 0);
            });
            if (same == found->second->servers.end() || server.state == ServerState::sorry) continue;
            server.told = true;
            const bool serves = server.in_table && server.weight != 0;
            if (!same->alive && serves) {
                server.state = ServerState::down;
                server.reason = "keepalived holds it down, and it takes connections all the same";
            } else if (!same->alive) {
                server.state = ServerState::down;
                if (same->failed_checks > 1) server.reason = fmt::format("{} of its checks fail", same->failed_checks);
            } else if (server.state == ServerState::down) {
                server.state = ServerState::differs;
                server.reason = "keepalived takes it for up, and it takes no connections";
            }
        }
    }
}

void take_told(const std::vector<ToldInstance>& told, std::vector<Instance>& instances) {
    for (Instance& instance : instances) {
        const auto same = std::ranges::find(told, instance.name, &ToldInstance::name);
        if (same == told.end() || same->state == InstanceState::unknown) continue;
        instance.state = same->state;
        instance.priority_in_force = same->priority;
        instance.since = same->since;
        instance.told = true;
    }
}

DumpFiles dump_files(const ast::Node& root, const CommandLine& command_line, const std::string& temporary_folder) {
    std::string where;
    bool with_instance = false;
    for (const ast::Node* globals : root.all("global_defs"_kw)) {
        if (const ast::Node* line = globals->last("state_dump_file"_kw); line != nullptr && !line->arguments.empty())
            where = line->arguments.front().text();
        if (globals->has("data_use_instance"_kw))
            with_instance = ast::switched_on(*globals->last("data_use_instance"_kw));
    }
    const auto word_of = [&root](keywords::KeywordId keyword) -> std::string {
        const ast::Node* line = root.last(keyword);
        return line == nullptr || line->arguments.empty() ? std::string() : std::string(line->arguments.front().text());
    };
    const std::string instance = with_instance ? word_of("instance"_kw) : std::string();
    std::string net_namespace;
    if (with_instance)
        net_namespace = command_line.net_namespace.empty() ? word_of("net_namespace"_kw) : command_line.net_namespace;
    std::string folder = temporary_folder;
    std::string file = "keepalived.data";
    const std::size_t slash = where.rfind('/');
    if (where.starts_with('/')) folder = where.substr(0, slash);
    if (!where.empty() && !where.ends_with('/')) file = slash == std::string::npos ? where : where.substr(slash + 1);
    const std::size_t dot = std::min(file.rfind('.'), file.size());
    std::string more;
    if (!net_namespace.empty() || !instance.empty())
        more = "." + net_namespace + (net_namespace.empty() || instance.empty() ? "" : "_") + instance;
    const auto path = [&](std::string_view part) {
        return fmt::format("{}/{}{}{}{}", folder, file.substr(0, dot), part, more, file.substr(dot));
    };
    return {path("_check"), path("")};
}

namespace {

constexpr std::size_t largest_dump = std::size_t{256} << 20U;
constexpr std::chrono::milliseconds pause{50};

/// What tells a file from the one that takes its place.
struct Stamp {
    ino_t inode = 0;
    timespec changed{};
    off_t size = 0;
    bool operator==(const Stamp& other) const {
        return inode == other.inode && changed.tv_sec == other.changed.tv_sec &&
               changed.tv_nsec == other.changed.tv_nsec && size == other.size;
    }
};

Stamp stamp_of(const struct stat& status) {
    return {status.st_ino, status.st_mtim, status.st_size};
}

/// A file of the daemon, as the daemon itself sees it.
class Dump {
public:
    Dump(const Daemon& daemon, const std::string& path)
        : path_(fmt::format("/proc/{}/root{}", daemon.process, path)), shown_(path) {
        struct stat status {};
        if (::stat(fmt::format("/proc/{}", daemon.process).c_str(), &status) == 0) owner_ = status.st_uid;
        if (::lstat(path_.c_str(), &status) == 0) before_ = stamp_of(status);
    }

    /// Looks once. True when the text is there and did not grow since the last look.
    Result<bool> look(std::string& text) {
        const base::Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
        if (!file.is_open()) {
            const int error = errno;
            struct stat link {};
            // What was there before is not keepalived's answer, which takes its place.
            if (::lstat(path_.c_str(), &link) != 0 || stamp_of(link) == before_) return false;
            return failure(fmt::format("cannot read {}: {}", shown_,
                                       error == ELOOP ? "it is a symbolic link" : std::strerror(error)));
        }
        struct stat status {};
        if (::fstat(file.number(), &status) != 0) return false;
        const Stamp now = stamp_of(status);
        if (before_.inode == now.inode && before_ == now) return false;
        if (!S_ISREG(status.st_mode)) return failure(fmt::format("{} is no regular file", shown_));
        if (status.st_uid != 0 && status.st_uid != owner_)
            return failure(fmt::format("{} belongs to another user", shown_));
        if (status.st_nlink != 1) return failure(fmt::format("{} has more than one name", shown_));
        if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
            return failure(fmt::format("{} can be written by others", shown_));
        if (static_cast<std::size_t>(status.st_size) > largest_dump)
            return failure(fmt::format("{} is larger than {} MiB", shown_, largest_dump >> 20U));
        const bool same = last_ == now && now.size != 0;
        last_ = now;
        if (!same) return false;
        text.clear();
        if (const int error = base::read_up_to(file.number(), largest_dump, text); error != 0)
            return failure(fmt::format("cannot read {}: {}", shown_, std::strerror(error)));
        return text.ends_with('\n');
    }

    [[nodiscard]] const std::string& shown() const { return shown_; }

private:
    std::string path_;
    std::string shown_;
    uid_t owner_ = 0;
    Stamp before_;
    Stamp last_;
};

}  // namespace

std::string temporary_folder_of(int process) {
    const base::Descriptor file(::open(fmt::format("/proc/{}/environ", process).c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    if (file.is_open()) base::read_up_to(file.number(), std::size_t{4} << 20U, text);
    constexpr std::string_view name = "TMPDIR=/";
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\0'), rest.size());
        const std::string_view variable = rest.substr(0, end);
        if (variable.starts_with(name)) return std::string(variable.substr(name.size() - 1));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return "/tmp";
}

Result<Told> ask(const Daemon& daemon, const DumpFiles& files, bool checkers, bool vrrp,
                 std::chrono::milliseconds patience) {
    Told told;
    std::vector<std::pair<Dump, std::string*>> dumps;
    if (checkers) dumps.emplace_back(Dump(daemon, files.checkers), &told.checkers);
    if (vrrp) dumps.emplace_back(Dump(daemon, files.vrrp), &told.vrrp);
    if (auto sent = send_signal(daemon, SIGUSR1); !sent) return tl::make_unexpected(sent.error());
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        std::string missing;
        for (auto& [dump, text] : dumps) {
            if (!text->empty()) continue;
            std::string read;
            const auto there = dump.look(read);
            if (!there) return tl::make_unexpected(there.error());
            if (*there) {
                *text = std::move(read);
            } else {
                missing = dump.shown();
            }
        }
        if (missing.empty()) return told;
        if (std::chrono::steady_clock::now() >= end)
            return failure(fmt::format("it has not written {} in {} s", missing,
                                       std::chrono::duration_cast<std::chrono::seconds>(patience).count()));
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace lbctl::keepalived
