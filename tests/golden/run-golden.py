# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""run-golden.py CASES MACHINE: solves the cases of one board on its machine file and compares, in TAP.

README.md beside this file has the form of the cases.
"""

import json
import os
import subprocess
import sys

LINEAR = '0x0000000000000000'
MEMORY = ('contiguous', 'iova', 'any')
CASE_KEYS = {'name', 'title', 'usages', 'format', 'size', 'count', 'heap', 'constraints', 'expect', 'why', 'from',
             'confidence', 'note'}
PLAN_KEYS = {'modifiers', 'stride', 'strides', 'chroma-offset', 'size', 'memory', 'address-max', 'objects', 'sources',
             'never', 'not-first', 'constraints'}
CONFLICT_KEYS = {'devices', 'dimension', 'request', 'sources', 'fits', 'helps', 'smallest'}


class Wrong(Exception):
    """What a case expects and did not get."""


def need(condition, text):
    if not condition:
        raise Wrong(text)


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith('CENALLOC_')}
    env['CENALLOC_CONFIG'] = ''
    return env


def solve(machine, case, usages):
    args = [os.environ['CENALLOC_TOOL'], 'solve', '--machine', machine, '--json', '--size', case['size'],
            '--format', case['format'], '--count', str(case.get('count', 1))]
    for usage in usages:
        args += ['--usage', usage]
    for constraint in case.get('constraints', []):
        args += ['--constraint', constraint]
    if 'heap' in case:
        args += ['--heap', case['heap']]
    done = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment(), timeout=60, check=False)
    need(done.returncode in (0, 1), f'{" ".join(args[1:])}: status {done.returncode}: {done.stderr.decode()}')
    answer = json.loads(done.stdout)
    need(bool(answer['plans']) == (done.returncode == 0), f'status {done.returncode} with {len(answer["plans"])} plans')
    return answer


def values(plan, kind):
    return [row['value'] for row in plan['constraints'] if row['kind'] == kind and row['plane'] == 0]


def kind_of_memory(plan):
    if plan['memory']['contiguous']:
        return 'contiguous'
    return 'iova' if 1 in values(plan, 'iova-segments') else 'any'


def check_layout(plan, expect):
    strides = [plane['stride'] for plane in plan['planes']]
    if 'stride' in expect:
        need(strides[0] == expect['stride'], f'a stride of {strides[0]}, not {expect["stride"]}')
    if 'strides' in expect:
        need(strides == expect['strides'], f'strides of {strides}, not {expect["strides"]}')
    if 'chroma-offset' in expect:
        offset = plan['planes'][1]['offset']
        need(offset == expect['chroma-offset'] and plan['planes'][1]['object'] == 0,
             f'chroma at {offset} of object {plan["planes"][1]["object"]}, not {expect["chroma-offset"]}')
    if 'size' in expect:
        need(plan['size'] >= expect['size'], f'{plan["size"]} bytes, less than {expect["size"]}')


def check_memory(plan, expect):
    need(kind_of_memory(plan) == expect['memory'], f'memory is {kind_of_memory(plan)}, not {expect["memory"]}')
    if 'address-max' in expect:
        bounds = values(plan, 'address-max') + values(plan, 'iova-max')
        need(bounds and min(bounds) <= expect['address-max'], f'bounds of the address: {bounds}')
    if 'objects' in expect:
        wanted = len(plan['planes']) if expect['objects'] == 'per-plane' else 1
        need(len(plan['objects']) == wanted, f'{len(plan["objects"])} objects, not {wanted}')
    texts = [row['text'].split('@')[0] for row in plan['constraints']]
    for text in expect.get('constraints', []):
        need(text in texts, f'no {text} among {texts}')


def check_plans(answer, expect):
    plans = answer['plans']
    need(plans, f'no plan: {answer["conflict"] and answer["conflict"]["text"]}')
    best = plans[0]
    need(best['modifier_hex'] == expect['modifiers'][0], f'{best["modifier_hex"]} first')
    for plan in plans:
        need(plan['modifier_hex'] in expect['modifiers'], f'{plan["modifier_hex"]} is a plan, too')
        need(plan['allocator'] not in expect.get('never', []), f'{plan["allocator"]} is offered')
    need(best['allocator'] in expect.get('sources', [best['allocator']]), f'{best["allocator"]} comes first')
    need(best['allocator'] not in expect.get('not-first', []), f'{best["allocator"]} comes first')
    check_memory(best, expect)
    for plan in plans:
        need(plan['layout_final'] == (plan['modifier_hex'] == LINEAR), 'a layout that is final, or is not')
        if plan['layout_final']:
            check_layout(plan, expect)
            break
    else:
        need(not PLAN_KEYS.intersection(expect) & {'stride', 'strides', 'chroma-offset', 'size'}, 'no linear plan')


def check_members(conflict, expect):
    members = conflict['members']
    involved = [m for m in members if m['usage'] is not None]
    named = {m['who'] for m in involved}
    need(named >= set(expect['devices']), f'{sorted(named)} are named, not {expect["devices"]}')
    need(expect['dimension'] in {m['dimension'] for m in members}, f'about {sorted({m["dimension"] for m in members})}')
    if expect.get('request'):
        need('the request' in {m['who'] for m in members}, 'the request is not named')
    for source in expect.get('sources', []):
        need(any(source in (m['who'], (m['constraint'] or {}).get('note')) for m in members), f'{source} is not named')
    if 'helps' in expect:
        need(expect['helps'] in conflict['relaxations'], f'"{expect["helps"]}" is not told to help')
    if 'fits' in expect:
        need(f'{expect["fits"]} of ' in conflict['text'], 'it is not told how many fit')
        need(any(text.startswith(f'{expect["fits"]} buffers') for text in conflict['relaxations']),
             f'fewer buffers are no help: {conflict["relaxations"]}')


def check_conflict(machine, case, answer, expect):
    conflict = answer['conflict']
    need(conflict and not answer['plans'], 'there is a plan')
    check_members(conflict, expect)
    devices = [usage.split('=')[1] for usage in case['usages']]
    smallest = sorted(devices[u] for u in conflict['usages'])
    need(smallest == sorted(expect.get('smallest', expect['devices'])), f'the smallest conflict is of {smallest}')
    # Without any one of them there is a plan.
    for left_out in conflict['usages'] if len(conflict['usages']) > 1 else []:
        usages = [case['usages'][u] for u in conflict['usages'] if u != left_out]
        need(solve(machine, case, usages)['plans'], f'{usages} have no plan, either')


def essence(answer):
    """What must not depend on the order of the usages."""
    plan = answer['plans'][0]
    return [plan[key] for key in ('modifier_hex', 'allocator', 'planes', 'size')]


def check_form(case):
    expect = case['expect']
    need(not set(case) - CASE_KEYS, f'unknown keys {set(case) - CASE_KEYS}')
    need(case['why'] and case['from'], 'why and from are missing')
    if 'conflict' in expect:
        need(set(expect) == {'conflict'} and not set(expect['conflict']) - CONFLICT_KEYS, 'unknown keys of a conflict')
        need('smallest' not in expect['conflict'] or case.get('note'), 'a smaller conflict without a note')
    else:
        need(not set(expect) - PLAN_KEYS, f'unknown keys {set(expect) - PLAN_KEYS}')
        need(expect['memory'] in MEMORY and expect['modifiers'], 'memory or modifiers')


def run_case(machine, case):
    expect = case['expect']
    check_form(case)
    answer = solve(machine, case, case['usages'])
    if 'conflict' in expect:
        check_conflict(machine, case, answer, expect['conflict'])
        return
    check_plans(answer, expect)
    other = solve(machine, case, case['usages'][::-1])
    need(essence(other) == essence(answer), 'another plan when the usages are named in another order')


def main():
    cases_path, machine = sys.argv[1:]
    with open(cases_path, encoding='utf-8') as text:
        document = json.load(text)
    failed = 0
    print(f'1..{len(document["cases"])}')
    for number, case in enumerate(document['cases'], 1):
        name = f'{case["name"]}: {case["title"]}'
        try:
            run_case(machine, case)
            print(f'ok {number} - {name}')
        except Exception as why:  # pylint: disable=broad-except
            failed += 1
            print(f'not ok {number} - {name}\n# {type(why).__name__}: {why}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
