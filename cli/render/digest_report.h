#pragma once

#include <span>
#include <string>

#include "backend/health/page_digests.h"
#include "grammar/source/sources.h"

/// What `check --digest' found, for those who read it.
namespace lbctl::cli {

/// For each page a comment that says which one it is, and the line for the file.
std::string digest_text(std::span<const health::DigestedPage> pages, const source::Sources& sources);
/// Schema "lbctl-digest/1", lbctl-check(1).
std::string digest_json(std::span<const health::DigestedPage> pages);
std::string digest_ndjson(std::span<const health::DigestedPage> pages);

/// Header and body of one page as they came, the body with its bytes in hexadecimal, sixteen a line.
std::string page_dump(const health::CheckResult& result);

}  // namespace lbctl::cli
