/// Plays recorded cases of health over time through the state machines, by simulated time, and compares the course of
/// the table and of what is told.
///
/// usage: health_courses FOLDER [CASE...]
///
/// FOLDER holds a folder for each case, with check.conf, scenario.json and timeline.json, which tells of
/// keepalived 2.4.3; timeline-2.2.7.json, where it is there, tells of that release. Exit status 0: all are the same; 1:
/// some differ; 77: there are none.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "backend/health/check_script.h"
#include "backend/health/notice_text.h"
#include "backend/health/services_health.h"
#include "backend/table/compile.h"
#include "backend/table/names.h"
#include "grammar/ast/argument_values.h"
#include "grammar/validate/analysis.h"
#include "tests/simulation/recorded_course.h"
#include "tests/simulation/simulated_servers.h"

namespace lbctl::tests {

namespace {

using namespace std::chrono_literals;
using health::State;
using nlohmann::json;
namespace fs = std::filesystem;

/// Where the files of a case lay when it was recorded.
constexpr std::string_view recorded_folder = "/run/case";
/// How long it takes to run a command.
constexpr Microseconds start_of_command = 20ms;

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Microseconds time_of(const json& seconds) {
    return Microseconds(static_cast<std::int64_t>(seconds.get<double>() * 1e6));
}

/// Files of a case, laid into a folder of our own.
class CaseFiles {
public:
    CaseFiles() {
        if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder can be made in /tmp");
        // A command that sleeps says so, and goes on at once.
        write("bin/sleep", "#!/bin/sh\necho \"$1\" >>" + path("slept") + "\n");
        write("note", "#!/bin/sh\n");
    }

    CaseFiles(const CaseFiles&) = delete;
    CaseFiles& operator=(const CaseFiles&) = delete;
    ~CaseFiles() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

    /// A text with our folder for the recorded one.
    [[nodiscard]] std::string placed(std::string text) const {
        for (std::size_t at = 0; (at = text.find(recorded_folder, at)) != std::string::npos;) {
            text.replace(at, recorded_folder.size(), folder_);
            at += folder_.size();
        }
        return text;
    }

    void write(const std::string& name, const std::string& text) const {
        const fs::path where = path(name);
        fs::create_directories(where.parent_path());
        std::ofstream(where, std::ios::binary) << placed(text);
        fs::permissions(where, text.starts_with("#!") ? fs::perms(0755) : fs::perms(0644));
    }

    void remove(const std::string& name) const { fs::remove(path(name)); }

    /// Runs a command; gives its status as of wait(2), and adds to `time` how long it would have slept.
    int run(const health::CheckCommand& command, Microseconds& time) const {
        remove("slept");
        std::vector<std::string> words = command.arguments;
        std::string program = command.program;
        if (command.by_shell) {
            words.front() = program;
            words.insert(words.begin(), "/bin/sh");
            program = "/bin/sh";
        }
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            const int null = ::open("/dev/null", O_RDWR);
            for (const int standard : {0, 1, 2}) ::dup2(null, standard);
            ::setenv("PATH", (path("bin") + ":/usr/bin:/bin").c_str(), 1);
            ::execv(program.c_str(), arguments.data());
            ::_exit(127);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        std::ifstream slept(path("slept"));
        for (double seconds = 0; slept >> seconds;) time += Microseconds(static_cast<std::int64_t>(seconds * 1e6));
        return status;
    }

private:
    std::string folder_ = "/tmp/lbctl-course-XXXXXX";
};

class CoursePlayer {
public:
    CoursePlayer(fs::path folder, keywords::Version target)
        : folder_(std::move(folder)),
          target_(target),
          scenario_(json::parse(text_of(folder_ / "scenario.json"))),
          servers_(time_, scenario_.value("servers", json::array()), target) {
        const json files = scenario_.value("files", json::object());
        for (const auto& [name, text] : files.items()) files_.write(name, text.get<std::string>());
        for (const json& command : scenario_.value("setup", json::array())) run_shell(command);
    }

    Course play() {
        reading_ = read(text_of(folder_ / "check.conf"));
        tell(*reading_, reading_->health->start());
        note_table();
        begin_checks();
        for (const json& event : scenario_.value("events", json::array()))
            time_.after(time_of(event[0]), [this, event] { happen(event); });
        time_.run_to(end());
        return std::move(course_);
    }

    [[nodiscard]] Microseconds end() const { return time_of(scenario_.at("seconds")); }
    /// By how much a recording may be behind, of which each round makes a bit.
    [[nodiscard]] Microseconds most_late() const {
        const std::string text = text_of(folder_ / "check.conf");
        if (text.find("MISC_CHECK") != std::string::npos) return 800ms;
        if (text.find("BFD_CHECK") != std::string::npos) return 1200ms;
        return text.find("SSL_GET") != std::string::npos ? 500ms : 250ms;
    }

private:
    struct Reading {
        Reading(const std::string& text, keywords::Version target)
            : analysis(validate::analyse("check.conf", text, {})),
              checked(health::checked_services(analysis.root, target)),
              notifications(model::notifications_of(analysis.root)),
              health(std::make_unique<health::ServicesHealth>(checked, notifications, target)),
              commands(checked.checkers.size()) {
            const model::ScriptUser user = model::script_user_of(analysis.root);
            for (std::size_t i = 0; i < checked.checkers.size(); ++i) {
                const auto* misc = std::get_if<model::MiscCheck>(&checked.checkers[i].details);
                if (misc == nullptr) continue;
                auto command = health::prepare_command({misc->command, misc->user, misc->group}, user, target);
                if (command)
                    commands[i] = *std::move(command);
                else
                    health->remove(i);
            }
        }

        validate::Analysis analysis;
        health::CheckedServices checked;
        model::Notifications notifications;
        std::unique_ptr<health::ServicesHealth> health;
        std::vector<health::CheckCommand> commands;
    };

    [[nodiscard]] std::shared_ptr<Reading> read(const std::string& text) const {
        return std::make_shared<Reading>(files_.placed(text), target_);
    }

    // What happens.

    void happen(const json& event) {
        const std::string verb = event[1];
        if (verb == "up" || verb == "down") {
            servers_.set_up(event[2], verb == "up");
            follow_sessions(event[2], verb == "up");
        } else if (verb == "play") {
            servers_.set_play(event[2], event[3]);
        } else if (verb == "write") {
            files_.write(event[2], event[3]);
            follow_file(event[2]);
        } else if (verb == "remove") {
            files_.remove(event[2]);
            follow_file(event[2]);
        } else if (verb == "sh") {
            run_shell(event[2]);
        } else if (verb == "reload") {
            reload(text_of(folder_ / event[2].get<std::string>()));
        } else if (verb == "stop") {
            tell(*reading_, reading_->health->stop());
            course_.tables.push_back({time_.now(), {}});
            reading_.reset();
        }
    }

    /// Only what a checker can see of it: the addresses of the machine.
    void run_shell(const std::string& command) {
        std::istringstream words(command);
        std::string ip;
        std::string object;
        std::string verb;
        std::string address;
        words >> ip >> object >> verb >> address;
        if (ip != "ip" || !(object == "addr" || object == "address" || object == "a")) return;
        address = address.substr(0, address.find('/'));
        if (verb == "add") addresses_.insert(address);
        if (verb == "del" || verb == "delete") addresses_.erase(address);
    }

    void reload(const std::string& text) {
        const std::shared_ptr<Reading> before = std::exchange(reading_, read(text));
        const auto reloaded = reading_->health->take_over(*before->health);
        tell(*before, reloaded.gone);
        tell(*reading_, reloaded.notices);
        note_table();
        begin_checks();
    }

    void follow_file(const std::string& name) {
        if (reading_ == nullptr) return;
        for (std::size_t i = 0; i < reading_->checked.checkers.size(); ++i) {
            const auto* file = std::get_if<model::FileCheck>(&reading_->checked.checkers[i].details);
            if (file == nullptr || file->file.path != files_.path(name)) continue;
            if (const auto number = table::read_tracked_number(file->file.path))
                tell(*reading_, reading_->health->file_changed(i, *number).notices);
        }
        note_table();
    }

    // Checkers.

    void begin_checks() {
        for (std::size_t i = 0; i < reading_->checked.checkers.size(); ++i) {
            const model::Checker& checker = reading_->checked.checkers[i];
            if (reading_->health->service_of(i).is_removed(i)) continue;
            if (checker.kind == model::CheckerKind::bfd) {
                begin_session(i);
            } else if (checker.kind != model::CheckerKind::file) {
                time_.after(health::first_pause, [this, of = reading_, i] { try_once(of, i); });
            }
        }
    }

    [[nodiscard]] bool waits_for_address(const health::CheckedService& service) const {
        const auto* address = std::get_if<model::AddressHead>(&service.service.head);
        return address == nullptr || !addresses_.contains(address->address.to_string());
    }

    void try_once(const std::shared_ptr<Reading>& of, std::size_t index) {
        if (of != reading_) return;
        const health::ServiceHealth& service = of->health->service_of(index);
        const auto began = time_.now();
        if (service.notifications().waits_for_address && waits_for_address(service.service())) {
            time_.after(service.rounds(index).put_off().pause, [this, of, index] { try_once(of, index); });
            return;
        }
        const model::Checker& checker = of->checked.checkers[index];
        if (const auto* misc = std::get_if<model::MiscCheck>(&checker.details)) {
            run_command(of, index, *misc);
            return;
        }
        servers_.try_once(checker, service.rounds(index).url(),
                          [this, of, index, began](State state) { conclude(of, index, began, {state}); });
    }

    void run_command(const std::shared_ptr<Reading>& of, std::size_t index, const model::MiscCheck& misc) {
        const auto began = time_.now();
        Microseconds taken = start_of_command;
        int status = files_.run(of->commands[index], taken);
        const bool was_stopped = taken > misc.timeout.value;
        if (was_stopped) {
            status = SIGTERM;
            taken = misc.timeout.value;
        }
        const auto end = health::judge_command(misc, of->commands[index], status, was_stopped, target_);
        const health::TryResult result{end.verdict.state, end.exit_code, end.weight};
        time_.after(taken, [this, of, index, began, result] { conclude(of, index, began, result); });
    }

    void conclude(const std::shared_ptr<Reading>& of, std::size_t index, Microseconds began,
                  const health::TryResult& result) {
        if (of != reading_) return;
        const auto outcome = of->health->tried(index, result);
        tell(*of, outcome.notices);
        note_table();
        Microseconds pause = outcome.next.pause;
        if (outcome.next.counts_from_start) pause = std::max<Microseconds>(0us, pause - (time_.now() - began));
        time_.after(pause, [this, of, index] { try_once(of, index); });
    }

    // BFD: keepalived's own process knows the sessions; they are down at the start.

    void begin_session(std::size_t index) {
        set_session(index, false, 1ms);
        for (const json& server : scenario_.value("servers", json::array())) {
            if (server.value("on", "").starts_with("bfd ") && server.value("up", true)) set_session(index, true, 2ms);
        }
    }

    void follow_sessions(const std::string& name, bool up) {
        for (const json& server : scenario_.value("servers", json::array())) {
            if (server.value("name", "") != name || !server.value("on", "").starts_with("bfd ")) continue;
            for (std::size_t i = 0; i < reading_->checked.checkers.size(); ++i) {
                // Lost after three intervals of 100 ms; back when both sides have said so.
                if (reading_->checked.checkers[i].kind == model::CheckerKind::bfd)
                    set_session(i, up, up ? 50ms : 300ms);
            }
        }
    }

    void set_session(std::size_t index, bool up, Microseconds delay) {
        time_.after(delay, [this, of = reading_, index, up] {
            if (of != reading_) return;
            tell(*of, of->health->tried(index, {up ? State::up : State::down}).notices);
            note_table();
        });
    }

    // What comes of it.

    void tell(const Reading& of, const health::ServiceNotices& notices) {
        for (const auto& [place, notice] : notices) {
            const health::ServiceHealth& service = of.health->services()[place];
            if (notice.by == health::Notice::By::mail) {
                const std::string subject = health::mail_subject(of.notifications.router_id, service.service(), notice);
                course_.told.push_back({time_.now(), "mail", subject});
                continue;
            }
            for (std::size_t i = 0; i < of.notifications.fifos.size(); ++i)
                course_.told.push_back({time_.now(), "fifo", health::fifo_line(service.service(), notice)});
            if (const auto& script = service.script_for(notice)) note_script(script->command);
        }
    }

    void note_script(std::string_view command) {
        const std::string note = files_.path("note") + " ";
        if (command.starts_with(note))
            course_.told.push_back({time_.now(), "note", std::string(command.substr(note.size()))});
    }

    void note_table() {
        if (reading_ == nullptr) return;
        const table::Servings servings = reading_->health->servings();
        const auto wanted = table::compile(reading_->analysis.root, reading_->analysis.sources, &servings);
        if (!wanted) return;
        CourseTable now;
        for (const table::WantedService& service : wanted->services) {
            auto& destinations = now[to_string(service.service.key)];
            for (const table::Destination& destination : service.service.destinations)
                destinations[with_port(destination.key.address, destination.key.port)] = destination.weight;
        }
        if (!course_.tables.empty() && course_.tables.back().table == now) return;
        // Of several changes at one time the last is seen.
        if (!course_.tables.empty() && course_.tables.back().at == time_.now()) course_.tables.pop_back();
        if (!course_.tables.empty() && course_.tables.back().table == now) return;
        course_.tables.push_back({time_.now(), std::move(now)});
    }

    fs::path folder_;
    keywords::Version target_;
    json scenario_;
    CaseFiles files_;
    SimulatedTime time_;
    SimulatedServers servers_;
    std::set<std::string> addresses_;
    std::shared_ptr<Reading> reading_;
    Course course_;
};

/// A recording of each case, and the release that it is of.
struct Recording {
    const char* name;
    keywords::Version release;
};
constexpr std::array recordings{
    Recording{"timeline.json", keywords::default_target},
    Recording{"timeline-2.2.7.json", {2, 2, 7}},
};

/// How many lines of difference a case has; they are printed.
std::size_t compare(const fs::path& folder, const Recording& recording) {
    const json timeline = json::parse(text_of(folder / recording.name));
    CoursePlayer player(folder, recording.release);
    Course simulated = player.play();
    Course recorded = recorded_course(timeline);
    // A recording may end before a keepalived that was stopped has taken its table away.
    if (!simulated.tables.empty() && simulated.tables.back().table.empty() && simulated.tables.size() > 1 &&
        !recorded.tables.empty() && !recorded.tables.back().table.empty())
        simulated.tables.pop_back();
    const auto found = differences(recorded, simulated, player.most_late(), player.end());
    for (const std::string& line : found)
        std::printf("%s/%s: %s\n", folder.filename().c_str(), recording.name, line.c_str());
    return found.size();
}

std::vector<fs::path> cases_in(const fs::path& folder, std::vector<std::string> names) {
    std::vector<fs::path> cases;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none)) {
        const bool is_wanted =
            names.empty() || std::ranges::find(names, entry.path().filename().string()) != names.end();
        if (is_wanted && fs::exists(entry.path() / "scenario.json")) cases.push_back(entry.path());
    }
    std::ranges::sort(cases);
    return cases;
}

}  // namespace

}  // namespace lbctl::tests

int main(int count, char** words) {
    using namespace lbctl::tests;
    if (count < 2) {
        std::fputs("usage: health_courses FOLDER [CASE...]\n", stderr);
        return 2;
    }
    const auto cases = cases_in(words[1], {words + 2, words + count});
    if (cases.empty()) {
        std::puts("SKIP: no cases");
        return 77;
    }
    std::size_t same = 0;
    std::size_t all = 0;
    for (const auto& folder : cases) {
        for (const Recording& recording : recordings) {
            if (!std::filesystem::exists(folder / recording.name)) continue;
            ++all;
            same += compare(folder, recording) == 0 ? 1 : 0;
        }
    }
    std::printf("%zu of %zu recordings have the same course\n", same, all);
    return same == all ? 0 : 1;
}
