#include "backend/emit/graphviz.h"

#include <fmt/format.h>

#include "backend/process/program.h"

namespace lbctl::emit {

Result<std::string> svg_of(std::string_view graph) {
    const std::string hint = "install Graphviz, or draw the graph elsewhere: --as dot";
    auto run = process::run_program({"dot", "-Tsvg"}, graph);
    if (!run) return failure(fmt::format("{}; it draws the graph", run.error().message), hint);
    if (run->status != 0) return failure("dot failed to draw the graph", hint);
    return std::move(run->out);
}

}  // namespace lbctl::emit
