#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/table/wanted.h"
#include "grammar/ast/node.h"
#include "grammar/base/address.h"
#include "grammar/base/result.h"
#include "grammar/source/sources.h"

/// What emitters are given: the table that a configuration asks for, and what it says of the hosts around it.
namespace lbctl::emit {

/// An address that VRRP moves between directors.
struct VirtualAddress {
    IpAddress address;
    int prefix = 0;      ///< length, as keepalived uses it
    std::string device;  ///< on which the directors have it; may be empty
    table::SourcePlace place;
};

/// A vrrp_instance that keepalived runs.
struct VrrpInstance {
    std::string name;
    std::string interface;  ///< may be empty
    std::optional<std::uint8_t> router_id;
    int priority = 100;
    bool is_master = false;  ///< `state MASTER`
    bool uses_vmac = false;
    bool unicast = false;  ///< adverts go to the peers, not to a multicast group
    Family family = Family::inet;
    std::vector<VirtualAddress> addresses;
    std::vector<IpAddress> directors;  ///< own addresses of directors, as far as the file has them
    table::SourcePlace place;
};

struct Configuration {
    table::Wanted wanted;  ///< when keepalived starts
    /// For emitters that write for hosts: the tables of all real servers up, and of none, when sorry servers serve.
    /// Together they have every server that can ever be asked.
    std::vector<table::Wanted> states;
    std::vector<VrrpInstance> instances;  ///< for the same emitters
    std::string name;                     ///< of the file, as messages tell it
};

/// All of it, of a bound configuration; `name` is the file's.
Result<Configuration> configuration_of(const ast::Node& root, const source::Sources& sources, std::string name);

/// The two tables of Configuration::states.
Result<std::vector<table::Wanted>> states_of(const ast::Node& root, const source::Sources& sources);

/// The vrrp_instances of a bound configuration that keepalived takes, with the addresses that it takes.
std::vector<VrrpInstance> vrrp_instances_of(const ast::Node& root, const source::Sources& sources);

/// All addresses that VRRP moves, once each, in the order of the file.
std::vector<VirtualAddress> virtual_addresses_of(const Configuration& configuration);

}  // namespace lbctl::emit
