#include "backend/emit/emitter.h"

#include <algorithm>

#include "backend/emit/list.h"

namespace lbctl::emit {

std::span<const Emitter* const> emitters() {
    return all_emitters;
}

const Emitter* find_emitter(std::string_view kind) {
    const auto found = std::ranges::find(all_emitters, kind, &Emitter::kind);
    return found == std::ranges::end(all_emitters) ? nullptr : *found;
}

}  // namespace lbctl::emit
