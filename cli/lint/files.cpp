#include "cli/lint/files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/counted.h"
#include "grammar/base/descriptor.h"
#include "grammar/keywords/keyword.h"
#include "grammar/source/files.h"
#include "grammar/source/sources.h"
#include "grammar/syntax/line_grammar.h"

namespace lbctl::cli {

namespace {

namespace fs = std::filesystem;

/// The beginning of a file, in which a keyword of the top level has to stand.
std::string beginning_of(const std::string& path) {
    constexpr std::size_t most = std::size_t{64} << 10U;
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::string text;
    if (file.is_open()) base::read_up_to(file.number(), most, text);
    return text;
}

bool is_configuration(const fs::path& path) {
    const std::string name = path.filename().string();
    if (name.starts_with('.') || !name.ends_with(".conf")) return false;
    // One that cannot be read is told by who tries.
    return name.starts_with("keepalived") || looks_like_configuration(beginning_of(path.string()));
}

/// Gives nothing when it holds more names than are left.
std::optional<std::vector<std::string>> configurations_in(const std::string& folder, std::size_t& names_left) {
    std::vector<std::string> found;
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(folder, options, error), end; !error && at != end; at.increment(error)) {
        if (names_left-- == 0) return std::nullopt;
        std::error_code ignored;
        if (at->is_directory(ignored)) {
            if (at->path().filename().string().starts_with('.')) at.disable_recursion_pending();
        } else if (at->is_regular_file(ignored) && is_configuration(at->path())) {
            found.push_back(at->path().lexically_normal().string());
        }
    }
    std::ranges::sort(found);
    return found;
}

tl::unexpected<Failure> too_much(std::string_view word) {
    return failure(fmt::format("{} holds more than {}", word, counted(source::most_names, "name")),
                   "name the folders of the configurations");
}

}  // namespace

bool looks_like_configuration(std::string_view text) {
    if (source::is_binary(text)) return false;
    while (!text.empty()) {
        std::string_view line = source::take_line(text);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (const auto condition = syntax::parse_condition(line))
            line.remove_prefix(condition->text.value_or(line.size()));
        const std::string_view word = line.substr(0, line.find_first_of(" \t{"));
        if (word.empty()) continue;
        if (syntax::parse_include(line) || keywords::find_keyword(keywords::top_context, word) != nullptr) return true;
    }
    return false;
}

Result<FilesToLint> files_to_lint(const std::vector<std::string>& words) {
    FilesToLint meant;
    std::set<std::string> known;
    std::size_t names_left = source::most_names;
    const auto add = [&](const std::string& file) {
        if (known.insert(file).second) meant.files.push_back(file);
    };
    for (const std::string& word : words) {
        std::error_code error;
        if (word != "-" && fs::is_directory(word, error)) {
            auto found = configurations_in(word, names_left);
            if (!found) return too_much(word);
            if (found->empty())
                return failure(fmt::format("{} holds no configuration", word), "a folder means the files *.conf in it");
            for (const std::string& file : *found) {
                if (!known.contains(file)) meant.of_folders.insert(file);
                add(file);
            }
        } else if (word.find_first_of("*?[{") != std::string::npos && !fs::exists(word, error)) {
            const source::Matches matches = source::expand_pattern(word, {}, names_left);
            if (matches.too_many) return too_much(word);
            for (const std::string& file : matches.paths) add(file);
            // It is told as a file that cannot be read, and the others are checked.
            if (matches.paths.empty()) add(word);
        } else {
            meant.of_folders.erase(word);
            add(word);
        }
    }
    return meant;
}

}  // namespace lbctl::cli
