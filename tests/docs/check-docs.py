#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
#
# Holds the documentation against the code: check-docs.py SOURCE-FOLDER BUILD-FOLDER PRINT-FACTS. Prints TAP.
#
# A fenced block that follows <!-- from PATH --> is part of that file, word for word; after <!-- whole PATH --> it is
# the file without its licence lines.
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

top = Path(sys.argv[1]).resolve()
built = Path(sys.argv[2])
print_facts = sys.argv[3]
SOURCES = ('include', 'src', 'backends', 'tools', 'examples', 'tests')
LINE_LENGTH = 120

documents = {
    path.relative_to(top): path.read_text(encoding='utf-8')
    for path in sorted([*top.glob('*.md'), *(found for folder in ('docs', *SOURCES) for found in
                                             (top / folder).rglob('*.md'))])
}
code = {
    path.relative_to(top): path.read_text(encoding='utf-8', errors='replace')
    for folder in SOURCES for path in sorted((top / folder).rglob('*'))
    if path.is_file() and path.suffix not in ('.md', '.abi') and 'seeds' not in path.parts
}
all_code = '\n'.join(code.values()) + (top / 'meson_options.txt').read_text()
headers = '\n'.join(text for path, text in code.items() if path.parts[0] == 'include')


def facts(what):
    lines = subprocess.run([print_facts], check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split('\t')[1:] for line in lines if line.startswith(what + '\t')]


def without_blocks(text):
    return re.sub(r'^```.*?^```', '', text, flags=re.M | re.S)


def check_snippets():
    """Snippets are what the files say."""
    count = 0
    for name, text in documents.items():
        pattern = r'<!-- (from|whole) (\S+) -->\n+```\w*\n(.*?)^```'
        for kind, path, block in re.findall(pattern, text, flags=re.M | re.S):
            source = (top / path).read_text(encoding='utf-8')
            count += 1
            if kind == 'whole':
                body = ''.join(line for line in source.splitlines(True) if 'SPDX-' not in line).lstrip('\n')
                if body != block:
                    yield f'{name}: the block is not {path}'
            elif block not in source:
                yield f'{name}: {path} does not contain the block that begins "{block.splitlines()[0]}"'
        if len(re.findall(r'<!-- (?:from|whole) ', text)) != len(re.findall(pattern, text, flags=re.M | re.S)):
            yield f'{name}: a mark without its block'
    if count < 2:
        yield f'only {count} snippets were found'


def check_catalogue():
    """Every kind of the table is in docs/constraints.md, with its unit and merge rule, and nothing else is."""
    text = documents[Path('docs/constraints.md')]
    entries = dict(re.findall(r'^### `([a-z-]+)`\n\n(.*)$', text, flags=re.M))
    rules = set()
    for name, unit, per_plane, merge in facts('kind'):
        wanted = (unit or 'no unit').capitalize() + (', ' + per_plane if per_plane else '') + f'; {merge}.'
        if entries.pop(name, None) != wanted:
            yield f'docs/constraints.md: {name}: its first line must be "{wanted}"'
        if not re.search(rf'`{name}(\.[0-3])?=', text):
            yield f'docs/constraints.md: {name} has no example'
        rules.add(merge)
    for name in entries:
        yield f'docs/constraints.md: {name} is no kind'
    for rule in rules:
        if f'| {rule} |' not in text:
            yield f'docs/constraints.md: the rule "{rule}" is not explained'
    for (name,) in facts('provenance'):
        if f'| `{name}` |' not in text:
            yield f'docs/constraints.md: provenance {name} is not explained'


def check_examples():
    """Constraints that are written out can be read."""
    kinds = '|'.join(name for name, *_ in facts('kind'))
    for name, text in documents.items():
        examples = re.findall(rf'`((?:{kinds})(?:\.\d)?=[a-z0-9|@_-]+)`', text)
        if examples:
            done = subprocess.run([print_facts, *examples], capture_output=True, text=True, check=False)
            yield from (f'{name}: {line}' for line in done.stdout.splitlines())


def check_names():
    """Functions, structs, constants, error codes and variables that are named exist."""
    for name, text in documents.items():
        for word in sorted(set(re.findall(r'(?<![\w<])(?:cen_[a-z0-9_]+|CEN_[A-Z0-9_]+)\b(?!\*)', text))):
            if word.endswith('_'):
                word = word.rstrip('_')
            if not re.search(rf'\b{word}(?![a-z0-9])', headers + all_code):
                yield f'{name}: {word} does not exist'
        for word in sorted(set(re.findall(r'(?<![\w.])(_cen_[a-z0-9_]+[a-z0-9])\b', text))):
            if not re.search(rf'\b{word}\b', all_code):
                yield f'{name}: {word} does not exist'
        for word in sorted(set(re.findall(r'\bCENALLOC_[A-Z_]+[A-Z]\b', text))):
            # The library puts the names of backends' options together.
            if word not in all_code and word != 'CENALLOC_FAKE_SCRIPT':
                yield f'{name}: nothing reads {word}'


def is_there(name, word):
    """A path from the top, from the document, or a file of this name anywhere."""
    if word.startswith(('build', '/', '~')) or re.search(r'[*<>$]|[A-Z]{4}', word):
        return True
    places = [top / word, (top / name).parent / word]
    return any(place.exists() for place in places)


def check_paths():
    """Files that are named exist, and links lead somewhere."""
    for name, text in documents.items():
        for word in re.findall(r'`((?:include|src|backends|tools|examples|tests|docs)/[\w./*<>-]+)`', text):
            if not is_there(name, word):
                yield f'{name}: {word} does not exist'
        for link in re.findall(r'\]\(([^)#]+)(?:#[\w-]+)?\)', without_blocks(text)):
            if not link.startswith('https://') and not ((top / name).parent / link).exists():
                yield f'{name}: the link {link} leads nowhere'


def check_options():
    """Options of the scripts and of meson that are named exist."""
    meson_options = (top / 'meson_options.txt').read_text()
    for name, text in documents.items():
        for script, option in re.findall(r'\b((?:tools|tests/vm)/[\w-]+) (--[\w-]+)', text):
            if option not in (top / script).read_text():
                yield f'{name}: {script} has no {option}'
        for option in re.findall(r'-D(\w+)=', text):
            if f"option('{option}'" not in meson_options and option not in ('buildtype', 'prefix', 'werror'):
                yield f'{name}: there is no option -D{option}'


def check_build_line():
    """The line that builds a backend builds the template."""
    name = Path('docs/backend-authors.md')
    line = re.search(r'^    (cc .*-o template\.so .*)$', documents[name], flags=re.M).group(1)
    includes = f'-I{shlex.quote(str(top / "include"))} -I{shlex.quote(str(built / "include"))}'
    line = line.replace('$(pkg-config --cflags cenalloc)', includes)
    line = line.replace(' template.c', ' ' + shlex.quote(str(top / 'backends/template/template.c')))
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(line + ' -Wall -Werror', shell=True, cwd=folder, capture_output=True, text=True,
                              check=False)
        if done.returncode or not (Path(folder) / 'template.so').exists():
            yield from (f'{name}: {text}' for text in done.stderr.splitlines()[:5])


def check_words():
    """Usages and dimensions of the glossary are those of the library."""
    text = documents[Path('docs/glossary.md')]
    for what in ('usage', 'dimension'):
        line = re.search(rf'^\| {what} \|.*$', text, flags=re.M)
        names = {name for (name,) in facts(what)}
        told = set(re.findall(r'`([a-z-]+)`', line.group())) if line else set()
        if names != told:
            yield f'docs/glossary.md: {what}: {" ".join(sorted(names ^ told))}'


def check_glossary():
    """The glossary is in the order of the alphabet."""
    words = re.findall(r'^\| ([^|]+) \|', documents[Path('docs/glossary.md')], flags=re.M)
    words = [word.lower() for word in words if word not in ('word', '---')]
    for before, after in zip(words, words[1:]):
        if before > after:
            yield f'docs/glossary.md: "{after}" stands behind "{before}"'


def check_lines():
    """Lines of text have at most 120 columns; tables, links and what programs print may be longer."""
    for name, text in documents.items():
        if name.parts[0] not in ('docs', name.name):
            continue
        for line in without_blocks(text).splitlines():
            if len(line) > LINE_LENGTH and not line.startswith(('|', '    ', '<')) and '](' not in line:
                yield f'{name}: {len(line)} columns: {line[:60]}...'


def check_pictures():
    """Pictures are well-formed and say in words what they show."""
    for path in (top / 'docs/images').glob('*.svg'):
        try:
            tree = xml.etree.ElementTree.parse(path).getroot()
        except xml.etree.ElementTree.ParseError as error:
            yield f'{path.name}: {error}'
            continue
        for tag in ('title', 'desc'):
            if not tree.findtext('{http://www.w3.org/2000/svg}' + tag, '').strip():
                yield f'{path.name}: no {tag}'


checks = [check_snippets, check_catalogue, check_examples, check_names, check_paths, check_options, check_build_line,
          check_words, check_glossary, check_lines, check_pictures]
print(f'1..{len(checks)}')
for number, check in enumerate(checks, 1):
    problems = list(check())
    for problem in problems:
        print('#', problem)
    print('not ok' if problems else 'ok', number, '-', check.__doc__.rstrip('.'))
sys.exit(0)
