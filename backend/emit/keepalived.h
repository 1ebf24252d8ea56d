#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/table/table.h"

/// A table as keepalived.conf.
namespace lbctl::emit {

/// A configuration that compiles to the same table, and what of the table it can't say.
struct KeepalivedText {
    std::string configuration;
    std::vector<std::string> losses;  ///< one a line: which object, and what is lost
};

/// Services that share their options and servers become one virtual_server on a virtual_server_group where keepalived
/// gives each of them the same servers; all others are virtual_servers of their own. Services and servers come in
/// ipvsadm's order. What keepalived makes of each word is measured: tests/lab/cases.py compares tables.
KeepalivedText to_keepalived(const table::Table& table);

}  // namespace lbctl::emit
