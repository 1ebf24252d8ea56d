# What the completion of zsh offers: complete.zsh FOLDER PATH LINE...
# FOLDER has the file _lbctl, PATH is that of the shell. For each line, a line with its offers, sorted, between blanks.
zmodload zsh/zpty || exit 77
folder=$1 programs=$2
shift 2

# An interactive shell of its own, on a terminal that nobody sees.
zpty shell zsh -f -i
wait_for() {
    local part
    REPLY=
    repeat 400; do
        if zpty -r -t shell part; then REPLY+=$part; else sleep 0.05; fi
        [[ $REPLY != *$1* ]] || return 0
    done
    print -u2 -r -- "no $1 in: $REPLY"
    exit 1
}
setup=$(mktemp)
cat >$setup <<'END'
unset zle_bracketed_paste
PROMPT= RPROMPT=
autoload -Uz compinit && compinit -u -D
zstyle ':completion:*' insert-tab false
# These functions are called once.
at_end() { comppostfuncs=(at_end); print -r -- "<END"":>" }
comppostfuncs=(at_end)
# What is added to the offers is printed; the inner calls of the system's functions (-O, -A, -D) add nothing.
compadd() {
    if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
        local -a offers
        builtin compadd -A offers "$@"
        local each
        for each in $offers; do print -r -- "<$each:>"; done
    fi
    builtin compadd "$@"
}
print READ"Y"
END
zpty -w shell "fpath=(${(q)folder} \$fpath); export PATH=${(q)programs}; source $setup"
wait_for READY
for line in "$@"; do
    # The list is for that line alone: what stands there is taken away first.
    zpty -w -n shell $'\C-u'$line$'\t'
    wait_for '<END:>'
    offers=(${(f)"$(print -r -- $REPLY | tr -d '\r' | grep -a -o '<[^<>]*:>')"})
    offers=(${${${(u)offers:#<END:>}#<}%:>})
    print -r -- ${(o)offers}
done
zpty -d shell
rm -f $setup
