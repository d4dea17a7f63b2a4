/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Runs a fuzz target over files, and over the files of folders. Fails when there is none. */

#include <errno.h>
#include <ftw.h>

#include "fuzz.h"

static unsigned long replayed;

static int replay(const char *path, const struct stat *info, int type, struct FTW *place)
{
	uint8_t *data;
	size_t size;
	FILE *file;

	(void)place;
	if (type != FTW_F)
		return type == FTW_D ? 0 : -1;
	size = (size_t)info->st_size;
	file = fopen(path, "rbe");
	data = malloc(size ? size : 1);
	if (!file || !data || fread(data, 1, size, file) != size) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		abort();
	}
	fclose(file);
	printf("%s: %zu bytes\n", path, size);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (nftw(argv[i], replay, 8, FTW_PHYS) != 0) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return 1;
		}
	printf("%lu files\n", replayed);
	return replayed == 0;
}
