#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""cenalloc record on scripted devices: what is in the file, and what is not."""

import atexit
import json
import os
import shutil
import socket
import stat
import subprocess
import tempfile

from harness import TOOL, environment, expect, fake, main, run, test
from machines import CAMERA, CONFLICT, PIPELINE

ENV = fake(CAMERA)
FOLDER = tempfile.mkdtemp(prefix='cenalloc-record-')
atexit.register(shutil.rmtree, FOLDER, True)


def path(name):
    return os.path.join(FOLDER, name)


def record(name, *args, env=None):
    expect(run('record', '--output', path(name), *args, env=env or ENV), 0)
    with open(path(name), encoding='utf-8') as file:
        return json.load(file)


@test
def content():
    """record writes the machine, its sources and its devices."""
    document = record('camera.json', '--name', 'desk', '--title', 'The one on the desk')
    assert document['cenalloc-machine'] == 1 and document['name'] == 'desk', document
    assert document['title'] == 'The one on the desk' and document['kernel'] == os.uname().release, document
    assert document['page-bytes'] == os.sysconf('SC_PAGESIZE'), document
    devices = {d['path']: d for d in document['devices']}
    assert sorted(devices) == ['/dev/fake0', '/dev/fake1', '/dev/fake2'], devices
    camera = devices['/dev/fake0']
    assert camera['memory'] == {'class': 'physical', 'provenance': 'probed'}, camera
    assert camera['constraints'] == {'objects': 'one'} and camera['provenance'] == 'queried', camera
    assert camera['notes'] == ['the largest buffer count is not known'], camera
    assert devices['/dev/fake2']['access'] == 'EACCES' and 'alternatives' not in devices['/dev/fake2'], devices
    sources = {s['name']: s for s in document['sources']}
    assert sources['cma']['max-bytes'] == 67108864 and 'free-bytes' not in sources['cma'], sources
    assert {p['name']: p['kind'] for p in document['pools']} == {'system': 'system', 'cma': 'cma'}, document['pools']
    free = record('free.json', '--free')
    assert [s.get('free-bytes') for s in free['sources'] if s['name'] == 'cma'] == [33554432], free['sources']


@test
def same_bytes():
    """Recording twice gives the same bytes, on standard output and from the file itself."""
    record('one.json')
    with open(path('one.json'), encoding='utf-8') as file:
        one = file.read()
    assert expect(run('record', env=ENV), 0).out == one
    again = expect(run('record', '--machine', path('one.json'), env=ENV), 0).out
    assert again == one, again
    assert max(map(len, one.splitlines())) <= 160, 'a line that nobody reads'


@test
def answers():
    """The file solves as the machine does: plans, conflicts, and what each device accepts."""
    for script in (CAMERA, CONFLICT):
        env = fake(script)
        record('solve.json', env=env)
        for command in (['solve', *PIPELINE, '--format', 'NV12'], ['solve', *PIPELINE, '--format', 'XR24'],
                        ['solve', *PIPELINE], ['describe', '/dev/fake0', '--size', '640x480'],
                        ['describe', '/dev/fake1', '--size', '640x480'], ['list']):
            live, read = run(*command, '--json', env=env), run(*command, '--json', '--machine', path('solve.json'), env=env)
            assert live.status == read.status, f'{live}\n{read}'
            # Which build answers is not the machine's to say, nor is what is free.
            a = json.loads(live.out.replace('"free_bytes":33554432', '"free_bytes":null'))
            b = json.loads(read.out)
            for document in (a, b):
                for source in document.get('sources', []):
                    source.pop('free_bytes', None)
                    source.pop('has_bytes', None)
            assert a == b, f'{command}\n{live}\n{read}'


@test
def sizes():
    """--size chooses what is asked; with one nothing is inferred."""
    document = record('sizes.json', '--size', '640x480', '--size', '1920x1080')
    assert '640x480, 1920x1080;' in document['notes'][0], document['notes']
    assert all('size' not in a for d in document['devices'] for a in d.get('alternatives', [])), document
    document = record('size.json', '--size', '640x480')
    assert all(a['size'] == '640x480' for d in document['devices'] for a in d.get('alternatives', [])), document


@test
def private():
    """Serial numbers, hosts and users are not in the file, wherever the machine says them."""
    env = fake('device /dev/v4l/by-id/usb-Vendor_Cam_SN4455AB-video-index0 usages=capture name=Cam-8B3C2A1F\n'
               'cap /dev/v4l/by-id/usb-Vendor_Cam_SN4455AB-video-index0 capture NV12 LINEAR stride-align=64@queried\n'
               'note /dev/v4l/by-id/usb-Vendor_Cam_SN4455AB-video-index0 capture 8B3C2A1F at /home/jane/x is quiet\n'
               'device /dev/x usages=scanout access=EACCES help=123e4567-e89b-12d3-a456-426614174000\n'
               'device /dev/0123456789ab usages=scanout\ndevice /dev/ba9876543210 usages=scanout\n'
               'source gpu-0123456789ab\n')
    text = expect(run('record', env=env), 0).out
    for secret in ('8B3C2A1F', 'SN4455AB', 'jane', '0123456789ab', 'ba9876543210'):
        assert secret not in text, f'{secret}\n{text}'
    assert 'usb-Vendor_Cam_serial-video-index0' in text and 'Cam-serial' in text, text
    assert '"serial at /home/user/x is quiet"' in text, text
    # Two that differ in the number alone stay two.
    assert '"/dev/serial"' in text and '"/dev/serial#2"' in text, text
    assert socket.gethostname() not in text.replace(os.uname().release, '') or len(socket.gethostname()) < 4, text
    with open(path('private.json'), 'w', encoding='utf-8') as file:
        file.write(text)
    expect(run('list', '--machine', path('private.json'), env=env), 0, ['/dev/serial#2'])


@test
def hostile():
    """Names with quotes, backslashes, control characters and broken UTF-8 do not break the file."""
    env = fake('device /dev/fake"0\\ usages=capture name="},{"\n'
               'cap /dev/fake"0\\ capture NV12 LINEAR stride-align=64\nnote /dev/fake"0\\ capture a\x02b\x1b[31m\x7f\n')
    text = expect(run('record', env=env), 0).out
    device = json.loads(text)['devices'][0]
    assert device['path'] == '/dev/fake"0\\' and device['name'] == '"},{"', device
    assert device['notes'] == ['a b [31m '], device
    with open(path('hostile.json'), 'w', encoding='utf-8') as file:
        file.write(text)
    expect(run('describe', '/dev/fake"0\\', '--machine', path('hostile.json'), env=env), 0, 'NV12')


@test
def atomic():
    """The file is there whole or not at all; its mode and a link to it stay."""
    target, link = path('atomic.json'), path('link.json')
    with open(target, 'w', encoding='utf-8') as file:
        file.write('old')
    os.chmod(target, 0o600)
    os.symlink('atomic.json', link)
    before = os.stat(target).st_ino
    record('link.json')
    assert os.path.islink(link) and os.stat(target).st_ino != before, 'the link was replaced, or the file written to'
    assert stat.S_IMODE(os.stat(target).st_mode) == 0o600, oct(os.stat(target).st_mode)
    os.makedirs(path('folder'))
    expect(run('record', '--output', path('folder'), env=ENV), 3, err=path('folder'))
    expect(run('record', '--output', path('nowhere/x.json'), env=ENV), 3, err='nowhere/x.json')
    assert not [name for name in os.listdir(FOLDER) if name.count('.') > 1], os.listdir(FOLDER)
    # A new file is as open() would make it.
    done = subprocess.run(['sh', '-c', f'umask 027; "{TOOL}" record --output "{path("umask.json")}"'], env=ENV, check=False)
    assert done.returncode == 0 and stat.S_IMODE(os.stat(path('umask.json')).st_mode) == 0o640


@test
def pipe():
    """What is no regular file, such as a pipe, is written to and stays what it is."""
    os.mkfifo(path('pipe'))
    with subprocess.Popen(['cat', path('pipe')], stdout=subprocess.PIPE) as reader:
        try:
            expect(run('record', '--output', path('pipe'), env=ENV), 0)
            out, _ = reader.communicate(timeout=30)
        finally:
            # It waits for a writer that a failure leaves it without.
            reader.kill()
    assert json.loads(out)['cenalloc-machine'] == 1, out
    assert stat.S_ISFIFO(os.stat(path('pipe')).st_mode), 'the pipe was replaced'


@test
def failing_write():
    """A disk that is full leaves the old file, and no other."""
    with open(path('full.json'), 'w', encoding='utf-8') as file:
        file.write('old')
    done = subprocess.run(['sh', '-c', f'trap "" XFSZ; ulimit -f 1; exec "{TOOL}" record --output "{path("full.json")}"'],
                          env=ENV, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3 and b'full.json: write' in done.stderr, done
    with open(path('full.json'), encoding='utf-8') as file:
        assert file.read() == 'old'
    assert not [name for name in os.listdir(FOLDER) if name.startswith('full.json.')], os.listdir(FOLDER)


@test
def progress():
    """What takes over a second says so on stderr; a quick machine is silent."""
    formats = ['NV12', 'XR24', 'YU12', 'RG16', 'NV16', 'R8', 'RG24', 'AR24', 'XB24', 'AB24', 'YUYV', 'UYVY', 'NV21']
    usages = ['capture', 'output', 'encode', 'decode', 'texture', 'render', 'scanout', 'cursor', 'writeback']
    modifiers = [f'0x01000000000000{number:02x}' for number in range(1, 16)]
    devices = [{'name': f'device{number}', 'usages': usages, 'alternatives': [
        {'formats': formats, 'modifiers': modifiers,
         'constraints': {'stride-exact': {'row': 1, 'align': 64}, 'size-min': {'image': 1, 'align': 4096}}}]}
               for number in range(48)]
    with open(path('large.json'), 'w', encoding='utf-8') as file:
        json.dump({'cenalloc-machine': 1, 'name': 'large', 'devices': devices}, file)
    sizes = [word for number in range(1, 33) for word in ('--size', f'{number * 64}x{number * 32}')]
    with subprocess.Popen([TOOL, 'record', '--machine', path('large.json'), '--output', path('never.json'), *sizes],
                          env=ENV, stderr=subprocess.PIPE) as process:
        line = process.stderr.readline().decode()
        process.kill()
    assert line.startswith('cenalloc record: question ') and line.endswith(f' of {48 * 9 * 32}\n'), line
    assert not os.path.exists(path('never.json')), 'a file that is not whole'
    assert expect(run('record', env=ENV), 0).err == ''


@test
def refusals():
    """Wrong options are named."""
    expect(run('record', '--size', '0x4', env=ENV), 2, err='--size 0x4')
    expect(run('record', '--size', '64x64', '--size', '64x64', env=ENV), 2, err='64x64 stands twice')
    expect(run('record', *(['--size', '64x64'] * 33), env=ENV), 2, err='more than 32 sizes')
    expect(run('record', '--name', '', env=ENV), 2, err='a name of 0 bytes')
    expect(run('record', 'file', env=ENV), 2, err="unexpected argument 'file'")
    expect(run('record', '--machine', path('missing.json'), env=ENV), 3, err='missing.json')
    expect(run('record', '--help', env=ENV), 0, '--output FILE')


@test
def empty():
    """A machine without devices is a file without devices."""
    document = json.loads(expect(run('record', env=environment()), 0).out)
    assert document['devices'] == [] and document['sources'] == [], document


main()
