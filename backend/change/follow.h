#pragma once

#include "backend/table/wanted.h"

namespace lbctl::change {

/// What a change of the wanted table makes of the live one, when only real servers have come, gone or got another
/// weight: the services in which that is so, as they shall be. What is the same before and after stays as it is in
/// the live table, whoever changed it there.
table::Wanted followed(const table::Table& live, const table::Wanted& before, const table::Wanted& after);

/// The wanted table with those live destinations that `configured` has, too: who may not serve yet, but did serve when
/// nobody was looking, goes on with the weight that it has until it is known, and no sorry server comes beside it.
table::Wanted with_those_serving(table::Wanted wanted, const table::Table& live, const table::Wanted& configured);

}  // namespace lbctl::change
