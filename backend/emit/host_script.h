#pragma once

#include <string>
#include <string_view>
#include <vector>

/// A script for sh that sets a host up step by step, can be run again, and knows --check and --undo.
namespace lbctl::emit {

/// What a step does: a file of backend/emit/templates each, which has a function of that name.
enum class StepKind {
    here,
    setting,
    address,
    module,
    tunnel,
    gue_port,
    segment_size,
    default_route,
    forwarding,
    mark_rule,
    started_unit,
    file
};

class HostScript {
public:
    enum class Lasts { until_reboot, beyond_reboot };

    /// `what` is the first sentence of the script. `record` is the name of the file in which it writes down what it
    /// found; it must be another one for every script.
    HostScript(std::string_view what, std::string_view record, Lasts lasts = Lasts::until_reboot);

    /// A line of comment above the steps, or between them.
    void note(std::string_view text);
    /// An empty line, and a line of comment: what the next steps are for.
    void heading(std::string_view text);
    /// A step with its words, which may be anything.
    void step(StepKind kind, const std::vector<std::string>& words);

    /// The script, with the functions that its steps use.
    [[nodiscard]] std::string text() const;

private:
    std::string head_;
    std::string record_;
    std::string steps_;
    std::vector<StepKind> used_;
};

}  // namespace lbctl::emit
