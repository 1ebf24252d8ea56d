#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/result.h"

/// Programs that are run for what they print.
namespace lbctl::process {

struct ProgramRun {
    int status = 0;  ///< as the shell has it: 128 + N after signal N
    std::string out;
    std::string err;
};

/// Runs a program with that standard input and waits for it. Where its name has no slash it is looked for in PATH, and
/// then in the folders of programs for root. Fails when it cannot be run; no more than 64 MiB of what it prints are
/// kept. With a patience one that takes longer is killed, and that is a failure, too.
Result<ProgramRun> run_program(const std::vector<std::string>& words, std::string_view input = {},
                               std::optional<std::chrono::milliseconds> patience = {});

/// Whether run_program() would find a program of that name.
bool has_program(const std::string& name);

}  // namespace lbctl::process
