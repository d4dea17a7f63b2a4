#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc diff: boards, kernels, and this machine."""

import atexit
import copy
import json
import os
import shutil
import tempfile

from harness import expect, fake, main, run, test
from machines import CAMERA

FOLDER = tempfile.mkdtemp(prefix='cenalloc-diff-')
atexit.register(shutil.rmtree, FOLDER, True)

BOARD = {
    'cenalloc-machine': 1, 'name': 'board', 'kernel': '6.1',
    'pools': [{'name': 'ram', 'kind': 'system'}, {'name': 'area', 'kind': 'cma', 'bytes': 67108864}],
    'sources': [{'name': 'system', 'backend': 'heap', 'pool': 'ram'},
                {'name': 'tiles', 'pool': 'ram', 'formats': [{'formats': ['XR24', 'AR24'], 'modifiers': ['0x0100000000000001']}]}],
    'devices': [
        {'name': 'isp', 'path': '/dev/video0', 'backend': 'v4l2', 'driver': 'isp', 'usages': ['capture'],
         'alternatives': [{'formats': ['NV12', 'NV16', 'YU12'], 'constraints': {
             'stride-exact': {'row': 1, 'align': 64}, 'stride-align': {'value': 64, 'provenance': 'queried'}}}]},
        {'name': 'vop', 'path': '/dev/dri/card0', 'backend': 'kms', 'usages': ['scanout'], 'memory': {'import': False},
         'alternatives': [{'formats': ['NV12', 'XR24'], 'modifiers': ['LINEAR', '0x0100000000000001']}]},
    ],
}


def write(name, document):
    path = os.path.join(FOLDER, name)
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(document, file)
    return path


A = write('a.json', BOARD)


def changed(change, name='b.json'):
    document = copy.deepcopy(BOARD)
    change(document)
    return write(name, document)


def differ(change, *args):
    """The document of a diff against the board with one thing changed."""
    result = expect(run('diff', A, changed(change), '--json', *args), 1)
    document = result.json()
    assert document['equal'] is False, result
    return document


def differences(document, device=0):
    return document['devices'][device]['usages'][0]['differences']


@test
def equal():
    """Nothing differs: status 0, and no word."""
    result = expect(run('diff', A, A), 0)
    assert result.out == '', result
    document = expect(run('diff', A, A, '--json'), 0).json()
    assert document['equal'] is True and document['devices'] == [] and document['machine'] == {}, document
    assert (document['a']['name'], document['a']['kernel'], document['a']['argument']) == ('board', '6.1', A), document
    assert document['sizes'][0] == '640x480' and len(document['sizes']) == 6, document
    # The recorded one is the same machine, though it has another form.
    recorded = os.path.join(FOLDER, 'recorded.json')
    expect(run('record', '--machine', A, '--output', recorded), 0)
    expect(run('diff', A, recorded), 0)


@test
def kernel():
    """The kernel is a fact of the machine."""
    document = differ(lambda d: d.update({'kernel': '6.6'}))
    assert document['machine']['facts'] == [{'what': 'kernel', 'a': '6.1', 'b': '6.6'}], document
    document = differ(lambda d: d.pop('kernel'))
    assert document['machine']['facts'] == [{'what': 'kernel', 'a': '6.1', 'b': None}], document
    expect(run('diff', A, changed(lambda d: d.update({'kernel': '6.6'}))), 1, ['machine', 'kernel: 6.1 -> 6.6'])


@test
def sources_and_pools():
    """Sources and pools that are gone, new or different."""
    def change(document):
        document['pools'][1]['bytes'] = 33554432
        document['sources'][0]['name'] = 'pages'
        document['sources'][1]['formats'][0]['formats'] = ['XR24', 'XB24']
        document['sources'][1]['cost'] = 77
    document = differ(change)
    assert document['pools'] == [{'name': 'area', 'change': 'changed',
                                  'facts': [{'what': 'bytes', 'a': '67108864', 'b': '33554432'}]}], document
    sources = {s['name']: s for s in document['sources']}
    assert (sources['system']['change'], sources['pages']['change']) == ('removed', 'added'), sources
    assert sources['tiles']['facts'] == [
        {'what': 'cost', 'a': '10', 'b': '77'},
        {'what': 'formats', 'a': 'AR24 0x0100000000000001', 'b': 'XB24 0x0100000000000001'}], sources
    expect(run('diff', A, changed(change)), 1, ['- system', '+ pages', 'cost: 10 -> 77', 'bytes: 67108864 -> 33554432'])


@test
def devices():
    """Devices that are gone or new, and one whose node has another number."""
    document = differ(lambda d: d['devices'].pop(0))
    assert [(d['path'], d['change']) for d in document['devices']] == [('/dev/video0', 'removed')], document
    document = differ(lambda d: d['devices'].append({'name': 'gpu', 'usages': ['render']}))
    assert [(d['path'], d['change']) for d in document['devices']] == [('gpu', 'added')], document
    document = differ(lambda d: d['devices'][0].update({'path': '/dev/video7'}))
    assert document['devices'] == [{
        'path': '/dev/video0', 'name': 'isp', 'backend': 'v4l2', 'change': 'changed',
        'facts': [{'what': 'path', 'a': '/dev/video0', 'b': '/dev/video7'}]}], document
    document = differ(lambda d: d['devices'][0].update({'usages': ['capture', 'output'], 'driver': 'isp2'}))
    assert document['devices'][0]['facts'] == [
        {'what': 'driver', 'a': 'isp', 'b': 'isp2'},
        {'what': 'usages', 'a': 'capture', 'b': 'capture, output'}], document
    document = differ(lambda d: d['devices'][1].update({'access': 'EACCES'}))
    assert document['devices'][0]['facts'] == [{'what': 'access', 'a': None, 'b': 'EACCES'}], document
    assert differences(document)[0]['what'] == 'described', document


@test
def formats():
    """Formats and modifiers that are gone or new: those that go together are one difference."""
    def change(document):
        document['devices'][0]['alternatives'][0]['formats'] = ['NV12', 'RG16', 'RG24']
        document['devices'][1]['alternatives'][0]['modifiers'] = ['LINEAR']
    document = differ(change)
    found = [(d['what'], sorted(d['formats']), d['modifiers'], d['values'][0]['a'] is None) for d in differences(document)]
    assert found == [('accepted', ['NV16', 'YU12'], ['LINEAR'], False),
                     ('accepted', ['RG16', 'RG24'], ['LINEAR'], True)], document
    found = [(d['what'], d['formats'], d['modifiers']) for d in differences(document, 1)]
    assert found == [('accepted', ['NV12', 'XR24'], ['INTEL:0x100000000000001'])], document
    expect(run('diff', A, changed(change)), 1, ['- YU12 NV16, LINEAR', '+ RG24 RG16, LINEAR', '- NV12 XR24, INTEL:'])


@test
def constraints():
    """Constraints that differ, old and new, with how they are known; formats that agree are one line."""
    def change(document):
        document['devices'][0]['alternatives'][0]['constraints']['stride-align'] = {'value': 256, 'provenance': 'probed'}
        document['devices'][0]['alternatives'][0]['constraints']['objects'] = 'one'
    document = differ(change)
    found = [(d['what'], d['formats'], d['values'][0]['a'], d['values'][0]['b'], len(d['values']))
             for d in differences(document)]
    every = ['NV12', 'YU12', 'NV16']
    assert [(f[0], sorted(f[1]), *f[2:]) for f in found] == [
        ('stride-align', sorted(every), '64 bytes (queried)', '256 bytes (probed)', 6),
        ('objects', sorted(every), None, 'one (declared)', 6)], document
    result = expect(run('diff', A, changed(change)), 1, ['stride-align: 64 bytes (queried) -> 256 bytes (probed)',
                                                         'objects: - -> one (declared)'])
    assert len([line for line in result.out.splitlines() if 'NV12' in line]) == 2, result
    # How it is known is a difference of its own.
    document = differ(lambda d: d['devices'][0]['alternatives'][0]['constraints'].update({'stride-align': 64}))
    assert [v['b'] for v in differences(document)[0]['values']] == ['64 bytes (declared)'] * 6, document


@test
def by_size():
    """What differs from size to size is shown with its sizes; --verbose has all of them."""
    def change(document):
        document['devices'][0]['alternatives'][0]['constraints']['stride-exact'] = {'row': 1, 'align': 256}
    document = differ(change)
    values = [v for d in differences(document) if 'NV12' in d['formats'] for v in d['values']]
    assert [(v['size'], v['a'], v['b']) for v in values] == [
        ('640x480', '640 bytes (declared)', '768 bytes (declared)'),
        ('648x486', '704 bytes (declared)', '768 bytes (declared)'),
        ('1366x768', '1,408 bytes (declared)', '1,536 bytes (declared)'),
        ('1920x1080', '1,920 bytes (declared)', '2,048 bytes (declared)')], document
    path = changed(change)
    short, long = expect(run('diff', A, path), 1), expect(run('diff', A, path, '--verbose'), 1)
    assert 'and 2 more sizes' in short.out and '1920x1080' not in short.out, short
    assert 'more sizes' not in long.out and '1920x1080' in long.out, long
    document = differ(change, '--size', '1280x720', '--size', '640x480')
    assert [v['size'] for v in differences(document)[0]['values']] == ['640x480'], document
    expect(run('diff', A, path, '--size', '1280x720'), 0)


@test
def preferences():
    """The order in which modifiers are liked is a difference."""
    document = differ(lambda d: d['devices'][1]['alternatives'][0]['modifiers'].reverse())
    found = sorted((d['modifiers'], d['values'][0]['a'], d['values'][0]['b']) for d in differences(document))
    assert [(d['what']) for d in differences(document)] == ['preference'] * 2, document
    assert found == [(['INTEL:0x100000000000001'], '2', '1'), (['LINEAR'], '1', '2')], document


@test
def alternatives():
    """A format with two alternatives on one side and one on the other."""
    document = differ(lambda d: d['devices'][0]['alternatives'].append(
        {'formats': ['NV12'], 'constraints': {'stride-exact': 4096}}))
    assert [(d['what'], d['formats'], d['values'][0]['a'], d['values'][0]['b']) for d in differences(document)] == [
        ('alternatives', ['NV12'], '1', '2')], document


@test
def exporters():
    """Which device must allocate is told by its path, and numbers of machines do not differ."""
    def change(document):
        document['devices'].insert(0, {'name': 'new', 'usages': ['render']})
    assert [d['change'] for d in differ(change)['devices']] == ['added']
    document = differ(lambda d: d['devices'][1].pop('memory'))
    assert differences(document)[0]['values'][0] == {
        'size': '640x480', 'a': '/dev/dri/card0 (declared)', 'b': None}, document


@test
def live():
    """'live' is this machine; a recording of it is equal to it."""
    # gcc's leak checker itself crashes in the thread storage of a plug-in that is loaded as late as here.
    late = {'LSAN_OPTIONS': 'use_tls=0:print_suppressions=0'}
    env = dict(fake(CAMERA), **late)
    path = os.path.join(FOLDER, 'live.json')
    expect(run('record', '--output', path, env=env), 0)
    expect(run('diff', 'live', path, env=env), 0)
    expect(run('diff', path, 'live', '--passive', env=env), 0)
    other = dict(fake(CAMERA.replace('stride-align=64@probed', 'stride-align=128@probed')), **late)
    expect(run('diff', path, 'live', env=other), 1, ['/dev/fake1', '64 bytes (probed) -> 128 bytes (probed)'])
    gone = dict(fake(CAMERA + 'fail describe EBUSY /dev/fake0\n'), **late)
    expect(run('diff', path, 'live', env=gone), 1, ['/dev/fake0', 'described: as asked -> '])
    # One that never could be asked is no difference.
    expect(run('record', '--output', path, env=gone), 0)
    expect(run('diff', path, 'live', env=gone), 0)
    expect(run('diff', path, 'live', env=env), 1, ['+ NV12 XR24, LINEAR'])


@test
def hostile():
    """Control characters of a stranger's file do not reach the terminal."""
    path = changed(lambda d: d['devices'].append({'name': 'x\u009b31m', 'usages': ['render']}))
    result = expect(run('diff', A, path), 1, ['x 31m'])
    assert '\u009b' not in result.out and '\033' not in result.out, result
    assert '\033[' in expect(run('diff', A, path, '--color=always'), 1).out


@test
def trouble():
    """Bad input is status 2, as of diff(1)."""
    expect(run('diff', A), 2, err='two machines are wanted')
    expect(run('diff', A, A, A), 2, err='unexpected argument')
    expect(run('diff', A, os.path.join(FOLDER, 'missing.json')), 2, err='missing.json')
    expect(run('diff', write('bad.json', {'cenalloc-machine': 9}), A), 2, err='bad.json:1: cenalloc-machine')
    expect(run('diff', A, A, '--machine', A), 2, err='--machine')
    expect(run('diff', A, A, '--size', '1'), 2, err='--size 1')
    expect(run('diff', A, A, *(['--size', '64x64'] * 33)), 2, err='more than 32 sizes')
    expect(run('diff', '--help'), 0, "or 'live'")


main()
