/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The file that check-backend is given: read as an ELF file, whatever it is. */
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz-elf", MFD_CLOEXEC);
	struct check_elf elf;
	char problem[256] = "";

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (check_elf_read(fd, &elf, problem, sizeof(problem))) {
		FUZZ_CHECK(memchr(elf.others, '\0', sizeof(elf.others)));
		FUZZ_CHECK(elf.exported > 0 || !elf.has_entry);
	} else {
		FUZZ_CHECK(problem[0] != '\0');
	}
	close(fd);
	return 0;
}
