#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/health/as_meant.h"
#include "backend/health/check_script.h"
#include "backend/health/conversation.h"
#include "backend/health/event_loop.h"
#include "backend/health/tls_client.h"
#include "backend/health/verdict.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"
#include "grammar/keywords/version.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// Bytes that went to a server or came from it.
struct Traffic {
    bool sent = true;   ///< false: received
    std::string peer;   ///< ADDRESS:PORT
    std::string bytes;  ///< of what was received at most `most_traced' a checker
};
inline constexpr std::size_t most_traced = 65536;

/// What one run of a checker came to.
struct CheckResult {
    Verdict verdict;
    double seconds = 0;                  ///< from its start to the verdict; 0 when it did not run
    const ast::Node* line = nullptr;     ///< what in the file the verdict is about: a url, a command; else the checker
    std::optional<unsigned> exit_code;   ///< of a command that ended by itself
    std::optional<std::int64_t> weight;  ///< that misc_dynamic sets, before other checkers add to it
    std::optional<Verdict> meant;        ///< as an operator would expect it, where it is another one
    std::optional<Page> page;            ///< where digests are wanted and it was read
    bool has_no_end = false;             ///< something came again and again, until lbctl gave up
    bool is_removed = false;             ///< keepalived takes this checker away when it starts
    std::vector<Traffic> traffic;
};

struct CheckOptions {
    keywords::Version target = keywords::default_target;
    model::TlsIdentity tls;
    model::ScriptUser script_user;
    bool runs_scripts = true;
    bool traces = false;
    bool wants_digests = false;     ///< of every page that is read
    bool has_second_judge = false;  ///< fills in CheckResult::meant
    bool judges_as_meant = false;   ///< with it: that is the verdict, and `meant' has keepalived's
};

/// The options that a configuration settles.
CheckOptions check_options(const ast::Node& root, keywords::Version target);

/// How many TLS connections are had at a time. One that a server does not go on with costs 65 KiB, and up to 200 when
/// the server says that it is going to send much.
inline constexpr std::size_t most_tls_connections = 256;

/// Who may begin TLS. Others wait, in the order in which they asked, and are woken by the loop as if their time had
/// come.
class TlsPlaces {
public:
    explicit TlsPlaces(EventLoop& loop) : loop_(loop) {}

    /// False: wait, and ask again when woken.
    bool take(std::uint64_t number);
    void give_back();
    /// It waits no longer.
    void forget(std::uint64_t number);

private:
    void wake_next();

    EventLoop& loop_;
    std::size_t taken_ = 0;
    std::deque<std::uint64_t> waiting_;
};

/// What all attempts share.
class CheckMeans {
public:
    CheckMeans(EventLoop& loop, CheckOptions options) : loop_(loop), options_(std::move(options)), tls_places_(loop) {}

    [[nodiscard]] EventLoop& loop() { return loop_; }
    [[nodiscard]] const CheckOptions& options() const { return options_; }
    /// Made when the first checker needs it.
    const Result<TlsClient>& tls_client();
    [[nodiscard]] TlsPlaces& tls_places() { return tls_places_; }

private:
    EventLoop& loop_;
    CheckOptions options_;
    TlsPlaces tls_places_;
    std::optional<Result<TlsClient>> tls_;
};

/// The result of a checker without an attempt: keepalived takes it away, it reads a file, or nobody can tell. Nothing
/// when it has to be tried; `command` is then that of a MISC_CHECK.
std::optional<CheckResult> settled_result(const model::Checker& checker, const CheckOptions& options,
                                          CheckCommand& command);

/// One try of one checker: a conversation over a socket, or the run of a command. The loop tells it what happens under
/// the number that it was given.
class CheckAttempt {
public:
    /// All must outlive it. `url` is the place of the one that is asked, `command` that of a MISC_CHECK. The result is
    /// added to: traffic after what is there.
    CheckAttempt(CheckMeans& means, const model::Checker& checker, const CheckCommand& command, std::uint64_t number,
                 CheckResult& result);
    CheckAttempt(const CheckAttempt&) = delete;
    CheckAttempt& operator=(const CheckAttempt&) = delete;
    ~CheckAttempt();

    void begin(std::size_t url);
    void ready(std::uint32_t events);
    void expired();
    /// It ends without a verdict.
    void give_up(std::string reason) {
        result_.has_no_end = true;
        finish({State::none, std::move(reason)});
    }
    [[nodiscard]] bool is_over() const { return over_; }
    /// Nobody's fault but that of too many others: TLS has not begun, and no time runs.
    [[nodiscard]] bool waits_for_place() const { return place_ == Place::awaited; }

private:
    enum class Place : std::uint8_t { none, awaited, taken };

    template <class Event>
    void act(const Event& event);
    void open();
    void finish(Verdict verdict);
    void wait(std::chrono::microseconds time);
    bool watch(int descriptor, std::uint32_t events, bool is_new);
    bool send(const std::string& bytes);
    void note(bool sent, std::string_view bytes);
    void go_on_opening(std::uint32_t events);
    void begin_tls();
    bool take_place();
    void leave_place();
    bool shake_hands();
    void read_stream();
    void read_tls(char* into, std::size_t room);
    void take(std::string_view bytes);
    void end_stream(Ending ending);
    void read_datagrams(std::uint32_t events);
    bool is_for_us(std::string_view& bytes) const;
    void begin_command(const model::MiscCheck& misc);
    void stop_command();
    void finish_command();

    CheckMeans& means_;
    const model::Checker& checker_;
    const CheckCommand& command_;
    std::uint64_t number_;
    CheckResult& result_;
    Transport transport_ = Transport::tcp;
    std::size_t url_ = 0;
    base::Descriptor socket_;
    std::optional<TlsSession> tls_;  // before the socket is closed, it is gone
    std::unique_ptr<Conversation> conversation_;
    std::optional<CheckProcess> process_;
    Evidence evidence_;  ///< for the second judge
    std::uint16_t identifier_ = 0;
    Place place_ = Place::none;
    EventLoop::Clock::time_point deadline_;  // of the time set last
    std::chrono::microseconds left_{};       // of it, when one began to wait for a place
    bool is_open_ = false;
    bool is_raw_ = false;
    bool was_stopped_ = false;
    bool over_ = false;
};

}  // namespace lbctl::health
