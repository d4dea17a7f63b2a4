# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""test-runner.py RUNNER CASES MACHINE: that run-golden.py sees what is wrong, in TAP.

Each expectation of cases that pass is bent, one at a time: the case has to fail.
"""

import copy
import importlib.util
import json
import sys


def load(path):
    spec = importlib.util.spec_from_file_location('run_golden', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def set_in(key, change):
    def bend(expect):
        expect[key] = change(expect.get(key))
    return bend


def in_conflict(key, change):
    def bend(expect):
        expect['conflict'][key] = change(expect['conflict'].get(key))
    return bend


# The case, and what is done to its expectation.
BENT = [
    ('rk3399-01', 'another modifier first', set_in('modifiers', lambda m: m[::-1])),
    ('rk3399-01', 'a modifier that is not acceptable', set_in('modifiers', lambda m: m[:1])),
    ('rk3399-01', 'the stride of the linear plan', set_in('stride', lambda n: n + 64)),
    ('rk3399-07', 'a stride', set_in('stride', lambda n: n + 1)),
    ('rk3399-07', 'the strides of all planes', set_in('strides', lambda _: [1296, 648])),
    ('rk3399-07', 'the place of the chroma', set_in('chroma-offset', lambda n: n - 64)),
    ('rk3399-09', 'a size', set_in('size', lambda n: n + 1)),
    ('rk3399-07', 'the memory', set_in('memory', lambda _: 'contiguous')),
    ('rk3399-07', 'a bound of the address', set_in('address-max', lambda _: 1)),
    ('rk3399-06', 'the number of objects', set_in('objects', lambda _: 'one')),
    ('rk3399-07', 'the source', set_in('sources', lambda _: ['system'])),
    ('rk3399-07', 'a source that is never right', set_in('never', lambda _: ['system'])),
    ('rk3399-07', 'a source that is not the best', set_in('not-first', lambda _: ['rkisp1-mp'])),
    ('rk3399-07', 'a constraint', set_in('constraints', lambda _: ['stride-exact=1297'])),
    ('rk3399-07', 'a key that is not known', set_in('colour', lambda _: 1)),
    ('rk3399-08', 'a device of the conflict', in_conflict('devices', lambda d: [*d, 'rga'])),
    ('rk3399-08', 'the dimension', in_conflict('dimension', lambda _: 'format')),
    ('rk3399-08', 'the request', in_conflict('request', lambda _: True)),
    ('rk3399-08', 'the smallest conflict', in_conflict('smallest', lambda _: ['hantro'])),
    ('rk3399-08', 'a source of the conflict', in_conflict('sources', lambda _: ['system'])),
    ('rk3399-08', 'how many fit', in_conflict('fits', lambda _: 2)),
    ('rk3399-08', 'what helps', in_conflict('helps', lambda _: 'another size: 1x1')),
]


def fails(golden, machine, case):
    try:
        golden.run_case(machine, case)
    except golden.Wrong:
        return True
    return False


def main():
    runner, cases_path, machine = sys.argv[1:]
    golden = load(runner)
    with open(cases_path, encoding='utf-8') as text:
        cases = {case['name']: case for case in json.load(text)['cases']}
    failed = 0
    print(f'1..{len(BENT) + 2}')
    for number, (name, what, bend) in enumerate(BENT, 1):
        case = copy.deepcopy(cases[name])
        bend(case['expect'])
        case.setdefault('note', 'bent')
        seen = fails(golden, machine, case)
        failed += not seen
        print(f'{"ok" if seen else "not ok"} {number} - {name}: {what} is wrong and seen')
    for number, (name, other) in enumerate((('rk3399-07', 'rk3399-08'), ('rk3399-08', 'rk3399-07')), len(BENT) + 1):
        seen = fails(golden, machine, dict(cases[name], expect=cases[other]['expect']))
        failed += not seen
        print(f'{"ok" if seen else "not ok"} {number} - {name}: a plan is no conflict, and a conflict is no plan')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
