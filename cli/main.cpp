#include <malloc.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/application.h"

namespace {

bool shows_colour(int descriptor) {
    const char* no_colour = std::getenv("NO_COLOR");
    return isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

/// A command is short, and goes through its memory in stages: what one stage gives back is for the next, not for the
/// kernel, who would clear it and map it anew, page by page.
void keep_memory() {
#ifdef __GLIBC__
    constexpr int mebibyte = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, 32 * mebibyte);
    mallopt(M_TRIM_THRESHOLD, 1024 * mebibyte);
    mallopt(M_TOP_PAD, mebibyte);
#endif
}

}  // namespace

int main(int argc, char** argv) {
    keep_memory();
    lbctl::cli::Streams streams;
    streams.colour_out = shows_colour(STDOUT_FILENO);
    streams.colour_err = shows_colour(STDERR_FILENO);
    return lbctl::cli::run_application(argc, argv, streams);
}
