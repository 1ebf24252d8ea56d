#include "backend/change/run_state.h"

#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "backend/table/table_json.h"
#include "grammar/base/json_text.h"
#include "grammar/base/utf8.h"

namespace lbctl::change {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view owned_file = "owned.json";
constexpr std::string_view drained_file = "drained.json";
constexpr std::string_view pending_file = "pending.json";
constexpr std::string_view borrowed_file = "setting.json";
constexpr std::string_view borrower_file = "setting";
constexpr std::string_view begun_file = "begun.json";
constexpr std::string_view reload_file = "reload.json";
constexpr std::string_view reload_end_file = "reload-end.json";
constexpr std::string_view configuration_file = "configuration.json";
constexpr std::string_view former_file = "reload-former.conf";
constexpr std::string_view fresh_file = "reload-fresh.conf";
constexpr std::string_view lock_file = "lock";
constexpr std::string_view watcher_file = "watcher";
constexpr std::string_view keeper_file = "keeper";
constexpr std::string_view owned_schema = "lbctl-owned/1";
constexpr std::string_view drained_schema = "lbctl-drained/1";
constexpr std::string_view begun_schema = "lbctl-begun/1";
constexpr std::string_view borrowed_schema = "lbctl-setting/1";
constexpr std::string_view pending_schema = "lbctl-pending/2";
constexpr std::string_view reload_schema = "lbctl-reload-state/2";
constexpr std::string_view configuration_schema = "lbctl-configuration-read/1";
constexpr std::size_t largest_configuration = std::size_t{8} << 20U;
constexpr std::string_view reload_end_schema = "lbctl-reload-end/1";
constexpr std::chrono::seconds longest_patience = std::chrono::hours(24);
constexpr auto lock_interval = std::chrono::milliseconds(50);
constexpr std::uint32_t largest_weight = 2147483647;
constexpr std::int64_t latest_second = 253402300799;  // the last one of the year 9999

tl::unexpected<Failure> damaged(const std::string& path, std::string_view why) {
    return failure(fmt::format("{} is damaged: {}", path, why), "look at it, and remove it if it is of no use");
}

/// A value of a kind that the library would convert in silence.
struct WrongValue {
    std::string_view member;
};

/// Keys as an array of `-t 10.0.0.1:80' words. They need no escapes, and a large one is written without a tree.
std::string keys_text(const std::set<table::ServiceKey>& keys) {
    std::string text = "[";
    for (const table::ServiceKey& key : keys) {
        text += text.size() == 1 ? "\"" : ",\n\"";
        text += ipvsadm::saved_key(key);
        text += '"';
    }
    return text + "]";
}

Json keys_json(const std::set<table::ServiceKey>& keys) {
    Json words = Json::array();
    for (const table::ServiceKey& key : keys) words.push_back(ipvsadm::saved_key(key));
    return words;
}

std::set<table::ServiceKey> keys_from(const Json& json, const char* member) {
    const Json& words = json.at(member);
    if (!words.is_array()) throw WrongValue{member};
    std::set<table::ServiceKey> keys;
    for (const Json& word : words) {
        const auto key = ipvsadm::read_saved_key(word.get<std::string>());
        if (!key) throw WrongValue{member};
        keys.insert(*key);
    }
    return keys;
}

/// What `read` makes of a file's JSON. The library's exceptions and our own end here.
template <class Reader>
auto contents(const std::string& path, const Reader& read) -> Result<decltype(read())> {
    try {
        return read();
    } catch (const WrongValue& wrong) {
        return damaged(path, fmt::format("wrong value of `{}'", wrong.member));
    } catch (const Json::exception& error) {
        return damaged(path, base::json_fault(error.what()));
    }
}

}  // namespace

RunState::RunState(std::uint64_t namespace_inode, std::optional<std::uint64_t> namespace_cookie, std::string folder)
    : folder_(std::move(folder)), inode_(namespace_inode), cookie_(namespace_cookie) {}

Json RunState::cookie_json() const {
    return cookie_ ? Json(*cookie_) : Json(nullptr);
}

std::string RunState::name(std::string_view suffix) const {
    return fmt::format("net-{}.{}", inode_, suffix);
}

std::string RunState::path(std::string_view suffix) const {
    return fmt::format("{}/{}", folder_, name(suffix));
}

Result<RunLock> RunState::lock(std::chrono::seconds patience, const std::function<void()>& on_wait) const {
    const auto folder = StateFolder::make(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (bool waited = false;;) {
        auto file = folder->open_lock(name(lock_file));
        if (!file) return tl::make_unexpected(file.error());
        while (::flock(file->descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) {
                return failure(fmt::format("cannot lock {}: {}", path(lock_file), std::strerror(errno)));
            }
            if (!std::exchange(waited, true)) on_wait();
            if (std::chrono::steady_clock::now() >= deadline) {
                return failure("another lbctl is changing this table",
                               "wait until it has ended (`fuser -v " + path(lock_file) + "' shows it)");
            }
            std::this_thread::sleep_for(lock_interval);
        }
        const auto now = folder->stamp(name(lock_file));
        if (!now) return tl::make_unexpected(now.error());
        if (!*now || (*now)->inode != file->inode) continue;  // it was replaced while this one waited
        if (!file->was_open_to_others) return RunLock(std::move(file->descriptor));
        // Reading is enough for flock(2), so somebody who has the file open still could hold it for ever.
        auto fresh = folder->replace_lock(name(lock_file));
        if (!fresh) return tl::make_unexpected(fresh.error());
        return RunLock(std::move(*fresh));
    }
}

Result<void> RunState::write(std::string_view suffix, std::string_view text) const {
    return StateFolder::make(folder_).and_then(
        [&](const StateFolder& folder) { return folder.write(name(suffix), text); });
}

/// The JSON of a file of this namespace. Nothing when there is none, or it is another namespace's.
Result<std::optional<Json>> RunState::read(std::string_view suffix, std::string_view schema) const {
    const auto folder = StateFolder::find(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    if (!*folder) return std::nullopt;
    const auto text = (*folder)->read(name(suffix));
    if (!text) return tl::make_unexpected(text.error());
    if (!*text) return std::nullopt;
    auto json = base::read_json(**text);
    if (!json) return damaged(path(suffix), json.error().message);
    if (!json->is_object()) return damaged(path(suffix), "it has no schema");
    const auto said = json->find("schema");
    if (said == json->end() || !said->is_string()) return damaged(path(suffix), "it has no schema");
    if (const std::string other = said->get<std::string>(); other != schema) {
        if (!other.starts_with(schema.substr(0, schema.find('/') + 1)))
            return damaged(path(suffix), fmt::format("its schema is not {}", schema));
        return failure(fmt::format("{} is of another release of lbctl: its schema is {}, and this one reads {}",
                                   path(suffix), base::json_string(other), schema),
                       "use that release, or remove the file if what it says is of no use");
    }
    if (const auto cookie = json->find("namespace"); cookie_ && cookie != json->end() && !cookie->is_null()) {
        if (!cookie->is_number_unsigned()) return damaged(path(suffix), "wrong value of `namespace'");
        if (cookie->get<std::uint64_t>() != *cookie_) return std::nullopt;
    }
    return std::move(*json);
}

Result<std::set<table::ServiceKey>> RunState::read_owned() const {
    const auto json = read(owned_file, owned_schema);
    if (!json) return tl::make_unexpected(json.error());
    if (!*json) return std::set<table::ServiceKey>{};
    return contents(path(owned_file), [&json] { return keys_from(**json, "services"); });
}

Result<void> RunState::write_owned(const std::set<table::ServiceKey>& services) const {
    return write(owned_file, fmt::format("{{\"schema\": \"{}\", \"namespace\": {}, \"services\": {}}}\n", owned_schema,
                                         cookie_json().dump(), keys_text(services)));
}

Result<table::DrainedServers> RunState::read_drained() const {
    const auto json = read(drained_file, drained_schema);
    if (!json) return tl::make_unexpected(json.error());
    table::DrainedServers drained;
    if (!*json) return drained;
    return contents(path(drained_file), [&json, &drained] {
        const Json& members = (*json)->at("weights");
        if (!members.is_object()) throw WrongValue{"weights"};
        for (const auto& [destination, weight] : members.items()) {
            if (!weight.is_number_unsigned() || weight.template get<std::uint64_t>() > largest_weight)
                throw WrongValue{"weights"};
            drained[destination].weight = weight.template get<std::uint32_t>();
        }
        // Earlier releases did not write this, and read what this one writes.
        const auto told = (*json)->find("drains");
        if (told == (*json)->end()) return drained;
        if (!told->is_object()) throw WrongValue{"drains"};
        for (const auto& [destination, drain] : told->items()) {
            const auto found = drained.find(destination);
            if (found == drained.end()) continue;
            found->second.by = drain.at("by").template get<std::string>();
            if (const auto down = drain.find("was_down"); down != drain.end()) {
                if (!down->is_boolean()) throw WrongValue{"was_down"};
                found->second.was_down = down->template get<bool>();
            }
            const Json& since = drain.at("since");
            if (since.is_null()) continue;
            if (!since.is_number_integer() || since.template get<std::int64_t>() < 0 ||
                since.template get<std::int64_t>() > latest_second)
                throw WrongValue{"since"};
            found->second.since = std::chrono::sys_seconds(std::chrono::seconds(since.template get<std::int64_t>()));
        }
        return drained;
    });
}

Result<void> RunState::write_drained(const table::DrainedServers& drained) const {
    // Not put into objects of the library one by one: it searches each name among all before it.
    std::map<std::string, std::uint32_t> weights;
    std::map<std::string, Json> drains;
    for (const auto& [destination, drain] : drained) {
        weights[destination] = drain.weight;
        drains[destination] = {{"by", drain.by},
                               {"since", drain.since ? Json(drain.since->time_since_epoch().count()) : Json(nullptr)},
                               {"was_down", drain.was_down}};
    }
    const Json json = {
        {"schema", drained_schema}, {"namespace", cookie_json()}, {"weights", weights}, {"drains", drains}};
    return write(drained_file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<std::optional<BorrowedValue>> RunState::read_borrowed() const {
    const auto json = read(borrowed_file, borrowed_schema);
    if (!json) return tl::make_unexpected(json.error());
    if (!*json) return std::nullopt;
    return contents(path(borrowed_file), [&json]() -> std::optional<BorrowedValue> {
        return BorrowedValue{(*json)->at("path").get<std::string>(), (*json)->at("before").get<std::string>(),
                             (*json)->at("during").get<std::string>()};
    });
}

Result<void> RunState::write_borrowed(const BorrowedValue& value) const {
    const Json json = {{"schema", borrowed_schema},
                       {"namespace", cookie_json()},
                       {"path", value.path},
                       {"before", value.before},
                       {"during", value.during}};
    return write(borrowed_file, json.dump(1) + "\n");
}

Result<void> RunState::remove_borrowed() const {
    return remove(borrowed_file);
}

Result<RunLock> RunState::share_borrowed() const {
    const auto folder = StateFolder::make(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    auto file = folder->open_lock(name(borrower_file));
    if (!file) return tl::make_unexpected(file.error());
    // Whoever has it for himself holds the lock of the table, too, as the caller does now.
    if (::flock(file->descriptor.number(), LOCK_SH | LOCK_NB) == 0) return RunLock(std::move(file->descriptor));
    return failure(fmt::format("cannot lock {}: {}", path(borrower_file), std::strerror(errno)));
}

Result<std::optional<RunLock>> RunState::take_borrowed() const {
    return take_mark(borrower_file);
}

Result<std::optional<std::string>> RunState::read_begun() const {
    const auto json = read(begun_file, begun_schema);
    if (!json) return tl::make_unexpected(json.error());
    if (!*json) return std::nullopt;
    return contents(path(begun_file),
                    [&json]() -> std::optional<std::string> { return (*json)->at("command").get<std::string>(); });
}

Result<void> RunState::write_begun(std::string_view command) const {
    return write(begun_file,
                 Json{{"schema", begun_schema}, {"namespace", cookie_json()}, {"command", command}}.dump(1) + "\n");
}

Result<void> RunState::remove(std::string_view suffix) const {
    const auto folder = StateFolder::find(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    return *folder ? (*folder)->remove(name(suffix)) : Result<void>{};
}

Result<void> RunState::remove_begun() const {
    return remove(begun_file);
}

Result<std::optional<PendingConfirmation>> RunState::read_pending() const {
    const auto json = read(pending_file, pending_schema);
    if (!json) return tl::make_unexpected(json.error());
    if (!*json) return std::nullopt;
    std::optional<Failure> wrong_table;
    auto pending = contents(path(pending_file), [&json, &wrong_table] {
        const auto table_of = [&](const char* member) {
            auto table = table::table_from_json((*json)->at(member));
            if (!table) wrong_table = table.error();
            return table ? std::move(*table) : table::Table{};
        };
        PendingConfirmation read;
        read.token = (*json)->at("token").get<std::string>();
        const Json& deadline = (*json)->at("deadline");
        if (!deadline.is_number_integer() || deadline.get<std::int64_t>() < 0) throw WrongValue{"deadline"};
        read.deadline = BootClock::time_point(std::chrono::nanoseconds(deadline.get<std::int64_t>()));
        read.before = table_of("before");
        read.after = table_of("after");
        read.timeouts = (*json)->at("timeouts").get<bool>();
        read.daemons = (*json)->at("daemons").get<bool>();
        read.owned = keys_from(**json, "owned");
        read.complete = (*json)->at("complete").get<bool>();
        return read;
    });
    if (!pending) return tl::make_unexpected(pending.error());
    if (wrong_table) return damaged(path(pending_file), wrong_table->message);
    return std::move(*pending);
}

Result<void> RunState::write_pending(const PendingConfirmation& pending) const {
    const Json json = {{"schema", pending_schema},
                       {"namespace", cookie_json()},
                       {"token", pending.token},
                       {"deadline", pending.deadline.time_since_epoch().count()},
                       {"owned", keys_json(pending.owned)},
                       {"timeouts", pending.timeouts},
                       {"daemons", pending.daemons},
                       {"complete", pending.complete},
                       {"before", table::to_json(pending.before)},
                       {"after", table::to_json(pending.after)}};
    return write(pending_file, json.dump(1) + "\n");
}

Result<std::optional<FileStamp>> RunState::pending_stamp() const {
    const auto folder = StateFolder::find(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    if (!*folder) return std::nullopt;
    return (*folder)->stamp(name(pending_file));
}

Result<void> RunState::remove_pending() const {
    const auto folder = StateFolder::find(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    if (!*folder) return {};
    if (auto removed = (*folder)->remove(name(pending_file)); !removed) return removed;
    // Without a pending apply the mark says nothing.
    (void)(*folder)->remove(name(watcher_file));
    return {};
}

Result<std::string> RunState::read_plain(std::string_view suffix) const {
    const auto folder = StateFolder::find(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    auto text = *folder ? (*folder)->read(name(suffix)) : Result<std::optional<std::string>>(std::nullopt);
    if (!text) return tl::make_unexpected(text.error());
    if (!*text) return damaged(path(suffix), "it is missing");
    return std::move(**text);
}

Result<std::optional<PendingReload>> RunState::read_reload() const {
    const auto json = read(reload_file, reload_schema);
    if (!json) return tl::make_unexpected(json.error());
    if (!*json) return std::nullopt;
    auto reload = contents(path(reload_file), [&json] {
        PendingReload found;
        found.token = (*json)->at("token").get<std::string>();
        const Json& deadline = (*json)->at("deadline");
        if (!deadline.is_number_integer() || deadline.get<std::int64_t>() < 0) throw WrongValue{"deadline"};
        found.deadline = BootClock::time_point(std::chrono::nanoseconds(deadline.get<std::int64_t>()));
        found.file = (*json)->at("file").get<std::string>();
        found.confirms = (*json)->at("confirms").get<bool>();
        found.complete = (*json)->at("complete").get<bool>();
        const Json& patience = (*json)->at("patience");
        if (!patience.is_number_integer() || patience.get<std::int64_t>() < 0 ||
            patience.get<std::int64_t>() > longest_patience.count())
            throw WrongValue{"patience"};
        found.patience = std::chrono::seconds(patience.get<std::int64_t>());
        found.former_from_memory = (*json)->at("former_from_memory").get<bool>();
        found.fresh_only_here = (*json)->at("fresh_only_here").get<bool>();
        for (const Json& each : (*json)->at("included")) {
            IncludedText& file = found.included.emplace_back();
            file.path = each.at("path").get<std::string>();
            file.former = each.at("former").get<std::string>();
            if (!each.at("fresh").is_null()) file.fresh = each.at("fresh").get<std::string>();
        }
        found.cut_short = (*json)->at("cut_short").get<bool>();
        return found;
    });
    if (!reload) return tl::make_unexpected(reload.error());
    auto former = read_plain(former_file);
    if (!former) return tl::make_unexpected(former.error());
    auto fresh = read_plain(fresh_file);
    if (!fresh) return tl::make_unexpected(fresh.error());
    reload->former = std::move(*former);
    reload->fresh = std::move(*fresh);
    return std::move(*reload);
}

Result<void> RunState::write_reload(const PendingReload& reload) const {
    // The texts may be of any bytes, so they are files of their own, and are there before the file that counts.
    Json json = {{"schema", reload_schema},
                 {"namespace", cookie_json()},
                 {"token", reload.token},
                 {"deadline", reload.deadline.time_since_epoch().count()},
                 {"file", reload.file},
                 {"confirms", reload.confirms},
                 {"complete", reload.complete},
                 {"patience", reload.patience.count()},
                 {"former_from_memory", reload.former_from_memory},
                 {"fresh_only_here", reload.fresh_only_here},
                 {"cut_short", reload.cut_short}};
    Json included = Json::array();
    for (const IncludedText& file : reload.included)
        included.push_back(
            {{"path", file.path}, {"former", file.former}, {"fresh", file.fresh ? Json(*file.fresh) : Json()}});
    json["included"] = std::move(included);
    return write(former_file, reload.former).and_then([&] { return write(fresh_file, reload.fresh); }).and_then([&] {
        return write(reload_file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
    });
}

Result<void> RunState::remove_reload() const {
    const auto folder = StateFolder::find(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    if (!*folder) return {};
    if (auto removed = (*folder)->remove(name(reload_file)); !removed) return removed;
    for (const std::string_view rest : {former_file, fresh_file, watcher_file}) (void)(*folder)->remove(name(rest));
    return {};
}

Result<std::vector<FileText>> RunState::read_configuration() const {
    const auto json = read(configuration_file, configuration_schema);
    if (!json) return tl::make_unexpected(json.error());
    if (!*json) return std::vector<FileText>();
    return contents(path(configuration_file), [&json] {
        std::vector<FileText> files;
        for (const Json& each : (*json)->at("files"))
            files.push_back({each.at("path").get<std::string>(), each.at("text").get<std::string>()});
        return files;
    });
}

Result<void> RunState::write_configuration(const std::vector<FileText>& files) const {
    std::size_t size = 0;
    bool is_text = true;
    for (const FileText& file : files) {
        size += file.text.size();
        is_text = is_text && base::is_utf8(file.text) && base::is_utf8(file.path);
    }
    if (!is_text || size > largest_configuration) return remove(configuration_file);
    Json texts = Json::array();
    for (const FileText& file : files) texts.push_back({{"path", file.path}, {"text", file.text}});
    const Json json = {{"schema", configuration_schema}, {"namespace", cookie_json()}, {"files", std::move(texts)}};
    return write(configuration_file, json.dump(1) + "\n");
}

Result<std::optional<ReloadEnd>> RunState::read_reload_end() const {
    const auto json = read(reload_end_file, reload_end_schema);
    if (!json) return tl::make_unexpected(json.error());
    if (!*json) return std::nullopt;
    return contents(path(reload_end_file), [&json] {
        ReloadEnd end;
        end.said = (*json)->at("said").get<std::string>();
        const Json& when = (*json)->at("when");
        if (!when.is_number_integer() || when.get<std::int64_t>() < 0 || when.get<std::int64_t>() > latest_second)
            throw WrongValue{"when"};
        end.when = when.get<std::time_t>();
        return std::optional(std::move(end));
    });
}

Result<void> RunState::write_reload_end(const ReloadEnd& end) const {
    const Json json = {
        {"schema", reload_end_schema}, {"namespace", cookie_json()}, {"said", end.said}, {"when", end.when}};
    return write(reload_end_file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<void> RunState::remove_reload_end() const {
    return remove(reload_end_file);
}

Result<base::Descriptor> RunState::make_watcher_mark() const {
    return StateFolder::make(folder_).and_then(
        [this](const StateFolder& folder) { return folder.replace_lock(name(watcher_file)); });
}

Result<bool> RunState::has_watcher() const {
    return is_locked(watcher_file);
}

Result<std::optional<RunLock>> RunState::take_mark(std::string_view suffix) const {
    const auto folder = StateFolder::make(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    auto file = folder->open_lock(name(suffix));
    if (!file) return tl::make_unexpected(file.error());
    if (::flock(file->descriptor.number(), LOCK_EX | LOCK_NB) == 0) return RunLock(std::move(file->descriptor));
    if (errno == EWOULDBLOCK) return std::nullopt;
    return failure(fmt::format("cannot lock {}: {}", path(suffix), std::strerror(errno)));
}

Result<std::optional<RunLock>> RunState::become_keeper() const {
    return take_mark(keeper_file);
}

Result<bool> RunState::has_keeper() const {
    return is_locked(keeper_file);
}

Result<bool> RunState::is_locked(std::string_view suffix) const {
    const auto folder = StateFolder::find(folder_);
    if (!folder) return tl::make_unexpected(folder.error());
    if (!*folder) return false;
    const auto file = (*folder)->find_lock(name(suffix));
    if (!file) return tl::make_unexpected(file.error());
    if (!*file) return false;
    // Shared, so that two who look at once do not take each other for the one who holds it.
    return ::flock((*file)->descriptor.number(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace lbctl::change
