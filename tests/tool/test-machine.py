#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""--machine: each command on a machine from a file, in place of the one that it runs on."""

import json
import os
import tempfile

from harness import environment, expect, fake, main, run, test

MACHINE = {
    'cenalloc-machine': 1, 'name': 'desk',
    'pools': [{'name': 'system', 'kind': 'system'}, {'name': 'cma', 'kind': 'cma', 'bytes': 1 << 26}],
    'sources': [
        {'name': 'system', 'backend': 'heap', 'pool': 'system', 'bytes': True},
        {'name': 'default_cma_region', 'backend': 'heap', 'pool': 'cma', 'bytes': True},
    ],
    'devices': [
        {'name': 'cam', 'driver': 'camdrv', 'backend': 'v4l2', 'usages': ['capture'], 'from': 'camdrv.c',
         'memory': {'class': 'physical'}, 'notes': ['on paper'],
         'alternatives': [{'formats': ['YUYV'], 'constraints': {'stride-exact': {'row': 1}}}]},
        {'name': 'disp', 'driver': 'dispdrv', 'backend': 'kms', 'usages': ['scanout'], 'provenance': 'assumed',
         'alternatives': [{'formats': ['YUYV', 'XR24'], 'constraints': {'stride-align': 64}}]},
    ],
}
FOLDER = tempfile.TemporaryDirectory(prefix='cenalloc-machine-')
# What the machine that the test runs on is: nothing of it may show.
LIVE = fake('device /dev/fake9 name=here usages=capture\ncap /dev/fake9 capture NV12 LINEAR\nsource here cost=10\n')
PIPELINE = ['--usage', 'capture=cam', '--usage', 'scanout=disp']


def write(name, text):
    path = os.path.join(FOLDER.name, name)
    with open(path, 'w', encoding='utf-8') as out:
        out.write(text)
    return path


DESK = write('desk.json', json.dumps(MACHINE, indent=1))


def on_desk(*args):
    return run(args[0], '--machine', DESK, *args[1:], env=LIVE)


@test
def list_text_and_json():
    """list shows the file's devices and sources, and nothing that is here."""
    result = expect(on_desk('list'), 0, ['cam', 'camdrv', 'disp', 'default_cma_region', 'cpu'])
    assert 'fake9' not in result.out and 'here' not in result.out, result
    document = expect(on_desk('list', '--json'), 0).json()
    assert [d['path'] for d in document['devices']] == ['cam', 'disp', 'cpu'], document['devices']
    assert [d['backend'] for d in document['devices']][:2] == ['v4l2', 'kms'], document['devices']


@test
def describe():
    """describe shows what follows from a size, where it is from, and the notes."""
    expect(on_desk('describe', 'cam', '--size', '640x480'), 0, ['1,280 bytes', 'declared', 'camdrv.c', 'on paper'])
    expect(on_desk('describe', 'cam'), 0, 'follow from the size of the image: none is given')
    expect(on_desk('describe', 'disp'), 0, ['stride-align', 'assumed'])
    expect(on_desk('describe', '/dev/fake9'), 2, err='there are cam, disp, cpu')


@test
def solve():
    """solve finds a plan, or the conflict, with the file's words."""
    plan = expect(on_desk('solve', *PIPELINE, '--size', '640x480', '--json'), 0).json()['plans'][0]
    assert (plan['allocator'], plan['backend'], plan['planes'][0]['stride']) == ('default_cma_region', 'heap', 1280)
    expect(on_desk('solve', *PIPELINE, '--size', '648x480'), 1,
           ['stride exactly 1296 bytes (declared: camdrv.c)', 'a multiple of 64 bytes (assumed)'])


@test
def solve_with_map_and_heap():
    """Maps and heaps go by the file's names."""
    expect(on_desk('solve', *PIPELINE, '--size', '640x480', '--heap', 'default_cma_region'), 0, 'default_cma_region')
    expect(on_desk('solve', *PIPELINE, '--size', '640x480', '--heap', 'here'), 2, err='system, default_cma_region')
    expect(on_desk('solve', *PIPELINE, '--size', '640x480', '--map', '*=system'), 1, 'the map')
    expect(on_desk('map', '--map', 'cam=system;*=gone'), 0, 'gone: nothing on this machine')


@test
def nothing_is_allocated():
    """alloc says that nothing can be had from a file."""
    expect(on_desk('alloc', *PIPELINE, '--size', '640x480'), 3, err='source of a machine file: nothing is allocated')
    expect(on_desk('alloc', '--heap', 'system', '--length', '4096'), 3, err='nothing is allocated')


@test
def regions():
    """regions has none of a file, and none to try."""
    expect(on_desk('regions'), 0, 'No region')
    assert on_desk('regions', '--try', 'x=1M').status != 0


@test
def refused():
    """ps and check-backend are about the machine that runs."""
    expect(on_desk('ps'), 2, err='ps looks at the running machine')
    expect(on_desk('check-backend', 'x.so'), 2, err='plug-ins are loaded into the running machine')


@test
def wrong_files():
    """A file that is wrong is refused with file, line and path; one that is not there by its name."""
    broken = dict(MACHINE, devices=[dict(MACHINE['devices'][0], usages=['watch'])])
    path = write('broken.json', json.dumps(broken, indent=1))
    result = expect(run('list', '--machine', path, env=environment()), 2, err=[f'{path}:', 'devices[0].usages[0]'])
    line = int(result.err.split(f'{path}:')[1].split(':')[0])
    with open(path, encoding='utf-8') as text:
        assert '"watch"' in text.read().splitlines()[line - 1], result
    for name in ('list', 'map', 'regions'):
        expect(run(name, '--machine', path, env=environment()), 2, err=path)
    expect(run('list', '--machine', os.path.join(FOLDER.name, 'gone.json'), env=environment()), 3, err='gone.json')
    expect(run('list', '--machine', 'no-such-board', env=environment()), 3, err='no-such-board')
    expect(run('list', '--machine', FOLDER.name, env=environment()), 2, err=FOLDER.name)
    expect(run('list', '--machine', env=environment()), 2, err='--machine')


main()
