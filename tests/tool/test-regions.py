#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc regions on scripted sources, with an algorithm that a plug-in brings."""

import os
import shutil

from harness import expect, fake, main, run, test

SOURCES = '''
source locked access=EACCES cost=1
source plain
source carved carved=1
source liar carved=1 wrong=copy
'''


def with_algorithm(script):
    """As fake(), and the plug-in beside it."""
    env = fake(script)
    plugins = dict(pair.split('=', 1) for pair in os.environ['CENALLOC_TEST_PLUGINS'].split(','))
    shutil.copy(plugins['first-fit'], os.path.join(env['CENALLOC_BACKEND_PATH'], 'first-fit.so'))
    return env


ENV = with_algorithm(SOURCES)
FIRST_FIT = ',algorithm=first-fit'


@test
def none():
    """Without a declaration there is no region."""
    expect(run('regions', env=ENV), 0, ['No region', '--try NAME=BYTES'])
    assert expect(run('regions', '--json', env=ENV), 0).json() == {'regions': [], 'try': None}


@test
def text():
    """--try shows the region with its chunks, and that it is whole afterwards."""
    result = expect(run('regions', '--try', 'camera=1M,source=plain' + FIRST_FIT, env=ENV), 0,
                    ['camera', 'plain', 'first-fit', '0x0-0x100000', '1,048,576', '524,288', 'usable',
                     "131,072 bytes from 0x20000 on, an offset in the region's dma-buf", 'whole again'])
    lines = result.out.splitlines()
    assert len([line for line in lines if line.startswith('chunk ')]) == 4, result
    assert all(line == line.rstrip() for line in lines), f'spaces at the end of a line\n{result}'


@test
def json():
    """--json has every documented key; chunks do not overlap and lie in the region."""
    document = expect(run('regions', '--json', '--try', 'r=64K,source=carved,align=8K' + FIRST_FIT, env=ENV), 0).json()
    assert document['regions'] == [{
        'name': 'r', 'source': 'carved', 'algorithm': 'first-fit', 'state': 'usable', 'carved': True, 'lower': 0,
        'upper': 65536, 'total': 65536, 'free': 32768, 'largest_free': 32768, 'chunks': 4}], document
    tried = document['try']
    assert tried['whole'] is True, tried
    assert sorted(c['start'] for c in tried['chunks']) == [0, 8192, 16384, 24576], tried
    assert all(c['own'] and c['offset'] == 0 and c['size'] == 8192 for c in tried['chunks']), tried


@test
def small():
    """A region that has room for fewer chunks than are taken."""
    document = expect(run('regions', '--json', '--try', 'r=1,source=plain' + FIRST_FIT, env=ENV), 0).json()
    assert document['regions'][0]['total'] == 4096 and document['regions'][0]['largest_free'] == 0, document
    assert [c['size'] for c in document['try']['chunks']] == [4096], document


@test
def first_source():
    """Without a source it is the first that gives memory by the byte and is open to this user."""
    document = expect(run('regions', '--json', '--try', 'r=64K' + FIRST_FIT, env=ENV), 0).json()
    assert document['regions'][0]['source'] == 'plain', document


@test
def wrong_arguments():
    """What cannot be read is quoted."""
    for value, words in [('x', 'NAME=BYTES'), ('=4', 'NAME=BYTES'), ('r=', "''"), ('r=4T', "'4T'"), ('r=-1', "'-1'"),
                         ('r=18446744073709551615K', "'18446744073709551615K'"), ('r=4K,align', "'align'"),
                         ('r=4K,align=x', "'align=x'"), ('r=4K,colour=red', "'colour=red'"),
                         ('r=0,source=plain', 'no bytes'), ('a/b=4K,source=plain', 'a/b'),
                         ('r=4K,source=plain,align=3', 'alignment 3'),
                         ('r=4K,source=nothing', 'there are')]:
        result = expect(run('regions', '--try', value, env=ENV), 2, err=words)
        assert result.out == '', result
    expect(run('regions', 'camera', env=ENV), 2, err="'camera'")


@test
def failures():
    """Sources and algorithms that are not there, that refuse or that lie."""
    for value, words in [('r=4K,source=plain,algorithm=none', 'algorithm none is not registered'),
                         ('r=4K,source=locked' + FIRST_FIT, 'locked'), ('r=64K,source=liar' + FIRST_FIT, 'another chunk has')]:
        result = expect(run('regions', '--try', value, env=ENV), 3, err=words)
        assert result.out == '', result
    expect(run('regions', '--try', 'r=4K', env=fake('source locked access=EACCES\n')), 3, err='no source of memory')


main()
