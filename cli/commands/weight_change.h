#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace lbctl::cli {

enum class WeightAction { weight, drain, enable };

/// What `weight`, `drain` and `enable` read from the command line.
struct WeightOptions {
    WeightAction action = WeightAction::weight;
    std::vector<std::string> servers;  ///< of `weight`, the last one is the weight
    std::vector<std::string> services;
    std::optional<std::uint32_t> weight;
    std::optional<unsigned> wait;  ///< seconds
    bool break_persistence = false;
    std::string net_namespace;
    std::string format = "text";
    bool dry_run = false;
    bool force = false;
};

inline constexpr std::uint32_t largest_weight = 2147483647;

/// Registers a command that changes the weights of real servers in one or all services, with the options that all
/// three have.
Command add_weight_change(Command program, Invocation& invocation, const std::shared_ptr<WeightOptions>& options,
                          std::string_view name, std::string_view what);

}  // namespace lbctl::cli
