#pragma once

#include <nlohmann/json_fwd.hpp>

#include "backend/table/table.h"
#include "grammar/base/result.h"

/// Tables as JSON, schema "lbctl-table/2":
///
///     {"schema": "lbctl-table/2",
///      "services": [{"protocol": "tcp", "address": "10.0.0.1", "port": 80,      or "fwmark": 7
///                    "family": "inet",
///                    "scheduler": "sh", "flags": ["ops", "sh-port"], "netmask": "255.255.255.255",  or a prefix length
///                    "persistence": {"timeout": 360, "engine": ""},             or null
///                    "destinations": [{"address": "10.0.0.2", "port": 80, "method": "NAT", "weight": 1,
///                                      "upper_threshold": 0, "lower_threshold": 0,
///                                      "tunnel": {"type": "gue", "port": 6080, "checksum": "nocsum"}}]}],  TUN only
///      "timeouts": {"tcp": 900, "tcp_fin": 120, "udp": 300},
///      "daemons": [{"state": "master", "interface": "eth0", "sync_id": 1, "max_length": 1472,
///                   "group": "224.0.0.81", "port": 8848, "ttl": 1}]}
///
/// Protocols that have no name are numbers. Unknown members are passed over when reading. A service and a destination
/// look the same in plans, differences and listings (backend/listing), which add members of their own.
namespace lbctl::table {

nlohmann::ordered_json to_json(const Table& table);
nlohmann::ordered_json to_json(const Service& service);
/// A service without its destinations.
nlohmann::ordered_json settings_json(const Service& service);
nlohmann::ordered_json to_json(const Destination& destination);
nlohmann::ordered_json to_json(const ServiceKey& key);
nlohmann::ordered_json to_json(const DestinationKey& key);
nlohmann::ordered_json to_json(const SyncDaemon& daemon);
nlohmann::ordered_json to_json(const Timeouts& timeouts);

/// The opposite; a Failure names the member that is missing or wrong.
Result<Table> table_from_json(const nlohmann::ordered_json& json);

}  // namespace lbctl::table
