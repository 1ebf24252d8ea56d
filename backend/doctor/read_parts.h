#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "backend/doctor/machine.h"

/// The parts of read_machine(): each fills its members of a Machine.
namespace lbctl::doctor {

/// The text of a file of procfs or sysfs, at most 16 MiB of it; nothing when it cannot be read, with errno set.
std::optional<std::string> text_of(const std::filesystem::path& path);

/// links, addresses, routes.
Result<void> read_network(Machine& machine);

/// listeners, with the programs that hold them as far as they can be seen.
void read_listeners(Machine& machine);

/// firewall, prefers_nft. Needs `modules` and `capabilities`.
void read_firewall(Machine& machine);

/// heard.
void listen_for_vrrp(Machine& machine, double seconds);

}  // namespace lbctl::doctor
