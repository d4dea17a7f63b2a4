#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc alloc on scripted sources: what is shown, held, verified, and how failures end."""

import os
import signal
import subprocess

from harness import TOOL, expect, fake, main, run, test
from machines import CAMERA, CONFLICT, PIPELINE

ENV = fake(CAMERA)
ARGS = [*PIPELINE, '--format', 'NV12']


@test
def text():
    """alloc shows the plan, the dma-bufs and the planes, and frees them."""
    expect(run('alloc', *ARGS, '--count', '3', env=ENV), 0,
           ['plan 1', 'INODE', 'plane 0: object 0, offset 0, stride 1920', 'plane 1: object 0, offset 2073600'])


@test
def json():
    """alloc --json: as many buffers as asked for, each with an inode of its own, sizes as planned."""
    document = expect(run('alloc', *ARGS, '--count', '3', '--json', env=ENV), 0).json()
    buffers = document['buffers']
    assert len(buffers) == 3 and document['verified'] is False and document['pid'] > 0, document
    assert len({b['objects'][0]['inode'] for b in buffers}) == 3, buffers
    for buffer in buffers:
        assert buffer['objects'][0]['size'] >= document['plan']['size'], buffer
        assert [(p['offset'], p['stride']) for p in buffer['planes']] == [(0, 1920), (2073600, 1920)], buffer


@test
def verify():
    """--verify asks every device; a device that refuses is the machine's failure."""
    assert expect(run('alloc', *ARGS, '--verify', '--json', env=ENV), 0).json()['verified'] is True
    refusing = fake(CAMERA + 'fail import EINVAL /dev/fake1\n')
    result = expect(run('alloc', *ARGS, '--verify', env=refusing), 3, err='/dev/fake1')
    assert result.out == '', result
    expect(run('alloc', *ARGS, env=refusing), 0, 'plan 1')


@test
def other_plan():
    """--plan chooses another plan; one that is not there is refused."""
    args = ['--usage', 'scanout=/dev/fake1', '--size', '640x480', '--json']
    plans = expect(run('solve', *args, env=ENV), 0).json()['plans']
    assert expect(run('alloc', *args, '--plan', '2', env=ENV), 0).json()['plan'] == plans[1]
    expect(run('alloc', *args, '--plan', '99', env=ENV), 2, err=['--plan 99', str(len(plans))])


@test
def failures():
    """Memory that cannot be had, no permission, a source that lies: status 3, a reason, nothing on stdout."""
    for line, words in [
            ('fail allocate ENOMEM cma', ['cma']),
            ('fail allocate EACCES cma', ['cma']),
            ('fail allocate ENODEV cma', ['cma']),
    ]:
        result = expect(run('alloc', *ARGS, env=fake(CAMERA + line + '\n')), 3, err=words)
        assert result.out == '', result
    lying = fake(CAMERA.replace('source cma ', 'source cma wrong=size '))
    expect(run('alloc', *ARGS, env=lying), 3, err='cma')
    short = fake(CAMERA.replace('source cma ', 'source cma fail-after=2 '))
    expect(run('alloc', *ARGS, '--count', '4', env=short), 3, err='cma')


@test
def conflict():
    """Without a plan there is nothing to allocate: status 1 and the conflict."""
    expect(run('alloc', *PIPELINE, env=fake(CONFLICT)), 1, ['no plan', 'stride'])
    document = expect(run('alloc', *PIPELINE, '--json', env=fake(CONFLICT)), 1).json()
    assert document['plan'] is None and document['conflict']['dimension'] == 'stride', document


def hold(**kwargs):
    # pylint: disable=consider-using-with
    process = subprocess.Popen([TOOL, 'alloc', *ARGS, '--count', '2', '--hold'], env=ENV, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, **kwargs)
    shown = b''
    while b'held by process' not in shown:
        line = process.stdout.readline()
        assert line, shown
        shown += line
    return process, shown.decode()


def count_buffers(process):
    folder = f'/proc/{process.pid}/fd'
    links = [os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)]
    return sum(link.startswith(('/memfd:', '/dmabuf:')) for link in links)


@test
def held():
    """--hold keeps the buffers at the end of standard input, and ends at a signal with status 0."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process, shown = hold(stdin=subprocess.DEVNULL)
        assert str(process.pid) in shown, shown
        assert count_buffers(process) >= 2, shown
        process.send_signal(number)
        assert process.wait(30) == 0, number
        process.stdout.close()


@test
def enter():
    """--hold ends at Enter."""
    process, _ = hold(stdin=subprocess.PIPE)
    assert process.poll() is None
    process.stdin.write(b'\n')
    process.stdin.close()
    assert process.wait(30) == 0
    process.stdout.close()


@test
def full():
    """A standard output that is full is told."""
    with open('/dev/full', 'wb') as full_device:
        done = subprocess.run([TOOL, 'alloc', *ARGS], env=ENV, stdout=full_device, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3 and b'standard output' in done.stderr, done


@test
def length():
    """--heap and --length give plain memory: fds, real lengths and inodes that the kernel agrees with."""
    result = expect(run('alloc', '--heap', 'cma', '--length', '5000', '--count', '3', env=ENV), 0, ['EXPORTER', '8,192'])
    assert result.out.count('8,192') == 3, result
    document = expect(run('alloc', '--heap', 'system', '--length', '16K', '--json', env=ENV), 0).json()
    assert (document['heap'], document['length'], len(document['buffers'])) == ('system', 16384, 1), document
    assert document['buffers'][0]['size'] == 16384 and document['buffers'][0]['exporter'] is None, document
    for text, size in [('1', 4096), ('3M', 3 << 20), ('4097', 8192)]:
        document = expect(run('alloc', '--heap', 'system', '--length', text, '--json', env=ENV), 0).json()
        assert document['buffers'][0]['size'] == size, document


@test
def length_held():
    """--length with --hold: the buffers can be looked at, and a signal frees them."""
    process = subprocess.Popen([TOOL, 'alloc', '--heap', 'system', '--length', '64K', '--count', '2', '--hold'],
                               env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    rows = []
    for line in process.stdout:
        words = line.split()
        if words and words[0].isdigit():
            rows.append(words)
        if line.startswith('held by process'):
            break
    assert len(rows) == 2, rows
    for _, fd, inode, size, exporter in rows:
        status = os.stat(f'/proc/{process.pid}/fd/{fd}')
        assert (status.st_ino, status.st_size) == (int(inode), 65536), rows
        assert (size, exporter) == ('65,536', '-'), rows
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stdout.close()


@test
def length_refused():
    """--length: numbers that are none, options of images beside it, too much, and what names the bound."""
    heap = ['alloc', '--heap', 'cma', '--length']
    for text, why in [('0', 'at least 1 byte'), ('16X', 'K, M or G'), ('-1', 'whole number'), ('1KK', 'K, M or G'),
                      ('', 'whole number'), ('99999999999999999999', 'more than 18446744073709551615'),
                      ('99999999999G', 'more than 18446744073709551615')]:
        expect(run(*heap, text, env=ENV), 2, err=[f'--length {text}: ', why])
    for option in (['--size', '640x360'], ['--usage', 'capture=/dev/fake0'], ['--format', 'NV12'], ['--verify'],
                   ['--modifier', 'LINEAR'], ['--constraint', 'segments=1'], ['--plan', '1']):
        expect(run(*heap, '16K', *option, env=ENV), 2, err=[option[0], 'plain memory'])
    expect(run('alloc', '--length', '16K', env=ENV), 2, err='--heap NAME')
    expect(run(*heap, '16K', '--count', '65', env=ENV), 2, err='at most 64')
    expect(run('solve', '--length', '16K', env=ENV), 2, err="unknown option '--length'")
    expect(run('alloc', '--heap', 'nowhere', '--length', '16K', env=ENV), 2, err=['nowhere', 'system', 'cma'])
    expect(run(*heap, '65M', env=ENV), 3, err=['wanted 68157440 bytes', 'at most 67108864'])
    expect(run('alloc', '--heap', 'secret', '--length', '16K', env=ENV), 3, err='group-render-may-open-it')


main()
