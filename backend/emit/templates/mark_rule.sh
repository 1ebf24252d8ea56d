
# mark_rule MARK FAMILY ADDRESS PROTOCOL PORTS: packets to that address and those ports get the mark
mark_rule() {
    if nft list chain inet lbctl_marks prerouting 2>/dev/null | grep -qF "comment \"lbctl $1 $3 $4 $5\""; then
        kept nft_table lbctl_marks
        return 0
    fi
    if only_told "packets to $3, $4 $5, get the mark $1 (nft)"; then return 0; fi
    remember nft_table lbctl_marks ''
    nft add table inet lbctl_marks || fail "cannot mark packets: nft does not work"
    nft add chain inet lbctl_marks prerouting '{ type filter hook prerouting priority -150; }'
    nft add rule inet lbctl_marks prerouting "$2" daddr "$3" "$4" dport "$5" meta mark set "$1" \
        comment "\"lbctl $1 $3 $4 $5\"" || fail "cannot mark packets to $3, $4 $5"
    done_so "packets to $3, $4 $5, get the mark $1"
}
