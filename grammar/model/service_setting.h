#pragma once

#include <algorithm>

#include "grammar/model/lvs.h"

namespace lbctl::model {

/// The last line with that keyword among the settings of a virtual server; null: there is none. last_valid() finds the
/// same line, but goes through all real servers: asked for each of them, that is quadratic.
inline const ast::Node* last_setting(const VirtualServer& service, keywords::KeywordId keyword) {
    const auto found = std::find_if(service.settings.rbegin(), service.settings.rend(),
                                    [keyword](const ast::Node* line) { return line->is(keyword); });
    return found == service.settings.rend() ? nullptr : *found;
}

}  // namespace lbctl::model
