#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "cli/application.h"
#include "cli/terminal.h"

namespace {

/// Opens on /dev/null what is closed of descriptors 0 to 2. Otherwise the next file that is opened gets the number, and
/// what is meant for the terminal is written into it. Reading there and writing there fail all the same, as they do
/// with a closed descriptor: a result that nobody gets is no success. Gives false when that is not possible.
bool standard_descriptors_are_open() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        // All below it are open, so that it is the lowest free one.
        if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) return false;
    }
    return true;
}

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

/// Where memory ends in a place from which no exception can go on, as in destructors of JSON. There is nothing else to
/// be said of it than elsewhere.
[[noreturn]] void end_without_memory() {
    try {
        if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        std::fputs(lbctl::cli::out_of_memory, stderr);
        std::fflush(stderr);
        _exit(static_cast<int>(lbctl::cli::ExitStatus::failed));
    } catch (...) {
    }
    std::abort();
}

}  // namespace

int main(int argc, char** argv) {
    if (!standard_descriptors_are_open()) return static_cast<int>(lbctl::cli::ExitStatus::failed);
    lbctl::cli::keep_rights(lbctl::cli::rights_for(argc, argv));
    // A file that is as large as it may become is an error like a full disk, not an end in the middle of the work.
    std::signal(SIGXFSZ, SIG_IGN);
    std::set_terminate(end_without_memory);
    keep_memory();
    lbctl::cli::Streams streams;
    streams.colour_out = shows_colour(STDOUT_FILENO);
    streams.colour_err = shows_colour(STDERR_FILENO);
    streams.unicode = lbctl::cli::locale_has_unicode();
    return lbctl::cli::run_application(argc, argv, streams);
}
