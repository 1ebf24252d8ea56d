#include "cli/lint/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "cli/render/fingerprint.h"
#include "cli/render/relative_path.h"
#include "grammar/base/arena.h"
#include "grammar/base/json_text.h"
#include "grammar/base/replace_file.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using source::Finding;
using source::Findings;
using source::Sources;

constexpr std::string_view schema = "lbctl-baseline/1";
constexpr std::size_t most_bytes = std::size_t{64} << 20U;

/// Calls `see` for every list of findings, with the sources that it speaks of.
template <class LintedLists, class See>
void for_each_list(LintedLists& linted, const See& see) {
    for (std::size_t i = 0; i < linted.analyses.size(); ++i) {
        see(linted.analyses[i].sources, linted.analyses[i].findings);
        if (i < linted.of_cluster.size()) see(linted.analyses[i].sources, linted.of_cluster[i]);
    }
}

/// A finding of a run; in a file that several configurations include it is met several times.
using Occurrence = std::tuple<std::string, std::string_view, source::Position, std::string>;

Occurrence occurrence_of(const std::string& file, const Finding& finding) {
    return {file, finding.rule, finding.where.range.begin, finding.message};
}

}  // namespace

Baseline::Baseline(std::string path) : path_(std::move(path)) {
    std::error_code error;
    folder_ = fs::absolute(path_, error).lexically_normal().parent_path().string();
}

std::string Baseline::name_of(const std::string& file) const {
    return file == "-" ? file : path_from(folder_, file);
}

Result<Baseline> Baseline::read(const std::string& path) {
    base::Arena arena;
    const auto text = source::read_file(path, arena, source::NamedBy::person, most_bytes);
    if (!text) return failure(text.error().message, "--update-baseline makes a baseline");
    const auto is_none = [&](std::string_view why) {
        return failure(fmt::format("{} is no baseline: {}", path, why), "--update-baseline makes a new one");
    };
    const auto read_text = base::read_json(*text);
    if (!read_text) return is_none(read_text.error().message);
    const Json& json = *read_text;
    if (!json.is_object() || json.value("schema", Json()) != schema)
        return is_none(fmt::format("it is no JSON of the schema {}", schema));
    const auto findings = json.find("findings");
    if (findings == json.end() || !findings->is_array()) return is_none("it has no list of findings");
    Baseline baseline(path);
    for (const Json& entry : *findings) {
        const auto text_of = [&](const char* name) {
            const auto at = entry.is_object() ? entry.find(name) : entry.end();
            return entry.is_object() && at != entry.end() && at->is_string() ? at->get<std::string>() : std::string();
        };
        Entry read{text_of("file"), text_of("rule"), text_of("fingerprint")};
        const auto count = entry.is_object() ? entry.find("count") : entry.end();
        const bool has_count = entry.is_object() && count != entry.end() && count->is_number_unsigned();
        if (read.file.empty() || read.rule.empty() || read.fingerprint.empty() || !has_count)
            return is_none("an entry lacks file, rule, fingerprint or count");
        baseline.counts_[std::move(read)] += count->get<std::size_t>();
    }
    return baseline;
}

Baseline::Applied Baseline::apply(Linted& linted) const {
    Applied applied;
    std::map<Entry, std::size_t> left = counts_;
    std::set<std::string> checked;
    std::map<Occurrence, bool> kept;
    for_each_list(linted, [&](const Sources& sources, Findings& findings) {
        for (source::FileId file = 0; file < sources.file_count(); ++file) checked.insert(name_of(sources.name(file)));
        Fingerprints fingerprints(sources);
        const auto end = std::stable_partition(findings.begin(), findings.end(), [&](const Finding& finding) {
            const std::string file = name_of(sources.name(finding.where.range.file));
            const auto [at, is_new] = kept.try_emplace(occurrence_of(file, finding), true);
            if (!is_new) return at->second;
            const auto entry = left.find({file, std::string(finding.rule), fingerprints.of(finding)});
            if (entry == left.end() || entry->second == 0) return true;
            --entry->second;
            ++applied.suppressed;
            return at->second = false;
        });
        findings.erase(end, findings.end());
    });
    for (const auto& [entry, count] : left) {
        if (count > 0 && checked.contains(entry.file)) applied.stale.push_back(entry);
    }
    return applied;
}

std::size_t Baseline::update(const Linted& linted) {
    std::set<Occurrence> met;
    std::set<std::string> checked;
    std::map<Entry, std::size_t> found;
    for_each_list(linted, [&](const Sources& sources, const Findings& findings) {
        for (source::FileId file = 0; file < sources.file_count(); ++file) checked.insert(name_of(sources.name(file)));
        Fingerprints fingerprints(sources);
        for (const Finding& finding : findings) {
            const std::string file = name_of(sources.name(finding.where.range.file));
            if (met.insert(occurrence_of(file, finding)).second)
                ++found[{file, std::string(finding.rule), fingerprints.of(finding)}];
        }
    });
    std::erase_if(counts_, [&](const auto& known) { return checked.contains(known.first.file); });
    counts_.merge(found);
    std::size_t count = 0;
    for (const auto& known : counts_) count += known.second;
    return count;
}

std::string Baseline::text() const {
    Json document = Json::object();
    document["schema"] = schema;
    document["findings"] = Json::array();
    for (const auto& [entry, count] : counts_) {
        document["findings"].push_back(
            {{"file", entry.file}, {"rule", entry.rule}, {"fingerprint", entry.fingerprint}, {"count", count}});
    }
    return base::json_text(document, 2) + "\n";
}

Result<void> Baseline::write() const {
    return base::replace_file(path_, text());
}

}  // namespace lbctl::cli
