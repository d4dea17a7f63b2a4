#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""Quirks in what the command prints; and that the files that are installed are what docs/quirks.md says."""

import glob
import json
import os
import re
import tempfile

from harness import expect, fake, main, run, test
from machines import CAMERA, PIPELINE

try:
    import jsonschema
except ImportError:
    jsonschema = None

SOURCE = os.environ['CENALLOC_TEST_SOURCE']
SHIPPED = sorted(glob.glob(os.path.join(SOURCE, 'data', 'quirks.d', '*.json')))


def quirk(**members):
    return {'name': 'odd-camera', 'text': 'it writes longer rows', 'source': 'a thread',
            'match': {'driver': 'fakecam'}, **members}


def write(folder, name, *quirks):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as out:
        json.dump({'cenalloc-quirks': 1, 'quirks': list(quirks)}, out)


def read(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


@test
def describe():
    """describe tells what quirks changed, apart from what could not be learned."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, '1.json', quirk(add={'stride-align': 256}, remove=['stride-exact']))
        env = dict(fake(CAMERA), CENALLOC_QUIRKS_PATH=folder)
        result = expect(run('describe', '/dev/fake0', env=env), 0,
                        ['changed by quirks:', 'quirk odd-camera: stride-align 64 -> 256 (1 alternative)',
                         'quirk odd-camera: stride-exact 1920 removed (1 alternative)', 'not learned:',
                         'the largest buffer count is not known', 'quirk odd-camera: it writes longer rows'])
        assert result.out.index('removed (1') < result.out.index('not learned:'), result
        usage = expect(run('describe', '/dev/fake0', '--json', env=env), 0).json()['usages'][0]
        assert len(usage['quirks']) == 3 and all(q.startswith('quirk odd-camera: ') for q in usage['quirks']), usage
        assert usage['notes'] == ['the largest buffer count is not known'], usage
        aligns = [c for a in usage['alternatives'] for c in a['constraints'] if c['kind'] == 'stride-align']
        assert {c['provenance'] for c in aligns} == {'quirk'}, aligns
    result = expect(run('describe', '/dev/fake0', env=fake(CAMERA)), 0, 'not learned:')
    assert 'quirk' not in result.out, result
    assert expect(run('describe', '/dev/fake0', '--json', env=fake(CAMERA)), 0).json()['usages'][0]['quirks'] == []


@test
def solve():
    """solve gives another plan, or a conflict that names the quirk."""
    with tempfile.TemporaryDirectory() as folder:
        env = dict(fake(CAMERA), CENALLOC_QUIRKS_PATH=folder)
        before = expect(run('solve', *PIPELINE, '--format', 'XR24', '--json', env=env), 0).json()['plans'][0]
        assert before['planes'][0]['stride'] == 7680, before
        write(folder, '1.json', quirk(add={'stride-align': 4096}))
        after = expect(run('solve', *PIPELINE, '--format', 'XR24', '--json', env=env), 0).json()['plans'][0]
        assert after['planes'][0]['stride'] == 8192, after
        result = run('solve', *PIPELINE, '--format', 'NV12', env=env)
        assert result.status == 1 and 'quirk odd-camera: it writes longer rows' in result.out, result


@test
def log():
    """A bad file is named with --log, with file, line and path, and the machine is there all the same."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, '1.json', quirk(add={'stride-allign': 4096}))
        env = dict(fake(CAMERA), CENALLOC_QUIRKS_PATH=folder)
        expect(run('describe', '/dev/fake0', '--log', 'error', env=env), 0, 'stride-exact',
               ['1.json:1: quirks[0].add.stride-allign: '])


@test
def shipped_files_are_read():
    """Each file that is installed is taken by the reader, and none of its quirks is lost."""
    assert SHIPPED, SOURCE
    for path in SHIPPED:
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(path, os.path.join(folder, os.path.basename(path)))
            result = run('list', '--log', 'debug', env=dict(fake(CAMERA), CENALLOC_QUIRKS_PATH=folder))
            assert result.status == 0 and 'passed over' not in result.err, result
            assert f'{os.path.basename(path)}: {len(read(path)["quirks"])} quirk' in result.err, result


@test
def shipped_files_fit_the_schema():
    """Each file that is installed fits docs/quirks.schema.json; the schema refuses what the reader refuses."""
    if not jsonschema:
        print('# no jsonschema for Python: not tried')
        return
    schema = read(os.path.join(SOURCE, 'docs', 'quirks.schema.json'))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in SHIPPED:
        validator.validate(read(path))
    good = quirk(add={'stride-align': 1, 'objects': 'one'})
    bad = [quirk(), quirk(refuse=False), quirk(refuse=True, remove=['segments']), quirk(colour=1), quirk(add={}),
           quirk(add={'stride-align': -1}), quirk(add={'stride-align.4': 1}), quirk(remove=[]), dict(good, name='a b'),
           dict(good, match={'usages': ['texture']}), dict(good, match={'driver': 'd', 'usages': ['tex']}),
           dict(good, match={'driver': 'd', 'kernel': {}}), dict(good, match={'driver': 'd', 'kernel': {'from': 'six'}}),
           {k: v for k, v in good.items() if k != 'source'}]
    assert validator.is_valid({'cenalloc-quirks': 1, 'quirks': [good]})
    for one in bad:
        assert not validator.is_valid({'cenalloc-quirks': 1, 'quirks': [one]}), one
        with tempfile.TemporaryDirectory() as folder:
            write(folder, '1.json', one)
            result = run('list', '--log', 'error', env=dict(fake(CAMERA), CENALLOC_QUIRKS_PATH=folder))
            assert 'passed over: ' in result.err, (one, result)


@test
def shipped_files_are_documented():
    """Each quirk that is installed says where it is from, and stands in docs/quirks.md."""
    with open(os.path.join(SOURCE, 'docs', 'quirks.md'), encoding='utf-8') as file:
        table = file.read().split('## What is installed')[1]
    for path in SHIPPED:
        assert f'`{os.path.basename(path)}`' in table, path
        for one in read(path)['quirks']:
            assert f'`{one["name"]}`' in table, one
            assert re.search(r'https://\S+', one['source']), one


main()
