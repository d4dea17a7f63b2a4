#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""The command line: help, versions, and a table of wrong arguments with the status and the words of each."""

from harness import expect, fake, main, run, test
from machines import CAMERA

ENV = fake(CAMERA)
CPU = ['--usage', 'cpu-write=cpu']
SIZE = ['--size', '64x64']


@test
def help_texts():
    """Every command has a help text of at most 120 columns."""
    for command in ([], ['list'], ['describe'], ['solve'], ['explain'], ['alloc'], ['map'], ['ps'], ['regions'],
                    ['check-backend']):
        result = expect(run(*command, '--help'), 0, 'Usage: cenalloc')
        assert max(map(len, result.out.splitlines())) <= 120, result
        assert run(*command, '-h').out == result.out
    expect(run(), 2, err='Usage: cenalloc')


@test
def version():
    """--version names the library and the ABI."""
    expect(run('--version'), 0, ['cenalloc ', 'library', 'ABI'])


@test
def common_options_anywhere():
    """Common options stand before or after the command."""
    assert run('--json', 'list', env=ENV).json() == run('list', '--json', env=ENV).json()
    assert run('--passive', 'list', '--json', env=ENV).json() == run('list', '--json', env=ENV).json()


WRONG = [
    # Arguments, status, words on stderr.
    (['bogus'], 2, ["unknown command 'bogus'", 'list']),
    (['--bogus'], 2, ["unknown option '--bogus'"]),
    (['solve', '--bogus'], 2, ["cenalloc solve: unknown option '--bogus'", 'hint: cenalloc solve --help']),
    (['solve', '-x'], 2, ["'-x'"]),
    (['solve', '--usage'], 2, ["'--usage' needs a value"]),
    (['solve', '--json=1'], 2, ['takes no value']),
    (['list', 'extra'], 2, ["'extra'"]),
    (['list', '--log', 'loud'], 2, ['loud', 'debug']),
    (['list', '--color=sometimes'], 2, ['sometimes', 'always']),
    (['describe'], 2, ['DEVICE']),
    (['describe', 'cpu', 'cpu'], 2, ['unexpected']),
    (['describe', 'cpu', '--usage', 'fly'], 2, ["unknown usage 'fly'", 'scanout']),
    (['check-backend'], 2, ['FILE.so']),
    (['ps', 'extra'], 2, ["'extra'"]),
    (['ps', '--watch', '2'], 2, ["'2'", '--watch=2']),
    (['ps', '--watch=0'], 2, ['--watch 0', '86400']),
    (['ps', '--watch=often'], 2, ['--watch often']),
    (['ps', '--count', '2'], 2, ['--count 2', '--watch']),
    (['ps', '--watch', '--count', '0'], 2, ['--count 0']),
    (['ps', '--sort', 'name'], 2, ['--sort name', 'holders']),
    (['ps', '--pid', '0'], 2, ['--pid 0', 'no such process']),
    (['ps', '--pid', '4294967295'], 2, ['--pid 4294967295', 'no such process']),
    (['ps', '--pid', 'me'], 2, ['--pid me']),
    (['solve'], 2, ['missing: --usage', '--size']),
    (['solve', *CPU], 2, ['missing: --size']),
    (['solve', *SIZE], 2, ['missing: --usage']),
    (['solve', *CPU, '--size', 'foo'], 2, ['--size foo', '1920x1080']),
    (['solve', *CPU, '--size', '64'], 2, ['--size 64']),
    (['solve', *CPU, '--size', '64x'], 2, ['--size 64x']),
    (['solve', *CPU, '--size', '64x64x64'], 2, ['--size 64x64x64']),
    (['solve', *CPU, '--size', '-1x64'], 2, ['--size -1x64']),
    (['solve', *CPU, '--size', ' 64x64'], 2, ['--size']),
    (['solve', *CPU, '--size', '0x0'], 2, ['may be 0']),
    (['solve', *CPU, '--size', '64x0'], 2, ['may be 0']),
    (['solve', *CPU, '--size', '100000x100000'], 2, ['100000', '65536']),
    (['solve', *CPU, '--size', '4294967296x1'], 2, ['--size']),
    (['solve', *CPU, *SIZE, '--format', 'NV1Z'], 2, ["unknown format 'NV1Z'", 'NV12']),
    (['solve', *CPU, *SIZE, '--format', 'nv12'], 2, ['NV12']),
    (['solve', *CPU, *SIZE, '--format', 'NV12,,XR24'], 2, ["unknown format ''"]),
    (['solve', *CPU, *SIZE, '--format', 'NV12,NV12'], 2, ['NV12']),
    (['solve', *CPU, *SIZE, '--modifier', 'SHINY'], 2, ["unknown modifier 'SHINY'"]),
    (['solve', *CPU, *SIZE, '--count', '0'], 2, ['--count 0']),
    (['solve', *CPU, *SIZE, '--count', '65'], 2, ['65', '64']),
    (['solve', *CPU, *SIZE, '--count', '4294967297'], 2, ['--count']),
    (['solve', *CPU, *SIZE, '--count', 'many'], 2, ['--count many']),
    (['solve', *CPU, *SIZE, '--plans', '0'], 2, ['--plans 0']),
    (['solve', *CPU, *SIZE, '--constraint', 'shiny=1'], 2, ['shiny']),
    (['solve', *CPU, *SIZE, '--constraint', 'stride-align'], 2, ['stride-align', 'hint']),
    (['solve', *CPU, *SIZE, '--constraint', 'stride-align=0'], 2, ['stride-align']),
    (['solve', '--usage', 'fly=cpu', *SIZE], 2, ["unknown usage 'fly'", 'capture']),
    (['solve', '--usage', 'cpu', *SIZE], 2, ['capture=/dev/video0']),
    (['solve', '--usage', 'capture=', *SIZE], 2, ['capture=/dev/video0']),
    (['solve', '--usage', 'capture=/dev/fake9', *SIZE], 2, ['/dev/fake9', 'cenalloc list']),
    (['solve', '--usage', 'scanout=/dev/fake0', *SIZE], 2, ['scanout', 'capture']),
    (['solve', *CPU, *CPU, *SIZE], 2, ['cpu-write', 'already']),
    (['solve', '--usage', 'capture=/dev/fake2', *SIZE], 3, ['/dev/fake2']),
    (['alloc', *CPU, *SIZE, '--plan', '0'], 2, ['--plan 0']),
    (['solve', *CPU, *SIZE, '--hold'], 2, ['--hold']),
    (['alloc', *CPU, *SIZE, 'extra'], 2, ["'extra'"]),
]


def wrong(arguments, status, words):
    def body():
        result = expect(run(*arguments, env=ENV), status, err=words)
        assert result.out == '', result
        assert result.err.startswith('cenalloc'), result

    body.__doc__ = f'status {status}: cenalloc {" ".join(arguments)}'
    test(body)


for row in WRONG:
    wrong(*row)

main()
