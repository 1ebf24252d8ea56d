#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "grammar/source/finding.h"
#include "grammar/source/sources.h"
#include "grammar/validate/rule.h"

/// Comments that say which findings are not to be told:
///
///     lb_kind DR   # lbctl: ignore[no-accept-service] the address is on the loopback
///     # lbctl: ignore-file[password-in-clear-text]
namespace lbctl::validate {

/// One name in the brackets of such a comment, and the lines of its file that it is for.
struct Suppression {
    std::string name;     ///< of a rule or a family
    source::Range where;  ///< the name
    std::uint32_t first_line = 1;
    std::uint32_t last_line = 1;
};

/// More suppressions than this are not read out of one file.
inline constexpr std::size_t most_suppressions = 10'000;

/// The suppressions of a file, in its order. At the end of a line, one holds for that line; alone on its line, for the
/// next line that is more than a comment; where that line opens a block, for the whole block; `ignore-file` for the
/// file. Comments that begin with `lbctl:` and do not read as one are reported, and so are names that no rule has.
std::vector<Suppression> read_suppressions(const source::Sources& sources, source::FileId file,
                                           source::Findings& findings);

/// Takes findings out that a comment suppresses. One is for all configurations of a run: what stands in a file that
/// several of them include may be used by any of them.
class Suppressions {
public:
    /// Takes out of the findings what comments in their files suppress, and adds what is wrong with these comments.
    /// Gives how many were taken out.
    std::size_t apply(const source::Sources& sources, source::Findings& findings);

    /// Adds, for the files of these sources, what suppressed nothing in any call of apply(), each once. `ran` says of a
    /// rule whether it had a chance to speak: who suppresses another one is not blamed.
    void report_unused(const source::Sources& sources, source::Findings& findings,
                       const std::function<bool(const RulePage&)>& ran);

private:
    struct File {
        std::vector<Suppression> list;
        std::multimap<std::string, std::size_t, std::less<>> by_name;
        std::vector<bool> used;
        bool reported = false;
    };
    File& read(const source::Sources& sources, source::FileId file, source::Findings& findings);
    bool suppresses(File& file, const source::Finding& finding);

    std::map<std::string, File> files_;  ///< by name
};

}  // namespace lbctl::validate
