#include "grammar/validate/tracked_names.h"

#include "grammar/ast/reading.h"

namespace lbctl::validate {

void TrackedNames::add(const ast::Node& statement, std::size_t number) {
    if (!statement.valid || statement.keyword == nullptr) return;
    const std::string_view keyword = statement.keyword->name;
    const Definition definition{number, statement.head.where()};
    if (keyword == "track_file" || keyword == "vrrp_track_file") {
        (ast::given(statement, "file") ? track_files : unusable).emplace(ast::text(statement, 0), definition);
    }
    if (keyword == "bfd_instance") {
        const bool usable = ast::given(statement, "checker") || !ast::given(statement, "vrrp");
        (usable ? bfds : unusable).emplace(ast::text(statement, 0), definition);
    }
}

}  // namespace lbctl::validate
