#pragma once

#include <cstdint>

#include "grammar/ast/node.h"

namespace lbctl::validate {

/// What a keyword may have about it that rules look for. Most statements hold no such keyword, and those rules need not
/// walk through them.
enum class Concern : std::uint8_t {
    anything = 0,    ///< every statement has it
    command = 1,     ///< it takes a command or a regular expression
    script = 2,      ///< it takes a command, or the user or group of one
    of_release = 4,  ///< it is deprecated, or not in every build
};

/// What a statement and all that stands in it has.
class Concerns {
public:
    explicit Concerns(const ast::Node& statement);

    [[nodiscard]] bool has(Concern concern) const {
        const auto bits = static_cast<std::uint8_t>(concern);
        return (bits_ & bits) == bits;
    }

private:
    std::uint8_t bits_ = 0;
};

}  // namespace lbctl::validate
