// Where the time of `lbctl lint` goes: each stage alone, the least of some runs, in milliseconds.
//
//   bench_stages FILE [RUNS]

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/ast/bind.h"
#include "grammar/ast/parser.h"
#include "grammar/syntax/formatter.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/rule.h"

namespace {

using namespace lbctl;

using Clock = std::chrono::steady_clock;

class Stages {
public:
    template <class Work>
    void run(std::string_view name, const Work& work) {
        const auto begin = Clock::now();
        work();
        const double spent = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
        const auto known =
            std::find_if(times_.begin(), times_.end(), [&](const auto& time) { return time.name == name; });
        if (known == times_.end())
            times_.push_back({name, spent});
        else
            known->least = std::min(known->least, spent);
    }

    void print() const {
        for (const auto& [name, least] : times_) fmt::print("{:<28}{:>10.2f}\n", name, least);
    }

private:
    struct Time {
        std::string_view name;
        double least = 0;
    };
    std::vector<Time> times_;
};

int measure(const std::string& path, int runs) {
    Stages stages;
    for (int run = 0; run < runs; ++run) {
        source::Sources sources;
        source::Findings findings;
        const syntax::ReaderOptions options;
        source::FileId file = 0;
        bool readable = true;
        stages.run("read the file", [&] {
            const auto added = sources.add_file(path);
            readable = added.has_value();
            if (readable) file = *added;
        });
        if (!readable) return EXIT_FAILURE;
        stages.run("lines", [&] {
            source::Findings none;
            syntax::LineReader reader(sources, file, options, none);
            std::vector<syntax::Line> lines;
            while (reader.read(256, lines)) lines.clear();
        });
        ast::Node root;
        base::Arena tree;
        stages.run("lines and blocks", [&] {
            syntax::LineReader reader(sources, file, options, findings);
            root.children = ast::parse(reader, tree, findings);
        });
        stages.run("arguments", [&] {
            ast::Binder binder(options.target, tree, findings);
            for (ast::Node& statement : root.children) binder.bind(statement);
        });
        stages.run("rules", [&] {
            validate::RuleRun rules({root, sources, options.target, false, findings});
            for (const ast::Node& statement : root.children) rules.check(statement);
            rules.finish();
        });
        stages.run("fmt", [&] { syntax::format_text(sources.text(file)); });
    }
    stages.print();
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_stages FILE [RUNS]\n");
        return EXIT_FAILURE;
    }
    constexpr int usual_runs = 5;
    return measure(argv[1], argc > 2 ? std::atoi(argv[2]) : usual_runs);
}
