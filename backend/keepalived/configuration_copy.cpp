#include "backend/keepalived/configuration_copy.h"

#include <algorithm>

#include "grammar/source/sources.h"

namespace lbctl::keepalived {

namespace {

constexpr std::string_view blanks = " \t";

/// The lines of one file in the copy.
struct CopiedFile {
    std::vector<std::string_view> lines;
};

std::vector<CopiedFile> files_of(std::string_view copy) {
    std::vector<CopiedFile> files;
    std::vector<std::size_t> open;
    while (!copy.empty()) {
        const std::string_view line = source::take_line(copy);
        if (line.starts_with("#!")) continue;
        if (line.starts_with("# ")) {
            open.push_back(files.size());
            files.emplace_back();
        } else if (line == "!") {
            if (!open.empty()) open.pop_back();
        } else if (!open.empty()) {
            files[open.back()].lines.push_back(line);
        }
    }
    return files;
}

/// Whether a line names other files: `include' and its kin, after a condition or not.
bool is_include(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (line.starts_with('@')) {
        line.remove_prefix(std::min(line.find_first_of(blanks), line.size()));
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    }
    return line.starts_with("include");
}

bool same(const CopiedFile& copied, std::string_view text) {
    for (const std::string_view before : copied.lines) {
        if (text.empty()) {
            if (!before.empty()) return false;
            continue;
        }
        const std::string_view now = source::take_line(text);
        if (as_copied(now) != before && !(before.empty() && is_include(now))) return false;
    }
    while (!text.empty()) {
        if (!as_copied(source::take_line(text)).empty()) return false;
    }
    return true;
}

}  // namespace

std::string as_copied(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    std::string text;
    bool quoted = false;
    bool continues = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char letter = line[i];
        if (letter == '\\') {
            continues = i + 1 == line.size();
            if (continues) break;
            // An escaped sign of a comment is none, and loses its backslash.
            const char next = line[++i];
            if (quoted || (next != '#' && next != '!')) text += letter;
            text += next;
            continue;
        }
        if (letter == '"') quoted = !quoted;
        if (!quoted && (letter == '#' || letter == '!')) {
            // What a comment says does not count, but for a backslash at its end.
            continues = line.ends_with('\\') && !line.ends_with("\\\\");
            break;
        }
        text += letter;
    }
    const std::size_t last = text.find_last_not_of(blanks);
    text.resize(last == std::string::npos ? 0 : last + 1);
    if (continues) text += '\\';
    return text;
}

FilesChange files_change(std::string_view copy, std::span<const ConfigurationFile> files) {
    const std::vector<CopiedFile> copied = files_of(copy);
    FilesChange change;
    const std::size_t both = std::min(copied.size(), files.size());
    for (std::size_t i = 0; i < both; ++i) {
        if (!same(copied[i], files[i].text)) change.changed.push_back(files[i].name);
    }
    change.more = files.size() - both;
    change.fewer = copied.size() - both;
    return change;
}

}  // namespace lbctl::keepalived
