#include "tests/simulation/recorded_course.h"

#include <algorithm>
#include <sstream>

namespace lbctl::tests {

using nlohmann::json;
using namespace std::chrono_literals;

namespace {

constexpr Microseconds early = 50ms;
/// Items nearer to each other may stand in either order.
constexpr Microseconds unordered = 30ms;
/// What happens so near to the end of the recording may be in it or not.
constexpr Microseconds edge = 100ms;

Microseconds time_of(const json& seconds) {
    return Microseconds(static_cast<std::int64_t>(seconds.get<double>() * 1e6));
}

std::string words(Microseconds at) {
    std::ostringstream text;
    text << static_cast<double>(at.count()) / 1e6 << " s";
    return text.str();
}

bool is_near(Microseconds recorded, Microseconds simulated, Microseconds late) {
    return recorded >= simulated - early && recorded <= simulated + late;
}

/// The subjects of the mails that a server got.
void add_mails(const json& mails, Course& course) {
    std::map<std::string, std::string> texts;
    for (const json& one : mails) {
        if (one.value("what", "") != "got" || !one.contains("text")) continue;
        std::string& text = texts[one.value("server", "") + std::to_string(one.value("n", 0))];
        const bool had = text.find("Subject: ") != std::string::npos &&
                         text.find("\r\n", text.find("Subject: ")) != std::string::npos;
        text += one["text"].get<std::string>();
        const std::size_t begin = text.find("Subject: ");
        const std::size_t end = begin == std::string::npos ? begin : text.find("\r\n", begin);
        if (had || end == std::string::npos) continue;
        const std::size_t subject = begin + std::string_view("Subject: ").size();
        course.told.push_back({time_of(one["t"]), "mail", text.substr(subject, end - subject)});
    }
}

/// What a destination, or a service ("" for its destination), was from some moment on: a weight, "there", "-".
struct Entry {
    Microseconds at;
    std::string value;
};
using Entries = std::map<std::string, std::vector<Entry>>;

Entries entries_of(const std::vector<Course::Change>& tables) {
    std::map<std::string, std::map<std::size_t, std::string>> values;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        for (const auto& [service, destinations] : tables[i].table) {
            values[service][i] = "there";
            for (const auto& [destination, weight] : destinations)
                values[service + " " + destination][i] = std::to_string(weight);
        }
    }
    Entries entries;
    for (const auto& [name, known] : values) {
        std::vector<Entry> all;
        for (std::size_t i = 0; i < tables.size(); ++i) {
            const auto found = known.find(i);
            const std::string value = found == known.end() ? "-" : found->second;
            if (all.empty() ? value != "-" : all.back().value != value) all.push_back({tables[i].at, value});
        }
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i + 1 < all.size() && all[i + 1].at - all[i].at < 50ms) continue;
            auto& kept = entries[name];
            if (kept.empty() ? all[i].value != "-" : kept.back().value != all[i].value) kept.push_back(all[i]);
        }
    }
    std::erase_if(entries, [](const auto& entry) { return entry.second.empty(); });
    return entries;
}

std::string words(const Entry* entry) {
    return entry == nullptr ? "nothing" : words(entry->at) + " " + entry->value;
}

/// The first difference of one destination.
void compare_entries(const std::string& name, const std::vector<Entry>& recorded, const std::vector<Entry>& simulated,
                     Microseconds late, Microseconds end, std::vector<std::string>& found) {
    for (std::size_t i = 0; i < std::max(recorded.size(), simulated.size()); ++i) {
        const Entry* one = i < recorded.size() ? &recorded[i] : nullptr;
        const Entry* other = i < simulated.size() ? &simulated[i] : nullptr;
        if (one != nullptr && other != nullptr && one->value == other->value &&
            is_near(one->at, other->at, late + unordered))
            continue;
        const bool at_edge = (one == nullptr || one->at > end - edge) && (other == nullptr || other->at > end - edge);
        if (!at_edge) found.push_back(name + ": recorded " + words(one) + ", simulated " + words(other));
        return;
    }
}

}  // namespace

Course recorded_course(const json& timeline) {
    Course course;
    for (const json& item : timeline.at("course")) {
        const Microseconds at = time_of(item[0]);
        const std::string kind = item[1];
        if (kind == "table") {
            course.tables.push_back({at, item[2].get<CourseTable>()});
        } else if (kind != "event") {
            course.told.push_back({at, kind, item[2].get<std::string>()});
        }
    }
    // The empty table that was there before keepalived filled it.
    if (!course.tables.empty() && course.tables.front().at < 0ms && course.tables.front().table.empty())
        course.tables.erase(course.tables.begin());
    if (timeline.contains("mail")) add_mails(timeline["mail"], course);
    return course;
}

std::vector<std::string> differences(const Course& recorded, const Course& simulated, Microseconds late,
                                     Microseconds end) {
    std::vector<std::string> found;
    Entries recorded_entries = entries_of(recorded.tables);
    Entries simulated_entries = entries_of(simulated.tables);
    for (const auto& [name, entries] : recorded_entries) simulated_entries.try_emplace(name);
    for (const auto& [name, entries] : simulated_entries)
        compare_entries(name, recorded_entries[name], entries, late, end, found);
    // Each simulated item takes the first recorded one that is left and fits; before it only such may be left that are
    // so near that their order does not matter.
    std::vector<Course::Told> left = recorded.told;
    const auto is_simulated = [&](const Course::Told& one) {
        return std::ranges::any_of(simulated.told, [&](const Course::Told& item) {
            return one.by == item.by && one.text == item.text && is_near(one.at, item.at, late);
        });
    };
    for (const Course::Told& item : simulated.told) {
        const auto same = std::ranges::find_if(left, [&](const Course::Told& one) {
            return one.by == item.by && one.text == item.text && is_near(one.at, item.at, late);
        });
        if (same == left.end()) {
            if (item.at > end - edge) continue;
            found.push_back("not recorded: " + words(item.at) + " " + item.by + " " + item.text);
            continue;
        }
        const bool out_of_order = std::any_of(left.begin(), same, [&](const Course::Told& one) {
            // What fits nothing is told below.
            return one.by == item.by && one.at < same->at - unordered && is_simulated(one);
        });
        if (out_of_order) found.push_back("out of order: " + words(item.at) + " " + item.by + " " + item.text);
        left.erase(same);
    }
    for (const Course::Told& one : left) {
        if (one.at <= end - edge) found.push_back("not simulated: " + words(one.at) + " " + one.by + " " + one.text);
    }
    return found;
}

}  // namespace lbctl::tests
