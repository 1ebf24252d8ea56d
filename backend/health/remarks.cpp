#include "backend/health/remarks.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "backend/health/check_script.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/model/regex.h"

namespace lbctl::health {

namespace {

/// How long Linux keeps a port in TIME_WAIT (TCP_TIMEWAIT_LEN in include/net/tcp.h).
constexpr std::chrono::seconds time_wait{60};

/// The first release that does not run commands through linked folders as root.
constexpr keywords::Version refuses_links{2, 3, 0};

class Remarks {
public:
    Remarks(const CheckedService& service, const CheckedServer& server, const model::Checker& checker,
            const CheckResult& result, const CheckOptions& options, bool with_later)
        : service_(service),
          server_(server),
          checker_(checker),
          result_(result),
          options_(options),
          with_later_(with_later) {}

    std::vector<Remark> find() {
        look_at_port();
        if (result_.is_removed) {
            later(result_.line, checker_.timing.alpha.value
                                    ? "the server is never checked, and with alpha it is down for ever"
                                    : "the server is never checked, and up whatever happens");
            return std::move(found_);
        }
        if (result_.verdict.state == State::none && transport_of(checker_) && !options_.judges_as_meant) {
            add(false, checker_.node,
                checker_.timing.alpha.value
                    ? "without a verdict keepalived leaves the server as it is: with alpha down"
                    : "without a verdict keepalived leaves the server as it is: up at the start");
        }
        look_at_time();
        if (!with_later_) return std::move(found_);
        if (const auto* http = std::get_if<model::HttpCheck>(&checker_.details)) look_at_pages(*http);
        if (const auto* misc = std::get_if<model::MiscCheck>(&checker_.details)) look_at_command(*misc);
        look_at_source_port();
        return std::move(found_);
    }

private:
    void add(bool is_later, const ast::Node* line, std::string text) {
        found_.push_back({is_later, line, std::move(text)});
    }
    void later(const ast::Node* line, std::string text) {
        if (with_later_) add(true, line, std::move(text));
    }

    [[nodiscard]] bool has_port() const {
        using enum model::CheckerKind;
        switch (checker_.kind) {
            case tcp:
            case http:
            case https:
            case smtp:
            case dns:
            case udp:
                return true;
            case ping:
            case misc:
            case file:
            case bfd:
                break;
        }
        return false;
    }

    void look_at_port() {
        const auto* head = std::get_if<model::AddressHead>(&service_.service.head);
        const bool asks_server =
            checker_.endpoint.address == server_.server.address && checker_.endpoint.port == server_.server.port;
        if (!has_port() || !asks_server || head == nullptr) return;
        const auto forwarding = model::forwarding_of(service_.service, server_.server);
        const std::uint16_t served = model::port_served(forwarding.kind, server_.server.port, head->port);
        if (served == checker_.endpoint.port) return;
        add(false, server_.server.node,
            fmt::format(
                "it is asked at port {}, as written, and serves clients at port {}: connect_port would settle it",
                checker_.endpoint.port, served));
    }

    void look_at_time() {
        using Seconds = std::chrono::duration<double>;
        const double timeout = Seconds(checker_.timing.connect_timeout.value).count();
        const double period = Seconds(checker_.timing.delay_loop.value).count();
        const bool is_stream = checker_.kind == model::CheckerKind::http ||
                               checker_.kind == model::CheckerKind::https || checker_.kind == model::CheckerKind::smtp;
        // One for the connection and one for the answer are what everybody expects.
        if (is_stream && result_.verdict.state == State::up && result_.seconds > 2 * timeout) {
            add(false, checker_.node,
                fmt::format("it took {:.1f} s, and connect_timeout is {:g} s: that counts anew after each part of the "
                            "answer",
                            result_.seconds, timeout));
        }
        if (result_.has_no_end) {
            later(
                result_.line,
                "as long as the answer goes on, keepalived makes no other check of it, and the server stays as it is");
        } else if (period > 0 && result_.seconds > period) {
            later(checker_.node,
                  fmt::format("it took {:.1f} s, longer than delay_loop ({:g} s), so it is made less often",
                              result_.seconds, period));
        }
    }

    void look_at_pages(const model::HttpCheck& http) {
        for (const model::Url& url : http.urls) {
            if (!url.regex) continue;
            const model::CompiledRegex compiled = model::compile(*url.regex);
            if (!compiled.code) {
                later(url.regex->line,
                      fmt::format("the regex does not compile ({}): keepalived crashes at the first answer to {}, and "
                                  "again after each start",
                                  compiled.fault, url.path));
                continue;
            }
            if (url.regex->first_offset != 0 || url.regex->end_offset != 0) {
                later(url.regex->line,
                      "the offsets count from the status line when header and body come together, and from the body "
                      "when they do not: another day it may be the other way");
            }
            if (!url.digest.empty()) {
                later(url.digest_line,
                      "with a regex beside it the digest fails when the answer comes in three pieces or more: what the "
                      "regex holds back is counted twice");
            }
        }
    }

    void look_at_command(const model::MiscCheck& misc) {
        if (misc.sets_weight && result_.weight && *result_.weight != server_.weight) {
            later(
                misc.path_line,
                "if the command is ever stopped after misc_timeout, keepalived adds its weight a second time, and the "
                "weight is wrong until a reload");
        }
        if (options_.target >= refuses_links) return;
        const ScriptText script{misc.command, misc.user, misc.group};
        if (const auto newer = prepare_command(script, options_.script_user, refuses_links); !newer)
            later(misc.path_line,
                  fmt::format("keepalived from 2.3.0 on removes this checker: {}", newer.error().reason));
    }

    void look_at_source_port() {
        if (checker_.endpoint.own_port == 0 || checker_.kind != model::CheckerKind::tcp) return;
        if (checker_.timing.delay_loop.value >= time_wait) return;
        later(checker_.node,
              fmt::format(
                  "from port {} the next check finds its own last connection in TIME_WAIT, and has no verdict for "
                  "{} s",
                  checker_.endpoint.own_port, time_wait.count()));
    }

    const CheckedService& service_;
    const CheckedServer& server_;
    const model::Checker& checker_;
    const CheckResult& result_;
    const CheckOptions& options_;
    bool with_later_;
    std::vector<Remark> found_;
};

}  // namespace

std::vector<Remark> remarks_on(const CheckedService& service, const CheckedServer& server,
                               const model::Checker& checker, const CheckResult& result, const CheckOptions& options,
                               bool with_later) {
    return Remarks(service, server, checker, result, options, with_later).find();
}

}  // namespace lbctl::health
