#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "grammar/syntax/reader.h"

namespace lbctl::fuzz {

/// What expansions may make here. The reader's own limit takes a tenth of a second, a sanitizer twenty times that,
/// and a target reads several times.
inline constexpr std::size_t most_lines = 1000;

/// How the targets read: no includes, which are files of the machine.
inline syntax::ReaderOptions reader_options() {
    syntax::ReaderOptions options;
    options.config_id = "main";
    options.follow_includes = false;
    options.most_lines = most_lines;
    return options;
}

/// Ends the process, which makes the input a finding of the fuzzer, unless the property holds.
inline void hold(bool property, const char* what) {
    if (property) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Holds while it lives that an input takes less than a second. Of the processor, that is: libFuzzer's own clock is the
/// one of the wall, which on a busy machine says nothing.
class Stopwatch {
public:
    Stopwatch() = default;
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() { hold(std::clock() - begin_ < CLOCKS_PER_SEC, "an input takes less than a second"); }

private:
    std::clock_t begin_ = std::clock();
};

}  // namespace lbctl::fuzz
