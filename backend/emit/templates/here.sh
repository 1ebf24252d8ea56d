
# here ADDRESS: this is the machine that the script is for
here() {
    if [ -z "$(ip -o address show to "$1")" ]; then
        fail "this machine has no address $1: the script is for another one"
    fi
}
