/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Reads the dynamic symbols of an ELF file. The file is not trusted: every offset and size is checked against it. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* More than any plug-in has; a bound for what is read into memory. */
#define SECTION_BYTES_MAX (64u << 20)

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_DATA (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

struct reader {
	int fd;
	uint64_t size;
	char *problem;
	size_t problem_size;
};

static bool fail(const struct reader *reader, const char *text)
{
	snprintf(reader->problem, reader->problem_size, "%s", text);
	return false;
}

static bool read_at(const struct reader *reader, uint64_t offset, void *buf, uint64_t size)
{
	char *to = buf;

	if (offset > reader->size || size > reader->size - offset)
		return fail(reader, "the ELF file is cut short");
	while (size) {
		ssize_t bytes = pread(reader->fd, to, size, (off_t)offset);

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes <= 0)
			return fail(reader, bytes < 0 ? strerror(errno) : "the ELF file is cut short");
		to += bytes;
		offset += (uint64_t)bytes;
		size -= (uint64_t)bytes;
	}
	return true;
}

static void *read_section(const struct reader *reader, uint64_t offset, uint64_t size)
{
	void *section;

	if (size == 0 || size > SECTION_BYTES_MAX) {
		fail(reader, "a section of the ELF file is empty or too large");
		return NULL;
	}
	/* One byte more: the string table ends with a NUL whatever the file says. */
	section = calloc(1, (size_t)size + 1);
	if (!section) {
		fail(reader, "out of memory");
		return NULL;
	}
	if (!read_at(reader, offset, section, size)) {
		free(section);
		return NULL;
	}
	return section;
}

/* The machine this program was built for. */
static uint16_t native_machine(void)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ElfW(Ehdr) header;

	if (fd < 0 || pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return EM_NONE;
	return header.e_machine;
}

static bool read_header(const struct reader *reader, ElfW(Ehdr) * header)
{
	uint16_t machine = native_machine();

	if (reader->size < SELFMAG || !read_at(reader, 0, header->e_ident, SELFMAG) ||
	    memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return fail(reader, "it is no ELF file");
	if (!read_at(reader, 0, header, sizeof(*header)))
		return false;
	if (header->e_ident[EI_CLASS] != NATIVE_CLASS || header->e_ident[EI_DATA] != NATIVE_DATA ||
	    (machine != EM_NONE && header->e_machine != machine))
		return fail(reader, "it is built for another kind of processor");
	if (header->e_type != ET_DYN)
		return fail(reader, "it is an ELF file but no shared object");
	if (header->e_shoff == 0 || header->e_shnum == 0 || header->e_shentsize != sizeof(ElfW(Shdr)))
		return fail(reader, "its section table is missing");
	return true;
}

/* Symbols that some linkers define on their own. */
static bool is_linker_symbol(const char *name)
{
	static const char *const names[] = {"_init", "_fini", "_edata", "_end", "__bss_start"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static bool is_exported(const ElfW(Sym) * symbol)
{
	/* Bind and visibility are at the same bits in both classes. */
	unsigned int bind = ELF64_ST_BIND(symbol->st_info);
	unsigned int visibility = ELF64_ST_VISIBILITY(symbol->st_other);

	return symbol->st_shndx != SHN_UNDEF && bind != STB_LOCAL &&
	       (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

static void count_symbol(struct check_elf *out, const char *name)
{
	size_t used = strlen(out->others);

	out->exported++;
	if (strcmp(name, CHECK_ENTRY) == 0)
		out->has_entry = true;
	else
		snprintf(out->others + used, sizeof(out->others) - used, "%s%s", used ? ", " : "", name);
}

static bool read_symbols(const struct reader *reader, const ElfW(Shdr) * sections, size_t count,
			 const ElfW(Shdr) * dynsym, struct check_elf *out)
{
	_cleanup_free_ ElfW(Sym) *symbols = NULL;
	_cleanup_free_ char *names = NULL;
	const ElfW(Shdr) * strings;

	if (dynsym->sh_link >= count)
		return fail(reader, "its symbol table names a section that is not there");
	strings = &sections[dynsym->sh_link];
	symbols = read_section(reader, dynsym->sh_offset, dynsym->sh_size);
	names = symbols ? read_section(reader, strings->sh_offset, strings->sh_size) : NULL;
	if (!names)
		return false;
	for (size_t i = 0; i < dynsym->sh_size / sizeof(*symbols); i++) {
		if (!is_exported(&symbols[i]))
			continue;
		if (symbols[i].st_name >= strings->sh_size)
			return fail(reader, "a symbol's name lies outside of the file");
		if (!is_linker_symbol(names + symbols[i].st_name))
			count_symbol(out, names + symbols[i].st_name);
	}
	return true;
}

bool check_elf_read(int fd, struct check_elf *out, char *problem, size_t size)
{
	struct reader reader = {.fd = fd, .problem = problem, .problem_size = size};
	_cleanup_free_ ElfW(Shdr) *sections = NULL;
	ElfW(Ehdr) header;
	struct stat st;

	*out = (struct check_elf){0};
	if (fstat(fd, &st) < 0)
		return fail(&reader, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(&reader, "it is no regular file");
	reader.size = (uint64_t)st.st_size;
	if (!read_header(&reader, &header))
		return false;
	sections = read_section(&reader, header.e_shoff, (uint64_t)header.e_shnum * sizeof(*sections));
	if (!sections)
		return false;
	for (size_t i = 0; i < header.e_shnum; i++) {
		if (sections[i].sh_type == SHT_DYNSYM)
			return read_symbols(&reader, sections, header.e_shnum, &sections[i], out);
	}
	return fail(&reader, "it has no dynamic symbols");
}
