#include "grammar/keywords/tables/tables.h"

// Blocks that releases before 1.1 read and nobody since.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view top = "/";
constexpr std::string_view virtual_server = "virtual_server";
constexpr std::string_view real_server = "virtual_server/real_server";
constexpr std::string_view real_group = "virtual_server/real_group";
constexpr std::string_view http_get = "virtual_server/real_group/HTTP_GET";
constexpr std::string_view url = "virtual_server/real_group/HTTP_GET/url";
constexpr std::string_view misc_check = "virtual_server/real_group/MISC_CHECK";
constexpr std::string_view ssl_get = "virtual_server/real_group/SSL_GET";
constexpr std::string_view ssl_get_url = "virtual_server/real_group/SSL_GET/url";
constexpr std::string_view tcp_check = "virtual_server/real_group/TCP_CHECK";
constexpr std::string_view real_server_group = "real_server_group";
constexpr std::string_view real_server_group_real_server = "real_server_group/real_server";

// clang-format off
constexpr Keyword rows[] = {
    {top, "real_server_group", block, "NAME", "", {0, 5, 9}, {1, 0, 1}, "",
     "Real servers with a common name, for use in several virtual servers"},
    {virtual_server, "real_group", block, "NAME", "", {0, 5, 9}, {1, 0, 1}, "",
     "Real servers under a name of their own"},
    {real_server, "CI-LINUX", flag, "", "", {0, 6, 1}, {1, 1, 5}, "",
     "Checks by CI-LINUX, a cluster software of its time", {}, true},
    {real_group, "CI-LINUX", flag, "", "", {0, 6, 1}, {1, 0, 1}, "",
     "Checks by CI-LINUX, a cluster software of its time", {}, true},
    {real_group, "HTTP_GET", block, "", "", {0, 5, 9}, {1, 0, 1}, "",
     "Fetches pages by HTTP; needs a url, without which 2.2.7 crashes"},
    {real_group, "MISC_CHECK", block, "", "", {0, 5, 9}, {1, 0, 1}, "",
     "Asks a command"},
    {real_group, "SSL_GET", block, "", "", {0, 5, 9}, {1, 0, 1}, "",
     "Fetches pages by HTTPS; needs a url, without which 2.2.7 crashes"},
    {real_group, "TCP_CHECK", block, "", "", {0, 5, 9}, {1, 0, 1}, "",
     "Opens a TCP connection"},
    {http_get, "connect_port", value, "PORT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Port to connect to, if it is not that of the real server"},
    {http_get, "connect_timeout", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Seconds in which the connection must be there"},
    {http_get, "delay_before_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Seconds between two tries"},
    {http_get, "nb_get_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "",
     "The name of retry before 2.0.15"},
    {http_get, "url", block, "", "", {0, 5, 9}, {1, 0, 1}, "",
     "A page to fetch; may stand several times"},
    {url, "digest", value, "MD5", "", {0, 5, 9}, {1, 0, 1}, "",
     "MD5 sum that the page must have, as `genhash' prints it"},
    {url, "path", value, "STRING", "", {0, 5, 9}, {1, 0, 1}, "",
     "Path of the page"},
    {url, "status_code", value, "UINT", "", {0, 7, 6}, {1, 0, 1}, "",
     "Status codes that count as success: numbers and ranges"},
    {misc_check, "misc_path", value, "STRING", "", {0, 5, 9}, {1, 0, 1}, "",
     "The command; exit status 0 is success"},
    {ssl_get, "connect_port", value, "PORT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Port to connect to, if it is not that of the real server"},
    {ssl_get, "connect_timeout", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Seconds in which the connection must be there"},
    {ssl_get, "delay_before_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Seconds between two tries"},
    {ssl_get, "nb_get_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "",
     "The name of retry before 2.0.15"},
    {ssl_get, "url", block, "", "", {0, 5, 9}, {1, 0, 1}, "",
     "A page to fetch; may stand several times"},
    {ssl_get_url, "digest", value, "MD5", "", {0, 5, 9}, {1, 0, 1}, "",
     "MD5 sum that the page must have, as `genhash' prints it"},
    {ssl_get_url, "path", value, "STRING", "", {0, 5, 9}, {1, 0, 1}, "",
     "Path of the page"},
    {ssl_get_url, "status_code", value, "UINT", "", {0, 7, 6}, {1, 0, 1}, "",
     "Status codes that count as success: numbers and ranges"},
    {tcp_check, "connect_port", value, "PORT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Port to connect to, if it is not that of the real server"},
    {tcp_check, "connect_timeout", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "",
     "Seconds in which the connection must be there"},
    {real_server_group, "real_server", block, "IPADDR PORT", "", {0, 5, 9}, {1, 0, 1}, "",
     "A machine of the group"},
    {real_server_group_real_server, "weight", value, "UINT", "1", {0, 5, 9}, {1, 0, 1}, "",
     "Share of the connections"},
};
// clang-format on

}  // namespace

std::span<const Keyword> removed_long_ago() {
    return rows;
}

}  // namespace lbctl::keywords::tables
