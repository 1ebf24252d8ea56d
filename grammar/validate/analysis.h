#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grammar/ast/daemon_reading.h"
#include "grammar/ast/node.h"
#include "grammar/base/arena.h"
#include "grammar/base/result.h"
#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/source/sources.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/statement_sink.h"

/// The whole way from a file to its findings.
namespace lbctl::validate {

struct AnalysisOptions {
    keywords::Version target = keywords::default_target;
    std::optional<std::string> config_id;  ///< without one, the node name as keepalived takes it
    std::vector<std::pair<std::string, std::string>> definitions;  ///< `-D NAME=VALUE`
    bool host = false;                                             ///< run the rules that look at the machine
    bool of_cluster = false;  ///< rules over the whole cluster follow, which know what other nodes have
    bool follow_includes = true;
    std::size_t most_lines = syntax::most_expanded_lines;  ///< out of parameters and sequences
    const source::ChangedTexts* changed = nullptr;         ///< what files hold that have not been written yet
    StatementSink* sink = nullptr;  ///< is shown the statements; without one all of them are kept
};

/// A configuration, read and checked.
struct Analysis {
    source::Sources sources;
    base::Arena tree;                          ///< where the statements live
    source::Findings findings;                 ///< sorted by place
    ast::Node root;                            ///< of the statements that AnalysisOptions::sink has not taken
    syntax::Conditions conditions;             ///< the `@ID` lines that were met
    std::size_t expanded_lines = 0;            ///< that came out of parameters and sequences
    std::optional<ast::DaemonEnd> daemon_end;  ///< after read_as_daemon(): keepalived does not run with this file

    /// Whether keepalived or the kernel refuses, skips or changes anything: then nothing is made of the file. Rules
    /// beyond keepalived do not count.
    [[nodiscard]] bool has_errors() const;
};

/// Reads and checks a configuration; `name` is what messages call the file and where relative includes start from.
Analysis analyse(std::string name, std::string_view text, const AnalysisOptions& options);

/// The same for a file of the machine, or "-" for standard input. Fails only when the file itself can't be read.
Result<Analysis> analyse_file(const std::string& path, const AnalysisOptions& options);

/// Puts what the running keepalived makes of the faults of a configuration into the place of what was meant. The
/// findings stay, and with them the places that they name are no longer to be shown.
void read_as_daemon(Analysis& analysis, const AnalysisOptions& options);

}  // namespace lbctl::validate
