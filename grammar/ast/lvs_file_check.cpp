#include "grammar/ast/lvs_file_check.h"

#include <utility>

#include "grammar/ast/argument_values.h"

namespace lbctl::ast {

namespace {

FileCheck file_check(const Node& check, const Node& file) {
    FileCheck found;
    found.path = text(*first_valid(file, "file"_kw), 0);
    const Node* weight = last_valid(check, "weight"_kw);
    if (weight == nullptr) weight = last_valid(file, "weight"_kw);
    if (weight != nullptr) {
        found.weight = leading_integer(*weight, 0).value_or(0);
        found.reverse = text(*weight, 1) == "reverse";
        if (found.reverse) found.weight = -found.weight;
    }
    if (const Node* first = last_valid(file, "init_file"_kw)) {
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

TrackFiles track_files_of(const Node& root) {
    TrackFiles files;
    for (const Node& node : root.children) {
        if (node.keyword == nullptr || !node.valid || !given(node, "file"_kw)) continue;
        const keywords::KeywordId id = node.keyword->id;
        if (id == "track_file"_kw || id == "vrrp_track_file"_kw) files.emplace(text(node, 0), &node);
    }
    return files;
}

std::optional<FileCheck> file_check_of(const Node& checker, const TrackFiles& files) {
    const Node* name = checker.valid ? last_valid(checker, "track_file"_kw) : nullptr;
    const auto file = name == nullptr ? files.end() : files.find(text(*name, 0));
    if (file == files.end()) return std::nullopt;
    return file_check(checker, *file->second);
}

std::vector<FileCheck> file_checks_of(const Node& real_server, const TrackFiles& files) {
    std::vector<FileCheck> checks;
    for (const Node* checker : real_server.all("FILE_CHECK"_kw)) {
        if (auto check = file_check_of(*checker, files)) checks.push_back(std::move(*check));
    }
    return checks;
}

}  // namespace lbctl::ast
