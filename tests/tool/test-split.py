#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc solve --split on scripted devices: groups, copies, what is told where there are none."""

from harness import expect, fake, main, run, test
from machines import CAMERA, PIPELINE

DEVICES = '''
device /dev/fake0 usages=capture
cap /dev/fake0 capture NV12 LINEAR segments=1@queried
device /dev/fake1 usages=scanout
cap /dev/fake1 scanout XR24 LINEAR stride-align=64@probed
source system cost=10
source cma segments=1 placement=cma cost=100
'''
GPU = '''
device /dev/gpu usages=texture,render
cap /dev/gpu texture NV12 LINEAR
cap /dev/gpu render XR24 LINEAR
'''
SCALER = '''
device /dev/scaler usages=output,capture
cap /dev/scaler output YUYV LINEAR
cap /dev/scaler capture XR24 LINEAR
'''
NV12 = 1920 * 1080 * 3 // 2
XR24 = 1920 * 1080 * 4


@test
def text():
    """Group by group, the plan, then the copy with its bytes, and who does not copy."""
    result = expect(run('solve', '--split', *PIPELINE, env=fake(DEVICES + GPU + SCALER)), 0, [
        f'2 buffers, 1 copy: {NV12 + XR24:,} bytes per frame', 'group 1: /dev/fake0 (capture)\n',
        'group 2: /dev/fake1 (scanout)\n', f'copy by /dev/gpu (GPU): {NV12:,} + {XR24:,} bytes per frame',
        'the GPU reads NV12 LINEAR and writes XR24 LINEAR', 'not /dev/scaler (fake): cannot read it',
        'not cpu (core): copies only between LINEAR layouts'])
    assert result.out.index('group 1') < result.out.index('copy by') < result.out.index('group 2'), result
    assert 'buffer 1' in result.out and 'zero copy' not in result.out, result
    many = expect(run('solve', '--split', *PIPELINE, '--plans', '9', env=fake(DEVICES + GPU)), 0)
    assert many.out.count('buffer 2') == 1, many
    expect(run('solve', '--split', *PIPELINE, '--verbose', env=fake(DEVICES + GPU)), 0,
           ['PLANE', '/dev/gpu', 'texture', 'render'])


@test
def one_group():
    """A pipeline that one buffer suits needs no copy."""
    result = expect(run('solve', '--split', *PIPELINE, '--format', 'NV12', env=fake(CAMERA)), 0,
                    ['1 buffer, zero copy', 'group 1: /dev/fake0 (capture), /dev/fake1 (scanout)'])
    assert 'copy by' not in result.out, result


@test
def documents():
    """--json: groups with their usages and plans, copies with their device and bytes."""
    document = expect(run('solve', '--split', '--json', *PIPELINE, env=fake(DEVICES + GPU)), 0).json()
    assert sorted(document) == ['bytes_per_frame', 'conflict', 'copies', 'failed_usage', 'groups', 'rejected',
                                'request', 'text'], document
    assert [g['usages'] for g in document['groups']] == [[0], [1]], document['groups']
    assert [g['plans'][0]['format'] for g in document['groups']] == ['NV12', 'XR24'], document['groups']
    assert [g['plans'][0]['allocator'] for g in document['groups']] == ['cma', 'system'], document['groups']
    assert [s['usage'] for s in document['groups'][0]['plans'][0]['sync']] == ['capture', 'texture'], document
    copy = document['copies'][0]
    assert sorted(copy) == ['backend', 'bytes_read', 'bytes_written', 'copier', 'device', 'reads_as', 'reason',
                            'rejected', 'writes_as'], copy
    assert (copy['copier'], copy['device'], copy['backend']) == ('GPU', '/dev/gpu', 'fake'), copy
    assert (copy['reads_as'], copy['writes_as']) == ('texture', 'render'), copy
    assert (copy['bytes_read'], copy['bytes_written'], document['bytes_per_frame']) == (NV12, XR24, NV12 + XR24), copy
    assert [(r['device'], r['backend']) for r in copy['rejected']] == [('cpu', 'core')], copy
    assert (document['failed_usage'], document['conflict'], document['rejected']) == (None, None, []), document
    one = expect(run('solve', '--split', '--json', '--plans', '1', *PIPELINE, env=fake(DEVICES + GPU)), 0).json()
    assert [len(g['plans']) for g in one['groups']] == [1, 1], one


@test
def missing():
    """Nobody copies: status 1, where, and the reason of each device that might."""
    env = fake(DEVICES + SCALER)
    expect(run('solve', '--split', *PIPELINE, env=env), 1,
           ['no split: ', 'nothing copies from /dev/fake0 (capture) to /dev/fake1 (scanout)',
            '/dev/scaler (fake): cannot read it: no buffer', 'cpu (core): copies only'])
    document = expect(run('solve', '--split', '--json', *PIPELINE, env=env), 1).json()
    assert (document['groups'], document['copies'], document['failed_usage']) == ([], [], 1), document
    assert {r['device'] for r in document['rejected']} == {'/dev/scaler', 'cpu'}, document
    assert document['conflict'] is None, document


@test
def alone():
    """A device that has no buffer even alone: its conflict."""
    env = fake(DEVICES.replace('scanout XR24 LINEAR', 'scanout XR24 LINEAR width-max=640') + GPU)
    expect(run('solve', '--split', *PIPELINE, env=env), 1,
           ['no copy helps: /dev/fake1 (scanout) has no buffer even alone', 'no plan', 'WHO'])
    document = expect(run('solve', '--split', '--json', *PIPELINE, env=env), 1).json()
    assert (document['failed_usage'], document['conflict']['dimension']) == (1, 'size'), document


@test
def hint():
    """A conflict of several devices names --split; one device alone has nothing to split."""
    env = fake(DEVICES + GPU)
    expect(run('solve', *PIPELINE, env=env), 1, ['no plan', '--split looks for'])
    result = expect(run('solve', '--usage', 'scanout=/dev/fake1', '--size', '64x64', '--format', 'NV12', env=env), 1)
    assert '--split' not in result.out, result
    expect(run('alloc', '--split', *PIPELINE, env=env), 2, err='--split')
    expect(run('solve', '--split', '--size', '64x64', env=env), 2, err='--usage')


main()
