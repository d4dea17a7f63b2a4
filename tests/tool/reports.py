#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""The reports of cenalloc board-test: are they what their formats say, and do they tell the same?

reports.py FOLDER: the counts of each outcome, or a status of 1.
"""

import base64
import html.parser
import os
import re
import sys
import xml.etree.ElementTree

VOID = {'meta', 'input', 'img'}
# End tags that HTML lets one leave out.
OPTIONAL = {'th', 'td'}


class Page(html.parser.HTMLParser):
    """The elements in their order, checked for tags that do not match."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text, self.bad = [], [], '', []
        self.feed(text)
        self.close()
        assert not self.open and not self.bad, (self.open, self.bad)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in OPTIONAL and self.open and self.open[-1] in OPTIONAL:
            self.open.pop()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] in OPTIONAL and tag not in OPTIONAL:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.bad.append((tag, self.getpos()))

    def handle_data(self, data):
        self.text += data


class Reports:
    def __init__(self, folder):
        def read(name):
            with open(os.path.join(folder, name), encoding='utf-8', newline='') as file:
                return file.read()
        self.tap = read('report.tap')
        self.junit = xml.etree.ElementTree.fromstring(read('junit.xml'))
        self.html = read('index.html')
        self.page = Page(self.html)


def check_tap(tap):
    """The plan holds, numbers count on; returns the results."""
    lines = tap.split('\n')
    assert lines[0] == 'TAP version 13' and re.fullmatch(r'1\.\.\d+', lines[1]), lines[:2]
    results = [line for line in lines if re.match(r'(not )?ok ', line)]
    assert [int(re.match(r'(?:not )?ok (\d+) - ', line)[1]) for line in results] == \
        list(range(1, int(lines[1][3:]) + 1)), tap
    assert all(line == '' or line[0] == '#' for line in lines[2:] if line not in results), tap
    return results


def check_reports(reports, document):
    """All reports tell the same numbers as the JSON document."""
    results = check_tap(reports.tap)
    assert len(results) == len(document['tests']), reports.tap
    failed = [line for line in results if line.startswith('not ok') and '# TODO' not in line]
    assert len(failed) == document['failed'], reports.tap
    suite = reports.junit.find('testsuite')
    cases = suite.findall('testcase')
    assert int(suite.get('tests')) == len(cases) == len(document['tests'])
    assert int(suite.get('failures')) == len(suite.findall('testcase/failure')) == document['failed']
    assert int(suite.get('skipped')) == len(suite.findall('testcase/skipped')) == \
        document['skipped'] + document['no_plan'] + document['todo']
    assert suite.get('hostname') is None
    check_page(reports.page)
    rows = [a for t, a in reports.page.tags if t == 'tr' and a.get('class') in
            ('passed', 'failed', 'skipped', 'noplan', 'todo')]
    assert len(rows) == len(document['tests'])


def check_page(page):
    """Nothing is fetched, nothing runs."""
    for tag, attributes in page.tags:
        if tag == 'img':
            kind, _, data = attributes.pop('src').partition(',')
            assert kind == 'data:image/svg+xml;base64', kind
            xml.etree.ElementTree.fromstring(base64.b64decode(data, validate=True))
        assert tag not in ('script', 'link', 'iframe', 'object', 'embed', 'base', 'form', 'a'), tag
        for name in attributes:
            assert name not in ('src', 'href', 'style', 'srcset') and not name.startswith('on'), (tag, name)
    policy, = [a['content'] for t, a in page.tags if a.get('http-equiv') == 'Content-Security-Policy']
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:", policy


def count(reports):
    """passed, failed and skipped, as all reports tell; those of TAP are the first."""
    results = check_tap(reports.tap)
    skipped = sum(bool(re.search(r'[^\\]# (SKIP|TODO)', line)) for line in results)
    failed = sum(line.startswith('not ok') and not re.search(r'[^\\]# TODO', line) for line in results)
    counts = {'passed': len(results) - skipped - failed, 'failed': failed, 'skipped': skipped}
    document = {'tests': results, 'failed': failed, 'skipped': skipped, 'no_plan': 0, 'todo': 0}
    check_reports(reports, document)
    return counts


if __name__ == '__main__':
    print(' '.join(f'{name}={number}' for name, number in count(Reports(sys.argv[1])).items()))
