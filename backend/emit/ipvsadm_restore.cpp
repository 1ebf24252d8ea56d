#include "backend/emit/emitter.h"
#include "backend/ipvsadm/saved_table.h"

namespace lbctl::emit {

namespace {

/// Text for `ipvsadm -R` or ipvsadm-restore, whole and in the order of the configuration. Thresholds, timeouts and sync
/// daemons are in it. -R adds to the table that it finds; ipvsadm-restore empties it before. ipvsadm 1.31 stops at a
/// comment, so there is none.
Result<std::vector<Document>> saved_text(const Configuration& configuration, const Choices&) {
    const table::Wanted& wanted = configuration.wanted;
    table::Table settings;
    settings.timeouts = wanted.timeouts;
    if (wanted.daemons) settings.daemons = *wanted.daemons;
    std::string text = ipvsadm::to_saved_text(settings, ipvsadm::SavedForm::complete);
    for (const table::WantedService& service : wanted.services) {
        text += "-A " + ipvsadm::saved_service(service.service, ipvsadm::SavedForm::complete) + "\n";
        for (const table::Destination& destination : service.service.destinations) {
            text += "-a " + ipvsadm::saved_destination(service.service.key, destination, ipvsadm::SavedForm::complete) +
                    "\n";
        }
    }
    return std::vector<Document>{{"ipvs-table.save", {}, std::move(text)}};
}

}  // namespace

extern const Emitter ipvsadm_restore_emitter{
    .kind = "ipvsadm-restore", .what = "text for ipvsadm-restore", .emit = saved_text};

}  // namespace lbctl::emit
