#!/usr/bin/env python3
"""Asks the network who has an address, by ARP or by a neighbour solicitation, and prints the MAC address of everyone who answers.

usage: who_answers.py DEVICE ADDRESS      within a second; one a line, sorted
"""
import fcntl
import ipaddress
import socket
import struct
import sys
import time

SECONDS = 1
ARP, ICMPV6_SOLICITATION, ICMPV6_ADVERTISEMENT = 0x0806, 135, 136


def hardware_address(device):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        return fcntl.ioctl(any_socket, 0x8927, struct.pack("256s", device.encode()))[18:24]  # SIOCGIFHWADDR


def answers(received, packet_of):
    deadline = time.monotonic() + SECONDS
    while (left := deadline - time.monotonic()) > 0:
        received.settimeout(left)
        try:
            who = packet_of(received.recv(2048))
        except TimeoutError:
            return
        if who:
            yield who


def ask_arp(device, address):
    own = hardware_address(device)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP)) as link:
        link.bind((device, ARP))
        request = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + own + bytes(4) + bytes(6) + address.packed
        link.send(b"\xff" * 6 + own + struct.pack("!H", ARP) + request)
        yield from answers(link, lambda frame: frame[22:28] if frame[20:22] == b"\x00\x02" and frame[28:32] == address.packed else None)


def ask_neighbours(device, address):
    own = hardware_address(device)
    group = ipaddress.IPv6Address(b"\xff\x02" + bytes(9) + b"\x01\xff" + address.packed[-3:])
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as icmp:
        icmp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        icmp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        solicitation = struct.pack("!BBHI", ICMPV6_SOLICITATION, 0, 0, 0) + address.packed + b"\x01\x01" + own
        icmp.sendto(solicitation, (str(group), 0, 0, socket.if_nametoindex(device)))
        yield from answers(icmp, lambda packet: packet[26:32] if packet[0] == ICMPV6_ADVERTISEMENT and packet[8:24] == address.packed else None)


address = ipaddress.ip_address(sys.argv[2])
ask = ask_arp if address.version == 4 else ask_neighbours
for who in sorted(set(ask(sys.argv[1], address))):
    print(who.hex(":"))
