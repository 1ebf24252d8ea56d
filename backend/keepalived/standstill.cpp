#include "backend/keepalived/standstill.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "backend/keepalived/process_files.h"

namespace lbctl::keepalived {

namespace {

constexpr std::chrono::milliseconds pause{50};

constexpr char frozen = 'F';

struct Meaning {
    char state;
    bool passes;  ///< it may be over in a moment
    std::string_view one;
    std::string_view many;
};
constexpr std::array<Meaning, 7> meanings = {{
    {'T', false, "is stopped (SIGSTOP)", "are stopped (SIGSTOP)"},
    {'t', false, "is stopped by a debugger", "are stopped by a debugger"},
    {frozen, false, "is frozen (cgroup.freeze)", "are frozen (cgroup.freeze)"},
    {'Z', true, "is dead (a zombie)", "are dead (zombies)"},
    {'X', true, "is dead", "are dead"},
    {'x', true, "is dead", "are dead"},
    {'D', true, "waits for the kernel, and cannot be disturbed (state D)",
     "wait for the kernel, and cannot be disturbed (state D)"},
}};

const Meaning* meaning_of(char state) {
    const auto* found = std::ranges::find(meanings, state, &Meaning::state);
    return found == meanings.end() ? nullptr : found;
}

/// To proc(5) a frozen process sleeps; its control group tells.
bool is_frozen(int process) {
    const std::string groups = read_text(path_of(process, "cgroup"), 65536);
    constexpr std::string_view unified = "0::";
    const std::size_t at = groups.starts_with(unified) ? 0 : groups.find("\n0::");
    if (at == std::string::npos) return false;
    const std::size_t begin = groups.find('/', at);
    if (begin == std::string::npos) return false;
    const std::string path = groups.substr(begin, groups.find('\n', begin) - begin);
    // `ip netns exec' has a /sys of its own, without control groups; the first process sees them.
    for (const std::string_view root : {"", "/proc/1/root"}) {
        if (says_frozen(read_text(fmt::format("{}/sys/fs/cgroup{}/cgroup.events", root, path), 4096))) return true;
    }
    return false;
}

std::vector<Standstill> look(std::span<const int> processes) {
    std::vector<Standstill> found;
    for (const int process : processes) {
        const auto state = process_state(read_text(path_of(process, "stat"), 4096));
        if (state && meaning_of(*state) != nullptr) {
            found.push_back({process, *state});
        } else if (is_frozen(process)) {
            found.push_back({process, frozen});
        }
    }
    return found;
}

std::string numbers_text(const std::vector<int>& numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        text += fmt::format("{}{}", i == 0 ? "" : i + 1 == numbers.size() ? " and " : ", ", numbers[i]);
    return text;
}

}  // namespace

std::optional<char> process_state(std::string_view stat) {
    // The second word is the name in brackets, and may hold anything.
    const std::size_t bracket = stat.rfind(')');
    if (bracket == std::string_view::npos || bracket + 2 >= stat.size()) return std::nullopt;
    return stat[bracket + 2];
}

bool says_frozen(std::string_view cgroup_events) {
    constexpr std::string_view line = "frozen 1";
    for (std::size_t at = 0; (at = cgroup_events.find(line, at)) != std::string_view::npos; ++at) {
        const std::string_view rest = cgroup_events.substr(at + line.size());
        if ((at == 0 || cgroup_events[at - 1] == '\n') && (rest.empty() || rest.front() == '\n')) return true;
    }
    return false;
}

std::vector<Standstill> standing_still(std::span<const int> processes, std::chrono::milliseconds patience) {
    std::vector<Standstill> found = look(processes);
    const auto passes = [](const Standstill& each) { return meaning_of(each.state)->passes; };
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::ranges::any_of(found, passes) && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(pause);
        const std::vector<Standstill> now = look(processes);
        std::erase_if(found, [&now](const Standstill& each) { return std::ranges::find(now, each) == now.end(); });
    }
    return found;
}

std::string to_string(std::span<const Standstill> standstills) {
    std::string text;
    for (const Meaning& meaning : meanings) {
        std::vector<int> numbers;
        for (const Standstill& each : standstills) {
            if (each.state == meaning.state) numbers.push_back(each.process);
        }
        if (numbers.empty()) continue;
        text += fmt::format("{}process{} {} {}", text.empty() ? "" : ", ", numbers.size() == 1 ? "" : "es",
                            numbers_text(numbers), numbers.size() == 1 ? meaning.one : meaning.many);
    }
    return text;
}

std::string remedy(std::span<const Standstill> standstills) {
    std::string numbers;
    std::size_t count = 0;
    for (const Standstill& each : standstills) {
        if (each.state != 'T') continue;
        numbers += fmt::format(" {}", each.process);
        ++count;
    }
    if (count == 0 && std::ranges::find(standstills, frozen, &Standstill::state) != standstills.end())
        return "`systemctl thaw' with its unit, or a 0 in cgroup.freeze of its control group, lets it go on";
    if (count == 0) return {};
    return fmt::format("`kill -CONT{}' lets {} go on", numbers, count == 1 ? "it" : "them");
}

}  // namespace lbctl::keepalived
