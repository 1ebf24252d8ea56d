#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lbctl::keywords {

/// The name of a keyword as a number, so that code compares numbers, not text. Keywords of one name in different blocks
/// have the same one; the table has no two names with the same number (tests/unit/keywords_test.cpp). Written
/// `"real_server"_kw`; tests/architecture/keyword_ids.py looks that the table has every name that is written so.
enum class KeywordId : std::uint32_t {
    none = 0,  ///< of no keyword
};

/// The FNV-1a hash in 32 bits.
constexpr KeywordId id_of_name(std::string_view name) {
    constexpr std::uint32_t offset_basis = 0x811c9dc5;
    constexpr std::uint32_t prime = 0x01000193;
    std::uint32_t hash = offset_basis;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
    return KeywordId{hash};
}

/// A keyword that code speaks of, for those who also write it.
struct KeywordName {
    std::string_view text;
    KeywordId id = KeywordId::none;

    // NOLINTNEXTLINE(google-explicit-constructor): it is an id, of which the text is known
    constexpr operator KeywordId() const { return id; }
};

}  // namespace lbctl::keywords

namespace lbctl {

/// A keyword that the table has.
consteval keywords::KeywordName operator""_kw(const char* name, std::size_t length) {
    return {{name, length}, keywords::id_of_name({name, length})};
}

}  // namespace lbctl
