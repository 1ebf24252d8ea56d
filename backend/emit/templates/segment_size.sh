
# largest_segment OWN BYTES: what fits into a packet of the device with the address OWN, less BYTES of headers
largest_segment() {
    device=$(ip -o address show to "$1" | awk '{ print $2; exit }')
    mtu=$(ip -o link show dev "$device" | sed -n 's/.* mtu \([0-9]*\) .*/\1/p')
    echo $((mtu - $2))
}

# uses_nft: nft where it works, else iptables
uses_nft() { nft -c add table inet lbctl_segment_size >/dev/null 2>&1; }

# iptables_rule iptables|ip6tables -C|-A|-D ADDRESS SIZE
iptables_rule() {
    "$1" -w -t mangle "$2" OUTPUT -s "$3" -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss "$4"
}

# segment_size ADDRESS OWN BYTES FAMILY: answers from ADDRESS ask for segments that still fit when the director has
# packed them, whose packets are BYTES longer than their data. Without that all hangs on path MTU discovery.
segment_size() {
    size=$(largest_segment "$2" "$3")
    if uses_nft; then
        match="$4 saddr $1 tcp flags syn / syn,rst tcp option maxseg size"
        if nft list chain inet lbctl_segment_size output 2>/dev/null | grep -qF "$4 saddr $1 "; then
            kept nft_table lbctl_segment_size
            return 0
        fi
        if only_told "answers of $1 ask for segments of $size bytes (nft)"; then return 0; fi
        remember nft_table lbctl_segment_size ''
        nft add table inet lbctl_segment_size
        nft add chain inet lbctl_segment_size output '{ type filter hook output priority -150; }'
        # shellcheck disable=SC2086 # words of nft
        nft add rule inet lbctl_segment_size output $match '>' "$size" tcp option maxseg size set "$size"
    else
        tool=iptables
        [ "$4" = ip ] || tool=ip6tables
        if iptables_rule "$tool" -C "$1" "$size" 2>/dev/null; then
            kept "$tool" "$1"
            return 0
        fi
        if only_told "answers of $1 ask for segments of $size bytes ($tool)"; then return 0; fi
        remember "$tool" "$1" "$size"
        iptables_rule "$tool" -A "$1" "$size" || fail "cannot limit the segments of $1: neither nft nor $tool does it"
    fi
    done_so "answers of $1 ask for segments of $size bytes, which fit into the tunnel"
}

put_back_iptables() {
    if iptables_rule iptables -C "$1" "$2" 2>/dev/null; then iptables_rule iptables -D "$1" "$2"; fi
}
put_back_ip6tables() {
    if iptables_rule ip6tables -C "$1" "$2" 2>/dev/null; then iptables_rule ip6tables -D "$1" "$2"; fi
}
