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

constexpr Keyword rows[] = {
    {top,
     "real_server_group",
     block,
     "NAME",
     "",
     {0, 5, 9},
     {1, 0, 1},
     "",
     "old feature, parsed only in the listed versions"},
    {virtual_server,
     "real_group",
     block,
     "NAME",
     "",
     {0, 5, 9},
     {1, 0, 1},
     "",
     "old feature, parsed only in the listed versions"},
    {real_server, "CI-LINUX", flag, "", "", {0, 6, 1}, {1, 1, 5}, "", "", {}, true},
    {real_group, "CI-LINUX", flag, "", "", {0, 6, 1}, {1, 0, 1}, "", "", {}, true},
    {real_group, "HTTP_GET", block, "", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {real_group, "MISC_CHECK", block, "", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {real_group, "SSL_GET", block, "", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {real_group, "TCP_CHECK", block, "", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {http_get, "connect_port", value, "PORT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {http_get, "connect_timeout", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {http_get, "delay_before_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {http_get, "nb_get_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {http_get, "url", block, "", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {url, "digest", value, "MD5", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {url, "path", value, "STRING", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {url, "status_code", value, "UINT", "", {0, 7, 6}, {1, 0, 1}, "", ""},
    {misc_check, "misc_path", value, "STRING", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get, "connect_port", value, "PORT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get, "connect_timeout", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get, "delay_before_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get, "nb_get_retry", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get, "url", block, "", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get_url, "digest", value, "MD5", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get_url, "path", value, "STRING", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {ssl_get_url, "status_code", value, "UINT", "", {0, 7, 6}, {1, 0, 1}, "", ""},
    {tcp_check, "connect_port", value, "PORT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {tcp_check, "connect_timeout", value, "UINT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {real_server_group, "real_server", block, "IPADDR PORT", "", {0, 5, 9}, {1, 0, 1}, "", ""},
    {real_server_group_real_server, "weight", value, "UINT", "1", {0, 5, 9}, {1, 0, 1}, "", ""},
};

}  // namespace

std::span<const Keyword> removed_long_ago() {
    return rows;
}

}  // namespace lbctl::keywords::tables
