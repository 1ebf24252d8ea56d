#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/health/check_script.h"
#include "backend/health/service_health.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"
#include "grammar/keywords/version.h"
#include "grammar/model/notification.h"

namespace lbctl::health {

/// Runs notify scripts and writes into FIFOs, as keepalived does: scripts run side by side and nobody waits for them,
/// and a line that a FIFO has no room for is lost. FIFOs that it made are gone with it.
class Notifier {
public:
    Notifier(const model::Notifications& notifications, model::ScriptUser script_user, keywords::Version target);
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;
    ~Notifier();

    /// Another reading of the configuration names the same FIFOs, and this user for scripts. False: it does not.
    bool goes_on_with(const model::Notifications& notifications, model::ScriptUser script_user);

    /// What could not be done goes to complaints().
    void tell(const ServiceHealth& health, const Notice& notice);

    /// Takes away the commands that have ended.
    void reap();

    /// What went wrong since it was asked last, in words.
    [[nodiscard]] std::vector<std::string> complaints() { return std::exchange(complaints_, {}); }

private:
    struct Fifo {
        std::string path;
        base::Descriptor descriptor;
        bool is_own = false;
        std::unique_ptr<CheckProcess> reader;
    };

    void open(const model::NotifyFifo& fifo);
    void write(const Fifo& fifo, const std::string& line);
    void run(const model::NotifyScript& script);
    /// Starts a command. Who reads a FIFO gets its path, and ends with lbctl; `reads' is null for others.
    std::optional<CheckProcess> start(const model::NotifyScript& script, const Fifo* reads);

    void use(model::ScriptUser script_user);
    [[nodiscard]] model::ScriptUser script_user() const { return {user_, group_}; }

    std::string user_;  ///< of scripts that name none
    std::string group_;
    std::vector<std::string> named_;  ///< the FIFOs and their readers, as written
    keywords::Version target_;
    std::vector<Fifo> fifos_;
    std::vector<CheckProcess> running_;
    std::vector<std::string> complaints_;
};

}  // namespace lbctl::health
