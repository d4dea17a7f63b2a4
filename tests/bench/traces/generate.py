#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""generate.py decoder-camera|phone: writes a synthetic trace to standard output, the same on every run.

decoder-camera: a video decoder and a camera of a small device, which never run together and so can share a region. The
decoder takes reference frames, output frames and bitstream buffers; a film changes its size now and then. The camera
takes a ring of frames and small ones for statistics, and for each photo a large frame and room for the JPEG. The last
JPEG is stored slowly: it is still there when the next film begins.

phone: the same memory for everything at once: films, the camera, video calls that have both at a small size, and
surfaces that come and go meanwhile and outlive what they were made beside."""
import sys

PAGE = 4096
state = 1


def below(bound):
    """A number below bound: a linear congruential generator, so that no version of Python changes the trace."""
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
    return (state >> 33) % bound


def pages(size):
    return -(-size // PAGE) * PAGE


def nv12(width, height, align=16):
    stride, rows = -(-width // 64) * 64, -(-height // align) * align
    return pages(stride * rows * 3 // 2)


class Memory:
    """Prints the operations; frames of an owner are freed together or one by one."""

    def __init__(self):
        self.made = 0

    def take(self, size, align=PAGE):
        print('a', self.made, size, align)
        self.made += 1
        return self.made - 1

    def drop(self, frames):
        for frame in frames:
            print('f', frame)
        frames.clear()


def shuffled(frames):
    for n in range(len(frames) - 1, 0, -1):
        other = below(n + 1)
        frames[n], frames[other] = frames[other], frames[n]
    return frames


def open_decoder(memory, width, height):
    """Bitstream buffers, motion vectors, references and output; the hardware wants 64 KiB for references."""
    frames = [memory.take(512 * 1024) for _ in range(2)] + [memory.take(pages(width * height // 16))]
    frames += [memory.take(nv12(width, height), 64 * 1024) for _ in range(3 + below(2))]
    return frames + [memory.take(nv12(width, height)) for _ in range(2)]


def open_camera(memory, width, height):
    return [memory.take(nv12(width, height)) for _ in range(4)] + [memory.take(pages(64 * 48 * 4)) for _ in range(3)]


def take_photo(memory, width, height):
    """The raw frame goes when the JPEG is made; the JPEG stays a little longer."""
    raw = [memory.take(pages(width * height * 2))]
    jpeg = [memory.take(pages(width * height // 4 + below(width * height // 4)))]
    memory.drop(raw)
    return jpeg


FILMS = [(320, 240), (640, 360), (848, 480), (1280, 720), (1920, 1080)]


def decoder_camera():
    memory, photos = Memory(), []
    for _ in range(40):
        decoder = open_decoder(memory, *FILMS[below(5)])
        for _ in range(below(4)):
            memory.drop(shuffled(decoder))
            decoder = open_decoder(memory, *FILMS[below(5)])
        memory.drop(photos)
        memory.drop(shuffled(decoder))
        camera = open_camera(memory, 1280, 720)
        for _ in range(1 + below(5)):
            memory.drop(photos)
            photos = take_photo(memory, 2592, 1944)
        memory.drop(shuffled(camera))


def phone():
    memory, surfaces, owners = Memory(), [], []
    for _ in range(1200):
        what = below(10)
        if what < 5:
            width, height = 64 * (1 + below(20)), 16 * (1 + below(50))
            surfaces.append(memory.take(pages(width * height * 4)))
        elif len(owners) < 3:
            width, height = FILMS[below(4)]
            owners.append(open_decoder(memory, width, height) if below(2) else open_camera(memory, width, height))
        else:
            memory.drop(shuffled(owners.pop(below(len(owners)))))
        while len(surfaces) > 12 + below(6):
            memory.drop([surfaces.pop(below(len(surfaces)))])


print('# SPDX-FileCopyrightText: 2026 cenalloc contributors')
print('# SPDX-License-Identifier: MIT')
print(f'# PROVENANCE: synthetic, generate.py {sys.argv[1]}')
{'decoder-camera': decoder_camera, 'phone': phone}[sys.argv[1]]()
