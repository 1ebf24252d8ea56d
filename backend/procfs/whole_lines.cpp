#include "backend/procfs/whole_lines.h"

#include <cerrno>
#include <cstring>

#include "backend/procfs/source_file.h"

namespace lbctl::procfs {

namespace {

/// Reads until the room is full or nothing follows. Returns 0, or the errno.
int fill(int descriptor, char* into, std::size_t room, std::size_t& used) {
    used = 0;
    while (used < room) {
        const ssize_t count = base::read_some(descriptor, into + used, room - used);
        if (count < 0) return static_cast<int>(-count);
        if (count == 0) break;
        used += static_cast<std::size_t>(count);
    }
    return 0;
}

}  // namespace

void WholeLines::hold(std::string_view part) {
    const std::size_t room = longest_line + 1 - held_.size();
    skipping_ = part.size() > room;
    held_ += part.substr(0, room);
}

int WholeLines::next(LineBlock& block) {
    char* const fresh = block.memory_.get() + LineBlock::room_in_front;
    // What is held stands right in front of the line end that completes it.
    const auto give = [&](std::size_t begin, std::size_t end) {
        char* const text = fresh + begin - held_.size();
        std::memcpy(text, held_.data(), held_.size());
        block.text_ = {text, held_.size() + end - begin};
        held_.clear();
    };
    block.text_ = {};
    std::size_t skipped = 0;
    for (;;) {
        std::size_t used = 0;
        const int error = fill(descriptor_, fresh, LineBlock::capacity, used);
        const std::string_view read(fresh, used);
        if (read.empty()) {
            if (error == 0) give(0, 0);
            return error;
        }
        const std::size_t last = read.rfind('\n');
        if (last != std::string_view::npos) {
            give(skipping_ ? read.find('\n') : 0, last + 1);
            hold(read.substr(last + 1));
            return error;
        }
        if (!skipping_) hold(read);
        if (error != 0) return error;
        if ((skipped += used) > endless_line) return EFBIG;
    }
}

}  // namespace lbctl::procfs
