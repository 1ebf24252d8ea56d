#include <unistd.h>

#include <cstdlib>

#include "cli/application.h"

namespace {

bool shows_colour(int descriptor) {
    const char* no_colour = std::getenv("NO_COLOR");
    return isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

int main(int argc, char** argv) {
    lbctl::cli::Streams streams;
    streams.colour_out = shows_colour(STDOUT_FILENO);
    streams.colour_err = shows_colour(STDERR_FILENO);
    return lbctl::cli::run_application(argc, argv, streams);
}
