#include "cli/commands/check_watch.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "backend/health/service_manager.h"
#include "backend/health/watch.h"
#include "cli/configuration.h"
#include "cli/counted.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "grammar/base/descriptor.h"

namespace lbctl::cli {

namespace {

/// Every check may have a socket open.
void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

/// SIGTERM, SIGINT and SIGHUP as a descriptor.
class WatchSignals {
public:
    WatchSignals() {
        ::sigemptyset(&signals_);
        for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals_, number);
        ::sigprocmask(SIG_BLOCK, &signals_, &before_);
        descriptor_ = base::Descriptor(::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    WatchSignals(const WatchSignals&) = delete;
    WatchSignals& operator=(const WatchSignals&) = delete;
    ~WatchSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

    [[nodiscard]] const base::Descriptor& descriptor() const { return descriptor_; }
    /// 0 when none is there.
    [[nodiscard]] int next() const {
        signalfd_siginfo information{};
        const ssize_t count = ::read(descriptor_.number(), &information, sizeof information);
        return count == static_cast<ssize_t>(sizeof information) ? static_cast<int>(information.ssi_signo) : 0;
    }

private:
    sigset_t signals_{};
    sigset_t before_{};
    base::Descriptor descriptor_;
};

/// One reading of the configuration, with all that stands on it.
struct Reading {
    explicit Reading(validate::Analysis read) : analysis(std::move(read)) {}

    validate::Analysis analysis;
    std::unique_ptr<health::Watch> watch;
};

class Watching {
public:
    Watching(const WatchOptions& options, const Streams& streams)
        : options_(options), streams_(streams), watchdog_(health::watchdog_interval()) {}

    ExitStatus run() {
        if (!signals_.descriptor().is_open())
            return report_failure(streams_, {fmt::format("no signals can be awaited: {}", std::strerror(errno)), {}});
        auto first = read();
        if (!first) return report_failure(streams_, first.error());
        reading_ = std::move(*first);
        reading_->watch->start();
        say_start("start", "watching");
        health::tell_service_manager("READY=1");
        while (!ends_) {
            reading_->watch->step();
            if (std::exchange(reads_anew_, false)) reload();
        }
        health::tell_service_manager("STOPPING=1");
        say("stop", "the watch ends");
        return ExitStatus::ok;
    }

private:
    /// Numbers of the loop.
    enum Own : std::uint64_t { signals, watchdog };

    void say(std::string_view what, std::string_view message) { put(watch_line(options_.format, what, message)); }

    void put(const std::string& line) {
        print_text(streams_.out, line);
        std::fflush(streams_.out);
    }

    /// How much is watched, and what of it cannot be.
    void say_start(std::string_view what, std::string_view verb) {
        const health::CheckedServices& checked = reading_->watch->checked();
        std::size_t servers = 0;
        for (const health::CheckedService& service : checked.services) servers += service.servers.size();
        say(what, fmt::format("{} {} of {} in {}", verb, counted(checked.checkers.size(), "checker"),
                              counted(servers, "real server"), counted(checked.services.size(), "virtual server")));
        for (const health::ServiceHealth& service : reading_->watch->health().services()) {
            for (std::size_t i = 0; i < service.standings().size(); ++i) {
                const ast::RealServer& server = service.service().servers[i].server;
                if (!service.standings()[i].alive)
                    say("down", fmt::format("{} of {} is down to begin with", with_port(server.address, server.port),
                                            service.service().name));
            }
        }
        for (std::size_t i = 0; i < checked.checkers.size(); ++i) {
            const health::CheckResult* settled = reading_->watch->checks().settled(i);
            if (settled == nullptr || settled->verdict.state != health::State::none) continue;
            const ast::Node& line = *settled->line;
            const auto range = line.head.where().range;
            say("problem",
                fmt::format("{}:{}: {} is not made: {}", reading_->analysis.sources.name(range.file), range.begin.line,
                            model::keyword_of(checked.checkers[i].kind), settled->verdict.reason));
        }
        for (const std::string& folder : reading_->watch->unwatched_folders())
            say("problem", fmt::format("changes of files in {} are not seen", folder));
    }

    Result<std::unique_ptr<Reading>> read() {
        // Nothing is changed, so a file with errors is taken as keepalived takes it.
        auto analysis = load_analysis({options_.analysis, true}, options_.file, streams_);
        if (!analysis) return tl::make_unexpected(analysis.error());
        const auto target = target_version(options_.analysis.target_version);
        if (!target) return tl::make_unexpected(target.error());
        auto reading = std::make_unique<Reading>(*std::move(analysis));
        health::CheckOptions checks = health::check_options(reading->analysis.root, *target);
        checks.runs_scripts = options_.runs_scripts;
        const source::Sources& sources = reading->analysis.sources;
        auto watch = health::Watch::make(
            reading->analysis.root, checks,
            {.changed = [this, &sources](
                            const health::WatchEvent& event) { put(watch_line(options_.format, event, sources)); },
             .told = [](const health::ServiceHealth& /*health*/, const health::Notice& /*notice*/) {},
             .happened = [this](std::uint64_t number) { happened(number); }});
        if (!watch) return tl::make_unexpected(watch.error());
        reading->watch = std::move(*watch);
        health::EventLoop& loop = reading->watch->loop();
        const int error = loop.watch(signals_.descriptor().number(), EPOLLIN, reading->watch->own_number(Own::signals));
        if (error != 0) return failure(fmt::format("no signals can be awaited: {}", std::strerror(error)));
        if (watchdog_) loop.set_time(reading->watch->own_number(Own::watchdog), health::EventLoop::Clock::now());
        return reading;
    }

    void happened(std::uint64_t number) {
        if (number == Own::watchdog) {
            health::tell_service_manager("WATCHDOG=1");
            reading_->watch->loop().set_time(reading_->watch->own_number(Own::watchdog),
                                             health::EventLoop::Clock::now() + *watchdog_ / 2);
            return;
        }
        for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
            if (signal == SIGHUP) {
                reads_anew_ = true;
            } else {
                ends_ = true;
            }
        }
    }

    /// A file that cannot be read changes nothing.
    void reload() {
        health::tell_service_manager("RELOADING=1");
        auto next = read();
        if (!next) {
            say("problem", fmt::format("the file is not read again: {}", next.error().message));
        } else {
            const std::unique_ptr<Reading> before = std::exchange(reading_, std::move(*next));
            reading_->watch->take_over(*before->watch);
            say_start("reload", "the file was read again: watching");
        }
        health::tell_service_manager("READY=1");
    }

    const WatchOptions& options_;
    const Streams& streams_;
    WatchSignals signals_;
    std::optional<std::chrono::microseconds> watchdog_;
    std::unique_ptr<Reading> reading_;
    bool ends_ = false;
    bool reads_anew_ = false;
};

}  // namespace

ExitStatus watch_checks(const WatchOptions& options, const Streams& streams) {
    allow_many_descriptors();
    return Watching(options, streams).run();
}

}  // namespace lbctl::cli
