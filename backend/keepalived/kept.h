#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backend/keepalived/difference_class.h"
#include "backend/keepalived/instances.h"
#include "backend/table/difference.h"
#include "backend/table/wanted.h"

namespace lbctl::keepalived {

/// What a wanted table leaves as it is.
struct Kept {
    table::Wanted wanted;
    std::size_t servers = 0;        ///< that stay absent, or keep their weight
    std::size_t sorry_servers = 0;  ///< and others that the file does not put in, and that stay
    bool daemons = false;           ///< the sync daemons stay as they are
};

/// The wanted table with those parts of a live table that are explained by one of the classes: an absent server stays
/// absent, one that is there keeps its weight, a sync daemon its state. The difference is that between the two.
Kept keep_explained(const table::Wanted& wanted, const table::Table& live, const table::Difference& difference,
                    const Explanations& explanations, std::span<const DifferenceClass> classes);

/// Gives the sync daemon of a wanted table, which has the state that it has at the start of keepalived, the state of
/// the VRRP instance that it follows: master of a MASTER, otherwise backup, as keepalived does
/// (vrrp_state_become_master() and vrrp_state_leave_master() in vrrp.c). Gives that instance; null where the daemon
/// follows none, or its state is not known, and the daemon is left as it is.
const Instance* give_role(table::Wanted& wanted, const std::vector<Instance>& instances);

}  // namespace lbctl::keepalived
