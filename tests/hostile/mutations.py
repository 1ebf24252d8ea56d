"""Changes of text that make it hostile: of bytes, words, lines and blocks, within a file and between two."""
import random
import re

WORD = re.compile(rb"[^\s{}]+|[{}]")
NUMBERS = [b"0", b"-1", b"+1", b"1e9", b"0x10", b"010", b"255", b"256", b"65535", b"65536", b"2147483647", b"2147483648",
           b"4294967295", b"4294967296", b"9223372036854775807", b"9223372036854775808", b"18446744073709551616", b"9" * 40,
           b"0." + b"0" * 30 + b"1", b"nan", b"inf", b"1.5", b"1,5"]
ADDRESSES = [b"0.0.0.0", b"255.255.255.255", b"10.0.0.1-254", b"10.0.0.0->10.0.255.255", b"10.0.0.1/33", b"::", b"::ffff:10.0.0.1",
             b"fe80::1%eth0", b"[::1]:80", b"2001:db8::1-ffff", b"1.2.3", b"1.2.3.4.5", b"10.0.0.1:0", b"10.0.0.1:65536"]
SYNTAX = [b"{", b"}", b"{}", b"}{", b"\"", b"'", b"\\", b"\\\n", b"#", b"!", b"@", b"@id", b"@^id", b"$", b"$A", b"${A}", b"$A=$A",
          b"~SEQ(I,1,9)", b"~LST(I,a,b)", b"include main.conf", b"include /dev/null", b"includew *", b"=", b"|", b"-A -t", b"->",
          b"checktype=negotiate", b"[", b"]", b"null", b"true", b"[[[[", b"{\"a\":"]
SIGNS = [b"\0", b"\x01", b"\x1b[2J", b"\x1b]0;x\x07", b"\x7f", b"\x80", b"\x9b", b"\xff", b"\xc2\x9b", b"\xe2\x80\xae", b"\xe2\x80\xa8",
         b"\xe3\x80\x80", b"\xc2\xa0", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\r", b"\r\n", b"\t", b"\v", b"\f",
         b"\x08", b"\xe5\xad\x97"]


def place(choice: random.Random, data: bytes) -> int:
    return choice.randrange(len(data) + 1)


def odd_word(choice: random.Random) -> bytes:
    return choice.choice(choice.choice([NUMBERS, ADDRESSES, SYNTAX, SIGNS]))


def of_bytes(choice, data, other):
    at = place(choice, data)
    what = choice.randrange(4)
    if what == 0:
        return data[:at] + bytes([choice.randrange(256)]) + data[at + 1:]
    if what == 1:
        return data[:at] + choice.choice(SIGNS) + data[at:]
    if what == 2:
        return data[:at] + data[at + choice.choice([1, 1, 2, 8, 100]):]
    return data[:at]


def of_words(choice, data, other):
    words = list(WORD.finditer(data))
    if not words:
        return odd_word(choice) + data
    word = choice.choice(words)
    start, end = word.span()
    what = choice.randrange(6)
    if what == 0:
        return data[:start] + odd_word(choice) + data[end:]
    if what == 1:
        return data[:end] + choice.choice([b" ", b""]) + odd_word(choice) + data[end:]
    if what == 2:
        return data[:start] + data[end:]
    if what == 3:
        return data[:start] + choice.choice(words).group() + data[end:]
    if what == 4:
        return data[:end] + (b" " + word.group()) * choice.choice([1, 3, 500]) + data[end:]
    foreign = WORD.findall(other)
    return data[:start] + (choice.choice(foreign) if foreign else b"") + data[end:]


def of_lines(choice, data, other):
    lines = data.splitlines(keepends=True)
    foreign = other.splitlines(keepends=True)
    if not lines:
        return data + other
    first = choice.randrange(len(lines))
    count = choice.choice([1, 1, 1, 3, 20])
    block = lines[first:first + count]
    what = choice.randrange(6)
    if what == 0:
        del lines[first:first + count]
    elif what == 1:
        lines[first:first] = block * choice.choice([1, 2, 200])
    elif what == 2:
        del lines[first:first + count]
        at = choice.randrange(len(lines) + 1)
        lines[at:at] = block
    elif what == 3 and foreign:
        at = choice.randrange(len(foreign))
        lines[first:first] = foreign[at:at + choice.choice([1, 5, 40])]
    elif what == 4:
        lines[first] = lines[first].rstrip(b"\r\n") + choice.choice([b"", b" ", b"\\\n", b"\r"])
    else:
        lines[first] = odd_word(choice) + b" " + lines[first]
    return b"".join(lines)


def of_sizes(choice, data, other):
    what = choice.randrange(5)
    at = place(choice, data)
    if what == 0:
        return data[:at] + choice.choice([b"x", b"9", b"\xff", b"{", b"[", b"a b ", b"\"\\"]) * choice.choice([300, 5000, 70000]) + data[at:]
    if what == 1:
        depth = choice.choice([20, 300, 20000])
        return data[:at] + b"a {\n" * depth + b"}\n" * choice.choice([0, depth]) + data[at:]
    if what == 2:
        return data * choice.choice([2, 10]) if len(data) < 20000 else data
    if what == 3:
        return data[:at] + b"[" * choice.choice([100, 100000]) + data[at:]
    return data + other


KINDS = [of_bytes, of_words, of_words, of_words, of_lines, of_lines, of_sizes]


def mutated(choice: random.Random, data: bytes, other: bytes) -> bytes:
    for _ in range(choice.choice([1, 1, 2, 4, 10])):
        data = choice.choice(KINDS)(choice, data, other)
        if len(data) > 2_000_000:
            return data[:2_000_000]
    return data
