#include "backend/procfs/connection_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "backend/procfs/connection_format.h"
#include "tests/unit/catch.h"
#include "tests/unit/temporary_file.h"

using namespace lbctl;
using namespace lbctl::procfs;

namespace {

constexpr std::string_view title = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData";
constexpr std::size_t most_seconds_shown = 100000;

std::string line_of(std::size_t number) {
    return fmt::format("TCP {:08X} {:04X} 0A000001 0050 0A000101 1F90 ESTABLISHED {:7}", 0xAC100000 + number,
                       1024 + number % 50000, number % most_seconds_shown);
}

/// Lines that differ, so that no two can change places unseen; larger than what one thread reads alone.
std::vector<std::string> good_lines() {
    std::vector<std::string> lines{std::string(title)};
    for (std::size_t size = 0; size < 8 * LineBlock::capacity; size += lines.back().size() + 1)
        lines.push_back(line_of(lines.size()));
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    return text;
}

struct Listing {
    std::string rows;
    ReadReport report;
};

Listing listing_in_one_piece(const Source& source) {
    listing::text::Output out;
    const auto read = for_each_connection(source, [&](const Connection& connection, std::string_view) {
        write_row(out, connection, {});
        return true;
    });
    REQUIRE(read);
    return {std::string(out.text()), *read};
}

Listing listing_in_parts(const Source& source, std::size_t threads) {
    Listing listing;
    const auto read = for_each_part<listing::text::Output>(
        source, threads,
        [](listing::text::Output& part, const Connection& connection) { write_row(part, connection, {}); },
        [&](listing::text::Output& part) {
            listing.rows += part.text();
            part.clear();
            return true;
        });
    REQUIRE(read);
    listing.report = *read;
    return listing;
}

/// Holds that the file gives the same listing in whatever number of threads, and gives it.
Listing same_listing(std::string_view text) {
    const tests::TemporaryFile file(text);
    const Source source{file.path(), false};
    REQUIRE(is_file_larger_than(source, 2 * LineBlock::capacity));
    Listing expected = listing_in_one_piece(source);
    for (const std::size_t threads : {1U, 2U, 4U}) {
        INFO(threads << " threads");
        const Listing listing = listing_in_parts(source, threads);
        CHECK((listing.rows == expected.rows));  // not expanded: a megabyte would be printed
        CHECK(listing.report.connections == expected.report.connections);
        CHECK(listing.report.damaged == expected.report.damaged);
        REQUIRE(listing.report.first_damaged.size() == expected.report.first_damaged.size());
        for (std::size_t i = 0; i < listing.report.first_damaged.size(); ++i) {
            INFO("damaged line " << i);
            CHECK(listing.report.first_damaged[i].number == expected.report.first_damaged[i].number);
            CHECK(listing.report.first_damaged[i].damage == expected.report.first_damaged[i].damage);
        }
    }
    return expected;
}

/// The blocks that a file is cut into.
std::vector<std::string> blocks_of(std::string_view text) {
    const tests::TemporaryFile file(text);
    const auto descriptor = open_source({file.path(), false});
    REQUIRE(descriptor);
    WholeLines lines(descriptor->number());
    LineBlock block;
    std::vector<std::string> blocks;
    for (;;) {
        REQUIRE(lines.next(block) == 0);
        if (block.text().empty()) return blocks;
        blocks.emplace_back(block.text());
    }
}

}  // namespace

TEST_CASE("several threads list a file in its order") {
    const std::vector<std::string> lines = good_lines();
    const Listing listing = same_listing(joined(lines));
    CHECK(listing.report.connections == lines.size() - 1);
    CHECK(listing.report.damaged == 0);
}

TEST_CASE("damaged lines have the numbers of the whole file") {
    std::vector<std::string> lines = good_lines();
    for (const std::size_t place : {lines.size() / 3, lines.size() / 2, lines.size() - 1}) lines[place][20] = '?';
    const Listing listing = same_listing(joined(lines));
    REQUIRE(listing.report.first_damaged.size() == 3);
    CHECK(listing.report.first_damaged[0].number == lines.size() / 3 + 1);
    CHECK(listing.report.first_damaged[1].number == lines.size() / 2 + 1);
    CHECK(listing.report.first_damaged[2].number == lines.size());
}

TEST_CASE("of many damaged lines the first ten are told") {
    std::vector<std::string> lines = good_lines();
    for (std::size_t i = 50; i < lines.size(); i += 50) lines[i] += '!';
    const Listing listing = same_listing(joined(lines));
    CHECK(listing.report.damaged == (lines.size() - 1) / 50);
    REQUIRE(listing.report.first_damaged.size() == 10);
    CHECK(listing.report.first_damaged.back().number == 501);
}

TEST_CASE("a file that ends within a line") {
    std::string text = joined(good_lines());
    text.pop_back();
    CHECK(same_listing(text).report.damaged == 0);
    text.resize(text.size() - 10);
    const Listing listing = same_listing(text);
    REQUIRE(listing.report.first_damaged.size() == 1);
    CHECK(listing.report.first_damaged.front().damage == Damage::cut_at_end);
}

TEST_CASE("a line that is longer than a block is one damaged line") {
    const std::vector<std::string> good = good_lines();
    constexpr std::size_t block = LineBlock::capacity;
    for (const std::size_t size : {longest_line, longest_line + 1, block - 1, block, block + 1, 3 * block}) {
        for (const std::size_t place : {std::size_t{1}, good.size() / 2, good.size()}) {
            INFO(size << " bytes before line " << place);
            std::vector<std::string> lines = good;
            lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(place), std::string(size, 'x'));
            const Listing listing = same_listing(joined(lines));
            CHECK(listing.report.connections == good.size() - 1);
            REQUIRE(listing.report.first_damaged.size() == 1);
            CHECK(listing.report.first_damaged.front().number == place + 1);
            CHECK(listing.report.first_damaged.front().damage ==
                  (size > longest_line ? Damage::too_long : Damage::malformed));
        }
    }
    CHECK(same_listing(std::string(3 * block, 'x')).report.damaged == 1);
}

TEST_CASE("foreign bytes anywhere") {
    constexpr int rounds = 5;
    std::mt19937 random(1);
    std::string text = joined(good_lines());
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < 200; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
        CHECK(same_listing(text).report.damaged != 0);
    }
    std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random() % 256); });
    CHECK(same_listing(text).report.connections == 0);
}

TEST_CASE("blocks end where lines end, and none of the text is lost") {
    const std::string text = joined(good_lines());
    constexpr std::size_t block = LineBlock::capacity;
    const std::size_t line_end = text.rfind('\n', block) + 1;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, line_end, block - 1, block, block + 1, 2 * block,
                                   2 * block + 1, text.size()}) {
        INFO(size << " bytes");
        const std::string part = text.substr(0, size);
        const std::vector<std::string> blocks = blocks_of(part);
        std::string together;
        for (const std::string& one : blocks) {
            together += one;
            CHECK((one.ends_with('\n') || together.size() == size));
        }
        CHECK((together == part));
    }
}

TEST_CASE("nothing is delivered after the word that no more is wanted") {
    const tests::TemporaryFile file(joined(good_lines()));
    for (const std::size_t threads : {1U, 2U, 4U}) {
        INFO(threads << " threads");
        int delivered = 0;
        const auto read = for_each_part<std::size_t>(
            {file.path(), false}, threads, [](std::size_t& part, const Connection&) { ++part; },
            [&](std::size_t&) { return ++delivered < 2; });
        CHECK(read);
        CHECK(delivered == 2);
    }
}

TEST_CASE("work that is done early waits for its turn") {
    constexpr int pieces = 100;
    int begun = 0;
    std::atomic<int> done = 0;
    std::vector<int> delivered;
    work_in_order<int>(
        4, [&](int& piece) { return (piece = begun++) < pieces; },
        [&](int piece) {
            // The first piece is done after others are.
            while (piece == 0 && done < 2) std::this_thread::yield();
            ++done;
        },
        [&](int piece) {
            delivered.push_back(piece);
            return true;
        });
    REQUIRE(delivered.size() == pieces);
    CHECK(std::is_sorted(delivered.begin(), delivered.end()));
}

TEST_CASE("a file that cannot be read") {
    const auto read = for_each_part<int>(
        {"/tmp/no/such/file", false}, 4, [](int&, const Connection&) {}, [](int&) { return true; });
    REQUIRE_FALSE(read);
    CHECK(read.error().message == "/tmp/no/such/file: No such file or directory");
}

TEST_CASE("text without a stream is kept, however much it is") {
    listing::text::Output out;
    std::string expected;
    for (std::size_t size : {10U, 100'000U, 1U, 300'000U, 7U}) {
        const std::string text(size, static_cast<char>('a' + size % 26));
        out.write(text);
        expected += text;
    }
    CHECK((out.text() == expected));
    CHECK(out.flush());
    CHECK((out.text() == expected));
    out.clear();
    CHECK(out.text().empty());
}
