#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/table/table.h"

/// The table that a configuration asks for.
namespace lbctl::table {

/// Where in the configuration something is asked for.
class SourcePlace {
public:
    std::uint32_t line = 0;

    SourcePlace() = default;
    SourcePlace(std::shared_ptr<const std::string> file, std::uint32_t number) : line(number), file_(std::move(file)) {}

    /// Empty when there is no place.
    [[nodiscard]] std::string_view file() const { return file_ == nullptr ? std::string_view() : *file_; }

private:
    std::shared_ptr<const std::string> file_;  ///< one string for all places of a file
};

struct WantedService {
    Service service;
    std::string name;  ///< as the file names it: "virtual_server 10.0.8.9 80"
    SourcePlace place;
    std::vector<SourcePlace> destination_places;  ///< one for each destination
};

struct Wanted {
    std::vector<WantedService> services;
    Timeouts timeouts;                               ///< 0: leave the kernel's value alone
    std::optional<std::vector<SyncDaemon>> daemons;  ///< nothing: the file does not speak of them
    bool flush = false;                              ///< clear the table first (lvs_flush)
    std::string net_namespace_ipvs;                  ///< name of the namespace that holds the table; empty: the own one
};

/// The table as plain values.
Table table_of(const Wanted& wanted);

}  // namespace lbctl::table
