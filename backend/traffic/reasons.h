#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/doctor/machine.h"
#include "backend/keepalived/held_servers.h"
#include "backend/listing/target.h"
#include "backend/table/drained.h"
#include "backend/table/live.h"
#include "backend/table/wanted.h"
#include "grammar/base/result.h"

/// Why a real server, a service or a client gets the traffic that it gets.
namespace lbctl::traffic {

/// What of the kernel's connection table speaks of the target: entries of one service and one real server.
struct Entries {
    table::ServiceKey service;
    table::DestinationKey server;
    std::uint64_t connections = 0;
    std::uint64_t templates = 0;
    std::uint32_t longest_template = 0;  ///< seconds that the last of them still lives, when nothing comes any more
};

/// All that is looked at.
struct Facts {
    table::LiveTable live;
    table::DrainedServers drained;
    std::optional<doctor::Machine> machine;
    std::optional<table::Wanted> wanted;  ///< what the configuration asks for, where one could be read
    std::string file;                     ///< its name
    std::optional<int> keepalived;        ///< the process that looks after the table
    /// The servers of the configuration that keepalived has read, as it keeps them; nothing where that cannot be seen.
    std::optional<keepalived::SupervisedServers> supervised;
    std::vector<Entries> entries;  ///< of a client, or of servers that are not in the table
};

/// What a reason does.
enum class Effect : std::uint8_t {
    none,   ///< no new connections come
    less,   ///< fewer come, or only some clients
    keeps,  ///< traffic goes on that one would not expect
    fact,   ///< how it is, which may be as it should be
};

/// "none", "less", "keeps", "fact".
std::string_view to_string(Effect effect);

struct Evidence {
    std::string where;  ///< "lbctl list", "/proc/sys/net/ipv4/vs/conntrack"
    std::string says;
};

struct Reason {
    std::string_view id;  ///< "drained"
    Effect effect = Effect::fact;
    bool is_sure = true;  ///< false: it may be so, and `next` shows whether it is
    std::string text;
    std::vector<Evidence> evidence;
    std::string next;  ///< for a shell; empty: nothing is to be done
};

/// A real server in a service, a service, or a client.
struct Subject {
    std::string_view kind;  ///< "server", "service", "client"
    std::string name;       ///< "10.0.1.1:80 of TCP 10.0.0.1:80"
    std::string state;      ///< how it stands, in one line
    std::vector<Reason> reasons;
};

/// Every subject that the target names: servers, services, and where there is neither, the client of that address.
/// Fails when it names nothing. `word` is the target as it was given.
Result<std::vector<Subject>> explain(const Facts& facts, const listing::Target& target, std::string_view word);

/// Schema lbctl-why/1.
nlohmann::ordered_json to_json(const std::vector<Subject>& subjects, std::string_view word);

}  // namespace lbctl::traffic
