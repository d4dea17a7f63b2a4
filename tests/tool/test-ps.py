#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc ps on a host: what it says without dma-bufs, what it does not take for one, and how --watch ends.

Real dma-bufs are in the guest test ps.sh."""

import json
import mmap
import os
import signal
import subprocess

from harness import TOOL, environment, expect, main, run, test

BUFFER_KEYS = {'inode', 'size', 'exporter', 'name', 'references', 'references_not_seen', 'holders', 'attached', 'marks'}


@test
def text():
    """The answer says so when there is nothing, and what could not be read."""
    result = expect(run('ps'), 0, 'dma-buf')
    assert result.out.startswith('no dma-buf') or 'INODE' in result.out, result
    document = run('ps', '--json').json()
    assert ('could not be read' in result.out) == (document['processes_denied'] > 0), result
    assert ('attached devices are not known' in result.out) == bool(document['attached_unknown_because']), result


@test
def shape():
    """--json has every key, and totals that fit."""
    document = expect(run('ps', '--json'), 0).json()
    assert set(document) == {'time', 'buffers', 'totals', 'processes', 'processes_read', 'processes_denied',
                             'all_processes', 'attached_unknown_because'}, document
    assert all(set(row) == BUFFER_KEYS for row in document['buffers']), document
    assert document['totals']['buffers'] == len(document['buffers']), document
    assert document['processes_read'] > 0, document
    assert not (document['all_processes'] and document['processes_denied']), document


@test
def no_memfd():
    """A memfd with the name of a dma-buf, open and mapped, is none."""
    fd = os.memfd_create('dmabuf:fake')
    os.ftruncate(fd, 4096)
    with mmap.mmap(fd, 4096):
        document = expect(run('ps', '--json', '--pid', str(os.getpid())), 0).json()
    os.close(fd)
    assert document['buffers'] == [], document


def watch(*args):
    # pylint: disable=consider-using-with
    return subprocess.Popen([TOOL, 'ps', '--watch', *args], env=environment(), stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@test
def watch_lines():
    """--watch --json gives a document on a line for each look, and ends after --count."""
    result = expect(run('ps', '--watch', '--count', '2', '--json'), 0)
    documents = [json.loads(line) for line in result.out.splitlines()]
    assert len(documents) == 2 and documents[0]['time'] < documents[1]['time'], result


@test
def watch_log():
    """--watch without a terminal begins with how many there are, and has no escape sequences."""
    result = expect(run('ps', '--watch', '--count', '1'), 0, 'dma-buf')
    assert ' = ' in result.out and '\033' not in result.out, result


@test
def watch_ends():
    """--watch ends at Enter and at signals with status 0."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, None):
        process = watch()
        while b' = ' not in process.stdout.readline():
            assert process.poll() is None
        if number:
            process.send_signal(number)
        else:
            process.stdin.write(b'\n')
            process.stdin.flush()
        assert process.wait(30) == 0, number
        process.stdout.close()
        process.stdin.close()


@test
def full():
    """A standard output that is full ends --watch, and is told."""
    with open('/dev/full', 'wb') as full_device:
        done = subprocess.run([TOOL, 'ps', '--watch'], env=environment(), stdin=subprocess.DEVNULL, stdout=full_device,
                              stderr=subprocess.PIPE, check=False, timeout=30)
    assert done.returncode == 3 and b'standard output' in done.stderr, done


main()
