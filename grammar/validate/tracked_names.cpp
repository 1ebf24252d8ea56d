#include "grammar/validate/tracked_names.h"

#include "grammar/ast/argument_values.h"

namespace lbctl::validate {

void TrackedNames::add(const ast::Node& statement, std::size_t number) {
    if (!statement.valid || statement.keyword == nullptr) return;
    const keywords::KeywordId keyword = statement.keyword->id;
    const Definition definition{number, statement.head.where()};
    if (keyword == "track_file"_kw || keyword == "vrrp_track_file"_kw) {
        (ast::given(statement, "file"_kw) ? track_files : unusable).emplace(ast::text(statement, 0), definition);
    }
    if (keyword == "bfd_instance"_kw) {
        const bool usable = ast::given(statement, "checker"_kw) || !ast::given(statement, "vrrp"_kw);
        (usable ? bfds : unusable).emplace(ast::text(statement, 0), definition);
    }
}

}  // namespace lbctl::validate
