#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace lbctl::procfs {

/// Numbers pieces of work as threads begin them, and lets the threads deliver them in the order of these numbers.
class DeliveryOrder {
public:
    /// Calls `next`, one thread at a time. Gives the number of the piece; nothing once `next` has given false.
    template <class Next>
    std::optional<std::uint64_t> begin(Next&& next) {
        const std::lock_guard lock(beginning_);
        if (exhausted_ || !next()) {
            exhausted_ = true;
            return std::nullopt;
        }
        return begun_++;
    }

    /// Waits until all earlier pieces are delivered, then calls `deliver`. False once that has given false.
    template <class Deliver>
    bool end(std::uint64_t turn, Deliver&& deliver) {
        std::unique_lock lock(ending_);
        changed_.wait(lock, [&] { return ended_ == turn || stopped_; });
        if (stopped_) return false;
        stopped_ = !deliver();
        ++ended_;
        changed_.notify_all();
        return !stopped_;
    }

private:
    std::mutex beginning_;
    bool exhausted_ = false;
    std::uint64_t begun_ = 0;

    std::mutex ending_;
    std::condition_variable changed_;
    bool stopped_ = false;
    std::uint64_t ended_ = 0;
};

/// Works in that many threads, of which the caller's is one. Each has a Piece of its own: `next(piece)` puts into it
/// what comes next and says false at the end, `work(piece)` is called beside those of other threads, `deliver(piece)`
/// in the order in which next() was called, and says false when no more is wanted.
template <class Piece, class Next, class Work, class Deliver>
void work_in_order(std::size_t threads, Next&& next, Work&& work, Deliver&& deliver) {
    DeliveryOrder order;
    const auto run = [&] {
        Piece piece{};
        for (;;) {
            const auto turn = order.begin([&] { return next(piece); });
            if (!turn) return;
            work(piece);
            if (!order.end(*turn, [&] { return deliver(piece); })) return;
        }
    };
    std::vector<std::jthread> others;
    try {
        while (others.size() + 1 < threads) others.emplace_back(run);
    } catch (const std::system_error&) {  // no more threads: those that exist do the work
    }
    run();
}

}  // namespace lbctl::procfs
