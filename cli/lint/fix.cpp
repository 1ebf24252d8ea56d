#include "cli/lint/fix.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "cli/lint/analyse.h"
#include "cli/lint/choose.h"
#include "cli/print.h"
#include "cli/render/line_difference.h"
#include "grammar/ast/secret_text.h"
#include "grammar/base/replace_file.h"
#include "grammar/source/edited_text.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

using source::ChangedTexts;
using source::Edit;
using source::FileId;
using source::Fix;
using source::Sources;

/// Fixes bring others to light; nothing that was written by people needs as many rounds.
constexpr unsigned most_rounds = 10;

/// One reading of a file: the same file may be read by several analyses, and by one more than once.
struct Reading {
    const Sources* sources = nullptr;
    FileId file = 0;
    auto operator<=>(const Reading&) const = default;
};

struct Proposal {
    Fix fix;
    std::set<Reading> readings;  ///< that ask for it
};

/// A file with all that is asked of it, in the order of the findings.
struct FileOnDisk {
    std::vector<Reading> readings;
    std::vector<Proposal> proposals;
};

std::string key_of(const std::string& path) {
    return path == "-" ? path : source::file_identity(path);
}

bool is_same_edit(const Edit& one, const Edit& other) {
    return std::tie(one.range.begin, one.range.end, one.before, one.text) ==
           std::tie(other.range.begin, other.range.end, other.before, other.text);
}

void propose(FileOnDisk& file, const Reading& reading, const Fix& fix) {
    const auto is_same = [&](const Proposal& proposal) {
        return std::ranges::equal(proposal.fix.edits, fix.edits, is_same_edit);
    };
    auto known = std::ranges::find_if(file.proposals, is_same);
    if (known == file.proposals.end()) known = file.proposals.insert(known, {fix, {}});
    known->readings.insert(reading);
}

/// Whether all edits are in lines of one id, after an `@ID`.
bool is_after_condition(const Fix& fix, const Sources& sources) {
    return std::ranges::all_of(fix.edits, [&](const Edit& edit) {
        std::string_view line = sources.line(edit.range.file, edit.range.begin.line);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        return line.starts_with('@') && !line.starts_with("@^");
    });
}

/// The first fix of a finding that may be made, if there is one. What holds for some nodes only is no reason to change
/// a line that others read, too.
const Fix* fix_of(const source::Finding& finding, const Sources& sources, bool with_unsafe) {
    const auto may_be_made = [&](const Fix& fix) {
        return !fix.edits.empty() && (with_unsafe || fix.applicability == source::Applicability::safe) &&
               (finding.config_ids.empty() || is_after_condition(fix, sources));
    };
    const auto found = std::ranges::find_if(finding.fixes, may_be_made);
    return found == finding.fixes.end() ? nullptr : &*found;
}

std::map<std::string, FileOnDisk> proposals_of(const Linted& linted, bool with_unsafe) {
    std::map<std::string, FileOnDisk> files;
    for (const validate::Analysis& analysis : linted.analyses) {
        const auto count = static_cast<FileId>(analysis.sources.file_count());
        std::vector<FileOnDisk*> of_analysis;
        for (FileId file = 0; file < count; ++file) {
            FileOnDisk& on_disk = files[key_of(analysis.sources.name(file))];
            on_disk.readings.push_back({&analysis.sources, file});
            of_analysis.push_back(&on_disk);
        }
        for (const source::Finding& finding : analysis.findings) {
            const Fix* const fix = fix_of(finding, analysis.sources, with_unsafe);
            if (fix == nullptr) continue;
            const FileId file = fix->edits.front().range.file;
            propose(*of_analysis[file], {&analysis.sources, file}, *fix);
        }
    }
    files.erase(std::string());  // of what is no file any more
    return files;
}

/// Makes what all readings of a file agree on.
std::size_t make_edits(const FileOnDisk& file, source::EditedText& text) {
    const std::set<Reading> all(file.readings.begin(), file.readings.end());
    return static_cast<std::size_t>(std::ranges::count_if(file.proposals, [&](const Proposal& proposal) {
        return proposal.readings == all && text.add(proposal.fix.edits);
    }));
}

std::string_view text_of(const Reading& reading) {
    return reading.sources->text(reading.file);
}

}  // namespace

void add_fix_options(Command command, FixArguments& arguments) {
    command.flag("--fix", arguments.write, "mend in the files what can be mended without a doubt");
    command.flag("--diff", arguments.diff, "show what --fix would change, and change nothing");
    command.flag("--unsafe-fixes", arguments.with_unsafe, "mend also what was probably meant; for --fix and --diff");
}

Result<Fixed> fix_files(const FilesToLint& paths, SettingsByFile& settings, std::size_t jobs, const Streams& streams,
                        bool with_unsafe) {
    ChangedTexts changed;
    std::map<std::string, FixedFile> files;
    Fixed fixed;
    bool goes_on = true;
    for (unsigned round = 0; goes_on && round < most_rounds; ++round) {
        goes_on = false;
        auto linted = analyse_files(paths, settings, jobs, streams, &changed);
        if (!linted) return tl::make_unexpected(linted.error());
        choose(*linted, true);
        for (const auto& [key, file] : proposals_of(*linted, with_unsafe)) {
            const Reading& reading = file.readings.front();
            source::EditedText text(text_of(reading));
            const std::size_t made = make_edits(file, text);
            files.try_emplace(key, FixedFile{reading.sources->name(reading.file), std::string(text_of(reading)), {}});
            // Standard input can be read once.
            if (key == "-") changed.try_emplace(key, text_of(reading));
            if (made == 0) continue;
            goes_on = true;
            fixed.fixes += made;
            changed[key] = text.text();
        }
        fixed.unread = std::move(linted->unread);
    }
    // Half of the way would be mended further by the next run.
    if (goes_on) {
        return failure(
            fmt::format("the fixes do not come to an end: after {} rounds each still brings up another", most_rounds),
            "no file was changed; mend the first findings by hand");
    }
    for (auto& [key, file] : files) {
        const auto with_fixes = changed.find(key);
        file.after = with_fixes == changed.end() ? file.before : std::move(with_fixes->second);
        fixed.files.push_back(std::move(file));
    }
    return fixed;
}

std::size_t changed_files(const Fixed& fixed) {
    return static_cast<std::size_t>(std::ranges::count_if(fixed.files, &FixedFile::is_changed));
}

void print_changes(const Fixed& fixed, const Streams& streams) {
    // What is secret in one of the files shows in another: a parameter that is used as a password.
    source::Sources before;
    source::Sources after;
    for (const FixedFile& file : fixed.files) {
        before.add(file.path, file.before);
        after.add(file.path, file.after);
    }
    for (FileId id = 0; id < fixed.files.size(); ++id) {
        const FixedFile& file = fixed.files[id];
        if (!file.is_changed()) continue;
        const std::string shown_before = ast::without_secrets(before, id);
        const std::string shown_after = ast::without_secrets(after, id);
        const std::string name = file.path + " (fixed)";
        print_text(streams.out,
                   line_difference({file.before, shown_before, file.path}, {file.after, shown_after, name}));
    }
}

Result<void> write_changes(const Fixed& fixed) {
    for (const FixedFile& file : fixed.files) {
        if (!file.is_changed()) continue;
        std::error_code error;
        if (file.path == "-" || !std::filesystem::is_regular_file(file.path, error)) {
            return failure(fmt::format("{} is no file that can be mended", file.path),
                           "--diff shows what would be changed");
        }
        base::Arena room;
        const auto now = source::read_file(file.path, room);
        if (!now) return tl::make_unexpected(now.error());
        if (*now != file.before) {
            return failure(
                fmt::format("{} has been changed while it was being mended, and stays as it is now", file.path),
                "run it again");
        }
        if (auto written = base::replace_file(file.path, file.after); !written) return written;
    }
    return {};
}

}  // namespace lbctl::cli
