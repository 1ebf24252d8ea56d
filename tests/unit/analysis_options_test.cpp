#include "cli/analysis_options.h"

#include <string>
#include <tuple>
#include <utility>

#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

cli::AnalysisArguments defining(std::string definition) {
    cli::AnalysisArguments arguments;
    arguments.definitions.push_back(std::move(definition));
    return arguments;
}

}  // namespace

TEST_CASE("-D takes what `$NAME=VALUE' in a file would take") {
    for (const auto& [definition, name, value] :
         {std::tuple("A=b", "A", "b"), std::tuple("_a1=b=c d", "_a1", "b=c d"), std::tuple("A=", "A", "")}) {
        const auto options = cli::analysis_options(defining(definition));
        REQUIRE(options);
        REQUIRE(options->definitions.size() == 1);
        CHECK(options->definitions[0] == std::pair<std::string, std::string>(name, value));
    }
    for (const char* definition : {"A", "=b", "1A=b", "A-B=c", "A =b", "$A=b", ""}) {
        INFO(definition);
        CHECK_FALSE(cli::analysis_options(defining(definition)));
    }
}
