#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc check-backend on a good plug-in, on plug-ins that each break the contract in one way, and on no plug-ins."""

import os
import tempfile

from harness import environment, expect, main, run, test

# Comma-separated NAME=FILE, from meson.
PLUGINS = dict(item.split('=', 1) for item in os.environ['CENALLOC_TEST_PLUGINS'].split(','))

# The plug-in, the check that fails, and what the reason says.
FAULTS = [
    ('crash', 'open, list', 'SIGABRT'),
    ('exit', 'describe capture faulty-device', 'status 5'),
    ('newer', 'entry, this library', 'newer library'),
    ('no-list', 'table', 'list()'),
    ('leak', 'file descriptors', '1 left open'),
    ('inherit', 'allocate faulty-source', 'close-on-exec'),
    ('short', 'allocate faulty-source', '8192'),
    ('any-usage', 'unknown usage faulty-device', 'usage 31'),
    ('export', 'exports', 'faulty_extra'),
    ('no-table', 'entry, this library', 'no table'),
    ('one-buffer', 'allocate faulty-source', '1 of 2'),
    ('file', 'allocate faulty-source', 'no dma-buf'),
    ('positive', 'describe capture faulty-device', 'returned 7'),
    ('unsealed', 'allocate faulty-source', 'no dma-buf'),
]


@test
def good():
    """A plug-in that keeps the contract passes every check."""
    result = expect(run('check-backend', PLUGINS['none']), 0, ['exports', 'allocate faulty-source', '0 failed'])
    assert 'FAILED' not in result.out, result
    document = expect(run('check-backend', '--json', PLUGINS['none']), 0).json()
    assert document['backend'] == 'faulty' and document['failed'] == 0, document
    assert len(document['checks']) >= 14 and all(c['result'] == 'ok' for c in document['checks']), document


@test
def template():
    """The example plug-in passes every check."""
    result = expect(run('check-backend', PLUGINS['template']), 0, '0 failed')
    assert 'FAILED' not in result.out, result


@test
def algorithm():
    """A plug-in that brings an algorithm for regions and no device passes every check."""
    result = expect(run('check-backend', PLUGINS['first-fit']), 0, ['0 devices, 0 sources', '0 failed'])
    assert 'FAILED' not in result.out, result


def fault(name, check, reason):
    def body():
        document = expect(run('check-backend', '--json', PLUGINS[name]), 1).json()
        failed = [c for c in document['checks'] if c['result'] == 'failed']
        assert [c['name'] for c in failed] == [check], document
        assert reason in failed[0]['detail'], failed
        expect(run('check-backend', PLUGINS[name]), 1, ['FAILED', reason, '1 failed'])

    body.__doc__ = f'The fault "{name}" is found by the check "{check}"'
    test(body)


for row in FAULTS:
    fault(*row)


@test
def no_backend():
    """A file that is no backend is told apart: status 2 and no table."""
    with tempfile.TemporaryDirectory() as folder:
        def file(name, data):
            path = os.path.join(folder, name)
            with open(path, 'wb') as out:
                out.write(data)
            return path

        with open(PLUGINS['none'], 'rb') as source:
            elf = source.read()
        sections = int.from_bytes(elf[40:48], 'little')
        for path, reason in [
                (file('text.so', b'this is no plug-in\n'), 'no ELF file'),
                (file('empty.so', b''), 'no ELF file'),
                (file('magic.so', elf[:4]), 'cut short'),
                (file('cut.so', elf[:sections]), 'cut short'),
                (file('machine.so', elf[:18] + b'\xff\xfe' + elf[20:]), 'another kind of processor'),
                (file('far.so', elf[:40] + b'\xff' * 8 + elf[48:]), 'cut short'),
                (os.environ['CENALLOC_TOOL'], 'not a backend'),
                (PLUGINS['no-entry'], 'does not export'),
                (folder, 'no regular file'),
                (os.path.join(folder, 'missing.so'), 'No such file'),
        ]:
            result = expect(run('check-backend', path), 2, err=reason)
            assert result.out == '', result


@test
def damaged():
    """No damage to the symbol tables crashes the command."""
    with open(PLUGINS['none'], 'rb') as source:
        elf = source.read()
    sections = int.from_bytes(elf[40:48], 'little')
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'damaged.so')
        for at in range(sections, len(elf), 64):
            for offset in (4, 24, 32, 40):
                with open(path, 'wb') as out:
                    out.write(elf[:at + offset] + b'\xff\xff\xff\x7f' + elf[at + offset + 4:])
                result = run('check-backend', path)
                assert result.status in (0, 1, 2), result
                assert 'Sanitizer' not in result.err, result


@test
def loaded_beside():
    """A file in the plug-in path does not get into the check of another."""
    env = environment(CENALLOC_BACKEND_PATH=os.path.dirname(PLUGINS['crash']))
    expect(run('check-backend', PLUGINS['none'], env=env), 0, '0 failed')


main()
