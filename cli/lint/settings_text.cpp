#include "cli/lint/settings_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "grammar/base/shown_text.h"

// The only source that includes the library which reads TOML: its headers take long to compile.
// toml++ 3.3 asserts what depends on the input ("[:" begins no key), just before it looks for that itself and says so.
// With NDEBUG an optimiser would take the assertion for true and leave the look out, and without it the program ends.
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace lbctl::cli {

namespace {

using source::FileId;
using source::Position;
using source::Range;
using source::Sources;
using Kind = SettingsEntry::Kind;

/// The library walks into keys such as a.b.c by calls within calls: no file of settings has so many dots.
constexpr std::ptrdiff_t most_dots = 2000;
constexpr int deepest = 3;

/// The library counts columns in characters, and Range in bytes.
Position position_of(const Sources& sources, FileId file, const toml::source_position& at) {
    const std::string_view line = sources.line(file, at.line);
    std::size_t byte = 0;
    for (std::uint32_t column = 1; column < at.column && byte < line.size(); ++column)
        byte += base::character_at(line, byte).length;
    return {std::max<std::uint32_t>(at.line, 1), static_cast<std::uint32_t>(byte + 1)};
}

Range range_of(const Sources& sources, FileId file, const toml::source_region& region) {
    Range range{file, position_of(sources, file, region.begin), position_of(sources, file, region.end)};
    if (range.end < range.begin) range.end = range.begin;
    return range;
}

/// Makes values of what the library has read.
class Converter {
public:
    Converter(const Sources& sources, FileId file) : sources_(sources), file_(file) {}

    std::vector<SettingsEntry> members(const toml::table& table, int level) const {
        std::vector<SettingsEntry> entries;
        for (const auto& [key, value] : table) {
            SettingsEntry entry = convert(value, level);
            entry.key = key.str();
            entry.key_place = range_of(sources_, file_, key.source());
            entries.push_back(std::move(entry));
        }
        std::ranges::stable_sort(entries, {}, &SettingsEntry::key_place);
        return entries;
    }

private:
    SettingsEntry convert(const toml::node& node, int level) const {
        SettingsEntry entry;
        entry.place = range_of(sources_, file_, node.source());
        if (const auto* const text = node.as_string()) {
            entry.kind = Kind::text;
            entry.text = text->get();
        } else if (const auto* const boolean = node.as_boolean()) {
            entry.kind = Kind::boolean;
            entry.boolean = boolean->get();
        } else if (const auto* const list = node.as_array(); list != nullptr && level < deepest) {
            entry.kind = Kind::list;
            for (const toml::node& element : *list) entry.inside.push_back(convert(element, level + 1));
        } else if (const auto* const table = node.as_table(); table != nullptr && level < deepest) {
            entry.kind = Kind::table;
            entry.inside = members(*table, level + 1);
        }
        return entry;
    }

    const Sources& sources_;
    FileId file_;
};

}  // namespace

std::vector<SettingsEntry> read_settings(const Sources& sources, FileId file, source::Findings& findings) {
    const std::string_view text = sources.text(file);
    if (text.size() > most_settings_bytes || std::ranges::count(text, '.') > most_dots) {
        report_bad_settings(findings, {file, {1, 1}, {1, 1}},
                            "this is more than a file of settings ever holds, and is not read", {});
        return {};
    }
    const toml::parse_result parsed = toml::parse(text);
    if (parsed) return Converter(sources, file).members(parsed.table(), 1);
    Range where = range_of(sources, file, parsed.error().source());
    if (where.begin == where.end) {
        const std::string_view line = sources.line(file, where.begin.line);
        const std::size_t at = where.begin.column - 1;
        where.end.column += at < line.size() ? static_cast<std::uint32_t>(base::character_at(line, at).length) : 1;
    }
    report_bad_settings(findings, where, "this is no TOML: " + std::string(parsed.error().description()),
                        "none of the settings counts");
    return {};
}

void report_bad_settings(source::Findings& findings, const Range& where, std::string message, std::string hint) {
    findings.push_back(
        {"bad-settings", source::Severity::error, {where, 0}, std::move(message), std::move(hint), {}, {}});
}

}  // namespace lbctl::cli
