#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc solve on scripted devices: plans, conflicts, JSON."""

from harness import expect, fake, main, run, test
from machines import CAMERA, CONFLICT, PIPELINE

ENV = fake(CAMERA)
BYTES = 1920 * 1080 * 3 // 2


@test
def plan_text():
    """The best plan: layout, size, allocator, who decided, what was ruled out."""
    result = expect(run('solve', *PIPELINE, '--format', 'NV12', env=ENV), 0)
    first = result.out.splitlines()[0].split()
    assert first[:4] == ['plan', '1', 'NV12', 'LINEAR'], result
    expect(result, 0, ['stride 1920', 'zero copy', 'from cma', 'contiguous: required by /dev/fake0 (probed',
                       'stride: fixed by /dev/fake0 (queried', 'ruled out: system'])
    assert f'{BYTES:,} bytes' in result.out or f'{(BYTES + 4095) // 4096 * 4096:,} bytes' in result.out, result
    verbose = expect(run('solve', *PIPELINE, '--format', 'NV12', '--verbose', env=ENV), 0,
                     ['PLANE', 'CONSTRAINT', 'rank: ', '2,073,600', 'stride-exact'])
    assert len(verbose.out) > len(result.out), verbose


@test
def plan_json():
    """solve --json has every documented key, and its layout adds up."""
    document = expect(run('solve', *PIPELINE, '--format', 'NV12,XR24', '--count', '4', '--json', env=ENV), 0).json()
    assert document['conflict'] is None, document
    assert document['request'] == {
        'usages': [{'usage': 'capture', 'device': '/dev/fake0'}, {'usage': 'scanout', 'device': '/dev/fake1'}],
        'width': 1920, 'height': 1080, 'count': 4, 'formats': ['NV12', 'XR24']}, document['request']
    plan = document['plans'][0]
    assert sorted(plan) == sorted(
        ['format', 'modifier', 'modifier_hex', 'width', 'height', 'count', 'planes', 'objects', 'layout_final', 'size',
         'padding', 'memory', 'backend', 'allocator', 'copies', 'cost', 'reasons', 'constraints', 'rejected', 'sync', 'handovers']), plan
    assert (plan['format'], plan['modifier'], plan['modifier_hex']) == ('NV12', 'LINEAR', '0x' + '0' * 16), plan
    assert (plan['width'], plan['height'], plan['count'], plan['copies']) == (1920, 1080, 4, 0), plan
    assert [(p['object'], p['offset'], p['stride'], p['rows'], p['size']) for p in plan['planes']] == \
        [(0, 0, 1920, 1080, 2073600), (0, 2073600, 1920, 540, 1036800)], plan['planes']
    assert sum(o['size'] for o in plan['objects']) == plan['size'] >= BYTES, plan
    assert plan['memory'] == {'contiguous': True, 'address_bits': None, 'placement': 'cma'}, plan['memory']
    assert (plan['backend'], plan['allocator']) == ('fake', 'cma'), plan
    assert plan['reasons'] and all(isinstance(r, str) for r in plan['reasons']), plan
    segments = [c for c in plan['constraints'] if c['kind'] == 'segments'][0]
    assert (segments['value'], segments['provenance'], segments['decided_by'], segments['usages']) == \
        (1, 'probed', '/dev/fake0', [0]), segments
    rejected = {r['allocator']: r['why'] for r in plan['rejected']}
    assert 'contiguous' in rejected['system'], rejected
    costs = [p['cost'] for p in document['plans']]
    assert costs == sorted(costs), costs


@test
def synchronisation():
    """What is done between two usages: one line where something is, all of it with --verbose and --json."""
    script = """
device /dev/camera usages=capture
cap /dev/camera capture XR24 LINEAR sync=none@derived
device /dev/gpu usages=render,texture
cap /dev/gpu render XR24 LINEAR sync=implicit@derived
cap /dev/gpu texture XR24 LINEAR sync=implicit@derived
device /dev/card usages=scanout
cap /dev/card scanout XR24 LINEAR sync=implicit|explicit@derived
source system
"""
    args = ['--usage', 'capture=/dev/camera', '--usage', 'scanout=/dev/card', '--size', '640x480']
    result = expect(run('solve', *args, env=fake(script)), 0, ['sync: /dev/camera to /dev/card: no fences, after'])
    assert result.out.count('sync:') == 1 and 'VIDIOC_DQBUF' in result.out, result
    expect(run('solve', *args, '--verbose', env=fake(script)), 0,
           ['SYNCHRONISES BY', 'no fences (derived)', 'implicit or explicit fences', 'sync: /dev/card to /dev/camera'])
    plan = expect(run('solve', *args, '--json', env=fake(script)), 0).json()['plans'][0]
    assert plan['sync'][0] == {'usage': 'capture', 'device': '/dev/camera', 'contract': ['none'],
                               'provenance': 'derived', 'text': 'no fences (derived)'}, plan['sync']
    assert plan['sync'][1]['contract'] == ['implicit', 'explicit'], plan['sync']
    assert [(h['from'], h['to'], h['action']) for h in plan['handovers']] == [(0, 1, 'finish'), (1, 0, 'finish')], plan
    args = ['--usage', 'render=/dev/gpu', '--usage', 'texture=/dev/gpu', '--size', '640x480']
    assert 'sync:' not in expect(run('solve', *args, env=fake(script)), 0).out
    expect(run('solve', *args, '-v', env=fake(script)), 0, ['sync: /dev/gpu to /dev/gpu: nothing to do'])


@test
def limits():
    """--plans limits what is shown and says that there is more."""
    args = ['--usage', 'scanout=/dev/fake1', '--size', '640x480']
    every = expect(run('solve', *args, '--json', env=ENV), 0).json()['plans']
    assert len(every) > 1, every
    assert len(expect(run('solve', *args, '--json', '--plans', '1', env=ENV), 0).json()['plans']) == 1
    one = expect(run('solve', *args, '--plans', '1', env=ENV), 0, f'{len(every) - 1} more: --plans {len(every)}')
    assert 'plan 2' not in one.out, one


@test
def wishes():
    """--heap, --modifier and --constraint narrow the plans."""
    args = ['--usage', 'scanout=/dev/fake1', '--size', '640x480', '--json']
    plans = expect(run('solve', *args, '--heap', 'cma', env=ENV), 0).json()['plans']
    assert {p['allocator'] for p in plans} == {'cma'}, plans
    plans = expect(run('solve', *args, '--modifier', 'LINEAR', env=ENV), 0).json()['plans']
    assert {p['modifier'] for p in plans} == {'LINEAR'}, plans
    plans = expect(run('solve', *args, '--constraint', 'stride-align=1024', env=ENV), 0).json()['plans']
    assert all(p['planes'][0]['stride'] % 1024 == 0 for p in plans), plans
    decided = [c for c in plans[0]['constraints'] if c['kind'] == 'stride-align'][0]
    assert decided['value'] == 1024, decided
    expect(run('solve', *args, '--heap', 'nowhere', env=ENV), 2, err=['--heap nowhere', 'system', 'cma'])


@test
def conflict_text():
    """A conflict: status 1, the words, who takes part, what would help."""
    env = fake(CONFLICT)
    expect(run('solve', *PIPELINE, env=env), 1,
           ['no plan', 'WHO', '/dev/fake0', '/dev/fake1', 'stride', '1920', '256', 'queried', 'probed'])


@test
def conflict_json():
    """A conflict as JSON: usages, members with their constraint and provenance, relaxations."""
    document = expect(run('solve', *PIPELINE, '--json', env=fake(CONFLICT)), 1).json()
    assert document['plans'] == [], document
    conflict = document['conflict']
    assert sorted(conflict) == ['changes', 'dimension', 'members', 'rejected', 'relaxations', 'text', 'usages'], conflict
    assert (conflict['dimension'], conflict['usages']) == ('stride', [0, 1]), conflict
    members = {(m['who'], m['constraint']['kind']): m for m in conflict['members'] if m['constraint']}
    exact = members['/dev/fake0', 'stride-exact']
    assert (exact['usage'], exact['constraint']['value'], exact['constraint']['provenance']) == (0, 1920, 'queried'), exact
    align = members['/dev/fake1', 'stride-align']
    assert (align['usage'], align['constraint']['value'], align['constraint']['provenance']) == (1, 256, 'probed'), align
    assert isinstance(conflict['relaxations'], list), conflict


@test
def formats_apart():
    """Devices that share no format: the conflict is about the format."""
    env = fake('device a usages=capture\ncap a capture NV12 LINEAR\n'
               'device b usages=scanout\ncap b scanout XR24 LINEAR\nsource system\n')
    args = ['--usage', 'capture=a', '--usage', 'scanout=b', '--size', '64x64']
    document = expect(run('solve', *args, '--json', env=env), 1).json()
    assert document['conflict']['dimension'] == 'format' and document['conflict']['usages'] == [0, 1], document
    expect(run('solve', *args, env=env), 1, ['NV12', 'XR24'])


@test
def no_permission():
    """A source that may not be opened is passed over, and the reason is in the plan."""
    env = fake('device a usages=capture\ncap a capture NV12 LINEAR\nsource first access=EACCES help=ask-root cost=1\n'
               'source second cost=50\n')
    plan = expect(run('solve', '--usage', 'capture=a', '--size', '64x64', '--json', env=env), 0).json()['plans'][0]
    assert plan['allocator'] == 'second', plan
    assert [r['allocator'] for r in plan['rejected']] == ['first'], plan


@test
def odd_size():
    """An odd size for a subsampled format is a conflict with words, not a crash."""
    document = expect(run('solve', '--usage', 'capture=/dev/fake0', '--size', '1x1', '--format', 'NV12', '--json',
                          env=ENV), 1).json()
    assert document['conflict']['text'], document


main()
