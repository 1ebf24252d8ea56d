#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/render/findings_format.h"
#include "cli/render/findings_text.h"
#include "grammar/ast/configuration_text.h"
#include "grammar/ast/node_json.h"
#include "grammar/model/lvs.h"
#include "grammar/model/lvs_virtual_server.h"
#include "grammar/syntax/formatter.h"
#include "grammar/syntax/source_lines.h"
#include "grammar/validate/analysis.h"
#include "tests/fuzz/property.h"

/// Any bytes are read, checked, printed and laid out: no crash, no endless run, nothing lost.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lbctl;
    const fuzz::Stopwatch stopwatch;
    const std::string text(reinterpret_cast<const char*>(data), size);
    fuzz::hold(syntax::join_source(syntax::split_source(text)) == text, "the pieces of a source make the source");
    const std::string formatted = syntax::format_text(text).text;
    fuzz::hold(syntax::format_text(formatted).text == formatted, "formatting what is formatted changes nothing");

    for (const keywords::Version target : {keywords::default_target, keywords::Version{2, 2, 7}}) {
        validate::AnalysisOptions options;
        options.config_id = "main";
        options.target = target;
        // The machine's own files are no input of this.
        options.follow_includes = false;
        options.most_lines = fuzz::most_lines;
        const validate::Analysis analysis = validate::analyse("main.conf", text, options);
        const std::string told = cli::findings_text(analysis.sources, analysis.findings, true);
        validate::ForgettingSink sink;
        options.sink = &sink;
        const validate::Analysis passing = validate::analyse("main.conf", text, options);
        // Past their limit it depends on the order of checking which findings are only counted.
        fuzz::hold(
            analysis.findings.not_shown() > 0 || cli::findings_text(passing.sources, passing.findings, true) == told,
            "the same is said whether statements are kept or forgotten");
        const model::Lvs lvs = model::bind_lvs(analysis.root);
        const model::Groups groups = model::groups_of(lvs);
        model::VirtualServer service;
        for (const ast::Node& node : analysis.root.children) model::bind_virtual_server(node, groups, service);
        const ast::JsonOptions json{true, false, &analysis.sources, target};
        const nlohmann::ordered_json tree = ast::to_json(analysis.root, json);
        const bool is_built = ast::configuration_text(tree).has_value();
        fuzz::hold(is_built || analysis.has_errors(), "what dump prints of a good file is what build reads");
        const cli::FindingsOfFile list{analysis.sources, analysis.findings};
        const cli::FindingsReport report = cli::findings_report({&list, 1}, {}, {.fingerprints = true});
        for (const cli::FindingsFormat* format : cli::findings_formats()) format->write(report, {});
    }
    return 0;
}
