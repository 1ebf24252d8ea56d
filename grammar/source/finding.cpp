#include "grammar/source/finding.h"

#include <algorithm>
#include <tuple>

namespace lbctl::source {

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::error:
            return "error";
        case Severity::warning:
            return "warning";
        case Severity::info:
            return "info";
    }
    return "error";
}

void sort_findings(Findings& findings) {
    const auto key = [](const Finding& f) { return std::tie(f.where.range.file, f.where.range.begin); };
    std::stable_sort(findings.begin(), findings.end(),
                     [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
    const auto same = [&](const Finding& a, const Finding& b) {
        return key(a) == key(b) && a.rule == b.rule && a.message == b.message;
    };
    findings.erase(std::unique(findings.begin(), findings.end(), same), findings.end());
}

}  // namespace lbctl::source
