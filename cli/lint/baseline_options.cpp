#include "cli/lint/baseline_options.h"

#include <filesystem>
#include <system_error>

#include "cli/counted.h"
#include "cli/lint/baseline.h"
#include "cli/print.h"

namespace lbctl::cli {

namespace {

void report(const Baseline::Applied& applied, const std::string& path, const Streams& streams) {
    if (applied.suppressed > 0)
        print(streams.err, "{} not shown: {} known from {}\n", counted(applied.suppressed, "finding"),
              applied.suppressed == 1 ? "it is" : "they are", path);
    constexpr std::size_t most = 10;
    for (std::size_t i = 0; i < std::min(most, applied.stale.size()); ++i)
        print(streams.err, "{}: nothing is found any more of {} in {}\n", path, applied.stale[i].rule,
              applied.stale[i].file);
    if (applied.stale.size() > most)
        print(streams.err, "{}: and of {} more\n", path, counted(applied.stale.size() - most, "entry", "entries"));
    if (!applied.stale.empty()) print(streams.err, "--update-baseline takes out what is found no more\n");
}

}  // namespace

void add_baseline_options(Command command, BaselineArguments& arguments) {
    command.option("--baseline", arguments.file, "findings that are known, and not told again")
        .type_name("FILE")
        .tells(arguments.has_file);
    command.flag("--update-baseline", arguments.update, "write what is found into the baseline");
}

Result<void> take_baseline_off(Linted& linted, const BaselineArguments& arguments, const ProjectFile* project,
                               const Streams& streams) {
    std::string path = arguments.file;
    if (!arguments.has_file && project != nullptr) path = project->baseline.value_or(std::string());
    if (path.empty()) {
        if (!arguments.update) return {};
        return failure("--update-baseline: there is no file to write", "name it with --baseline FILE");
    }
    std::error_code error;
    const bool is_new = arguments.update && !std::filesystem::exists(path, error);
    auto baseline = is_new ? Result<Baseline>(Baseline(path)) : Baseline::read(path);
    if (!baseline) return tl::make_unexpected(baseline.error());
    if (arguments.update) {
        const std::size_t count = baseline->update(linted);
        if (auto written = baseline->write(); !written) return written;
        print(streams.err, "{} written to {}\n", counted(count, "finding"), path);
    }
    const Baseline::Applied applied = baseline->apply(linted);
    if (!arguments.update) report(applied, path, streams);
    return {};
}

}  // namespace lbctl::cli
