#include "grammar/validate/rule_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "grammar/base/shortened.h"
#include "grammar/keywords/keyword.h"

namespace lbctl::validate {

namespace {

/// All ids, then all families. The pages are literals, so their names outlive this.
const std::vector<std::string_view>& all_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> ids;
        std::vector<std::string_view> families;
        for (const RulePage& page : all_rule_pages()) {
            ids.push_back(page.id);
            families.push_back(page.family);
        }
        std::ranges::sort(families);
        ids.insert(ids.end(), families.begin(), std::unique(families.begin(), families.end()));
        return ids;
    }();
    return names;
}

}  // namespace

bool is_rule_name(std::string_view name) {
    return std::ranges::find(all_names(), name) != all_names().end();
}

std::string_view nearest_rule_name(std::string_view name) {
    return keywords::nearest(name, all_names());
}

std::string unknown_rule_message(std::string_view name) {
    const std::string_view meant = nearest_rule_name(name);
    return fmt::format("there is no rule or family `{}'{}", base::shortened(name),
                       meant.empty() ? "" : fmt::format("; did you mean `{}'?", meant));
}

}  // namespace lbctl::validate
