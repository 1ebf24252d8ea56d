#include "grammar/ast/node.h"

#include <algorithm>

namespace lbctl::ast {

const Node* Node::last(keywords::KeywordId keyword_id) const {
    const auto found =
        std::find_if(children.rbegin(), children.rend(), [&](const Node& child) { return child.is(keyword_id); });
    return found == children.rend() ? nullptr : &*found;
}

std::vector<const Node*> Node::all(keywords::KeywordId keyword_id) const {
    std::vector<const Node*> found;
    for (const Node& child : children) {
        if (child.is(keyword_id)) found.push_back(&child);
    }
    return found;
}

}  // namespace lbctl::ast
