#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace lbctl::cli {

/// Calls `work` with every number from 0 to count - 1, each once, in so many threads, this one among them. Numbers are
/// begun in their order. The first exception ends all and is thrown here.
template <class Work>
void in_parallel(std::size_t count, std::size_t threads, const Work& work) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr thrown;
    const auto take = [&] {
        try {
            for (std::size_t number = next++; number < count; number = next++) work(number);
        } catch (...) {
            next = count;
            const std::lock_guard lock(mutex);
            if (!thrown) thrown = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> others;
        const std::size_t wanted = std::min(threads, count);
        for (std::size_t i = 1; i < wanted; ++i) others.emplace_back(take);
        take();
    }
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace lbctl::cli
