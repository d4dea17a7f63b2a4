#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc map, and what a map does to cenalloc solve and alloc, on scripted devices."""

import os
import tempfile

from harness import expect, fake, main, run, test

MACHINE = '''
device /dev/fake0 name=vivid-000 driver=vivid usages=capture
cap /dev/fake0 capture XR24 LINEAR objects=one
device /dev/fake1 name=vkms driver=vkms usages=scanout
cap /dev/fake1 scanout XR24 LINEAR objects=one
source system cost=10
source udmabuf cost=20
source reserved segments=1 placement=cma cost=100
'''
ENV = fake(MACHINE)
SOLVE = ['solve', '--usage', 'capture=/dev/fake0', '--usage', 'scanout=/dev/fake1', '--size', '64x64']


def rows(result):
    """The words of each line."""
    return [line.split() for line in result.out.splitlines()]


@test
def no_map():
    """Without a map nothing is ruled out; --test has no rule to name."""
    expect(run('map', env=ENV), 0, 'No map is in force')
    document = expect(run('map', '--json', env=ENV), 0).json()
    assert document == {'origin': None, 'text': None, 'rules': []}, document
    expect(run('map', '--test', 'fake0', env=ENV), 1, 'No map is in force')
    document = expect(run('map', '--test', 'fake0', '--json', env=ENV), 1).json()
    assert (document['tried'], document['rule'], document['memory']) == ([], None, []), document


@test
def rules_text():
    """map shows where the map comes from and its rules, and marks names that are nothing here."""
    env = dict(ENV, CENALLOC_MAP='camera,/x,codec=cma-heap,reserved; *=system')
    result = expect(run('map', env=env), 0, ['map from CENALLOC_MAP', 'cma-heap: nothing on this machine'])
    assert ['1', '1', 'camera,', 'camera/x,', 'codec', 'cma-heap,', 'reserved'] in rows(result), result
    assert ['2', '1', '*', 'system'] in rows(result), result
    assert 'system: system' not in result.out, result
    expect(run('map', '--verbose', env=env), 0, 'system: system')


@test
def rules_json():
    """map --json has every documented key."""
    document = expect(run('map', '--map', 'a/t,/u=fake,gone;\n*=system', '--json', env=ENV), 0).json()
    assert document['text'] == 'a/t,/u=fake,gone;*=system', document
    assert document['rules'][0] == {
        'line': 1, 'text': 'a/t,/u=fake,gone',
        'patterns': [{'device': 'a', 'type': 't'}, {'device': 'a', 'type': 'u'}],
        'memory': [{'name': 'fake', 'sources': ['system', 'udmabuf', 'reserved']}, {'name': 'gone', 'sources': []}],
    }, document['rules']
    assert document['rules'][1]['line'] == 2, document['rules']


@test
def trial_text():
    """map --test shows each pattern until the one that matches, and the memory in order."""
    result = expect(run('map', '--map', 'codec/x,/y=reserved;camera/cap*=cma-heap,reserved,system;*=system', '--test',
                        '/dev/fake0/capture', env=ENV), 0,
                    ['/dev/fake0, known as fake0, vivid-000, vivid, fake, camera', 'rule 2 decides: camera/cap*=',
                     'written as /TYPE'])
    found = rows(result)
    assert ['1', 'codec/x', 'no', 'no', 'no'] in found and ['1', 'codec/y', 'no', 'no', 'no'] in found, result
    assert ['2', 'camera/cap*', 'yes', '(camera)', 'yes', 'yes'] in found, result
    assert not [row for row in found if row[:1] == ['3'] and '*' in row], result
    assert ['1', 'cma-heap', 'nothing', 'on', 'this', 'machine'] in found, result
    assert found.index(['2', 'reserved', 'reserved']) < found.index(['3', 'system', 'system']), result


@test
def trial_json():
    """map --test --json has every documented key."""
    document = expect(run('map', '--map', 'gpu/scanout=gone,udmabuf', '--test', '/dev/fake1/scanout', '--json',
                          env=ENV), 0).json()
    assert document == {
        'device': '/dev/fake1', 'names': ['fake1', 'vkms', 'fake', 'gpu', 'display'], 'type': 'scanout',
        'origin': 'the program', 'rule': 1, 'text': 'gpu/scanout=gone,udmabuf',
        'tried': [{'rule': 1, 'device': 'gpu', 'type': 'scanout', 'matched': 'gpu', 'type_matches': True,
                   'matches': True}],
        'memory': [{'name': 'gone', 'sources': []}, {'name': 'udmabuf', 'sources': ['udmabuf']}]}, document


@test
def trial_of_names():
    """--test takes any name, with the type common where none is given; status 1 where no rule matches."""
    rules = ['map', '--map', 'npu/common=a;npu/x=b', '--test']
    expect(run(*rules, 'npu', env=ENV), 0, ['common (none given)', 'rule 1 decides'])
    expect(run(*rules, 'npu/x', env=ENV), 0, 'rule 2 decides')
    expect(run(*rules, 'npu/y', env=ENV), 1, 'no rule matches')
    expect(run(*rules, 'fake0', env=ENV), 1, 'no rule matches')
    expect(run(*rules, '/dev/fake7', env=ENV), 2, err=['/dev/fake7', 'no such device'])
    expect(run(*rules, '', env=ENV), 2, err='a device is wanted')


@test
def errors():
    """What does not parse is told with its place, and status 2."""
    expect(run('map', '--map', 'a=b=', env=ENV), 2, err="line 1, column 4: ',' or ';' is wanted, found '='")
    expect(run('map', env=dict(ENV, CENALLOC_MAP='*=b*')), 2, err="CENALLOC_MAP:1:4: a name on the right has no '*'")
    expect(run(*SOLVE, '--map', 'a*b=c', env=ENV), 2, err="column 2: a '*' ends a pattern")
    expect(run('map', 'more', env=ENV), 2, err="unexpected argument 'more'")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'cenalloc.conf')
        with open(path, 'w', encoding='utf-8') as out:
            out.write('map *=system\nregion a\n')
        expect(run('map', env=dict(ENV, CENALLOC_CONFIG=path)), 2,
               err=f'{path}:2:9: the size of the region: a number of bytes is wanted')


@test
def files():
    """The user's file in XDG_CONFIG_HOME counts until CENALLOC_MAP is set; the line of each rule is shown."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'cenalloc.conf')
        env = dict(ENV, XDG_CONFIG_HOME=folder)
        del env['CENALLOC_CONFIG']
        with open(path, 'w', encoding='utf-8') as out:
            out.write('# mine\nmap camera=udmabuf\n\nmap *=reserved,udmabuf  # rest\n')
        result = expect(run('map', env=env), 0, f'map from {path}')
        assert ['1', '2', 'camera', 'udmabuf'] in rows(result), result
        assert ['2', '4', '*', 'reserved,', 'udmabuf'] in rows(result), result
        plan = expect(run(*SOLVE, '--json', env=env), 0).json()['plans'][0]
        assert plan['allocator'] == 'udmabuf', plan
        expect(run('map', env=dict(env, CENALLOC_MAP='*=system')), 0, 'map from CENALLOC_MAP')
        expect(run('map', env=dict(env, CENALLOC_MAP='')), 0, 'No map is in force')


@test
def steers():
    """A map steers solve and alloc; what it rules out is told with its rule."""
    for order in ('system,udmabuf', 'udmabuf,system', 'reserved,system,udmabuf'):
        plans = expect(run(*SOLVE, '--map', f'*={order}', '--json', env=ENV), 0).json()['plans']
        assert [p['allocator'] for p in plans] == order.split(','), plans
    expect(run(*SOLVE, '--map', 'camera=system,udmabuf;gpu/scanout=udmabuf', env=ENV), 0,
           ['from udmabuf', 'ruled out: system: the map gives /dev/fake1 (scanout) only udmabuf '
            '(rule 2: gpu/scanout=udmabuf)'])
    alloc = ['alloc', *SOLVE[1:], '--json']
    assert expect(run(*alloc, '--map', '*=reserved', env=ENV), 0).json()['plan']['allocator'] == 'reserved'
    assert expect(run(*alloc, env=dict(ENV, CENALLOC_MAP='*=udmabuf')), 0).json()['plan']['allocator'] == 'udmabuf'


@test
def conflict():
    """Rules that have nothing in common, or none at all, are a conflict about the map."""
    document = expect(run(*SOLVE, '--map', 'camera=system;gpu=udmabuf', '--json', env=ENV), 1).json()['conflict']
    assert (document['dimension'], document['usages']) == ('map', [0, 1]), document
    assert [(m['who'], m['usage']) for m in document['members']][:2] == [('the map', 0), ('the map', 1)], document
    assert 'a map that allows system, udmabuf, reserved' in document['relaxations'], document
    expect(run(*SOLVE, '--map', 'gpu=udmabuf', env=ENV), 1, 'the map has no rule for /dev/fake0 as capture (policy)')


main()
