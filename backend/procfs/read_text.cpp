#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "backend/procfs/connections.h"
#include "backend/procfs/source_file.h"

namespace lbctl::procfs {

namespace {

constexpr std::size_t page = 4096;
/// Of the kernel's files: a few pages where one thread reads and formats in turns, more where blocks change hands.
constexpr std::size_t kernel_block_alone = 4 * page;
constexpr std::size_t kernel_block = 16 * page;
constexpr std::size_t file_block = 32 * page;
constexpr std::size_t blocks_in_flight = 8;

/// A piece of text on its way. Its memory is not filled with zeros, which would touch what a short table never uses.
class Block {
public:
    Block() = default;
    explicit Block(std::size_t capacity) : bytes_(new char[capacity]), capacity_(capacity) {}

    [[nodiscard]] bool empty() const { return used_ == 0; }
    [[nodiscard]] bool has_memory() const { return capacity_ != 0; }
    [[nodiscard]] std::string_view text() const { return {bytes_.get(), used_}; }

    /// Reads as long as a whole page still fits, because a shorter read would make the kernel walk more often. Returns
    /// 0, or the errno. An empty block is the end.
    int fill(int descriptor) {
        used_ = 0;
        while (capacity_ - used_ >= page) {
            const ssize_t count = base::read_some(descriptor, bytes_.get() + used_, capacity_ - used_);
            if (count < 0) return static_cast<int>(-count);
            if (count == 0) break;
            used_ += static_cast<std::size_t>(count);
        }
        return 0;
    }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
};

/// Blocks on their way from the reading thread to the one that formats.
class BlockQueue {
public:
    /// Waits for room; false when nobody wants more. Leaves a used block in `block`, for its memory.
    bool put(Block& block) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return full_.size() < blocks_in_flight || stopped_; });
        if (stopped_) return false;
        full_.push_back(std::move(block));
        block = Block();
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
    bool take(Block& block) {
        std::unique_lock lock(mutex_);
        if (block.has_memory()) empty_.push_back(std::move(block));
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
    std::vector<Block> full_;
    std::vector<Block> empty_;
    bool finished_ = false;
    bool stopped_ = false;
    int error_ = 0;
};

/// Lets the reading thread go, however its partner leaves.
class StopAtExit {
public:
    explicit StopAtExit(BlockQueue& queue) : queue_(queue) {}
    StopAtExit(const StopAtExit&) = delete;
    StopAtExit& operator=(const StopAtExit&) = delete;
    ~StopAtExit() { queue_.stop(); }

private:
    BlockQueue& queue_;
};

int read_alone(int descriptor, std::size_t size, const std::function<bool(std::string_view)>& take) {
    Block block(size);
    for (;;) {
        const int error = block.fill(descriptor);
        if (block.empty() || !take(block.text()) || error != 0) return error;
    }
}

int read_beside(int descriptor, const std::function<bool(std::string_view)>& take) {
    BlockQueue queue;
    {
        const auto read = [&queue, descriptor] {
            Block block(kernel_block);
            int error = 0;
            while (error == 0) {
                error = block.fill(descriptor);
                if (block.empty() || !queue.put(block)) break;
                if (!block.has_memory()) block = Block(kernel_block);
            }
            queue.finish(error);
        };
        std::jthread reader;
        try {
            reader = std::jthread(read);
        } catch (const std::system_error&) {  // no thread to be had
            return read_alone(descriptor, kernel_block_alone, take);
        }
        const StopAtExit stop(queue);
        Block block;
        while (queue.take(block) && take(block.text())) {
        }
    }
    return queue.error();
}

}  // namespace

Result<void> read_text(const Source& source, const std::function<bool(std::string_view)>& take) {
    const auto opened = open_source(source);
    if (!opened) return tl::make_unexpected(opened.error());
    const int descriptor = opened->number();
    const bool two_threads = source.kernel && processors() > 1;
    std::size_t line = 0;  // what was read of the one that has not ended yet
    const auto take_lines = [&](std::string_view piece) {
        const std::size_t last = piece.rfind('\n');
        line = last == std::string_view::npos ? line + piece.size() : piece.size() - last - 1;
        return line <= endless_line && take(piece);
    };
    const int error = two_threads ? read_beside(descriptor, take_lines)
                                  : read_alone(descriptor, source.kernel ? kernel_block_alone : file_block, take_lines);
    if (error != 0) return tl::make_unexpected(read_failure(source, error));
    if (line > endless_line) return tl::make_unexpected(read_failure(source, EFBIG));
    return {};
}

}  // namespace lbctl::procfs
