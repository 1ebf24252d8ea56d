
put_back_nft_table() {
    if nft list table inet "$1" >/dev/null 2>&1; then nft delete table inet "$1"; fi
}
