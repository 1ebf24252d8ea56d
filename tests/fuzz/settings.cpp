#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/lint/settings_text.h"
#include "tests/fuzz/property.h"

namespace {

using namespace lbctl;

void walk(const std::vector<cli::SettingsEntry>& entries, const source::Sources& sources, int depth) {
    for (const cli::SettingsEntry& entry : entries) {
        fuzz::hold(depth < 3, "settings are read down to the third level");
        fuzz::hold(entry.place.file < sources.file_count(), "a setting has a place");
        fuzz::hold(!(entry.place.end < entry.place.begin), "a place ends after it begins");
        walk(entry.inside, sources, depth + 1);
    }
}

}  // namespace

/// Any bytes are settings, or there is a finding and no setting counts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Stopwatch stopwatch;
    source::Sources sources;
    source::Findings findings;
    const source::FileId file = sources.add(".lbctl.toml", std::string(reinterpret_cast<const char*>(data), size));
    const std::vector<cli::SettingsEntry> settings = cli::read_settings(sources, file, findings);
    walk(settings, sources, 0);
    fuzz::hold(findings.empty() || settings.empty(), "of a file with a fault no setting counts");
    return 0;
}
