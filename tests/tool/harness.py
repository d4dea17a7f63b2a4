# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""Runs the cenalloc command and reports in TAP. The command is named by CENALLOC_TOOL in the environment."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

TOOL = os.environ['CENALLOC_TOOL']
TESTS = []


def test(function):
    """Marks a function as a test; its docstring, or name, is what TAP shows."""
    TESTS.append(function)
    return function


class Result:
    def __init__(self, args, status, out, err):
        self.args, self.status, self.out, self.err = args, status, out, err

    def json(self):
        """The one document on standard output; numbers keep all 64 bits."""
        return json.loads(self.out)

    def __str__(self):
        return f'cenalloc {" ".join(self.args)}: status {self.status}\n{self.out}{self.err}'


def environment(**changes):
    env = {k: v for k, v in os.environ.items() if not k.startswith('CENALLOC_') and k != 'NO_COLOR'}
    # No file of whoever runs the tests.
    env.update(CENALLOC_CONFIG='', CENALLOC_QUIRKS_PATH='',
               CENALLOC_DISABLE_BACKENDS='egl,gbm,heap,kms,udmabuf,v4l2,vulkan,wayland')
    env.update(changes)
    return env


def run(*args, env=None, timeout=60):
    done = subprocess.run([TOOL, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env or environment(), timeout=timeout, check=False)
    return Result(args, done.returncode, done.stdout.decode(), done.stderr.decode())


def fake(script):
    """The environment in which the machine is what the script of the fake backend says, and nothing else."""
    folder = tempfile.mkdtemp(prefix='cenalloc-tool-')
    atexit.register(shutil.rmtree, folder, True)
    shutil.copy(os.environ['CENALLOC_TEST_FAKE'], os.path.join(folder, 'fake.so'))
    path = os.path.join(folder, 'script.txt')
    with open(path, 'w', encoding='utf-8') as out:
        out.write(script)
    return environment(CENALLOC_BACKEND_PATH=folder, CENALLOC_FAKE_SCRIPT=path)


def expect(result, status, out=(), err=()):
    """The status, and pieces of text that each stream must have. Without pieces for it stderr must be empty."""
    assert result.status == status, f'status {status} expected\n{result}'
    for piece in [out] if isinstance(out, str) else out:
        assert piece in result.out, f'no {piece!r} on stdout\n{result}'
    for piece in [err] if isinstance(err, str) else err:
        assert piece in result.err, f'no {piece!r} on stderr\n{result}'
    assert err or not result.err, f'stderr is not empty\n{result}'
    assert 'Sanitizer' not in result.err, f'a sanitizer complains\n{result}'
    return result


def main():
    failed = 0
    print(f'1..{len(TESTS)}')
    for number, function in enumerate(TESTS, 1):
        name = (function.__doc__ or function.__name__).strip().rstrip('.')
        try:
            function()
            print(f'ok {number} - {name}')
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f'not ok {number} - {name}')
            for line in traceback.format_exc().splitlines():
                print(f'# {line}')
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
