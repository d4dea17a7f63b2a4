/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Where a probe program lies. */
#include <dlfcn.h>
#include <limits.h>
#include <sys/auxv.h>

#include "client.h"

#include "backend-util.h"

/* Places relative to the folder of the file that this code was loaded from. */
static const struct {
	const char *folder;
	bool is_built; /* in a build tree: the program is in the folder of its backend */
} places[] = {
	{"../libexec/cenalloc", false}, /* of lib/libcenalloc.so */
	{"../../libexec/cenalloc", false}, /* of lib/TRIPLET/libcenalloc.so */
	{"../../../libexec/cenalloc", false}, /* of lib/TRIPLET/cenalloc/egl.so */
	{"../backends", true}, /* of src/libcenalloc.so */
	{"..", true}, /* of backends/modules/egl.so */
	{"../../backends", true}, /* of tests/vm/TEST */
};

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* "FOLDER/NAME", and whether there is a program. */
static bool try_place(const char *folder, const char *name, char *path, size_t size)
{
	int length = snprintf(path, size, "%s/%s", folder, name);

	return length > 0 && (size_t)length < size && is_program(path);
}

/* The folder of the library, the plug-in or the program that this code is part of. */
static bool find_own_folder(char *folder, size_t size)
{
	static const char here;
	Dl_info info;
	ssize_t length;

	/* A program's own name is as it was called: the kernel knows better. */
	if (dladdr(&here, &info) && info.dli_fname && info.dli_fname[0] == '/') {
		length = snprintf(folder, size, "%s", info.dli_fname);
	} else {
		length = readlink("/proc/self/exe", folder, size - 1);
		if (length > 0)
			folder[length] = '\0';
	}
	if (length <= 0 || (size_t)length >= size || !strrchr(folder, '/'))
		return false;
	*strrchr(folder, '/') = '\0';
	return true;
}

static bool find_near(const struct probe_program *program, char *path, size_t size)
{
	char own[PATH_MAX], folder[PATH_MAX + 64];

	if (!find_own_folder(own, sizeof(own)))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		if (places[i].is_built)
			snprintf(folder, sizeof(folder), "%s/%s/%s", own, places[i].folder, program->folder);
		else
			snprintf(folder, sizeof(folder), "%s/%s", own, places[i].folder);
		if (try_place(folder, program->name, path, size))
			return true;
	}
	return false;
}

int _cen_probe_find(const struct probe_program *program, char *path, size_t size)
{
	if (!getauxval(AT_SECURE)) {
		/* What the user named is taken, or nothing. */
		if (program->option) {
			if (program->option[0] != '/' || strlen(program->option) >= size)
				return -ENOENT;
			snprintf(path, size, "%s", program->option);
			return is_program(path) ? 0 : -ENOENT;
		}
		if (find_near(program, path, size))
			return 0;
	}
	return try_place(CEN_LIBEXEC_DIR, program->name, path, size) ? 0 : -ENOENT;
}
