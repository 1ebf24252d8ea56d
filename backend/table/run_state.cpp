#include "backend/table/run_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "backend/table/saved_table.h"
#include "backend/table/table_json.h"
#include "grammar/source/json_text.h"
#include "grammar/source/replace_file.h"

namespace lbctl::table {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view owned_file = "owned.json";
constexpr std::string_view drained_file = "drained.json";
constexpr std::string_view pending_file = "pending.json";
constexpr std::string_view lock_file = "lock";
constexpr auto lock_interval = std::chrono::milliseconds(50);

tl::unexpected<Failure> file_failure(std::string_view what, const std::string& path, int error) {
    return failure(fmt::format("cannot {} {}: {}", what, path, std::strerror(error)),
                   error == EACCES || error == EPERM ? "run it as root" : "");
}

tl::unexpected<Failure> damaged(const std::string& path, std::string_view why) {
    return failure(fmt::format("{} is damaged: {}", path, why), "look at it, and remove it if it is of no use");
}

/// Keys as an array of `-t 10.0.0.1:80' words. They need no escapes, and a large one is written without a tree.
std::string keys_text(const std::set<ServiceKey>& keys) {
    std::string text = "[";
    for (const ServiceKey& key : keys) {
        text += text.size() == 1 ? "\"" : ",\n\"";
        text += saved_key(key);
        text += '"';
    }
    return text + "]";
}

std::set<ServiceKey> keys_from(const Json& json) {
    std::set<ServiceKey> keys;
    for (const Json& word : json) {
        if (const auto key = read_saved_key(word.get<std::string>())) keys.insert(*key);
    }
    return keys;
}

}  // namespace

RunState::RunState(std::uint64_t namespace_inode, std::optional<std::uint64_t> namespace_cookie, std::string folder)
    : folder_(std::move(folder)), inode_(namespace_inode), cookie_(namespace_cookie) {}

Json RunState::cookie_json() const {
    return cookie_ ? Json(*cookie_) : Json(nullptr);
}

bool RunState::is_of_another(const Json& file) const {
    const auto cookie = file.find("namespace");
    return cookie_ && cookie != file.end() && !cookie->is_null() && cookie->get<std::uint64_t>() != *cookie_;
}

std::string RunState::path(std::string_view suffix) const {
    return fmt::format("{}/net-{}.{}", folder_, inode_, suffix);
}

Result<RunLock> RunState::lock(std::chrono::seconds patience, const std::function<void()>& on_wait) const {
    if (::mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST) return file_failure("make the folder", folder_, errno);
    const std::string name = path(lock_file);
    source::Descriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file.is_open()) return file_failure("open", name, errno);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (bool waited = false; ::flock(file.number(), LOCK_EX | LOCK_NB) != 0;) {
        if (errno != EWOULDBLOCK && errno != EINTR) return file_failure("lock", name, errno);
        if (!std::exchange(waited, true)) on_wait();
        if (std::chrono::steady_clock::now() >= deadline) {
            return failure("another lbctl is changing this table",
                           "wait until it has ended (`fuser -v " + name + "' shows it)");
        }
        std::this_thread::sleep_for(lock_interval);
    }
    return RunLock(std::move(file));
}

Result<void> RunState::write(std::string_view suffix, std::string_view text) const {
    if (::mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST) return file_failure("make the folder", folder_, errno);
    // A reader, or the next run after a crash, sees the old file or the new one, never half of one.
    return source::replace_file(path(suffix), text);
}

Result<std::optional<std::string>> RunState::read(std::string_view suffix) const {
    const std::string name = path(suffix);
    const source::Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        if (errno == ENOENT) return std::nullopt;
        return file_failure("read", name, errno);
    }
    std::string text;
    std::array<char, 16384> piece{};
    for (;;) {
        const ssize_t count = source::read_some(file.number(), piece.data(), piece.size());
        if (count == 0) return text;
        if (count < 0) return file_failure("read", name, static_cast<int>(-count));
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

Result<std::set<ServiceKey>> RunState::read_owned() const {
    const auto text = read(owned_file);
    if (!text) return tl::make_unexpected(text.error());
    if (!*text) return std::set<ServiceKey>{};
    try {
        const Json json = Json::parse(**text);
        return is_of_another(json) ? std::set<ServiceKey>{} : keys_from(json.at("services"));
    } catch (const Json::exception& error) {
        return damaged(path(owned_file), source::json_fault(error.what()));
    }
}

Result<void> RunState::write_owned(const std::set<ServiceKey>& services) const {
    return write(owned_file, fmt::format("{{\"schema\": \"lbctl-owned/1\", \"namespace\": {}, \"services\": {}}}\n",
                                         cookie_json().dump(), keys_text(services)));
}

Result<std::map<std::string, std::uint32_t>> RunState::read_drained() const {
    const auto text = read(drained_file);
    if (!text) return tl::make_unexpected(text.error());
    if (!*text) return std::map<std::string, std::uint32_t>{};
    try {
        const Json json = Json::parse(**text);
        if (is_of_another(json)) return std::map<std::string, std::uint32_t>{};
        return json.at("weights").get<std::map<std::string, std::uint32_t>>();
    } catch (const Json::exception& error) {
        return damaged(path(drained_file), source::json_fault(error.what()));
    }
}

Result<void> RunState::write_drained(const std::map<std::string, std::uint32_t>& weights) const {
    return write(
        drained_file,
        Json{{"schema", "lbctl-drained/1"}, {"namespace", cookie_json()}, {"weights", weights}}.dump(1) + "\n");
}

Result<std::optional<PendingConfirmation>> RunState::read_pending() const {
    const auto text = read(pending_file);
    if (!text) return tl::make_unexpected(text.error());
    if (!*text) return std::nullopt;
    try {
        const Json json = Json::parse(**text);
        if (is_of_another(json)) return std::nullopt;
        PendingConfirmation pending;
        pending.token = json.at("token").get<std::string>();
        pending.deadline = json.at("deadline").get<std::int64_t>();
        pending.touched = keys_from(json.at("touched"));
        pending.owned = keys_from(json.at("owned"));
        pending.timeouts = json.at("timeouts").get<bool>();
        pending.daemons = json.at("daemons").get<bool>();
        pending.complete = json.at("complete").get<bool>();
        auto before = table_from_json(json.at("before"));
        if (!before) return damaged(path(pending_file), before.error().message);
        pending.before = std::move(*before);
        return pending;
    } catch (const Json::exception& error) {
        return damaged(path(pending_file), source::json_fault(error.what()));
    }
}

Result<void> RunState::write_pending(const PendingConfirmation& pending) const {
    const Json json = {{"schema", "lbctl-pending/1"},
                       {"namespace", cookie_json()},
                       {"token", pending.token},
                       {"deadline", pending.deadline},
                       {"touched", Json::parse(keys_text(pending.touched))},
                       {"owned", Json::parse(keys_text(pending.owned))},
                       {"timeouts", pending.timeouts},
                       {"daemons", pending.daemons},
                       {"complete", pending.complete},
                       {"before", to_json(pending.before)}};
    return write(pending_file, json.dump(1) + "\n");
}

Result<std::optional<FileStamp>> RunState::pending_stamp() const {
    const std::string name = path(pending_file);
    struct stat status {};
    if (::stat(name.c_str(), &status) == 0) {
        return FileStamp{status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
    }
    if (errno != ENOENT) return file_failure("read", name, errno);
    return std::nullopt;
}

Result<void> RunState::remove_pending() const {
    const std::string name = path(pending_file);
    if (::unlink(name.c_str()) != 0 && errno != ENOENT) return file_failure("remove", name, errno);
    return {};
}

}  // namespace lbctl::table
