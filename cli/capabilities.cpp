#include "cli/capabilities.h"

#include <sys/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <vector>

namespace lbctl::cli {

namespace {

struct FreeState {
    void operator()(cap_t state) const { (void)::cap_free(state); }
};
using State = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeState>;

using Capabilities = std::vector<cap_value_t>;

constexpr std::initializer_list<cap_value_t> file_capabilities = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN,
                                                                  CAP_FOWNER};

Capabilities capabilities_of(Rights rights) {
    Capabilities kept;
    const auto add = [&kept](std::initializer_list<cap_value_t> more) { kept.insert(kept.end(), more); };
    if (rights == Rights::files || rights == Rights::table_work) add(file_capabilities);
    if (rights != Rights::none && rights != Rights::files) add({CAP_NET_ADMIN});
    if (rights == Rights::any_table || rights == Rights::table_work) add({CAP_SYS_ADMIN});
    if (rights == Rights::table_work) add({CAP_SYS_PTRACE});
    return kept;
}

bool has_any(const State& state) {
    for (cap_value_t capability = 0; capability < ::cap_max_bits(); ++capability) {
        cap_flag_value_t value = CAP_CLEAR;
        if (::cap_get_flag(state.get(), capability, CAP_PERMITTED, &value) == 0 && value == CAP_SET) return true;
    }
    return false;
}

/// Leaves those of `kept` that the process has.
void keep(const Capabilities& kept) {
    const State before(::cap_get_proc());
    const State after(::cap_init());
    if (!before || !after) return;
    bool changes = false;
    for (cap_value_t capability = 0; capability < ::cap_max_bits(); ++capability) {
        const bool is_kept = std::ranges::find(kept, capability) != kept.end();
        for (const cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE, CAP_INHERITABLE}) {
            cap_flag_value_t value = CAP_CLEAR;
            if (::cap_get_flag(before.get(), capability, set, &value) != 0 || value == CAP_CLEAR) continue;
            // Of what other programs inherit, nothing is meant for those that lbctl runs.
            if (is_kept && set != CAP_INHERITABLE) {
                (void)::cap_set_flag(after.get(), set, 1, &capability, CAP_SET);
            } else {
                changes = true;
            }
        }
    }
    // A filter of system calls may take even a call that changes nothing for an attempt.
    if (changes) (void)::cap_set_proc(after.get());
}

/// What root gets back by running a program.
void bound(const Capabilities& kept) {
    for (cap_value_t capability = 0; capability < ::cap_max_bits(); ++capability) {
        const bool is_kept = std::ranges::find(kept, capability) != kept.end();
        if (!is_kept && ::cap_get_bound(capability) == 1) (void)::cap_drop_bound(capability);
    }
}

}  // namespace

void keep_rights(Rights rights) {
    if (rights == Rights::everything) return;
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const State now(::cap_get_proc());
    if (!now || !has_any(now)) return;
    const Capabilities kept = capabilities_of(rights);
    // Before the right to do so (CAP_SETPCAP) goes.
    bound(kept);
    keep(kept);
}

void keep_table_only() {
    keep(capabilities_of(Rights::table));
}

}  // namespace lbctl::cli
