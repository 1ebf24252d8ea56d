#pragma once

#include <span>

/// What is left of root's rights, see capabilities(7): a command keeps those that its work needs, and gives the others
/// up before it reads a byte of any file. A mistake of lbctl is worth no more to anybody then than what is left.
namespace lbctl::cli {

/// The rights of a command, by what it does. In all of them: no more rights by running a program (PR_SET_NO_NEW_PRIVS),
/// but for everything.
enum class Rights {
    none,        ///< it prints what it knows
    files,       ///< it reads and writes files, also of other users, which stay theirs
    table,       ///< CAP_NET_ADMIN, and nothing else
    any_table,   ///< table, and to enter another network namespace
    table_work,  ///< any_table and files, and to look at other processes, one of which may be a keepalived
    machine,     ///< table_work, and to listen to all packets: it looks at the machine
    everything,  ///< it runs commands of a configuration, as keepalived runs them: with what it was started with
};

/// Keeps these rights for the rest of the process, and for programs that it runs; a right that it does not have is not
/// gained. Where the kernel or a container forbids to give rights up, they stay. Before any thread is started.
void keep_rights(Rights rights);

/// What is left when the files are read, the network namespace is entered and keepalived has been looked for: the table
/// alone. A second call does nothing, and a process that never had more loses nothing. The calling thread is the only
/// one.
void keep_table_only();

}  // namespace lbctl::cli
