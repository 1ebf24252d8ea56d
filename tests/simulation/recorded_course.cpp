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

std::string words(const CourseTable& table) {
    return json(table).dump();
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

/// Those that stayed for 50 ms.
std::vector<Course::Change> lasting(const std::vector<Course::Change>& all) {
    std::vector<Course::Change> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i + 1 < all.size() && all[i + 1].at - all[i].at < 50ms) continue;
        if (kept.empty() || kept.back().table != all[i].table) kept.push_back(all[i]);
    }
    return kept;
}

}  // namespace

Course recorded_course(const json& timeline) {
    Course course;
    std::vector<Course::Change> all;
    for (const json& item : timeline.at("course")) {
        const Microseconds at = time_of(item[0]);
        const std::string kind = item[1];
        if (kind == "table") {
            all.push_back({at, item[2].get<CourseTable>()});
        } else if (kind != "event") {
            course.told.push_back({at, kind, item[2].get<std::string>()});
        }
    }
    course.tables = lasting(all);
    // The empty table that was there before keepalived filled it.
    if (!course.tables.empty() && course.tables.front().at < 0ms && course.tables.front().table.empty())
        course.tables.erase(course.tables.begin());
    if (timeline.contains("mail")) add_mails(timeline["mail"], course);
    return course;
}

std::vector<std::string> differences(const Course& recorded, const Course& simulated, Microseconds late,
                                     Microseconds end) {
    std::vector<std::string> found;
    const std::vector<Course::Change> changes = lasting(simulated.tables);
    std::size_t r = 0;
    std::size_t s = 0;
    while (r < recorded.tables.size() || s < changes.size()) {
        const auto* one = r < recorded.tables.size() ? &recorded.tables[r] : nullptr;
        const auto* other = s < changes.size() ? &changes[s] : nullptr;
        const bool same = one != nullptr && other != nullptr && one->table == other->table &&
                          is_near(one->at, other->at, late + unordered);
        if (!same) {
            const bool at_edge =
                (one == nullptr || one->at > end - edge) && (other == nullptr || other->at > end - edge);
            if (at_edge) break;
            found.push_back("table: recorded " +
                            (one == nullptr ? "nothing" : words(one->at) + " " + words(one->table)) + ", simulated " +
                            (other == nullptr ? "nothing" : words(other->at) + " " + words(other->table)));
            break;
        }
        ++r;
        ++s;
    }
    // Each simulated item takes the first recorded one that is left and fits; before it only such may be left that are
    // so near that their order does not matter.
    std::vector<Course::Told> left = recorded.told;
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
            return one.by == item.by && one.at < same->at - unordered;
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
