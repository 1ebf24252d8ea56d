#pragma once

#include <string>
#include <string_view>

#include "grammar/base/result.h"

namespace lbctl::emit {

/// What `dot -Tsvg` of Graphviz draws of a graph in its language. Fails where there is no dot, or it fails.
Result<std::string> svg_of(std::string_view graph);

}  // namespace lbctl::emit
