#include "cli/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#include <initializer_list>
#include <vector>

#include "backend/process/capabilities.h"

namespace lbctl::cli {

namespace {

std::vector<unsigned> capabilities_of(Rights rights) {
    std::vector<unsigned> kept;
    const auto add = [&kept](std::initializer_list<unsigned> more) { kept.insert(kept.end(), more); };
    const bool looks_around = rights == Rights::table_work || rights == Rights::machine;
    if (rights == Rights::files || looks_around) add({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN, CAP_FOWNER});
    if (rights != Rights::none && rights != Rights::files) add({CAP_NET_ADMIN});
    if (rights == Rights::any_table || looks_around) add({CAP_SYS_ADMIN});
    if (looks_around) add({CAP_SYS_PTRACE});
    if (rights == Rights::machine) add({CAP_NET_RAW});
    return kept;
}

}  // namespace

void keep_rights(Rights rights) {
    if (rights == Rights::everything) return;
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)process::keep_capabilities(capabilities_of(rights), process::Limits::programs);
}

void keep_table_only() {
    (void)process::keep_capabilities(capabilities_of(Rights::table), process::Limits::thread);
}

}  // namespace lbctl::cli
