#include "cli/render/machine_findings.h"

#include <algorithm>
#include <map>
#include <string>

namespace lbctl::cli {

namespace {

using source::Position;
using source::Range;
using source::Sources;

constexpr std::string_view blanks = " \t\r";

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

/// The text of a line without the blanks around it.
Range range_of_line(const Sources& sources, source::FileId file, std::uint32_t number) {
    const std::string_view line = sources.line(file, number);
    const std::size_t begin = std::min(line.find_first_not_of(blanks), line.size());
    const std::size_t end = std::max(line.find_last_not_of(blanks) + 1, begin);
    const auto position = [&](std::size_t at) { return Position{number, static_cast<std::uint32_t>(at) + 1}; };
    return {file, position(begin), position(end)};
}

/// All that was read, by where: a line for each piece, in a file of that name.
class EvidenceFiles {
public:
    EvidenceFiles(std::span<const doctor::Finding> found, Sources& sources) : sources_(sources) {
        std::map<std::string, std::string> texts;
        for (const doctor::Finding& finding : found) {
            for (const doctor::Evidence& each : finding.evidence) {
                const std::string line = line_of(each);
                std::uint32_t& number = numbers_[{each.where, line}];
                if (number != 0) continue;
                std::string& text = texts[each.where];
                text += line + '\n';
                number = static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
            }
        }
        for (const auto& [where, text] : texts) files_[where] = sources_.add(where, text);
    }

    [[nodiscard]] Range range_of(const doctor::Evidence& evidence) const {
        return range_of_line(sources_, files_.at(evidence.where), numbers_.at({evidence.where, line_of(evidence)}));
    }

private:
    static std::string line_of(const doctor::Evidence& evidence) {
        return first_line(evidence.text.empty() ? evidence.says : evidence.text);
    }

    Sources& sources_;
    std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;
    std::map<std::string, source::FileId> files_;
};

/// The file of that name; the first one where there is none.
source::FileId file_named(const Sources& sources, std::string_view name) {
    for (source::FileId file = 0; file < sources.file_count(); ++file) {
        if (sources.name(file) == name) return file;
    }
    return 0;
}

}  // namespace

source::Findings machine_findings(std::span<const doctor::Finding> found, Sources& sources) {
    const EvidenceFiles files(found, sources);
    source::Findings findings;
    for (const doctor::Finding& each : found) {
        source::Finding finding;
        finding.rule = each.rule;
        finding.severity = each.severity;
        finding.message = each.message;
        if (each.place.line != 0) {
            finding.where.range = range_of_line(sources, file_named(sources, each.place.file()), each.place.line);
        } else if (!each.evidence.empty()) {
            finding.where.range = files.range_of(each.evidence.front());
        }
        for (const doctor::Evidence& evidence : each.evidence)
            finding.notes.push_back({files.range_of(evidence), evidence.says});
        finding.advice = source::Advice{each.why, each.command, each.what_to_do, std::string(each.source)};
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace lbctl::cli
