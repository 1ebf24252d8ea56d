#include "backend/health/first_round.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "backend/health/check_script.h"
#include "backend/health/check_socket.h"
#include "backend/health/tls_client.h"
#include "backend/table/track_file.h"

namespace lbctl::health {

namespace {

using Clock = std::chrono::steady_clock;

/// How long a command may go on after SIGTERM, and again after each SIGKILL.
constexpr auto patience_after_signal = std::chrono::seconds(2);

std::uint16_t random_number() {
    std::uint16_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) number = 1;
    return number;
}

/// What the runs of checkers need of their surroundings.
struct Round {
    const RoundOptions& options;
    int epoll;
    std::optional<Result<TlsClient>> tls;  ///< made when the first checker needs it

    const Result<TlsClient>& tls_client() {
        if (!tls) tls.emplace(TlsClient::make(options.tls));
        return *tls;
    }
};

/// One checker that is running.
class Run {
public:
    Run(Round& round, const model::Checker& checker, std::size_t index, CheckResult& result)
        : round_(round), checker_(checker), index_(index), result_(result), began_(Clock::now()) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() = default;

    void begin() {
        result_.line = checker_.node;
        if (checker_.removal != model::Removal::none) {
            remove(reason_of(checker_.removal));
        } else if (const auto transport = transport_of(checker_)) {
            transport_ = *transport;
            begin_conversation_now();
        } else if (const auto* misc = std::get_if<model::MiscCheck>(&checker_.details)) {
            begin_command(*misc);
        } else if (const auto* file = std::get_if<model::FileCheck>(&checker_.details)) {
            read_file(*file);
        } else {
            finish({State::none, "the state of a BFD session is known to keepalived alone"});
        }
    }

    /// The descriptor that it waits for has something to say.
    void ready(std::uint32_t events) {
        if (process_) {
            finish_command();
        } else if (transport_ == Transport::udp || transport_ == Transport::ping) {
            read_datagrams(events);
        } else if (!is_open_) {
            go_on_opening();
        } else {
            read_stream();
        }
    }

    void expired() {
        deadline_.reset();
        if (process_) {
            stop_command();
        } else if (conversation_) {
            act([this](Effects& effects) { conversation_->expired(effects); });
        } else {
            begin_conversation_now();  // the pause before a retry
        }
    }

    [[nodiscard]] bool is_over() const { return over_; }
    [[nodiscard]] std::optional<Clock::time_point> deadline() const { return deadline_; }

private:
    static std::string_view reason_of(model::Removal removal) {
        switch (removal) {
            case model::Removal::none:
                break;
            case model::Removal::no_url:
                return "it has no url with a path";
            case model::Removal::no_interface:
                return "a link-local address needs bind_if";
            case model::Removal::no_command:
                return "it has no misc_path";
            case model::Removal::no_file:
                return "it names no track_file that is defined above";
            case model::Removal::no_session:
                return "it names no bfd_instance";
        }
        return {};
    }

    void remove(std::string_view why) {
        result_.is_removed = true;
        finish({State::none, fmt::format("keepalived removes this checker: {}", why)});
    }

    void finish(Verdict verdict) {
        over_ = true;
        deadline_.reset();
        result_.verdict = std::move(verdict);
        result_.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
        close();
    }

    void close() {
        conversation_.reset();
        tls_.reset();
        socket_ = base::Descriptor();
        is_open_ = false;
    }

    void wait(std::chrono::microseconds time) { deadline_ = Clock::now() + time; }

    bool watch(int descriptor, std::uint32_t events, bool is_new) {
        epoll_event event{};
        event.events = events;
        event.data.u64 = index_;
        if (::epoll_ctl(round_.epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) == 0) return true;
        finish({State::none, fmt::format("the socket could not be watched: {}", std::strerror(errno))});
        return false;
    }

    // Conversations.

    void begin_conversation_now() {
        if (const auto* http = std::get_if<model::HttpCheck>(&checker_.details))
            result_.line = http->urls.at(number_of_conversation_).node;
        conversation_ = begin_conversation(checker_, number_of_conversation_, random_number(), round_.options.target);
        if (transport_ == Transport::tls && !round_.tls_client()) {
            finish({State::none, round_.tls_client().error().message});
            return;
        }
        OpenedSocket opened = open_socket(checker_, transport_);
        if (opened.verdict) {
            conclude(*std::move(opened.verdict));
            return;
        }
        socket_ = std::move(opened.socket);
        is_raw_ = opened.strips_header;
        const bool is_datagram = transport_ == Transport::udp || transport_ == Transport::ping;
        if (!watch(socket_.number(), is_datagram ? EPOLLIN : EPOLLOUT, true)) return;
        act([this](Effects& effects) { conversation_->begin(effects); });
        if (is_datagram && conversation_) {
            is_open_ = true;
            act([this](Effects& effects) { conversation_->opened(effects); });
        }
    }

    /// Tells the conversation what happened, and does what it wants.
    template <class Event>
    void act(const Event& event) {
        Effects effects;
        event(effects);
        for (const std::string& bytes : effects.send) {
            if (!send(bytes)) return;
        }
        if (effects.wait) wait(*effects.wait);
        if (!effects.verdict) return;
        if (tls_ && is_open_) tls_->shut_down();
        conclude(*std::move(effects.verdict));
    }

    /// One conversation is over: the checker may have another url, or another try.
    void conclude(Verdict verdict) {
        const bool goes_on =
            checker_.kind == model::CheckerKind::smtp ? verdict.state == State::down : verdict.state == State::up;
        if (!goes_on || number_of_conversation_ + 1 >= most_conversations(checker_)) {
            finish(std::move(verdict));
            return;
        }
        ++number_of_conversation_;
        close();
        if (checker_.kind == model::CheckerKind::smtp) {
            wait(checker_.timing.delay_before_retry.value);
        } else {
            begin_conversation_now();
        }
    }

    /// False when the conversation is over.
    bool send(const std::string& bytes) {
        note(true, bytes);
        int error = 0;
        if (tls_) {
            if (tls_->write(bytes)) return true;
            conclude({State::down, fmt::format("the request could not be sent: {}", tls_->fault())});
            return false;
        }
        if (transport_ == Transport::ping) {
            if (is_raw_) identifier_ = random_number();
            error = send_echo(socket_.number(), is_raw_, checker_.endpoint.address.family(), identifier_, bytes);
        } else if (::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
                   static_cast<ssize_t>(bytes.size())) {
            error = errno;
        }
        if (error == 0) return true;
        conclude({State::down, fmt::format("it could not be sent: {}", std::strerror(error))});
        return false;
    }

    void note(bool sent, std::string_view bytes) {
        if (!round_.options.traces) return;
        std::size_t& traced = sent ? traced_sent_ : traced_received_;
        bytes = bytes.substr(0, most_traced - traced);
        if (bytes.empty()) return;
        traced += bytes.size();
        const auto& endpoint = checker_.endpoint;
        result_.traffic.push_back(
            {sent,
             transport_ == Transport::ping ? endpoint.address.to_string() : with_port(endpoint.address, endpoint.port),
             std::string(bytes)});
    }

    // Streams.

    void go_on_opening() {
        if (!tls_) {
            if (const int error = connection_error(socket_.number()); error != 0) {
                conclude({State::down, std::strerror(error)});
                return;
            }
            if (transport_ == Transport::tls) begin_tls();
        }
        if (tls_ && !shake_hands()) return;
        if (!watch(socket_.number(), EPOLLIN, false)) return;
        is_open_ = true;
        act([this](Effects& effects) { conversation_->opened(effects); });
    }

    void begin_tls() {
        const auto& url = std::get<model::HttpCheck>(checker_.details).urls.at(number_of_conversation_);
        tls_.emplace(round_.tls_client()->session(socket_.number(), url.server_name.value, url.tls_compliant));
    }

    /// False as long as the handshake is not done.
    bool shake_hands() {
        switch (tls_->handshake()) {
            case TlsStep::done:
                return true;
            case TlsStep::wants_read:
                watch(socket_.number(), EPOLLIN, false);
                return false;
            case TlsStep::wants_write:
                watch(socket_.number(), EPOLLOUT, false);
                return false;
            case TlsStep::farewell:
            case TlsStep::failed:
                break;
        }
        const std::string fault = tls_->fault();
        conclude({State::down, fmt::format("the TLS handshake failed{}{}", fault.empty() ? "" : ": ", fault)});
        return false;
    }

    void read_stream() {
        std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): what is read fills it
        const std::size_t room = std::min(conversation_->room(), buffer.size());
        if (room == 0) {
            act([this](Effects& effects) { conversation_->ended(Ending::end_of_stream, effects); });
            return;
        }
        if (tls_) {
            read_tls(buffer.data(), room);
            return;
        }
        const ssize_t count = ::recv(socket_.number(), buffer.data(), room, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count > 0) {
            take({buffer.data(), static_cast<std::size_t>(count)});
        } else {
            const Ending ending = count == 0            ? Ending::end_of_stream
                                  : errno == ECONNRESET ? Ending::reset
                                                        : Ending::failure;
            act([this, ending](Effects& effects) { conversation_->ended(ending, effects); });
        }
    }

    void read_tls(char* into, std::size_t room) {
        std::size_t count = 0;
        switch (tls_->read(into, room, count)) {
            case TlsStep::done:
                take({into, count});
                return;
            case TlsStep::wants_read:
            case TlsStep::wants_write:
                take({});
                return;
            case TlsStep::farewell:
                act([this](Effects& effects) { conversation_->ended(Ending::farewell, effects); });
                return;
            case TlsStep::failed:
                break;
        }
        is_open_ = false;  // nothing more may be said on a stream that broke
        act([this](Effects& effects) { conversation_->ended(Ending::failure, effects); });
    }

    void take(std::string_view bytes) {
        note(false, bytes);
        act([this, bytes](Effects& effects) { conversation_->received(bytes, effects); });
    }

    // Datagrams.

    void read_datagrams(std::uint32_t events) {
        if ((events & EPOLLERR) != 0 && checker_.kind == model::CheckerKind::udp && take_icmp_error(socket_.number())) {
            act([this](Effects& effects) { conversation_->ended(Ending::failure, effects); });
            return;
        }
        std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): what is read fills it
        const ssize_t count = ::recv(socket_.number(), buffer.data(), buffer.size(), 0);
        if (count < 0) {
            // Only what the server refuses is told to an UDP socket without IP_RECVERR; ping sockets are told more.
            const bool is_told = checker_.kind == model::CheckerKind::dns && errno != EAGAIN && errno != EINTR;
            if (is_told) act([this](Effects& effects) { conversation_->ended(Ending::failure, effects); });
            return;
        }
        std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
        if (is_raw_ && !is_for_us(bytes)) return;
        take(bytes);
    }

    /// A raw socket sees every packet that comes from the server, requests to ourselves among them.
    bool is_for_us(std::string_view& bytes) const {
        constexpr std::size_t icmp_header = 8;
        constexpr std::size_t identifier_at = 4;
        const bool is_inet = checker_.endpoint.address.family() == Family::inet;
        if (is_inet && !bytes.empty()) {
            const std::size_t header = (static_cast<unsigned char>(bytes[0]) & 0x0fU) * 4U;
            bytes.remove_prefix(std::min(header, bytes.size()));
        }
        if (bytes.size() < icmp_header) return false;
        constexpr unsigned char echo_reply = 0;
        constexpr unsigned char echo_reply_v6 = 129;
        const auto type = static_cast<unsigned char>(bytes[0]);
        const unsigned identifier = static_cast<unsigned>(static_cast<unsigned char>(bytes[identifier_at])) << 8U |
                                    static_cast<unsigned char>(bytes[identifier_at + 1]);
        return type == (is_inet ? echo_reply : echo_reply_v6) && identifier == identifier_;
    }

    // Commands and files.

    void begin_command(const model::MiscCheck& misc) {
        result_.line = misc.path_line;
        auto command = prepare_command(misc, round_.options.script_user, round_.options.target);
        if (!command) {
            remove(command.error().reason);
            return;
        }
        if (!round_.options.runs_scripts) {
            finish({State::none, "commands are not run (--no-scripts)"});
            return;
        }
        command_ = *std::move(command);
        auto process = CheckProcess::start(command_);
        if (!process) {
            finish({State::none, process.error().message});
            return;
        }
        process_ = std::move(*process);
        if (watch(process_->descriptor(), EPOLLIN, true)) wait(misc.timeout.value);
    }

    void stop_command() {
        process_->send_signal(was_stopped_ ? SIGKILL : SIGTERM);
        was_stopped_ = true;
        wait(patience_after_signal);
    }

    void finish_command() {
        const auto& misc = std::get<model::MiscCheck>(checker_.details);
        const int status = process_->take_status();
        process_.reset();
        CommandVerdict end = judge_command(misc, command_, status, was_stopped_, round_.options.target);
        result_.weight = end.weight;
        finish(std::move(end.verdict));
    }

    void read_file(const model::FileCheck& file) {
        result_.line = file.name_line;
        const table::FileEffect effect = table::effect_of(file.file);
        result_.added_weight = effect.failed ? 0 : effect.weight;
        finish({effect.failed ? State::down : State::up,
                effect.failed ? fmt::format("what is in {} counts as failed", file.file.path)
                              : fmt::format("{} adds {} to the weight", file.file.path, effect.weight)});
    }

    Round& round_;
    const model::Checker& checker_;
    std::size_t index_;
    CheckResult& result_;
    Clock::time_point began_;
    std::optional<Clock::time_point> deadline_;
    Transport transport_ = Transport::tcp;
    std::size_t number_of_conversation_ = 0;
    base::Descriptor socket_;
    std::optional<TlsSession> tls_;  // before the socket is closed, it is gone
    std::unique_ptr<Conversation> conversation_;
    CheckCommand command_;
    std::optional<CheckProcess> process_;
    std::uint16_t identifier_ = 0;
    std::size_t traced_sent_ = 0;
    std::size_t traced_received_ = 0;
    bool is_open_ = false;
    bool is_raw_ = false;
    bool was_stopped_ = false;
    bool over_ = false;
};

/// Keeps so many checkers running, and tells them what happens.
class Driver {
public:
    Driver(std::span<const model::Checker> checkers, const RoundOptions& options, int epoll)
        : checkers_(checkers), options_(options), round_{options, epoll, {}}, results_(checkers.size()) {}

    std::vector<CheckResult> run() {
        while (done_ < checkers_.size()) {
            begin_more();
            if (done_ < checkers_.size()) step();
        }
        return std::move(results_);
    }

private:
    void begin_more() {
        while (next_ < checkers_.size() && running_.size() < std::max<std::size_t>(options_.most_at_once, 1)) {
            const std::size_t index = next_++;
            auto& run = running_.emplace(index, std::make_unique<Run>(round_, checkers_[index], index, results_[index]))
                            .first->second;
            run->begin();
            settle(index);
        }
    }

    /// Waits for the next thing to happen, and lets it happen.
    void step() {
        std::array<epoll_event, 64> events{};
        const int count = ::epoll_wait(round_.epoll, events.data(), static_cast<int>(events.size()), patience());
        for (int i = 0; i < count; ++i) {
            // A copy: the kernel's epoll_event is packed, and a reference into it may not be aligned.
            const auto [happened, data] = events.at(static_cast<std::size_t>(i));
            const std::uint64_t index = data.u64;
            const auto found = running_.find(index);
            if (found == running_.end()) continue;
            found->second->ready(happened);
            settle(found->first);
        }
        expire();
    }

    /// Milliseconds up to the first deadline, rounded up; -1 for ever.
    [[nodiscard]] int patience() const {
        if (deadlines_.empty()) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadlines_.begin()->first - Clock::now());
        constexpr std::int64_t most = 60'000;
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, most));
    }

    void expire() {
        while (!deadlines_.empty() && deadlines_.begin()->first <= Clock::now()) {
            const std::size_t index = deadlines_.begin()->second;
            known_deadlines_.erase(index);
            deadlines_.erase(deadlines_.begin());
            running_.at(index)->expired();
            settle(index);
        }
    }

    /// After a run has done something: its deadline, or its end.
    void settle(std::size_t index) {
        if (const auto known = known_deadlines_.find(index); known != known_deadlines_.end()) {
            deadlines_.erase(known->second);
            known_deadlines_.erase(known);
        }
        const Run& run = *running_.at(index);
        if (run.is_over()) {
            running_.erase(index);
            ++done_;
            if (options_.progress) options_.progress(done_);
        } else if (const auto deadline = run.deadline()) {
            known_deadlines_.emplace(index, deadlines_.emplace(*deadline, index));
        }
    }

    using Deadlines = std::multimap<Clock::time_point, std::size_t>;

    std::span<const model::Checker> checkers_;
    const RoundOptions& options_;
    Round round_;
    std::vector<CheckResult> results_;
    std::map<std::size_t, std::unique_ptr<Run>> running_;
    Deadlines deadlines_;
    std::map<std::size_t, Deadlines::iterator> known_deadlines_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
};

}  // namespace

RoundOptions round_options(const ast::Node& root, keywords::Version target) {
    RoundOptions options;
    options.target = target;
    options.tls = model::tls_identity_of(root);
    options.script_user = model::script_user_of(root);
    return options;
}

Result<std::vector<CheckResult>> run_first_round(std::span<const model::Checker> checkers,
                                                 const RoundOptions& options) {
    const base::Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) return failure(fmt::format("the checks cannot be watched: {}", std::strerror(errno)));
    return Driver(checkers, options, epoll.number()).run();
}

}  // namespace lbctl::health
