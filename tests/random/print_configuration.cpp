#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/random/random_configuration.h"

/// Prints the random configuration of a number: random_configuration SEED [RELEASE]
int main(int count, char** words) {
    const auto release = lbctl::keywords::Version::parse(count > 2 ? words[2] : "2.4.3");
    char* end = nullptr;
    const std::uint64_t seed = count > 1 ? std::strtoull(words[1], &end, 10) : 0;
    if (count < 2 || *end != '\0' || !release) {
        std::fputs("usage: random_configuration SEED [RELEASE]\n", stderr);
        return 1;
    }
    std::fputs(lbctl::test::random_configuration(seed, *release).c_str(), stdout);
    return 0;
}
