#pragma once

#include <memory>
#include <string>

#include "grammar/model/checker.h"

struct pcre2_real_code_8;

/// The regular expressions of `url' blocks, which are those of PCRE2 (pcre2pattern(3)).
namespace lbctl::model {

struct FreeRegexCode {
    void operator()(pcre2_real_code_8* code) const;
};
using RegexCode = std::unique_ptr<pcre2_real_code_8, FreeRegexCode>;

struct CompiledRegex {
    RegexCode code;     ///< null: it does not compile
    std::string fault;  ///< then this says why, in the words of PCRE2
};

CompiledRegex compile(const Regex& regex);

}  // namespace lbctl::model
