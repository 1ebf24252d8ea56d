#include "grammar/ast/node.h"

#include <algorithm>

namespace lbctl::ast {

const Node* Node::last(std::string_view name) const {
    const auto found = std::find_if(children.rbegin(), children.rend(), [&](const Node& child) {
        return child.keyword != nullptr && child.keyword->name == name;
    });
    return found == children.rend() ? nullptr : &*found;
}

std::vector<const Node*> Node::all(std::string_view name) const {
    std::vector<const Node*> found;
    for (const Node& child : children) {
        if (child.keyword != nullptr && child.keyword->name == name) found.push_back(&child);
    }
    return found;
}

}  // namespace lbctl::ast
