#include "grammar/syntax/conditions.h"

namespace lbctl::syntax {

void Conditions::add_id(std::string_view id, const Line& where) {
    if (known_.contains(id) || known_.size() >= most_ids) return;
    known_.emplace(id);
    ids_.emplace_back(id);
    first_lines_.push_back(where);
}

void Conditions::note(std::string_view id, bool negated, const Line& where, bool held) {
    has_negated_ = has_negated_ || negated;
    add_id(id, where);
    std::vector<Line>& lines = held ? read_ : passed_over_;
    // A repetition comes to one line again and again.
    if (lines.empty() || lines.back() != where) lines.push_back(where);
}

}  // namespace lbctl::syntax
