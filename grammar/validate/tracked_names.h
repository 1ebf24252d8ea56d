#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "grammar/ast/node.h"

namespace lbctl::validate {

/// Names that checkers refer to; copies, as statements may be forgotten once they have been checked.
struct TrackedNames {
    struct Definition {
        std::size_t number = 0;  ///< of the statement, counted through the top level
        source::Location where;
    };
    using Definitions = std::map<std::string, Definition, std::less<>>;
    Definitions track_files;
    Definitions bfds;
    Definitions unusable;  ///< defined, but dropped

    /// Takes the name that a statement defines, if it does.
    void add(const ast::Node& statement, std::size_t number);
};

}  // namespace lbctl::validate
