# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""check-schema.py SCHEMA FILE...: the shipped machine files against the schema and the reader, in TAP.

What is wrong with a file has to be seen by both: each fault below is put into a copy of the first file.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print('1..0 # SKIP python3-jsonschema is not installed')
    sys.exit(0)


def set_at(*path_and_value):
    *path, last, value = path_and_value

    def put(document):
        for key in path:
            document = document[key]
        document[last] = value
    return put


DEVICE = ('devices', 0)
FAULTS = [
    ('another version', set_at('cenalloc-machine', 2)),
    ('a key that is not known', set_at('colour', 'red')),
    ('a name that is a number', set_at('name', 7)),
    ('an empty name', set_at('name', '')),
    ('a control character', set_at('title', 'a\nb')),
    ('pages of 64 bytes', set_at('page-bytes', 64)),
    ('a word of coherency', set_at('cpu-coherent', 'often')),
    ('a kind of pool', set_at('pools', 0, 'kind', 'carveout')),
    ('a pool of 0 bytes', set_at('pools', 0, 'bytes', 0)),
    ('a fraction', set_at('pools', 0, 'bytes', 1.5)),
    ('a source without a pool', lambda d: d['sources'][0].pop('pool')),
    ('a cost of 255', set_at('sources', 0, 'cost', 255)),
    ('two segments', set_at('sources', 0, 'segments', 2)),
    ('an errno', set_at('sources', 0, 'access', 'ENOWHERE')),
    ('a usage', set_at(*DEVICE, 'usages', ['watch'])),
    ('no usage', set_at(*DEVICE, 'usages', [])),
    ('a class of memory', set_at(*DEVICE, 'memory', 'class', 'paged')),
    ('65 bits', set_at(*DEVICE, 'memory', 'address-bits', 65)),
    ('a provenance', set_at(*DEVICE, 'provenance', 'rumoured')),
    ('no format', set_at(*DEVICE, 'alternatives', 0, 'formats', [])),
    ('a modifier', set_at(*DEVICE, 'alternatives', 0, 'modifiers', ['linear'])),
    ('columns that are not Broadcom\'s', set_at(*DEVICE, 'alternatives', 0, 'modifiers',
                                              [{'modifier': '0x0100000000000001', 'column-rows': 16}])),
    ('a size', set_at(*DEVICE, 'alternatives', 0, 'size', '1920')),
    ('a constraint', set_at(*DEVICE, 'alternatives', 0, 'constraints', {'stride-colour': 1})),
    ('a plane of what has none', set_at(*DEVICE, 'alternatives', 0, 'constraints', {'height-align.1': 2})),
    ('a plane too many', set_at(*DEVICE, 'alternatives', 0, 'constraints', {'stride-align.4': 2})),
    ('a negative number', set_at(*DEVICE, 'alternatives', 0, 'constraints', {'stride-align': -1})),
    ('a rule for another constraint', set_at(*DEVICE, 'alternatives', 0, 'constraints', {'stride-align': {'row': 1}})),
    ('a width without an image', set_at(*DEVICE, 'alternatives', 0, 'constraints',
                                        {'stride-min': {'row': 1, 'width': 2}})),
    ('an object without a value', set_at(*DEVICE, 'alternatives', 0, 'constraints', {'stride-min': {'more': 1}})),
]


def read_with_tool(path):
    done = subprocess.run([os.environ['CENALLOC_TOOL'], 'list', '--machine', path], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
                          env=dict(os.environ, CENALLOC_CONFIG=''))
    return None if done.returncode == 0 else done.stderr.decode()


def tap(number, reason, name):
    print(f'{"not ok" if reason else "ok"} {number} - {name}' + (f'\n# {reason}' if reason else ''))
    return bool(reason)


def check_fault(validator, document, put, folder):
    broken = copy.deepcopy(document)
    put(broken)
    path = os.path.join(folder, 'broken.json')
    with open(path, 'w', encoding='utf-8') as out:
        json.dump(broken, out)
    if validator.is_valid(broken):
        return 'the schema takes it'
    message = read_with_tool(path)
    if not message:
        return 'the reader takes it'
    return None if f'{path}:1: ' in message else f'no file and line: {message}'


def main():
    schema_path, *files = sys.argv[1:]
    with open(schema_path, encoding='utf-8') as text:
        schema = json.load(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failed = number = 0
    documents = []
    print(f'1..{len(files) + len(FAULTS)}')
    for path in files:
        with open(path, encoding='utf-8') as text:
            documents.append(json.load(text))
        errors = [f'{error.json_path}: {error.message}' for error in validator.iter_errors(documents[-1])]
        number += 1
        failed += tap(number, '; '.join(errors)[:500] or read_with_tool(path), os.path.basename(path))
    with tempfile.TemporaryDirectory(prefix='cenalloc-schema-') as folder:
        for name, put in FAULTS:
            number += 1
            failed += tap(number, check_fault(validator, documents[0], put, folder), f'neither takes {name}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
