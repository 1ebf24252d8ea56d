#include "grammar/source/finding.h"

#include <algorithm>
#include <tuple>
#include <utility>

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

std::string_view to_string(Applicability applicability) {
    return applicability == Applicability::safe ? "safe" : "unsafe";
}

std::optional<Severity> severity_named(std::string_view name) {
    for (const Severity severity : {Severity::error, Severity::warning, Severity::info}) {
        if (name == to_string(severity)) return severity;
    }
    return std::nullopt;
}

void Findings::push_back(Finding finding) {
    if (finding.severity == Severity::error) ++errors_;
    const bool is_first = kinds_.emplace(finding.rule, finding.severity).second;
    counted_last_ = findings_.size() >= most && !is_first;
    if (counted_last_) {
        ++not_shown_;
        counted_ = std::move(finding);
    } else {
        findings_.push_back(std::move(finding));
    }
}

void Findings::append(Findings&& others) {
    const std::size_t errors = errors_ + others.errors_;
    for (Finding& finding : others.findings_) push_back(std::move(finding));
    not_shown_ += others.not_shown_;
    errors_ = errors;
}

void sort_findings(Findings& findings) {
    // All that comes out of one expansion has one place: there the order shall not depend on who looked first.
    const auto key = [](const Finding& f) {
        return std::tie(f.where.range.file, f.where.range.begin, f.where.range.end, f.severity, f.rule, f.message);
    };
    std::stable_sort(findings.begin(), findings.end(),
                     [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
    const auto same = [&](const Finding& a, const Finding& b) {
        return a.where.range.file == b.where.range.file && a.where.range.begin == b.where.range.begin &&
               a.rule == b.rule && a.message == b.message;
    };
    findings.erase(std::unique(findings.begin(), findings.end(), same), findings.end());
}

}  // namespace lbctl::source
