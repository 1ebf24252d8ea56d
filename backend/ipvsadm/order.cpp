#include "backend/ipvsadm/order.h"

#include <arpa/inet.h>

#include <cstdlib>
#include <cstring>

namespace lbctl::ipvsadm {

namespace {

int signed_difference(std::uint32_t left, std::uint32_t right) {
    return static_cast<int>(left - right);
}

int compare_addresses(const IpAddress& left, const IpAddress& right) {
    const std::size_t words = left.family() == Family::inet6 ? 4 : 1;
    for (std::size_t i = 0; i < words; ++i) {
        std::uint32_t left_word = 0;
        std::uint32_t right_word = 0;
        std::memcpy(&left_word, left.padded_bytes().data() + 4 * i, sizeof left_word);
        std::memcpy(&right_word, right.padded_bytes().data() + 4 * i, sizeof right_word);
        if (const int difference = signed_difference(ntohl(left_word), ntohl(right_word)); difference != 0) {
            return difference;
        }
    }
    return 0;
}

template <class T>
std::vector<const T*> sorted(const std::vector<T>& values) {
    std::vector<const T*> pointers;
    pointers.reserve(values.size());
    for (const T& value : values) pointers.push_back(&value);
    if (pointers.empty()) return pointers;
    // qsort, because the comparison is not an ordering: std::sort may then do anything, qsort only sorts oddly, and
    // as oddly as ipvsadm's own call of it.
    std::qsort(pointers.data(), pointers.size(), sizeof(const T*), [](const void* left, const void* right) {
        return compare_as_ipvsadm(**static_cast<const T* const*>(left), **static_cast<const T* const*>(right));
    });
    return pointers;
}

}  // namespace

int compare_as_ipvsadm(const table::Service& left, const table::Service& right) {
    const auto* left_mark = std::get_if<table::FwmarkKey>(&left.key);
    const auto* right_mark = std::get_if<table::FwmarkKey>(&right.key);
    const int marks =
        signed_difference(left_mark != nullptr ? left_mark->mark : 0, right_mark != nullptr ? right_mark->mark : 0);
    if (marks != 0) return marks;
    const int families = static_cast<int>(table::family_of(left.key)) - static_cast<int>(table::family_of(right.key));
    if (families != 0 || left_mark != nullptr) return families;
    const auto& left_key = std::get<table::AddressKey>(left.key);
    const auto& right_key = std::get<table::AddressKey>(right.key);
    const int protocols = static_cast<int>(left_key.protocol) - static_cast<int>(right_key.protocol);
    if (protocols != 0) return protocols;
    if (const int addresses = compare_addresses(left_key.address, right_key.address); addresses != 0) return addresses;
    return left_key.port - right_key.port;
}

int compare_as_ipvsadm(const table::Destination& left, const table::Destination& right) {
    if (const int addresses = compare_addresses(left.key.address, right.key.address); addresses != 0) return addresses;
    return left.key.port - right.key.port;
}

std::vector<const table::Service*> in_ipvsadm_order(const std::vector<table::Service>& services) {
    return sorted(services);
}

std::vector<const table::Destination*> in_ipvsadm_order(const std::vector<table::Destination>& destinations) {
    return sorted(destinations);
}

}  // namespace lbctl::ipvsadm
