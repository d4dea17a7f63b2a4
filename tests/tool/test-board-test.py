#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc board-test on scripted devices: what is tried, what fails, and reports that hostile names cannot break."""

import os
import re
import signal
import subprocess
import tempfile
import xml.etree.ElementTree

from harness import TOOL, expect, fake, main, run, test
from machines import CAMERA, CONFLICT, PIPELINE
from reports import Reports, check_reports, check_tap


def board(script, *args, status=0, err='reports are in', **kwargs):
    folder = os.path.join(tempfile.mkdtemp(prefix='cenalloc-board-'), 'out')
    result = expect(run('board-test', '--output', folder, *args, env=fake(script), **kwargs), status, err=err)
    return result, Reports(folder)


@test
def everything():
    """pairs and triples are made, allocated and taken; all reports agree."""
    result, reports = board(CAMERA, '--json')
    document = result.json()
    check_reports(reports, document)
    names = [t['name'] for t in document['tests']]
    assert document['failed'] == 0 and document['passed'] > 10, result
    assert 'capture=/dev/fake0 scanout=/dev/fake1 640x480 NV12: plan 1, from cma' in names, names
    assert 'capture=/dev/fake0 scanout=/dev/fake1 cpu-read=cpu 1920x1080 XR24: plan 1, from cma' in names, names
    # Only what the devices share, a cursor in its size and from who draws it, and never the CPU to itself.
    assert 'cpu-write=cpu cursor=/dev/fake1 64x64 AR24: plan 1, from system' in names, names
    assert not any('RG16' in n or 'cpu-write=cpu cpu-read=cpu' in n or 'capture=/dev/fake0 cursor' in n
                   for n in names), names
    assert not document['left_out'] and document['combinations'] == document['tried'], result


@test
def machine_file():
    """machine.json is a machine file that solves as the machine did."""
    folder = os.path.join(tempfile.mkdtemp(prefix='cenalloc-board-'), 'out')
    expect(run('board-test', '--output', folder, '--limit', '2', env=fake(CAMERA)), 0, err='reports are in')
    path = os.path.join(folder, 'machine.json')
    args = ['solve', '--usage', 'capture=/dev/fake0', '--usage', 'scanout=/dev/fake1', '--size', '1280x720', '--format',
            'XR24', '--json']
    recorded = expect(run(*args, '--machine', path), 0).json()['plans'][0]
    live = expect(run(*args, env=fake(CAMERA)), 0).json()['plans'][0]
    assert [recorded[k] for k in ('allocator', 'planes', 'size')] == [live[k] for k in ('allocator', 'planes', 'size')]


@test
def other_sources():
    """Plans of other sources are tried, too: two more, with --quick one more, with --full all."""
    # Two layouts: each source has two plans.
    script = '''device /dev/fake0 usages=scanout\ncap /dev/fake0 scanout XR24 LINEAR stride-exact=2560
cap /dev/fake0 scanout XR24 LINEAR stride-exact=4096
source a cost=1\nsource b cost=2\nsource c cost=3\nsource d cost=4\nsource e cost=5\n'''
    for option, expected in [([], 3), (['--quick'], 2), (['--full'], 5)]:
        result, _ = board(script, '--usage', 'scanout=/dev/fake0', '--size', '640x480', '--json', *option)
        names = [t['name'] for t in result.json()['tests'] if ': plan ' in t['name']]
        sources = {name.split()[-1] for name in names}
        assert len(names) == len(sources) == expected and names[0].endswith('plan 1, from a'), names


@test
def refused():
    """A device that refuses what was planned is a failed test with device, call, errno and bytes; others are told."""
    script = CAMERA + 'fail import EINVAL /dev/fake1\n'
    result, reports = board(script, *PIPELINE, '--json', status=1)
    document = result.json()
    check_reports(reports, document)
    failed, = [t for t in document['tests'] if t['outcome'] == 'failed' and 'NV12' in t['name']]
    assert failed['device'] == '/dev/fake1' and failed['call'] == 'FAKE_CALL' and failed['errno'] == 22, failed
    assert failed['wanted_bytes'] == 3110400 and failed['held_bytes'] == 3110400, failed
    assert 'refused buffer 0 of cma for scanout' in failed['summary'], failed
    assert '/dev/fake0 (capture) takes it' in failed['detail'], failed
    failures = reports.junit.findall('.//failure')
    assert failures[0].get('message') == failed['summary'] and 'errno: 22' in failures[0].text, failures[0].text
    assert '#   bytes: wanted 3110400, held 3110400' in reports.tap, reports.tap
    assert 'wanted 3,110,400, held 3,110,400' in reports.page.text
    result = expect(run('board-test', '--output', tempfile.mkdtemp(), *PIPELINE, env=fake(script)), 1,
                    ['failed', '/dev/fake1', 'wanted 3,110,400 bytes'], 'reports')


@test
def conflicts():
    """No plan is an answer: no failure, and the reports say what keeps the devices apart."""
    result, reports = board(CONFLICT, *PIPELINE, '--json')
    document = result.json()
    check_reports(reports, document)
    assert document['failed'] == 0 and document['no_plan'] > 0, result
    case = [t for t in document['tests'] if t['outcome'] == 'no plan'][0]
    assert case['summary'].startswith('no plan: stride') and '/dev/fake1' in case['detail'], case
    assert '# SKIP no plan: stride' in reports.tap, reports.tap
    pictures = [a for t, a in reports.page.tags if t == 'img']
    assert len(pictures) == 1 and 'capture=/dev/fake0 scanout=/dev/fake1' in pictures[0]['alt'], pictures
    _, reports = board(CONFLICT)
    pictures = [a['alt'] for t, a in reports.page.tags if t == 'img']
    assert len(pictures) == 2 and all('capture=/dev/fake0 scanout=/dev/fake1' in p for p in pictures), pictures


@test
def ruled_out():
    """--full offers what the solver ruled out: a refusal is right, and what is taken is no failure."""
    args = [*PIPELINE, '--format', 'NV12', '--full', '--json']
    result, reports = board(CAMERA, *args)
    document = result.json()
    check_reports(reports, document)
    case, = [t for t in document['tests'] if 'ruled out' in t['name']]
    assert case['name'].endswith('ruled out rightly, from system') and case['outcome'] == 'todo', case
    assert 'contiguous' in case['summary'], case
    assert re.search(r'not ok \d+ - .* # TODO taken by all', reports.tap), reports.tap
    # A device that refuses whatever it is shown fails the plan, and bears the solver out.
    result, _ = board(CAMERA + 'fail import EIO /dev/fake0\n', *args, status=1)
    case, = [t for t in result.json()['tests'] if 'ruled out' in t['name']]
    assert case['outcome'] == 'passed' and 'as the solver said' in case['summary'], case


@test
def short_memory():
    """Memory that is short, or lies: the first is skipped with the bytes, the second fails."""
    result, _ = board(CAMERA.replace('source cma ', 'source cma fail-after=2 '), *PIPELINE, '--format', 'NV12', '--json')
    case, = [t for t in result.json()['tests'] if ': plan 1' in t['name']]
    assert case['outcome'] == 'skipped' and case['wanted_bytes'] == 3 * 3110400, case
    result, _ = board(CAMERA.replace('source cma ', 'source cma wrong=size '), *PIPELINE, '--json', status=1)
    assert any(t['outcome'] == 'failed' and 'contract' in t['summary'] for t in result.json()['tests']), result


@test
def busy():
    """What another program holds is skipped, with the reason."""
    result, _ = board(CAMERA + 'fail import EBUSY /dev/fake0\n', *PIPELINE, '--format', 'NV12', '--json')
    case, = [t for t in result.json()['tests'] if ': plan 1' in t['name']]
    assert case['outcome'] == 'skipped' and 'in use' in case['summary'] and '/dev/fake0' in case['detail'], case


@test
def crash():
    """A driver that crashes or hangs costs its test; the others go on in a new process."""
    # A sanitizer ends the process itself, and takes its time to say where it was.
    for script, seconds, words in [('fail describe crash /dev/fake1\n', '60', 'signal (6|11) |ended early'),
                                   ('fail describe hang /dev/fake1\n', '2', 'not done in time')]:
        result, reports = board(CAMERA + script, '--limit', '3', '--time-limit', seconds, '--json', status=1)
        document = result.json()
        check_reports(reports, document)
        failed = [t for t in document['tests'] if t['outcome'] == 'failed']
        assert [t['name'].split(':')[0] for t in failed] == ['describe scanout=/dev/fake1',
                                                             'describe cursor=/dev/fake1', 'machine.json'], failed
        assert all(re.search(words, t['summary']) for t in failed), failed
        assert any(': plan 1' in t['name'] for t in document['tests']), document
        bare, = [t for t in document['tests'] if t['name'] == 'machine.json: recorded without what devices accept']
        assert bare['outcome'] == 'passed', bare


@test
def bounded():
    """--limit bounds what is tried; the rest is counted and listed, and every device has its turn."""
    script = ''.join(f'device /dev/cam{i} usages=capture\ncap /dev/cam{i} capture NV12 LINEAR\n'
                     f'device /dev/out{i} usages=scanout\ncap /dev/out{i} scanout NV12 LINEAR\n' for i in range(12))
    result, reports = board(script + 'source system\n', '--limit', '12', '--json')
    document = result.json()
    check_reports(reports, document)
    assert document['tried'] == 12 and document['combinations'] > 3000, result
    assert len(document['left_out']) == document['combinations'] - 12, result
    plans = {t['name'].split()[0] for t in document['tests'] if ': plan 1' in t['name']}
    assert plans == {f'capture=/dev/cam{i}' for i in range(12)}, plans
    consumers = {t['name'].split()[1] for t in document['tests'] if ': plan 1' in t['name']}
    assert consumers == {f'scanout=/dev/out{i}' for i in range(12)}, consumers
    assert f'{len(document["left_out"])} of {document["combinations"]} combinations' in reports.page.text
    assert f'and {len(document["left_out"]) - 1000} more' in reports.page.text
    assert '12 of them are tried' in result.err, result


@test
def tap():
    """--tap: standard output is the report."""
    result, reports = board(CAMERA, '--limit', '3', '--tap')
    assert result.out == reports.tap, result
    check_tap(result.out)


@test
def hostile():
    """Names of drivers cannot break TAP, XML, HTML or the terminal."""
    evil = '<script>alert(1)</script>&amp;"\'#TODO]]>--'
    script = (f'device /dev/{evil} name={evil} driver={evil} usages=scanout\n'
              f'cap /dev/{evil} scanout XR24 LINEAR\nfail import EINVAL /dev/{evil}\nsource {evil.replace("/", "")}\n')
    result, reports = board(script, '--limit', '4', '--json', status=1)
    document = result.json()
    check_reports(reports, document)
    assert all('alert' not in a for t, a in reports.page.tags) and '<script' not in reports.html
    assert evil in reports.page.text
    failed = reports.junit.find('.//failure')
    assert evil in failed.get('message'), failed.get('message')
    # A '#' in a name is no directive.
    assert '\\#TODO' in reports.tap and not re.search(r'[^\\]#TODO', reports.tap.split('\n#')[0]), reports.tap


@test
def stopped():
    """SIGINT and SIGTERM end it: status 1, and the reports are there and say so."""
    script = CAMERA + 'fail describe hang /dev/fake1\n'
    for number in (signal.SIGINT, signal.SIGTERM):
        folder = os.path.join(tempfile.mkdtemp(prefix='cenalloc-board-'), 'out')
        with subprocess.Popen([TOOL, 'board-test', '--output', folder, '--json'], env=fake(script),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stderr.readline()
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        assert process.returncode == 1, (out, err)
        reports = Reports(folder)
        results = check_tap(reports.tap)
        assert results[-1].startswith('not ok') and 'all combinations were tried' in results[-1], results
        assert f'stopped by signal {int(number)}' in reports.tap and 'The run was stopped' in reports.page.text
    assert not leftovers(folder)


def leftovers(folder):
    """Processes of a run that outlived it."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/cmdline', 'rb') as file:
                if folder.encode() in file.read().split(b'\0') and int(pid) != os.getpid():
                    found.append(pid)
        except OSError:
            continue
    return found


@test
def private():
    """Reports have neither the host's name nor that of whoever ran it."""
    _, reports = board(CAMERA, '--limit', '2')
    name, home = os.uname().nodename, os.path.expanduser('~')
    words = [word for word in (name, home) if word not in ('localhost', '/') and len(word) > 3]
    for text in (reports.tap, reports.html, xml.etree.ElementTree.tostring(reports.junit, 'unicode')):
        assert not [word for word in words if word in text], words
    assert 'hostname' not in reports.junit.find('testsuite').attrib


@test
def arguments():
    """What is wrong is told with its bound, and nothing is begun."""
    env = fake(CAMERA)
    for args, words in [
            (['--usage', 'capture'], 'usage and device are wanted'),
            (['--usage', 'capture=/dev/nowhere'], '/dev/nowhere'),
            (['--usage', 'texture=/dev/fake0'], 'cannot be used for texture'),
            (['--usage', 'fly=/dev/fake0'], 'fly'),
            (['--size', '0x10'], '0x10'),
            (['--format', 'NOPE'], 'NOPE'),
            (['--frames', '1001'], '--frames 1001: 0 to 1000'),
            (['--time-limit', '0'], '--time-limit 0: 1 to 3600'),
            (['--limit', '0'], '--limit 0: 1 to'),
            (['--quick', '--full'], 'one of them'),
            (['--tap', '--json'], 'one of them'),
            (['--passive'], '--passive'),
            (['--machine', 'x'], '--machine'),
            (['more'], "unexpected argument 'more'"),
            (['--output', '/proc/nowhere/x'], '/proc/nowhere/x'),
    ]:
        result = expect(run('board-test', '--output', '/proc/nowhere', *args, env=env), 2, err=words)
        assert result.out == '', result


main()
