# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What is on a screenshot (PNG of 8 bits, RGB or RGBA). Sourced, never run; tap.sh comes before it.

out=${out:-/dev/null}

# picture WHAT FILE: WHAT is a Python expression over png, an object with width, height and row(y).
picture() {
	python3 -IS - "$@" <<'EOF' >>"$out" 2>&1
import struct, sys, zlib


class Picture:
    def __init__(self, path):
        data = open(path, 'rb').read()
        self.width, self.height, depth, kind = struct.unpack('>IIBB', data[16:26])
        self.size = {2: 3, 6: 4}[kind]
        position, chunks = 8, b''
        while position < len(data):
            length, name = struct.unpack('>I4s', data[position:position + 8])
            if name == b'IDAT':
                chunks += data[position + 8:position + 8 + length]
            position += length + 12
        self.raw = zlib.decompress(chunks)

    # A row as it is in the file, and how it was filtered.
    def line(self, y):
        start = y * (self.width * self.size + 1)
        return bytearray(self.raw[start + 1:start + 1 + self.width * self.size]), self.raw[start]

    def row(self, last):
        row, size = bytes(self.width * self.size), self.size
        for y in range(last + 1):
            line, how = self.line(y)
            if how == 2:
                line = bytearray((a + b) & 255 for a, b in zip(line, row)) if any(line) else row
            elif how:
                for x in range(len(line)):
                    a = line[x - size] if x >= size else 0
                    b = row[x]
                    c = row[x - size] if x >= size else 0
                    p = a + b - c
                    paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                    line[x] = (line[x] + (0, a, b, (a + b) // 2, paeth)[how]) & 255
            row = line
        return [tuple(row[x:x + 3]) for x in range(0, len(row), size)]

    # White, yellow, cyan, green, magenta, red, blue and black, an eighth of the width each; below the camera's text.
    def has_bars(self):
        bars = [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0)]
        row = self.row(self.height * 9 // 10)
        seen = [row[self.width * (2 * n + 1) // 16] for n in range(8)]
        print(self.width, self.height, seen)
        return [tuple(int(value > 100) for value in pixel) for pixel in seen] == bars

    # However black is filtered, it is zeros.
    def is_black(self):
        return self.size == 3 and not any(any(self.line(y)[0]) for y in range(self.height))


png = Picture(sys.argv[2])
sys.exit(0 if eval(sys.argv[1]) else 1)
EOF
}

# vivid's colour bars over the whole picture.
bars() { picture 'png.has_bars()' "$1"; }
# Something was drawn.
not_black() { picture 'not png.is_black()' "$1"; }
