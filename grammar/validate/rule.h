#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "grammar/ast/node.h"
#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"

/// What can be wrong with a configuration that reads well.
namespace lbctl::validate {

/// What a rule sees, and where it puts what it finds.
struct Context {
    const ast::Node& root;  ///< its children are the blocks and keywords of the top level
    const source::Sources& sources;
    keywords::Version target;
    bool host = false;  ///< may look at the machine: interfaces, users, scripts
    source::Findings& findings;
    bool of_cluster = false;  ///< one of several nodes that are checked against each other

    source::Finding& report(std::string_view rule, source::Severity severity, const source::Location& where,
                            std::string message) const;
};

/// A severity that findings of a rule have at times, in place of the usual one.
struct OtherSeverity {
    source::Severity severity = source::Severity::error;
    std::string_view when{};  ///< "before 2.3.3"; empty: there is none
};

/// Where the judgement of a rule comes from.
enum class Origin : std::uint8_t {
    keepalived,  ///< keepalived reports, refuses, skips or changes it
    kernel,      ///< the kernel refuses it
    lbctl,       ///< both accept it, and it does not do what was meant
};
/// "keepalived", "kernel", "lbctl"
std::string_view to_string(Origin origin);

/// The page of a rule, for `lbctl explain` and lbctl-rules(7).
struct RulePage {
    std::string_view id;                                  ///< "quorum-above-weight"
    std::string_view family;                              ///< "lvs", "vrrp", "global", "text", "host"...
    source::Severity severity = source::Severity::error;  ///< the usual one
    std::string_view summary;                             ///< one line: what is wrong
    std::string_view detail;   ///< why it matters, what keepalived does, what to write instead
    std::string_view example;  ///< a few lines that it finds fault with; may be empty
    std::array<OtherSeverity, 2> others{};
    Origin origin = Origin::keepalived;

    /// Whether findings of this rule may have that severity.
    [[nodiscard]] bool is_told_as(source::Severity told) const {
        return told == severity || std::ranges::any_of(others, [&](const OtherSeverity& other) {
                   return !other.when.empty() && other.severity == told;
               });
    }
};

/// Runs every rule over a configuration, statement by statement: a file may hold ten thousands of virtual servers, and
/// what concerns one of them alone is looked at while it is at hand. Families that look at the machine run only with
/// `host`.
class RuleRun {
public:
    explicit RuleRun(const Context& context);
    RuleRun(const RuleRun&) = delete;
    RuleRun& operator=(const RuleRun&) = delete;
    ~RuleRun();

    /// The next bound statement of the top level. True when all has been said about it, and no rule has to see it
    /// again; otherwise it has to stand in the root when finish() is called.
    bool check(const ast::Node& statement);

    /// What concerns several statements, once all have been checked.
    void finish();

private:
    class Work;
    std::unique_ptr<Work> work_;
};

/// Where the judgement of a finding comes from: that of its rule, or lbctl where it holds only for ids that the file
/// names: keepalived, started without any, does not say it.
Origin origin_of(const source::Finding& finding);

/// Every rule page there is, those of the reader, the parser and the binder included, by id.
std::vector<RulePage> all_rule_pages();

/// The page with that id, or null.
const RulePage* find_rule_page(std::string_view id);

}  // namespace lbctl::validate
