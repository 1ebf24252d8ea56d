// The least that filling an IPVS table can cost: prepared generic netlink requests, many to a datagram, one
// acknowledgement for each datagram, no checks beyond the first error. What lbctl does is measured against it.
//
//   floor fill SERVICES DESTINATIONS    adds TCP services 10.x.y.z:80 (rr), each with destinations 172.16.y.z:80 (NAT)
//   floor wait SERVICES DESTINATIONS    returns when the last of these services has its last destination: a look at
//   that
//                                       one service every few milliseconds, which takes next to nothing from whoever
//                                       fills

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 400, LONGEST = 256, BUFFER = 4 << 20 };

// How long `wait` rests between two looks.
static const struct timespec rest = {0, 5000000};

static char datagram[BATCH * LONGEST];
static size_t used;
static uint32_t sequence;
static uint16_t family;

static struct nlattr* open_attribute(uint16_t type) {
    struct nlattr* attribute = (struct nlattr*)(datagram + used);
    attribute->nla_type = type;
    attribute->nla_len = NLA_HDRLEN;
    used += NLA_HDRLEN;
    return attribute;
}

static void put(uint16_t type, const void* data, size_t length) {
    struct nlattr* attribute = open_attribute(type);
    memcpy(datagram + used, data, length);
    attribute->nla_len = (uint16_t)(NLA_HDRLEN + length);
    used += NLA_ALIGN(length);
}

static void put_u16(uint16_t type, uint16_t value) {
    put(type, &value, sizeof value);
}
static void put_u32(uint16_t type, uint32_t value) {
    put(type, &value, sizeof value);
}

static void close_attribute(struct nlattr* nest) {
    nest->nla_len = (uint16_t)(datagram + used - (char*)nest);
    nest->nla_type |= NLA_F_NESTED;
}

static struct nlmsghdr* begin(uint16_t type, uint8_t command) {
    struct nlmsghdr* message = (struct nlmsghdr*)(datagram + used);
    struct genlmsghdr* head = (struct genlmsghdr*)(message + 1);
    memset(message, 0, NLMSG_HDRLEN + GENL_HDRLEN);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST;
    message->nlmsg_seq = ++sequence;
    head->cmd = command;
    head->version = 1;
    used += NLMSG_HDRLEN + GENL_HDRLEN;
    return message;
}

static void put_service(uint32_t number, int whole) {
    const uint8_t address[16] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    struct nlattr* nest = open_attribute(IPVS_CMD_ATTR_SERVICE);
    put_u16(IPVS_SVC_ATTR_AF, AF_INET);
    put_u16(IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
    put(IPVS_SVC_ATTR_ADDR, address, sizeof address);
    put_u16(IPVS_SVC_ATTR_PORT, htons(80));
    if (whole) {
        const struct ip_vs_flags flags = {0, ~0U};
        put(IPVS_SVC_ATTR_SCHED_NAME, "rr", 3);
        put(IPVS_SVC_ATTR_FLAGS, &flags, sizeof flags);
        put_u32(IPVS_SVC_ATTR_TIMEOUT, 0);
        put_u32(IPVS_SVC_ATTR_NETMASK, ~0U);
    }
    close_attribute(nest);
}

static void put_destination(uint32_t service, uint32_t number) {
    const uint8_t address[16] = {172, 16, (uint8_t)service, (uint8_t)(number + 1)};
    struct nlattr* nest = open_attribute(IPVS_CMD_ATTR_DEST);
    put_u16(IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
    put(IPVS_DEST_ATTR_ADDR, address, sizeof address);
    put_u16(IPVS_DEST_ATTR_PORT, htons(80));
    put_u32(IPVS_DEST_ATTR_FWD_METHOD, 0);
    put_u32(IPVS_DEST_ATTR_WEIGHT, 1);
    put_u32(IPVS_DEST_ATTR_U_THRESH, 0);
    put_u32(IPVS_DEST_ATTR_L_THRESH, 0);
    close_attribute(nest);
}

static void finish(struct nlmsghdr* message) {
    message->nlmsg_len = (uint32_t)(datagram + used - (char*)message);
}

static void die(const char* what) {
    perror(what);
    exit(1);
}

static void exchange(int socket) {
    static char answer[65536];
    if (send(socket, datagram, used, 0) < 0) die("send");
    const ssize_t length = recv(socket, answer, sizeof answer, 0);
    if (length < 0) die("recv");
    const struct nlmsghdr* head = (const struct nlmsghdr*)answer;
    if (head->nlmsg_type == NLMSG_ERROR && ((const struct nlmsgerr*)NLMSG_DATA(head))->error != 0) {
        fprintf(stderr, "a request was refused: %d\n", ((const struct nlmsgerr*)NLMSG_DATA(head))->error);
        exit(1);
    }
    if (head->nlmsg_type == GENL_ID_CTRL) {
        const char* end = answer + length;
        for (const char* at = answer + NLMSG_HDRLEN + GENL_HDRLEN; at < end;) {
            const struct nlattr* attribute = (const struct nlattr*)at;
            if (attribute->nla_type == CTRL_ATTR_FAMILY_ID) memcpy(&family, at + NLA_HDRLEN, sizeof family);
            at += NLA_ALIGN(attribute->nla_len);
        }
    }
    used = 0;
}

// So many destinations has the service with that number.
static uint32_t destinations_of(int socket, uint32_t service) {
    static char answer[65536];
    struct nlmsghdr* message = begin(family, IPVS_CMD_GET_DEST);
    message->nlmsg_flags |= NLM_F_DUMP;
    put_service(service, 0);
    finish(message);
    if (send(socket, datagram, used, 0) < 0) die("send");
    used = 0;
    for (uint32_t rows = 0;;) {
        const ssize_t length = recv(socket, answer, sizeof answer, 0);
        if (length < 0) die("recv");
        int left = (int)length;
        for (const struct nlmsghdr* row = (const struct nlmsghdr*)answer; NLMSG_OK(row, left);
             row = NLMSG_NEXT(row, left)) {
            if (row->nlmsg_type == NLMSG_DONE || row->nlmsg_type == NLMSG_ERROR) return rows;
            ++rows;
        }
    }
}

static void fill(int socket, uint32_t services, uint32_t destinations) {
    uint32_t in_datagram = 0;
    for (uint32_t service = 0; service < services; ++service) {
        for (uint32_t row = 0; row <= destinations; ++row) {
            const int last = service + 1 == services && row == destinations;
            struct nlmsghdr* message = begin(family, row == 0 ? IPVS_CMD_NEW_SERVICE : IPVS_CMD_NEW_DEST);
            put_service(service, row == 0);
            if (row != 0) put_destination(service, row - 1);
            finish(message);
            if (++in_datagram < BATCH && !last) continue;
            message->nlmsg_flags |= NLM_F_ACK;
            exchange(socket);
            in_datagram = 0;
        }
    }
}

int main(int count, char** words) {
    const int waits = count == 4 && strcmp(words[1], "wait") == 0;
    if (count != 4 || (!waits && strcmp(words[1], "fill") != 0)) {
        fprintf(stderr, "usage: floor fill|wait SERVICES DESTINATIONS\n");
        return 2;
    }
    const uint32_t services = (uint32_t)atoi(words[2]);
    const uint32_t destinations = (uint32_t)atoi(words[3]);
    if (services == 0) return 0;
    const int buffer = BUFFER;
    const int socket_number = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (socket_number < 0) die("socket");
    setsockopt(socket_number, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    setsockopt(socket_number, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);

    struct nlmsghdr* message = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
    put(CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME);
    finish(message);
    exchange(socket_number);
    if (family == 0) return fprintf(stderr, "no IPVS\n"), 1;

    if (!waits) {
        fill(socket_number, services, destinations);
        return 0;
    }
    while (destinations_of(socket_number, services - 1) < destinations) nanosleep(&rest, NULL);
    return 0;
}
