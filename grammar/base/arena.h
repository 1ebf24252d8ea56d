#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lbctl::base {

/// Under the address sanitizer there is poisoned memory between the pieces of an arena, as there is on the heap, so
/// that reading past the end of a text is reported.
#if defined(__SANITIZE_ADDRESS__)
#define LBCTL_ARENA_GUARDS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LBCTL_ARENA_GUARDS 1
#endif
#endif

/// Memory that only grows and is given back all at once. What is put here keeps its address, also when the arena itself
/// moves. A configuration of 10,000 virtual servers is a million small things that live and die together: taking them
/// one by one from the heap would cost more than reading them.
class Arena {
public:
    Arena() = default;
    Arena(Arena&& other) noexcept { swap(other); }
    Arena& operator=(Arena&& other) noexcept {
        Arena(std::move(other)).swap(*this);
        return *this;
    }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena() = default;

    void swap(Arena& other) noexcept;

    /// Room for `size` bytes. Throws std::bad_alloc when the machine has none.
    void* allocate(std::size_t size, std::size_t alignment) {
#ifdef LBCTL_ARENA_GUARDS
        return allocate_guarded(size, alignment);
#else
        const std::size_t begin = (used_ + alignment - 1) & ~(alignment - 1);
        if (begin + size > ready_) return allocate_slowly(size, alignment);
        used_ = begin + size;
        return base_ + begin;
#endif
    }

    /// Gives back the end of what was allocated last: it began at `begin`, and `kept` bytes of it are used.
    void shrink_last(const void* begin, std::size_t kept) {
        used_ = static_cast<std::size_t>(static_cast<const std::byte*>(begin) - base_) + kept;
#ifdef LBCTL_ARENA_GUARDS
        guard_rest();
#endif
    }

    /// A moment to which the arena can go back.
    struct Mark {
        std::size_t chunks = 0;
        std::size_t used = 0;
    };
    [[nodiscard]] Mark mark() const {
        return {chunks_.size(), used_};
    }

    /// Forgets all that was put here after the mark; its memory is used again. Marks taken since then are void.
    void rewind(const Mark& mark);

    /// Room for bytes that the caller fills; they are not set.
    std::span<char> make_room(std::size_t size) {
        return {static_cast<char*>(allocate(size, 1)), size};
    }

    /// A copy of some bytes.
    std::string_view keep(std::string_view bytes);

    /// A copy of some values.
    template <class T>
    std::span<T> keep_all(std::span<const T> values) {
        static_assert(std::is_trivially_destructible_v<T>);
        if (values.empty()) return {};
        T* first = static_cast<T*>(allocate(values.size_bytes(), alignof(T)));
        if constexpr (std::is_trivially_copyable_v<T>)
            std::memcpy(static_cast<void*>(first), values.data(), values.size_bytes());
        else
            std::uninitialized_copy(values.begin(), values.end(), first);
        return {first, values.size()};
    }

    /// Room for `count` values that begin as T{}.
    template <class T>
    std::span<T> make_all(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T>);
        if (count == 0) return {};
        T* first = static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
        std::uninitialized_value_construct_n(first, count);
        return {first, count};
    }

    /// The values `make(0)` up to `make(count - 1)`; making one may take room here as well.
    template <class T, class Make>
    std::span<T> make_each(std::size_t count, const Make& make) {
        static_assert(std::is_trivially_destructible_v<T>);
        if (count == 0) return {};
        T* const first = static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
        for (std::size_t i = 0; i < count; ++i) std::construct_at(first + i, make(i));
        return {first, count};
    }

    /// One value.
    template <class T>
    T* make(const T& value) {
        static_assert(std::is_trivially_destructible_v<T>);
        return std::construct_at(static_cast<T*>(allocate(sizeof(T), alignof(T))), value);
    }

private:
    struct Free {
        std::size_t size = 0;
        void operator()(std::byte* base) const;
    };
    using Chunk = std::unique_ptr<std::byte, Free>;

#ifdef LBCTL_ARENA_GUARDS
    void* allocate_guarded(std::size_t size, std::size_t alignment);
    void guard_rest();
#endif
    void* allocate_slowly(std::size_t size, std::size_t alignment);
    void add_chunk(std::size_t least);
    void make_ready(std::size_t until);

    std::vector<Chunk> chunks_;  ///< the last one is being filled
    std::byte* base_ = nullptr;
    std::size_t used_ = 0;
    std::size_t ready_ = 0;  ///< pages up to here are present
    std::size_t size_ = 0;
};

}  // namespace lbctl::base
