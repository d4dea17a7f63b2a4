#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""
cenalloc explain on scripted devices: words, JSON, the matrix, pictures, hostile names. With the argument "write" the
samples of docs/explain.md are made anew.
"""

import os
import re
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

from harness import expect, fake, main, run, test
from machines import BOARD, CAMERA, CONFLICT, PIPELINE

ENV = fake(CAMERA)
SVG = '{http://www.w3.org/2000/svg}'
FOLDER = tempfile.TemporaryDirectory(prefix='cenalloc-explain-')

# Ten formats that fail at a format, at the stride, and at the memory.
MANY = ['NV12', 'XR24', 'AR24', 'XB24', 'AB24', 'RG16', 'YUYV', 'UYVY', 'YU12', 'NV16']
MIXED = 'device a usages=capture\ndevice b usages=scanout\nsource system\nsource second\n'
for number, fourcc in enumerate(MANY):
    MIXED += f'cap a capture {fourcc} LINEAR{" stride-max=64@queried" if number < 4 else ""}\n'
    if number < 4 or number >= 8:
        MIXED += f'cap b scanout {fourcc} LINEAR{"" if number < 4 else " segments=1@probed"}\n'
APART = ['--usage', 'capture=a', '--usage', 'scanout=b', '--size', '640x480']

# Names as a hostile driver might have them: markup, an entity, a control character of C1, U+FFFF, a byte that is no
# UTF-8. Those of ASCII are refused by the library.
HOSTILE = ('device /dev/<b>&amp; usages=capture name=<script>alert(1)</script>&\u009b31m\uffff\udcff '
           'driver="\'<!--]]>\n'
           'cap /dev/<b>&amp; capture NV12 LINEAR stride-exact=1920@queried\n'
           'device /dev/x usages=scanout\ncap /dev/x scanout NV12 LINEAR stride-align=256@probed\n'
           'source <s>&"\'\n')


def picture(name):
    return os.path.join(FOLDER.name, name)


def texts(path):
    """The words of a picture, which is well-formed, has a title and a description, and nothing that runs."""
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == SVG + 'svg', root.tag
    assert root.findtext(SVG + 'title').strip() and root.findtext(SVG + 'desc').strip()
    tags = {element.tag.replace(SVG, '') for element in root.iter()}
    assert tags <= {'svg', 'title', 'desc', 'style', 'rect', 'line', 'path', 'text'}, tags
    return [element.text or '' for element in root.iter(SVG + 'text')] + [root.findtext(SVG + 'desc')]


def rooms(path):
    """No two boxes of a picture lie half over each other, and all of them within it."""
    root = xml.etree.ElementTree.parse(path).getroot()
    width, height = float(root.get('width')), float(root.get('height'))
    boxes = []
    for rect in root.iter(SVG + 'rect'):
        if rect.get('class') == 'paper' or 'frame' in rect.get('class'):
            continue
        x, y, w, h = (float(rect.get(key)) for key in ('x', 'y', 'width', 'height'))
        assert x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= width and y + h <= height, rect.attrib
        for left, top, right, bottom in boxes:
            assert x >= right or x + w <= left or y >= bottom or y + h <= top, rect.attrib
        boxes.append((x, y, x + w, y + h))
    for text in root.iter(SVG + 'text'):
        assert 0 < float(text.get('x')) < width and 0 < float(text.get('y')) < height, text.attrib
    return boxes


@test
def plan_text():
    """With a plan: who decided each part, and every allocator."""
    result = expect(run('explain', *PIPELINE, '--format', 'NV12', env=ENV), 0,
                    ['The plan is NV12 LINEAR from cma', 'PART', 'ASKED FOR', 'makes the best plan', 'zero copy'])
    rows = [re.split(r'  +', line.strip()) for line in result.out.splitlines()]
    assert ['stride', '1,920 bytes', 'a multiple of 64 bytes', '/dev/fake1', 'probed'] in rows, result
    assert ['exactly 1,920 bytes', '/dev/fake0', 'queried'] in rows, result
    assert ['memory', 'contiguous, cma', 'contiguous', '/dev/fake0', 'probed'] in rows, result
    for source in ('system', 'cma', 'secret'):
        assert any(row[0] == source and len(row) == 3 for row in rows), (source, result)
    assert re.search(r'system +no +memory is scattered; contiguous memory required by /dev/fake0 \(probed\)',
                     result.out), result


@test
def plan_without_constraints():
    """A device that asks for nothing: that is said."""
    env = fake('device a usages=capture\ncap a capture XR24 LINEAR\nsource system\nsource other cost=90\n')
    expect(run('explain', '--usage', 'capture=a', '--size', '64x64', env=env), 0,
           ['the image alone decides', 'would do too, and ranks lower'])


@test
def plan_json():
    """With a plan as JSON: the plan as solve has it, and the fate of each allocator."""
    args = [*PIPELINE, '--format', 'XR24', '--json']
    document = expect(run('explain', *args, env=ENV), 0).json()
    assert sorted(document) == ['allocators', 'conflict', 'matrix', 'plan', 'request'], document
    assert document['conflict'] is None and document['matrix'] is None, document
    assert document['plan'] == expect(run('solve', *args, env=ENV), 0).json()['plans'][0]
    fates = {row['allocator']: row['fate'] for row in document['allocators']}
    assert fates == {'system': 'rejected', 'cma': 'chosen', 'secret': 'rejected'}, fates
    rows = {row['allocator']: row for row in document['allocators']}
    assert rows['cma']['plan'] == 1 and rows['system']['plan'] is None, rows
    assert 'contiguous memory required by /dev/fake0' in rows['system']['why'], rows


@test
def conflict_text():
    """With a conflict: the smallest set, the constraints, each format, each allocator, what would help."""
    env = fake(CONFLICT)
    result = expect(run('explain', *PIPELINE, '--format', 'NV12', env=env), 1,
                    ['There is no plan', 'These cannot hold together', '/dev/fake0 as capture', '/dev/fake1 as scanout',
                     'keeps them apart in the format that comes nearest, NV12', 'None was asked'])
    rows = [re.split(r'  +', line.strip()) for line in result.out.splitlines()]
    assert any(row[:4] == ['/dev/fake0', 'stride', 'stride-exact=1920', 'queried'] for row in rows), result
    assert any(row[:4] == ['/dev/fake1', 'stride', 'stride-align=256', 'probed'] for row in rows), result


@test
def conflict_of_memory():
    """Where no allocator makes it each says why, and what would help is there."""
    env = fake('device a usages=capture\ncap a capture NV12 LINEAR segments=1@probed\nsource system\n'
               'source cma segments=1 placement=cma access=EACCES help=ask-root\n')
    args = ['--usage', 'capture=a', '--size', '640x480']
    result = expect(run('explain', *args, env=env), 1,
                    ['This one has none', 'is in the way', 'no permission: ask-root',
                     'permission to use cma: ask-root'])
    assert re.search(r'NV12 +system +contiguity +memory is scattered; contiguous memory required by a \(probed\)',
                     result.out), result
    conflict = expect(run('explain', *args, '--json', env=env), 1).json()['conflict']
    assert {(r['allocator'], r['format'], r['dimension']) for r in conflict['rejected']} == \
        {('system', 'NV12', 'contiguity'), ('cma', 'NV12', 'permission')}, conflict
    changes = {c['kind']: c for c in conflict['changes']}
    assert changes['permission']['allocators'] == ['cma'], changes
    assert [c['text'] for c in conflict['changes']] == conflict['relaxations'], conflict


@test
def kinds_of_help():
    """Each kind of help says its numbers; the option to blame is named, the others are not."""
    def changes(script, *args):
        document = expect(run('explain', *args, '--json', env=fake(script)), 1).json()
        return {c['kind']: c for c in document['conflict']['changes']}
    camera = 'device a usages=capture\ncap a capture NV12 LINEAR segments=1@probed width-max=640@queried\n'
    small = ['--usage', 'capture=a', '--size', '640x480']
    heap = changes(camera + 'source vram placement=device\n', *small)['heap']
    assert (heap['option'], heap['parameter'], heap['bytes']) == \
        ('CONFIG_DMABUF_HEAPS_CMA', 'cma=64M', 640 * 480 * 3 // 2), heap
    memory = changes(camera + 'source pool segments=1 placement=cma max=1000000 free=900000\n', *small, '--count', '6')
    assert memory['memory']['allocators'] == ['pool'] and memory['memory']['parameter'] == 'cma=16M', memory
    assert memory['count']['count'] == 1, memory
    size = changes(camera + 'source pool segments=1\n', '--usage', 'capture=a', '--size', '1280x480')['size']
    assert (size['width'], size['height']) == (640, 480), size
    blamed = changes(camera + 'source pool segments=1\n', *small, '--heap', 'pool', '--constraint', 'stride-max=64',
                     '--constraint', 'size-align=4096')
    assert [c['text'] for c in blamed['constraint']['constraints']] == ['stride-max=64'], blamed
    assert list(blamed) == ['constraint'], blamed
    fourcc_ = changes(camera + 'source pool segments=1\n', *small, '--format', 'XR24')['format']
    assert fourcc_['formats'] == ['NV12'], fourcc_
    modifier = changes(camera + 'source pool segments=1\n', *small, '--modifier', '0x0300000000000001')['modifier']
    assert modifier['modifier'] == 'LINEAR', modifier
    allowed = changes(camera + 'source pool segments=1\nsource other\n', *small, '--map', '*=other')['map']
    assert allowed['allocators'] == ['pool'], allowed


@test
def every_format():
    """Every format that was asked for is told, where solve tells the nearest."""
    env = fake(MIXED)
    for args in (APART, [*APART, '--format', ','.join(MANY)]):
        told = {m['format'] for m in
                expect(run('explain', *args, '--json', env=env), 1).json()['conflict']['members']}
        assert told == set(MANY), told
        short = {m['format'] for m in expect(run('solve', *args, '--json', env=env), 1).json()['conflict']['members']}
        assert short < told, short
    result = expect(run('explain', *APART, env=env), 1, 'Each format')
    for name in MANY:
        assert re.search(rf'^  {name} +(format|stride|contiguity) ', result.out, flags=re.M), (name, result)


@test
def matrix_text():
    """The matrix: who takes what, what is shared, what rules out the rest; colours on demand."""
    result = expect(run('explain', *PIPELINE, '--matrix', '--format', 'NV12,XR24,AR24', env=ENV), 0,
                    ['FORMAT', 'capture /dev/fake0', 'scanout /dev/fake1', 'SHARED', 'RESULT',
                     '2 of 3 formats have a plan at 1920x1080'])
    rows = [re.split(r'  +', line.strip()) for line in result.out.splitlines()]
    assert ['NV12', 'LINEAR, contiguous, stride 1920', 'LINEAR, stride by 64', 'LINEAR', 'LINEAR from cma'] in rows
    assert ['XR24', 'LINEAR, contiguous, stride by 64', 'LINEAR +1, stride by 64', 'LINEAR', 'LINEAR from cma'] in rows
    assert ['AR24', 'no', 'no', 'none', 'format: /dev/fake0, /dev/fake1 do not take it'] in rows, result
    assert '\033' not in result.out
    assert '\033[31mno\033[0m' in run('explain', *PIPELINE, '--matrix', '--format', 'AR24', '--color=always',
                                      env=ENV).out
    # Without a format named: all of them, those with a plan first.
    result = expect(run('explain', *PIPELINE, '--matrix', env=fake(CONFLICT)), 1)
    formats = re.findall(r'^(NV12|XR24) ', result.out, flags=re.M)
    assert formats == ['NV12', 'XR24'], result
    assert re.search(r'stride: /dev/fake0 requires stride exactly 1920 bytes \(queried\); /dev/fake1 requires',
                     result.out), result


@test
def matrix_json():
    """The matrix as JSON: cells, shared modifiers, culprits, and a size that is refused."""
    args = ['--usage', 'cursor=/dev/fake1', '--usage', 'scanout=/dev/fake1', '--size', '128x128', '--matrix', '--json']
    rows = {row['format']: row for row in expect(run('explain', *args, env=ENV), 1).json()['matrix']}
    assert set(rows) == {'AR24', 'NV12', 'XR24'}, rows
    assert [cell['state'] for cell in rows['AR24']['cells']] == ['size', 'no'], rows
    assert [cell['state'] for cell in rows['XR24']['cells']] == ['no', 'takes'], rows
    assert rows['XR24']['cells'][1] == {'state': 'takes', 'linear': True, 'implicit': False, 'vendor_modifiers': 1,
                                        'asks': 'stride by 64'}, rows
    assert rows['XR24']['allocator'] is None and rows['XR24']['dimension'] == 'format', rows
    rows = expect(run('explain', *PIPELINE, '--matrix', '--json', env=fake(CONFLICT)), 1).json()['matrix']
    assert rows[0]['culprits'] == [0, 1] and [m['modifier'] for m in rows[0]['shared']] == ['LINEAR'], rows


@test
def matrix_picture():
    """The matrix as a picture: well-formed, all devices and formats, nothing over anything else."""
    path = picture('matrix.svg')
    expect(run('explain', *PIPELINE, '--matrix=' + path, env=ENV), 0, 'The plan is')
    words = texts(path)
    for word in ('capture', '/dev/fake0', 'scanout', '/dev/fake1', 'NV12', 'XR24', 'LINEAR +1', 'stride by 64',
                 'LINEAR from cma', '2 of 2 formats suit all devices'):
        assert word in words, (word, words)
    expect(run('explain', *APART, '--matrix=' + path, env=fake(MIXED)), 1)
    assert set(MANY) <= set(texts(path))
    # Format, two devices, what is shared, the result; and the legend.
    assert len(rooms(path)) == len(MANY) * 4 + 5


@test
def graph_picture():
    """The graph as a picture: every device, the plan and its memory, or the conflict and what would help."""
    path = picture('graph.svg')
    expect(run('explain', *PIPELINE, '--format', 'NV12', '--graph', path, env=ENV), 0)
    words = texts(path)
    for word in ('capture', '/dev/fake0', 'Camera, fakecam', 'scanout', '/dev/fake1', 'NV12 LINEAR, 1920x1080',
                 'stride: exactly 1,920 bytes (queried)', 'memory of cma',
                 'plane 1: stride 1,920 bytes, 540 rows, at byte 2,073,600 of dma-buf 0',
                 'not system: memory is scattered; contiguous memory required by /dev/fake0 (probed)'):
        assert word in words, (word, words)
    assert len(rooms(path)) == 4
    expect(run('explain', *PIPELINE, '--format', 'NV12', '--graph', path, env=fake(CONFLICT)), 1)
    words = texts(path)
    for word in ('no plan: stride, NV12', '/dev/fake0 requires stride exactly 1920 bytes (queried)',
                 '/dev/fake1 requires stride a multiple of 256 bytes (probed)', 'what would help'):
        assert word in words, (word, words)
    assert len(rooms(path)) == 4 and Path(path).read_text(encoding='utf-8').count('bad frame') == 2


@test
def telling_first():
    """Of many constraints the graph has room for the telling ones, and the bounds of the size are not among them."""
    path = picture('telling.svg')
    sizes = ' '.join(f'{kind}=64' for kind in ('width-min', 'width-max', 'height-min', 'height-max', 'width-step',
                                               'height-step', 'offset-max', 'size-min'))
    env = fake(f'device a usages=capture\ncap a capture XR24 LINEAR {sizes} stride-max=4096 segments=1@probed '
               'count-max=8\nsource system segments=1\n')
    expect(run('explain', '--usage', 'capture=a', '--size', '64x64', '--graph', path, env=env), 0)
    words = texts(path)
    assert 'memory: contiguous (probed)' in words and 'stride: at most 4,096 bytes (declared)' in words, words
    assert not any(word.startswith('size: ') for word in words), words


@test
def large_pictures():
    """Eight devices with long names and 20 modifiers: what does not fit is cut, nothing lies over anything else."""
    script = 'source system\n'
    args = ['--size', '640x480']
    for number in range(8):
        path = '/dev/' + 'w' * 60 + str(number)
        script += f'device {path} usages=texture name={"n" * 100}\n'
        for modifier in range(20):
            script += f'cap {path} texture XR24 {0x0300000000000001 + modifier} stride-align=64@queried\n'
        script += f'cap {path} texture XR24 LINEAR ' + ' '.join(
            f'{kind}={2 ** (number % 6)}@queried' for kind in (
                'stride-align', 'size-align', 'offset-align', 'height-align', 'stride-min', 'size-min', 'count-min',
                'size-tail')) + '\n'
        args += ['--usage', 'texture=' + path]
    env = fake(script)
    matrix, graph = picture('large-matrix.svg'), picture('large-graph.svg')
    expect(run('explain', *args, '--matrix=' + matrix, '--graph=' + graph, env=env), 0)
    assert len(rooms(matrix)) == 8 + 2 + 5 and len(rooms(graph)) == 8 + 2
    assert any(text.endswith('…') and text.startswith('/dev/www') for text in texts(graph))


@test
def hostile_names():
    """Markup and control characters of a driver are text, in every form of the answer."""
    env = fake('')
    Path(env['CENALLOC_FAKE_SCRIPT']).write_bytes(HOSTILE.encode('utf-8', 'surrogateescape'))
    args = ['--usage', 'capture=/dev/<b>&amp;', '--usage', 'scanout=/dev/x', '--size', '1920x1080']
    matrix, graph = picture('hostile-matrix.svg'), picture('hostile-graph.svg')
    result = expect(run('explain', *args, '--matrix', '--matrix=' + matrix, '--graph=' + graph, env=env), 1)
    assert '\u009b' not in result.out
    for path in (matrix, graph):
        data = Path(path).read_bytes()
        for piece in (b'<script', b'<b>', b'<!--', '\u009b'.encode(), '\uffff'.encode(), b'\xff'):
            assert piece not in data, (piece, path)
        words = texts(path)
        assert any('/dev/<b>&amp;' in word for word in words), words
    assert any('<script>alert(1)</script>&' in word for word in texts(graph))
    expect(run('explain', *args, '--json', env=env), 1).json()


@test
def wrong_calls():
    """Files that are no pictures, files that cannot be written, options of other commands."""
    args = ['explain', *PIPELINE]
    expect(run(*args, '--matrix=table.png', env=ENV), 2, err=['--matrix table.png', '.svg'])
    expect(run(*args, '--matrix=.svg', env=ENV), 2, err='--matrix .svg')
    expect(run(*args, '--graph', 'picture', env=ENV), 2, err='--graph picture')
    expect(run(*args, '--graph', env=ENV), 2, err="'--graph' needs a value")
    expect(run(*args, '--plans', '2', env=ENV), 2, err='--plans')
    expect(run('explain', '--size', '64x64', env=ENV), 2, err='missing: --usage')
    missing = os.path.join(FOLDER.name, 'nowhere', 'x.svg')
    result = expect(run(*args, '--graph', missing, env=ENV), 3, err=[missing, 'No such file'])
    assert not result.out, result
    full = picture('full.svg')
    os.symlink('/dev/full', full)
    for option in ('--graph=', '--matrix='):
        expect(run(*args, option + full, env=ENV), 3, err=[full, 'No space left'])
    expect(run('explain', '--usage', 'capture=/dev/fake2', '--size', '64x64', env=ENV), 3, err='/dev/fake2')


DOCS = Path(__file__).resolve().parents[2] / 'docs'
BOARD_PIPELINE = ['--usage', 'capture=/dev/video0', '--usage', 'encode=/dev/video1', '--usage',
                  'scanout=/dev/dri/card0', '--size', '1920x1080']
TIGHT = ['--count', '12', '--format', 'NV12,YUYV']


def samples(folder):
    """The words of docs/explain.md in its order, and its pictures in a folder."""
    env = fake(BOARD)
    pictures = {name: os.path.join(folder, f'explain-{name}.svg') for name in ('graph', 'conflict', 'matrix')}
    words = [
        expect(run('explain', *BOARD_PIPELINE, f'--graph={pictures["graph"]}', env=env), 0).out,
        expect(run('explain', *BOARD_PIPELINE, *TIGHT, f'--graph={pictures["conflict"]}', env=env), 1).out,
        expect(run('explain', *BOARD_PIPELINE, '--matrix', f'--matrix={pictures["matrix"]}', env=env),
               0).out.split('\n\n')[-1],
    ]
    return words, pictures


def blocks():
    """The samples of the document: what stands in fences."""
    text = (DOCS / 'explain.md').read_text(encoding='utf-8')
    return text, re.findall(r'^```\n(.*?)^```', text, flags=re.M | re.S)


@test
def documented():
    """The samples of docs/explain.md are what is printed and drawn."""
    words, pictures = samples(FOLDER.name)
    assert blocks()[1] == words, 'make them anew: test-explain.py write'
    for name, path in pictures.items():
        drawn = (DOCS / 'images' / f'explain-{name}.svg').read_bytes()
        assert drawn == Path(path).read_bytes(), f'{name}: make it anew: test-explain.py write'


def write_samples():
    words = samples(DOCS / 'images')[0]
    text, old = blocks()
    assert len(old) == len(words)
    for before, after in zip(old, words):
        text = text.replace(f'```\n{before}```', f'```\n{after}```')
    (DOCS / 'explain.md').write_text(text, encoding='utf-8')


if sys.argv[1:] == ['write']:
    write_samples()
else:
    main()
