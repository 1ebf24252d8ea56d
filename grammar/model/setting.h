#pragma once

#include <cstdint>

#include "grammar/ast/node.h"

namespace lbctl::model {

/// Which level of a configuration a value was taken from, the nearest first.
enum class Level : std::uint8_t { url, checker, real_server, virtual_server, built_in };

/// A value that may be written in several places, with the place that counted.
template <class Value>
struct Setting {
    Value value{};
    Level level = Level::built_in;
    const ast::Node* line = nullptr;  ///< null: it is not written anywhere
};

}  // namespace lbctl::model
