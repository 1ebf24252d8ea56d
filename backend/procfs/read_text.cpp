#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "backend/procfs/connections.h"

namespace lbctl::procfs {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t kernel_block = 16 * page;
constexpr std::size_t file_block = 64 * page;
constexpr std::size_t blocks_in_flight = 8;

/// Closes a descriptor, but never the standard ones.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ > STDERR_FILENO) close(number_);
    }
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

/// read(2) that does not mind signals; the errno is negative.
ssize_t read_some(int descriptor, char* into, std::size_t room) {
    for (;;) {
        const ssize_t count = read(descriptor, into, room);
        if (count >= 0) return count;
        if (errno != EINTR) return -errno;
    }
}

/// Fills the block as long as a whole page still fits, because a shorter read would make the kernel walk more often.
/// Returns 0, or the errno. An empty block is the end.
int fill(int descriptor, std::vector<char>& block, std::size_t size) {
    block.resize(size);
    std::size_t used = 0;
    int error = 0;
    while (size - used >= page) {
        const ssize_t count = read_some(descriptor, block.data() + used, size - used);
        if (count < 0) error = static_cast<int>(-count);
        if (count <= 0) break;
        used += static_cast<std::size_t>(count);
    }
    block.resize(used);
    return error;
}

/// Blocks on their way from the reading thread to the one that formats.
class Conveyor {
public:
    /// Waits for room; false when nobody wants more. Leaves a used block in `block`, for its memory.
    bool put(std::vector<char>& block) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return full_.size() < blocks_in_flight || stopped_; });
        if (stopped_) return false;
        full_.push_back(std::move(block));
        block = {};
        if (!empty_.empty()) {
            block = std::move(empty_.back());
            empty_.pop_back();
        }
        changed_.notify_all();
        return true;
    }

    void finish(int error) {
        const std::lock_guard lock(mutex_);
        finished_ = true;
        error_ = error;
        changed_.notify_all();
    }

    /// Takes the oldest block, waiting for it; false at the end.
    bool take(std::vector<char>& block) {
        std::unique_lock lock(mutex_);
        if (block.capacity() != 0) empty_.push_back(std::move(block));
        changed_.wait(lock, [this] { return !full_.empty() || finished_; });
        if (full_.empty()) return false;
        block = std::move(full_.front());
        full_.erase(full_.begin());
        changed_.notify_all();
        return true;
    }

    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    }

    [[nodiscard]] int error() const { return error_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::vector<char>> full_;
    std::vector<std::vector<char>> empty_;
    bool finished_ = false;
    bool stopped_ = false;
    int error_ = 0;
};

/// Lets the reading thread go, however its partner leaves.
class StopAtExit {
public:
    explicit StopAtExit(Conveyor& conveyor) : conveyor_(conveyor) {}
    StopAtExit(const StopAtExit&) = delete;
    StopAtExit& operator=(const StopAtExit&) = delete;
    ~StopAtExit() { conveyor_.stop(); }

private:
    Conveyor& conveyor_;
};

int read_alone(int descriptor, std::size_t size, const std::function<bool(std::string_view)>& take) {
    std::vector<char> block;
    for (;;) {
        const int error = fill(descriptor, block, size);

        if (block.empty() || !take({block.data(), block.size()}) || error != 0) return error;
    }
}

int read_beside(int descriptor, const std::function<bool(std::string_view)>& take) {
    Conveyor conveyor;
    {
        const std::jthread reader([&conveyor, descriptor] {
            std::vector<char> block;
            int error = 0;
            while (error == 0) {
                error = fill(descriptor, block, kernel_block);
                if (block.empty() || !conveyor.put(block)) break;
            }
            conveyor.finish(error);
        });
        const StopAtExit stop(conveyor);
        std::vector<char> block;
        while (conveyor.take(block) && take({block.data(), block.size()})) {
        }
    }
    return conveyor.error();
}

}  // namespace

Result<void> read_text(const Source& source, const std::function<bool(std::string_view)>& take) {
    const Descriptor descriptor(source.path == "-" ? STDIN_FILENO : open(source.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.number() < 0) {
        const int error = errno;
        if (source.kernel && error == ENOENT) {
            return failure(fmt::format("{}: the kernel has no IPVS in this network namespace", source.path),
                           "load it with `modprobe ip_vs' as root");
        }
        return failure(fmt::format("{}: {}", source.path, std::strerror(error)));
    }
    const bool two_threads = source.kernel && std::thread::hardware_concurrency() > 1;
    const int error = two_threads ? read_beside(descriptor.number(), take)
                                  : read_alone(descriptor.number(), source.kernel ? kernel_block : file_block, take);
    if (error != 0) return failure(fmt::format("{}: {}", source.path, std::strerror(error)));
    return {};
}

}  // namespace lbctl::procfs
