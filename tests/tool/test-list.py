#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc list and describe on scripted devices."""

import errno

from harness import expect, fake, main, run, test
from machines import CAMERA

ENV = fake(CAMERA)


@test
def list_text():
    """list shows devices and sources, and what would give access."""
    result = expect(run('list', env=ENV), 0, ['/dev/fake0', 'Camera', 'fakecam', 'scanout, cursor', 'denied',
                                              'group-video-may-open-it', 'group-render-may-open-it', '33,554,432',
                                              '67,108,864', 'contiguous', 'scattered', 'GIVES', ' bytes ', '/dev/dma_heap/cma'])
    lines = result.out.splitlines()
    assert len({line.index('fake') for line in lines if ' fake ' in line and line.startswith('/dev/')}) <= 2, result
    assert all(line == line.rstrip() for line in lines), f'spaces at the end of a line\n{result}'
    assert '\033' not in result.out, 'colour without a terminal'


@test
def list_verbose():
    """list --verbose says which hardware a device is; without it the lines stay short."""
    expect(run('list', '--verbose', env=ENV), 0, 'usb:046d:0825')
    assert 'usb:' not in expect(run('list', env=ENV), 0).out


@test
def list_empty():
    """list says so when nothing allocates."""
    expect(run('list', env=fake('device /dev/fake0 usages=capture\n')), 0, ['/dev/fake0', 'cpu', 'No source'])


@test
def list_json():
    """list --json has every documented key."""
    document = expect(run('list', '--json', env=ENV), 0).json()
    devices = {d['path']: d for d in document['devices']}
    sources = {s['name']: s for s in document['sources']}
    assert devices['/dev/fake1'] == {
        'path': '/dev/fake1', 'name': 'Display', 'driver': 'fakekms', 'id': None, 'backend': 'fake', 'usages': ['scanout', 'cursor'],
        'accessible': True, 'access_errno': 0, 'access_help': None}, devices
    assert devices['/dev/fake0']['id'] == 'usb:046d:0825', devices
    assert devices['/dev/fake2']['access_errno'] == errno.EACCES and not devices['/dev/fake2']['accessible'], devices
    assert 'cpu' in devices, devices
    cma = sources['cma']
    assert cma['memory']['contiguous'] is True and cma['memory']['placement'] == 'cma', cma
    assert (cma['max_bytes'], cma['free_bytes'], cma['path']) == (67108864, 33554432, '/dev/dma_heap/cma'), cma
    assert all(s['has_bytes'] is True for s in sources.values()), sources
    assert sources['system']['memory']['contiguous'] is False and sources['system']['max_bytes'] is None, sources
    assert sources['secret']['access_help'] == 'group-render-may-open-it', sources


@test
def color():
    """Colour is there on request only, and NO_COLOR does not stop --color=always."""
    assert '\033[' in expect(run('list', '--color=always', env=dict(ENV, NO_COLOR='1')), 0).out
    assert '\033[' not in expect(run('list', '--color=auto', env=ENV), 0).out
    assert '\033[' not in expect(run('list', '--color=always', '--no-colour', env=ENV), 0).out


@test
def describe_text():
    """describe shows constraints in words with their provenance, and what was not learned."""
    expect(run('describe', '/dev/fake0', '--size', '1920x1080', env=ENV), 0,
           ['Camera', 'fakecam', 'capture', 'NV12', 'XR24', 'LINEAR', 'stride-exact', '1,920 bytes', 'queried', 'probed',
            'not learned:', 'the largest buffer count is not known'])
    result = expect(run('describe', '/dev/fake1', '--usage', 'scanout', env=ENV), 0, ['scanout', '512 bytes'])
    assert 'cursor' not in result.out and 'AR24' not in result.out, result
    # Alternatives with the same constraints share a line.
    assert 'NV12 XR24' in result.out, result


@test
def describe_json():
    """describe --json: alternatives with formats, modifiers and constraints."""
    document = expect(run('describe', '/dev/fake1', '--json', env=ENV), 0).json()
    usages = {u['usage']: u for u in document['usages']}
    assert sorted(usages) == ['cursor', 'scanout'], document
    tiled = [a for a in usages['scanout']['alternatives'] if a['modifiers'][0]['modifier'] != 'LINEAR']
    assert len(tiled) == 1 and tiled[0]['formats'] == ['XR24'], document
    assert tiled[0]['modifiers'][0]['modifier_hex'] == '0x0300000000000001', tiled
    align = [c for c in tiled[0]['constraints'] if c['kind'] == 'stride-align'][0]
    assert (align['value'], align['unit'], align['text'], align['provenance'], align['plane']) == \
        (512, 'bytes', 'stride-align=512', 'queried', 0), align
    limited = expect(run('describe', '/dev/fake1', '--json', '--format', 'NV12', env=ENV), 0).json()
    formats = {f for u in limited['usages'] for a in u['alternatives'] for f in a['formats']}
    assert formats == {'NV12'}, limited
    notes = expect(run('describe', '/dev/fake0', '--json', env=ENV), 0).json()['usages'][0]['notes']
    assert any('not known' in n for n in notes), notes


@test
def describe_failures():
    """describe: a device that may not be opened or went away is the machine's failure, a wrong one the caller's."""
    result = expect(run('describe', '/dev/fake2', env=ENV), 3, err='cenalloc describe: ')
    assert 'group-video-may-open-it' in result.err, result
    expect(run('describe', '/dev/fake7', env=ENV), 2, err=['/dev/fake7', "hint: 'cenalloc list'"])
    result = expect(run('describe', '/dev/fake0', '--usage', 'scanout', env=ENV), 2, err=['scanout', 'capture'])
    assert result.out == '', result
    lost = fake(CAMERA + 'fail describe ENODEV /dev/fake0\n')
    expect(run('describe', '/dev/fake0', env=lost), 3, err='/dev/fake0')
    busy = fake(CAMERA + 'fail describe EBUSY /dev/fake0\n')
    expect(run('describe', '/dev/fake0', env=busy), 3, err='/dev/fake0')


@test
def log():
    """--log sends messages of the library to stderr and leaves stdout alone."""
    broken = fake('nonsense\n')
    quiet = expect(run('list', env=broken), 0)
    loud = expect(run('list', '--log', 'warning', env=broken), 0, err=['[', 'fake'])
    assert quiet.out == loud.out, loud


main()
