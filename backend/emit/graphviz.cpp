#include "backend/emit/graphviz.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

extern char** environ;

namespace lbctl::emit {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

class FileActions {
public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    void use(const File& file, int descriptor) {
        posix_spawn_file_actions_adddup2(&actions_, ::fileno(file.get()), descriptor);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

std::string read_all(const File& file) {
    std::string text;
    std::array<char, 65536> part{};
    std::rewind(file.get());
    while (const std::size_t count = std::fread(part.data(), 1, part.size(), file.get()))
        text.append(part.data(), count);
    return text;
}

}  // namespace

Result<std::string> svg_of(std::string_view graph) {
    const std::string hint = "install Graphviz, or draw the graph elsewhere: --as dot";
    // Files and no pipes: neither side waits for the other, however much there is.
    const File in(std::tmpfile());
    const File out(std::tmpfile());
    if (in == nullptr || out == nullptr || std::fwrite(graph.data(), 1, graph.size(), in.get()) != graph.size() ||
        std::fflush(in.get()) != 0)
        return failure(fmt::format("cannot write a temporary file for dot: {}", std::strerror(errno)));
    std::rewind(in.get());
    FileActions actions;
    actions.use(in, STDIN_FILENO);
    actions.use(out, STDOUT_FILENO);
    std::string program = "dot";
    std::string format = "-Tsvg";
    std::array<char*, 3> words{program.data(), format.data(), nullptr};
    ::pid_t process = 0;
    if (const int error = ::posix_spawnp(&process, "dot", actions.get(), nullptr, words.data(), environ); error != 0)
        return failure(fmt::format("cannot run dot, which draws the graph: {}", std::strerror(error)), hint);
    int status = 0;
    while (::waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) return failure(fmt::format("cannot wait for dot: {}", std::strerror(errno)));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failure("dot failed to draw the graph", hint);
    return read_all(out);
}

}  // namespace lbctl::emit
