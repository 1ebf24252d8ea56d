#include "cli/commands/check_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "backend/health/mailer.h"
#include "backend/health/notice_text.h"
#include "backend/health/notifier.h"
#include "backend/health/privileges.h"
#include "backend/health/service_manager.h"
#include "backend/health/watch.h"
#include "backend/table/compile.h"
#include "cli/configuration.h"
#include "cli/counted.h"
#include "cli/print.h"
#include "cli/render/check_report.h"
#include "cli/render/watch_screen.h"
#include "cli/report_failure.h"
#include "cli/screen.h"
#include "cli/screen_signals.h"
#include "cli/table_keeper.h"
#include "grammar/base/descriptor.h"
#include "grammar/model/table_at_stop.h"

namespace lbctl::cli {

namespace {

/// One reading of the configuration, with all that stands on it.
struct Reading {
    Reading(validate::Analysis read, keywords::Version release) : analysis(std::move(read)), target(release) {}

    validate::Analysis analysis;
    keywords::Version target;
    std::unique_ptr<health::Watch> watch;
};

class Watching {
public:
    Watching(const WatchOptions& options, const Streams& streams)
        : options_(options),
          streams_(streams),
          watchdog_(health::watchdog_interval()),
          view_(fmt::format("lbctl{} {}", options.applies ? " --apply" : "",
                            options.file.substr(options.file.rfind('/') + 1)),
                streams.unicode, streams.colour_out) {}

    ExitStatus run() {
        if (!signals_.descriptor().is_open())
            return report_failure(streams_, {fmt::format("no signals can be awaited: {}", std::strerror(errno)), {}});
        auto first = read();
        if (!first) return report_failure(streams_, first.error());
        reading_ = std::move(*first);
        if (options_.applies) {
            if (auto begun = begin_applying(); !begun) return report_failure(streams_, begun.error());
        }
        reading_->watch->start();
        say_start("start", "watching");
        if (options_.applies) {
            if (auto installed = install_beside(); !installed) return report_failure(streams_, installed.error());
        }
        // Mail has a thread of its own, which is to have no more privileges than this one.
        drop_privileges();
        if (options_.applies) {
            settle_mail();
            tell_pending();
        }
        open_screen();
        health::tell_service_manager("READY=1");
        while (!ends_) {
            reading_->watch->step();
            if (std::exchange(reads_anew_, false)) reload();
            if (options_.applies) follow();
        }
        screen_.reset();
        health::tell_service_manager("STOPPING=1");
        const bool is_released = !options_.applies || release();
        finish_mail();
        say("stop", "the watch ends");
        return is_released ? ExitStatus::ok : ExitStatus::failed;
    }

private:
    /// Numbers of the loop.
    enum Own : std::uint64_t { signals, watchdog, retry, keys, redraw };

    // The screen.

    void open_screen() {
        if (options_.plain || options_.format != WatchFormat::text) return;
        screen_ = Screen::open(streams_.out);
        if (!screen_) return;
        // A copy, because what the loop watches is let go by closing it.
        keys_ = base::Descriptor(::fcntl(screen_->input(), F_DUPFD_CLOEXEC, 0));
        attach_screen();
    }

    /// The loop of a new reading hears of keys, too.
    void attach_screen() {
        if (!screen_) return;
        health::EventLoop& loop = reading_->watch->loop();
        (void)loop.watch(keys_.number(), EPOLLIN, reading_->watch->own_number(Own::keys));
        draw();
    }

    /// Now, and at least each second, for the times that are shown.
    void draw() {
        const Screen::Size size = screen_->size();
        const auto begun = health::EventLoop::Clock::now();
        screen_->draw(view_.draw(*reading_->watch, size.rows, size.columns, WatchScreen::Clock::now()));
        drawn_ = health::EventLoop::Clock::now();
        // However many servers there are, the checks have most of the processor.
        constexpr int parts = 20;
        redraw_pause_ = std::max<health::EventLoop::Clock::duration>(shortest_redraw, parts * (drawn_ - begun));
        reading_->watch->loop().set_time(
            reading_->watch->own_number(Own::redraw),
            drawn_ + std::max<health::EventLoop::Clock::duration>(time_to_redraw, redraw_pause_));
    }

    /// Something has changed; many changes are one drawing.
    void draw_soon() {
        if (screen_) reading_->watch->loop().set_time(reading_->watch->own_number(Own::redraw), drawn_ + redraw_pause_);
    }

    void read_keys() {
        if (!screen_) return;
        const auto typed = screen_->read_keys();
        if (!typed) {
            // The terminal is gone. A table that follows goes on; who only looked has nobody to look any more.
            screen_->abandon();
            screen_.reset();
            keys_ = base::Descriptor();
            ends_ = ends_ || !options_.applies;
        } else if (!view_.press(*typed)) {
            ends_ = true;
        } else {
            draw();
        }
    }

    // Privileges.

    [[nodiscard]] health::NeededPrivileges needed_privileges() const {
        const health::Watch& watch = *reading_->watch;
        health::CheckOptions checks = health::check_options(reading_->analysis.root, reading_->target);
        checks.runs_scripts = options_.runs_scripts;
        return health::needed_privileges(watch.checked(), watch.health(), watch.notifications(), checks,
                                         {options_.applies, !net_namespace_.empty()});
    }

    void drop_privileges() {
        const health::NeededPrivileges needed = needed_privileges();
        if (options_.applies) tell_missing(needed);
        if (auto dropped = health::drop_privileges(needed); !dropped) say("problem", dropped.error().message);
    }

    void tell_missing(const health::NeededPrivileges& needed) {
        for (const health::NeededCapability& missing : health::missing_capabilities(needed))
            say("problem", fmt::format("{} is missing, which is for {}", missing.name, missing.use));
    }

    // The table.

    Result<void> begin_applying() {
        // Who reads the lines may go away, and the table is still to be looked after.
        ::signal(SIGPIPE, SIG_IGN);
        auto wanted = table_of({});
        if (!wanted) return tl::make_unexpected(wanted.error());
        net_namespace_ = wanted->net_namespace_ipvs;
        auto keeper = TableKeeper::begin(net_namespace_, options_.force, streams_);
        if (!keeper) return tl::make_unexpected(keeper.error());
        keeper_ = std::move(*keeper);
        notifier_ = make_notifier();
        return {};
    }

    std::unique_ptr<health::Notifier> make_notifier() {
        return std::make_unique<health::Notifier>(reading_->watch->notifications(),
                                                  model::script_user_of(reading_->analysis.root), reading_->target);
    }

    [[nodiscard]] Result<table::Wanted> table_of(const table::Servings& servings) const {
        return table::compile(reading_->analysis.root, reading_->analysis.sources, &servings);
    }

    Result<void> install_beside() {
        (void)reading_->watch->take_table_change();
        auto wanted = table_of(reading_->watch->servings());
        auto configured = table_of(reading_->watch->configured());
        if (!wanted) return tl::make_unexpected(wanted.error());
        if (!configured) return tl::make_unexpected(configured.error());
        auto steps = keeper_->install_beside(std::move(*wanted), *configured);
        if (!steps) return tl::make_unexpected(steps.error());
        installs_ = true;
        if (*steps != 0) say("table", fmt::format("the table is made ({})", counted(*steps, "step")));
        return {};
    }

    /// Brings to the live table who serves now: the whole of it, or what has changed. False when that failed, which is
    /// told.
    bool put_table(bool whole) {
        auto wanted = table_of(reading_->watch->servings());
        Result<std::size_t> steps = 0;
        if (!wanted) {
            steps = tl::make_unexpected(wanted.error());
        } else if (whole) {
            wanted->flush = false;
            steps = keeper_->install(std::move(*wanted));
        } else {
            steps = keeper_->follow(std::move(*wanted));
        }
        if (!steps) say("problem", fmt::format("the table is not as it should be: {}", steps.error().message));
        return steps.has_value();
    }

    /// After each thing that happened: what changed goes to the table. What does not go there is tried again.
    void follow() {
        const bool has_all = installs_ && reading_->watch->knows_all();
        if (reading_->watch->take_table_change()) is_behind_ = true;
        if ((is_behind_ || has_all) && !waits_to_retry_) {
            if (put_table(has_all)) {
                is_behind_ = false;
                if (has_all) installs_ = false;
            } else {
                waits_to_retry_ = true;
                reading_->watch->loop().set_time(reading_->watch->own_number(Own::retry),
                                                 health::EventLoop::Clock::now() + time_to_retry);
            }
        }
        tell_pending();
    }

    /// Who is to be told is told when the table is so.
    void tell_pending() {
        for (const Pending& pending : std::exchange(pending_, {})) {
            notifier_->tell(*pending.health, pending.notice);
            if (mailer_ && pending.notice.by == health::Notice::By::mail) {
                const health::CheckedService& service = pending.health->service();
                mailer_->send(mail_subject(mailer_->router_id(), service, pending.notice), pending.text);
            }
        }
        notifier_->reap();
        tell_of_mail();
        for (const std::string& complaint : notifier_->complaints()) say("problem", complaint);
    }

    /// What went wrong with mail shows when something else happens, or a second later.
    void tell_of_mail() {
        if (!mailer_) return;
        for (const std::string& complaint : mailer_->complaints()) say("problem", complaint);
    }

    /// Mail goes where the file says.
    void settle_mail() {
        const auto route = model::mail_route_of(reading_->analysis.root);
        const std::string_view router_id = reading_->watch->notifications().router_id;
        if (mailer_ && mailer_->goes_on_with(route, router_id)) return;
        mailer_ = route ? std::make_unique<health::Mailer>(*route, router_id) : nullptr;
    }

    void finish_mail() {
        if (!mailer_) return;
        mailer_->finish(time_for_last_mail);
        tell_of_mail();
    }

    /// The end. False when something stays that should go.
    bool release() {
        reading_->watch->stop();
        if (options_.leaves_table) {
            tell_pending();
            return true;
        }
        const auto steps = keeper_->release(model::flushes_table_at_stop(reading_->analysis.root));
        tell_pending();
        if (!steps) {
            say("problem", fmt::format("the table is left as it is: {}", steps.error().message));
            return false;
        }
        say("table", fmt::format("the table is taken away ({})", counted(*steps, "step")));
        return true;
    }

    void say(std::string_view what, std::string_view message) { put(watch_line(options_.format, what, message)); }

    void put(const std::string& line) {
        if (screen_) {
            view_.say(line.substr(0, line.find('\n')));
            draw_soon();
            return;
        }
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
                const model::RealServer& server = service.service().servers[i].server;
                if (!service.standings()[i].alive)
                    say("down", fmt::format("{} of {} is down to begin with", with_port(server.address, server.port),
                                            service.service().name));
            }
        }
        for (std::size_t i = 0; i < checked.checkers.size(); ++i) {
            const health::CheckResult* settled = reading_->watch->checks().settled(i);
            if (settled == nullptr || settled->verdict.state != health::State::none) continue;
            say("problem", fmt::format("{}: {} is not made: {}", place_of(reading_->analysis.sources, *settled->line),
                                       model::keyword_of(checked.checkers[i].kind), settled->verdict.reason));
        }
        for (const std::string& folder : reading_->watch->unwatched_folders())
            say("problem", fmt::format("changes of files in {} are not seen", folder));
    }

    Result<std::unique_ptr<Reading>> read() {
        // Where nothing is changed, a file with errors is taken as keepalived takes it.
        // Findings would fall into the screen; those that matter come back as a failure.
        const base::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        Streams streams = streams_;
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> silence(
            screen_ ? ::fdopen(::dup(nowhere.number()), "w") : nullptr,
            [](std::FILE* file) { return std::fclose(file); });
        if (silence) streams.err = silence.get();
        auto analysis = load_analysis({options_.analysis, !options_.applies}, options_.file, streams);
        if (!analysis) return tl::make_unexpected(analysis.error());
        const auto target = target_version(options_.analysis.target_version);
        if (!target) return tl::make_unexpected(target.error());
        auto reading = std::make_unique<Reading>(*std::move(analysis), *target);
        health::CheckOptions checks = health::check_options(reading->analysis.root, *target);
        checks.runs_scripts = options_.runs_scripts;
        const source::Sources& sources = reading->analysis.sources;
        auto watch = health::Watch::make(
            reading->analysis.root, checks,
            {.changed = [this, &sources](
                            const health::WatchEvent& event) { put(watch_line(options_.format, event, sources)); },
             .told =
                 [this](const health::ServiceHealth& health, const health::Notice& notice, const std::string& text) {
                     if (options_.applies) pending_.push_back({&health, notice, text});
                 },
             .tried =
                 [this, &sources](std::size_t checker, const health::CheckResult& result) {
                     if (!screen_) return;
                     view_.note(*reading_->watch, checker, result, sources);
                     draw_soon();
                 },
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
        if (number == Own::keys) return read_keys();
        if (number == Own::redraw) {
            if (screen_) draw();
            return;
        }
        if (number == Own::retry) {
            waits_to_retry_ = false;
            return;
        }
        for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
            if (signal == SIGHUP) {
                reads_anew_ = true;
            } else if (signal == SIGWINCH) {
                if (screen_) draw();
            } else if (signal == SIGTSTP) {
                if (screen_) {
                    screen_->stop_process();
                    draw();
                } else {
                    ::raise(SIGSTOP);
                }
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
            waits_to_retry_ = false;
            if (options_.applies) prepare_reload();
            reading_->watch->take_over(*before->watch);
            attach_screen();
            say_start("reload", "the file was read again: watching");
            if (options_.applies) {
                install_again();
                tell_pending();
            }
        }
        health::tell_service_manager("READY=1");
    }

    void prepare_reload() {
        // What was given up at the start is not to be had again.
        tell_missing(needed_privileges());
        settle_mail();
        const health::Watch& watch = *reading_->watch;
        const model::ScriptUser user = model::script_user_of(reading_->analysis.root);
        if (notifier_->goes_on_with(watch.notifications(), user)) return;
        // The old FIFOs are gone before new ones of the same name are made.
        notifier_.reset();
        notifier_ = make_notifier();
    }

    void install_again() {
        const auto wanted = table_of({});
        if (wanted && wanted->net_namespace_ipvs != net_namespace_)
            say("problem", "another net_namespace_ipvs needs a new start; the table of the old one is kept");
        is_behind_ = installs_ = true;
        if (!put_table(true)) return;
        is_behind_ = installs_ = false;
        (void)reading_->watch->take_table_change();
    }

    static constexpr auto time_to_redraw = std::chrono::seconds(1);
    static constexpr auto shortest_redraw = std::chrono::milliseconds(100);
    static constexpr auto time_to_retry = std::chrono::seconds(1);
    static constexpr auto time_for_last_mail = std::chrono::seconds(3);

    const WatchOptions& options_;
    const Streams& streams_;
    ScreenSignals signals_;
    std::string net_namespace_;
    std::unique_ptr<TableKeeper> keeper_;
    std::unique_ptr<health::Notifier> notifier_;
    std::unique_ptr<health::Mailer> mailer_;
    /// Somebody who is to be told; `text` is that of a mail.
    struct Pending {
        const health::ServiceHealth* health = nullptr;
        health::Notice notice;
        std::string text;
    };
    std::vector<Pending> pending_;
    bool installs_ = false;   ///< the whole table is to be made once more, when all is known
    bool is_behind_ = false;  ///< the table is not as it should be
    bool waits_to_retry_ = false;
    std::optional<std::chrono::microseconds> watchdog_;
    std::unique_ptr<Reading> reading_;
    std::unique_ptr<Screen> screen_;  ///< null: lines are printed
    base::Descriptor keys_;
    WatchScreen view_;
    health::EventLoop::Clock::time_point drawn_;
    health::EventLoop::Clock::duration redraw_pause_{};
    bool ends_ = false;
    bool reads_anew_ = false;
};

}  // namespace

ExitStatus watch_checks(const WatchOptions& options, const Streams& streams) {
    health::allow_many_descriptors();
    return Watching(options, streams).run();
}

}  // namespace lbctl::cli
