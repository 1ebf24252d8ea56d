#include "cli/render/digest.h"
#include "grammar/base/append.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace lbctl::cli {

std::string digest_of(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string text;
    for (unsigned i = 0; i < size / 2; ++i) base::append(text, "{:02x}", digest[i]);
    return text;
}

}  // namespace lbctl::cli
