#pragma once

#include <span>
#include <string>
#include <vector>

#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// A file that was to be checked and could not be read.
struct UnreadFile {
    std::string name;
    Failure failure;
};

/// The findings of some files as one JSON object of the schema "lbctl-findings/1", with those that could not be read.
std::string findings_json(const std::vector<validate::Analysis>& analyses, std::span<const UnreadFile> unread);

}  // namespace lbctl::cli
