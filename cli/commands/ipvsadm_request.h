#pragma once

#include <string>

#include "backend/ipvsadm/command_line.h"
#include "backend/table/request.h"

/// What ipvsadm asks the kernel for, and what it says of the answer.
namespace lbctl::cli::ipvsadm {

using lbctl::ipvsadm::Command;
using lbctl::ipvsadm::Line;
using lbctl::ipvsadm::Option;

/// The change that the line asks for; the line must not be one of -L, -S, -R, -h, -v.
table::Request request_of(const Line& line);

/// ipvsadm's words for the kernel's answer to a command.
std::string kernel_words(Command command, int error);

}  // namespace lbctl::cli::ipvsadm
