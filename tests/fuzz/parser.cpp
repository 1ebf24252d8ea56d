#include "grammar/ast/parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tests/fuzz/property.h"

namespace {

using namespace lbctl;

struct Count {
    std::size_t nodes = 0;
    std::size_t depth = 0;
};

/// Walks over a tree and looks at each node as those do who read it.
void walk(std::span<const ast::Node> nodes, std::size_t depth, const source::Sources& sources, Count& count) {
    count.depth = std::max(count.depth, depth);
    for (const ast::Node& node : nodes) {
        ++count.nodes;
        fuzz::hold(node.head.where().range.file < sources.file_count(), "a statement has a place");
        fuzz::hold(node.children.empty() || node.braces != nullptr, "what stands inside has braces around it");
        walk(node.children, depth + 1, sources, count);
    }
}

}  // namespace

/// Any lines make a tree, no larger than they are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Stopwatch stopwatch;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const syntax::ReaderOptions options = fuzz::reader_options();

    source::Sources sources;
    source::Findings findings;
    const source::FileId file = sources.add("main.conf", text);
    std::size_t words = 0;
    {
        source::Sources apart;
        source::Findings found;
        for (const syntax::Line& line : syntax::read_lines(apart, apart.add("main.conf", text), options, found).lines)
            words += line.text.size();
    }
    syntax::LineReader reader(sources, file, options, findings);
    base::Arena tree;
    Count count;
    walk(ast::parse(reader, tree, findings), 1, sources, count);
    fuzz::hold(count.nodes <= words, "every statement has a word of its own");
    fuzz::hold(count.depth <= size + 1, "no tree is deeper than its text is long");
    return 0;
}
