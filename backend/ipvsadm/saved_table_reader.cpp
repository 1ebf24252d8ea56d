#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "backend/ipvsadm/command_line.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/table/known_destinations.h"
#include "backend/table/names.h"

namespace lbctl::ipvsadm {

namespace {

using ipvsadm::Command;
using ipvsadm::Origin;

/// Puts one line after the other into a table.
class Reader {
public:
    Result<void> read(std::string_view text) {
        ipvsadm::split_line(text, words_);
        if (words_.empty() || words_.front().starts_with('#')) return {};
        auto line = ipvsadm::read_line(words_, Origin::saved_table);
        if (!line) return failure(std::move(line.error().message));
        switch (line->command) {
            case Command::add_service:
                return add(std::move(line->service));
            case Command::add_server:
                return add(line->service.key, line->destination);
            case Command::set_timeouts:
                table_.timeouts = line->timeouts;
                return {};
            case Command::start_daemon:
                table_.daemons.push_back(std::move(line->daemon));
                return {};
            default:  // -C
                if (!table_.services.empty()) return failure("-C would empty the table that the lines before make");
                return {};
        }
    }

    table::Table take() { return std::move(table_); }

private:
    Result<void> add(table::Service service) {
        if (!index_.emplace(service.key, table_.services.size()).second)
            return failure("service " + to_string(service.key) + " is there twice");
        table_.services.push_back(std::move(service));
        return {};
    }

    Result<void> add(const table::ServiceKey& key, const table::Destination& destination) {
        const auto found = index_.find(key);
        if (found == index_.end()) return failure("no -A line of service " + to_string(key) + " before");
        auto& destinations = table_.services[found->second].destinations;
        if (!known_.is_new(found->second, destinations, destination.key))
            return failure("destination " + to_string(destination.key) + " is there twice");
        destinations.push_back(destination);
        return {};
    }

    std::vector<std::string_view> words_;
    std::map<table::ServiceKey, std::size_t> index_;
    table::KnownDestinations known_;
    table::Table table_;
};

}  // namespace

Result<table::Table> read_saved_text(std::string_view text, std::string_view name) {
    Reader reader;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        if (const auto read = reader.read(text.substr(0, end)); !read) {
            return failure(fmt::format("{}:{}: {}", name, number, read.error().message),
                           "it must be the text of `ipvsadm --save --numeric' or `lbctl save'");
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return reader.take();
}

std::optional<table::ServiceKey> read_saved_key(std::string_view text) {
    // A key is the middle of a line; as a line it lacks only its command.
    std::vector<std::string_view> words;
    ipvsadm::split_line(text, words);
    words.insert(words.begin(), "-A");
    const auto line = ipvsadm::read_line(words, Origin::saved_table);
    if (!line) return std::nullopt;
    return line->service.key;
}

}  // namespace lbctl::ipvsadm
