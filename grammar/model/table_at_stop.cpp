#include "grammar/model/table_at_stop.h"

#include <array>

#include "grammar/ast/argument_values.h"

namespace lbctl::model {

bool flushes_table_at_stop(const ast::Node& root) {
    constexpr std::array names = std::to_array<keywords::KeywordName>({
        "lvs_flush_on_stop"_kw,
        "lvs_flush_onstop"_kw,
    });
    bool flushes = false;
    for (const ast::Node* block : root.all("global_defs"_kw)) {
        for (const keywords::KeywordName& name : names) {
            if (const ast::Node* line = ast::last_valid(*block, name)) flushes = ast::text(*line, 0) != "VS";
        }
    }
    return flushes;
}

}  // namespace lbctl::model
