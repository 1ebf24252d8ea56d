#include "grammar/base/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#ifdef LBCTL_ARENA_GUARDS
#include <sanitizer/asan_interface.h>
#endif

namespace lbctl::base {

namespace {

constexpr std::size_t smallest_chunk = std::size_t{64} << 10U;
constexpr std::size_t largest_chunk = std::size_t{32} << 20U;
constexpr std::size_t page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20U;
/// Pages are asked for this many at a time at most: a page taken alone by a fault costs ten times one taken in bulk.
constexpr std::size_t largest_step = std::size_t{2} << 20U;

std::size_t rounded_up(std::size_t value, std::size_t unit) {
    return (value + unit - 1) / unit * unit;
}

}  // namespace

void Arena::Free::operator()(std::byte* base) const {
#ifdef LBCTL_ARENA_GUARDS
    ASAN_UNPOISON_MEMORY_REGION(base, size);
#endif
    std::free(base);  // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): aligned_alloc() gave it
}

void Arena::swap(Arena& other) noexcept {
    std::swap(chunks_, other.chunks_);
    std::swap(base_, other.base_);
    std::swap(used_, other.used_);
    std::swap(ready_, other.ready_);
    std::swap(size_, other.size_);
}

void Arena::add_chunk(std::size_t least) {
    const std::size_t wanted = std::clamp(size_ * 2, smallest_chunk, largest_chunk);
    const bool large = std::max(wanted, least) >= huge_page;
    const std::size_t alignment = large ? huge_page : page;
    const std::size_t size = rounded_up(std::max(wanted, least), alignment);
    chunks_.reserve(chunks_.size() + 1);
    // From the heap, so that what comes after this arena is gone finds its pages present.
    Chunk chunk(static_cast<std::byte*>(std::aligned_alloc(alignment, size)), Free{size});
    if (chunk == nullptr) throw std::bad_alloc();
    base_ = chunk.get();
    chunks_.push_back(std::move(chunk));
    if (large) madvise(base_, size, MADV_HUGEPAGE);
    used_ = 0;
    ready_ = 0;
    size_ = size;
#ifdef LBCTL_ARENA_GUARDS
    guard_rest();
#endif
}

void Arena::rewind(const Mark& mark) {
    const bool same_chunk = chunks_.size() == mark.chunks;
    // A newer chunk is the one to go on with, or each thing that does not fit after the mark would ask for another.
    if (!same_chunk) chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(mark.chunks), chunks_.end() - 1);
    used_ = same_chunk ? mark.used : 0;
#ifdef LBCTL_ARENA_GUARDS
    if (base_ != nullptr) guard_rest();
#endif
}

void Arena::make_ready(std::size_t until) {
    const std::size_t step = std::clamp(size_ / 4, smallest_chunk, largest_step);
    const std::size_t next = std::min(size_, std::max(rounded_up(until, page), ready_ + step));
#ifdef MADV_POPULATE_WRITE
    // Only a matter of speed: what is not present yet comes when it is touched.
    madvise(base_ + ready_, next - ready_, MADV_POPULATE_WRITE);
#endif
    ready_ = next;
}

void* Arena::allocate_slowly(std::size_t size, std::size_t alignment) {
    std::size_t begin = rounded_up(used_, alignment);
    if (begin + size > size_) {
        add_chunk(size);
        begin = 0;
    }
    if (begin + size > ready_) make_ready(begin + size);
    used_ = begin + size;
    return base_ + begin;
}

#ifdef LBCTL_ARENA_GUARDS

void* Arena::allocate_guarded(std::size_t size, std::size_t alignment) {
    // The sanitizer watches eight bytes at a time.
    constexpr std::size_t guard = 8;
    if (!chunks_.empty()) used_ = std::min(used_ + guard, size_);
    void* begin = allocate_slowly(size, std::max(alignment, guard));
    ASAN_UNPOISON_MEMORY_REGION(begin, size);
    return begin;
}

void Arena::guard_rest() {
    ASAN_POISON_MEMORY_REGION(base_ + used_, size_ - used_);
}

#endif

std::string_view Arena::keep(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* copy = static_cast<char*>(allocate(bytes.size(), 1));
    std::memcpy(copy, bytes.data(), bytes.size());
    return {copy, bytes.size()};
}

}  // namespace lbctl::base
