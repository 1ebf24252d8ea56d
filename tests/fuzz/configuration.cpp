#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "grammar/ast/lvs.h"
#include "grammar/syntax/formatter.h"
#include "grammar/syntax/source_lines.h"
#include "grammar/validate/analysis.h"

/// Any bytes are read, checked and laid out: no crash, no endless run, nothing lost.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lbctl;
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (syntax::join_source(syntax::split_source(text)) != text) std::abort();
    const std::string formatted = syntax::format_text(text);
    if (syntax::format_text(formatted) != formatted) std::abort();
    validate::AnalysisOptions options;
    options.config_id = "fuzz";
    const auto analysis = validate::analyse("fuzz.conf", text, options);
    ast::bind_lvs(analysis.root);
    return 0;
}
