/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* For LD_PRELOAD: around every buffer that a driver maps there is nothing, so that what it touches there crashes it. */
/* The names here are those of the symbols. */
#undef _FILE_OFFSET_BITS

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Smaller mappings of files are no pictures. */
#define SMALL 16384
#define GUARD 1048576ul

static void *map(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	char *space;

	if (addr == NULL && fd >= 0 && flags & MAP_SHARED && prot == (PROT_READ | PROT_WRITE) && len >= SMALL) {
		space = (char *)syscall(SYS_mmap, NULL, len + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (space == MAP_FAILED)
			return space;
		addr = space + GUARD;
		flags |= MAP_FIXED;
	}
	return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);
}

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	return map(addr, len, prot, flags, fd, offset);
}

void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t offset)
{
	return map(addr, len, prot, flags, fd, offset);
}
