#pragma once

#include "backend/table/wanted.h"
#include "grammar/ast/lvs.h"
#include "grammar/source/result.h"
#include "grammar/source/sources.h"

namespace lbctl::table {

/// The most addresses that one virtual_server_group may stand for.
inline constexpr std::uint64_t most_group_addresses = 65536;

/// Makes the table that keepalived installs when it starts with this configuration: all real servers count as healthy,
/// but for those that `alpha` holds back. Where keepalived itself is wrong the table is the one that was meant:
/// ranges cross octets, granularity reaches group services, servers without a port get the one of their service.
/// Fails on a group of more than most_group_addresses addresses.
Result<Wanted> compile(const ast::Lvs& lvs, const source::Sources& sources);

}  // namespace lbctl::table
