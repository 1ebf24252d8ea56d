#pragma once

#include <algorithm>
#include <vector>

namespace lbctl::emit {

/// Adds a value that the list does not have yet.
template <class Value>
void add_new(std::vector<Value>& values, const Value& value) {
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

}  // namespace lbctl::emit
