#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/procfs/connection_reader.h"
#include "backend/procfs/ordered_work.h"
#include "backend/procfs/source_file.h"
#include "backend/procfs/whole_lines.h"

namespace lbctl::procfs {

/// More threads than this would wait for the one that reads.
inline constexpr std::size_t most_threads = 4;

namespace detail {

template <class Part, class Take, class Deliver>
Result<ReadReport> parts_in_one_thread(const Source& source, Take& take, Deliver& deliver) {
    Part part{};
    ConnectionLines lines;
    const auto on_connection = [&](const Connection& connection, std::string_view) { take(part, connection); };
    bool wanted = true;
    const auto read = read_text(source, [&](std::string_view piece) {
        lines.feed(piece, on_connection);
        wanted = deliver(part);
        return wanted;
    });
    if (!read) return tl::make_unexpected(read.error());
    lines.finish(on_connection);
    if (wanted) deliver(part);
    return lines.report();
}

template <class Part, class Take, class Deliver>
Result<ReadReport> parts_in_threads(const Source& source, std::size_t threads, Take& take, Deliver& deliver) {
    struct Piece {
        LineBlock block;
        Part part{};
        ReadReport report;
        std::uint64_t lines = 0;
    };
    const auto opened = open_source(source);
    if (!opened) return tl::make_unexpected(opened.error());
    WholeLines whole_lines(opened->number());
    ReadReport report;
    std::uint64_t lines = 0;
    int error = 0;
    const auto next = [&](Piece& piece) {
        if (error != 0) return false;
        error = whole_lines.next(piece.block);
        return !piece.block.text().empty();
    };
    const auto work = [&](Piece& piece) {
        ConnectionLines lines_of_piece;
        const auto on_connection = [&](const Connection& connection, std::string_view) {
            take(piece.part, connection);
        };
        lines_of_piece.feed(piece.block.text(), on_connection);
        lines_of_piece.finish(on_connection);
        piece.report = lines_of_piece.report();
        piece.lines = lines_of_piece.lines();
    };
    const auto in_order = [&](Piece& piece) {
        report.append(piece.report, lines);
        lines += piece.lines;
        return deliver(piece.part);
    };
    work_in_order<Piece>(threads, next, work, in_order);
    if (error != 0) return tl::make_unexpected(read_failure(source, error));
    return report;
}

}  // namespace detail

/// Reads every connection of the source, part by part. `take(part, connection)` adds a connection to what its part is
/// about; of a large captured file several parts are worked on side by side, in at most so many threads, so it may
/// touch nothing else that changes. `deliver(part)` is called for one part at a time, in the order of the file, empties
/// the part for the next use, and returns false to stop.
///
/// The kernel's files are read by a thread of their own already. A pipe may be silent for ever, and a thread that waits
/// for it could not be told that nothing more is wanted.
template <class Part, class Take, class Deliver>
Result<ReadReport> for_each_part(const Source& source, std::size_t threads, Take&& take, Deliver&& deliver) {
    const bool side_by_side = threads > 1 && !source.kernel && is_file_larger_than(source, 2 * LineBlock::capacity);
    return side_by_side ? detail::parts_in_threads<Part>(source, threads, take, deliver)
                        : detail::parts_in_one_thread<Part>(source, take, deliver);
}

}  // namespace lbctl::procfs
