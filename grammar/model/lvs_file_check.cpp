#include "grammar/model/lvs_file_check.h"

#include <utility>

#include "grammar/ast/argument_values.h"

namespace lbctl::model {

namespace {

FileWeight file_check(const ast::Node& check, const ast::Node& file) {
    FileWeight found;
    found.path = text(*ast::first_valid(file, "file"_kw), 0);
    const ast::Node* weight = ast::last_valid(check, "weight"_kw);
    if (weight == nullptr) weight = ast::last_valid(file, "weight"_kw);
    if (weight != nullptr) {
        found.weight = leading_integer(*weight, 0).value_or(0);
        found.reverse = text(*weight, 1) == "reverse";
        if (found.reverse) found.weight = -found.weight;
    }
    if (const ast::Node* first = ast::last_valid(file, "init_file"_kw)) {
        found.written_at_start = 0;
        for (std::size_t i = 0; i < first->arguments.size(); ++i) {
            if (text(*first, i) == "overwrite") {
                found.overwritten_at_start = true;
            } else if (const auto value = integer(*first, i)) {
                found.written_at_start = *value;
            }
        }
    }
    return found;
}

}  // namespace

TrackFiles track_files_of(const ast::Node& root) {
    TrackFiles files;
    for (const ast::Node& node : root.children) {
        if (node.keyword == nullptr || !node.valid || !ast::given(node, "file"_kw)) continue;
        const keywords::KeywordId id = node.keyword->id;
        if (id == "track_file"_kw || id == "vrrp_track_file"_kw) files.emplace(ast::text(node, 0), &node);
    }
    return files;
}

std::optional<FileWeight> file_check_of(const ast::Node& checker, const TrackFiles& files) {
    const ast::Node* name = checker.valid ? ast::last_valid(checker, "track_file"_kw) : nullptr;
    const auto file = name == nullptr ? files.end() : files.find(text(*name, 0));
    if (file == files.end()) return std::nullopt;
    return file_check(checker, *file->second);
}

std::vector<FileWeight> file_checks_of(const ast::Node& real_server, const TrackFiles& files) {
    std::vector<FileWeight> checks;
    for (const ast::Node* checker : real_server.all("FILE_CHECK"_kw)) {
        if (auto check = file_check_of(*checker, files)) checks.push_back(std::move(*check));
    }
    return checks;
}

}  // namespace lbctl::model
