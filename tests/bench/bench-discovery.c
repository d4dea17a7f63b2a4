/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A context and a machine, made and destroyed, against a bare loop that opens the same nodes and asks each the one
 * question that nobody can do without. bench-discovery WHERE: WHERE ("host", "guest") becomes part of the names.
 */
#include <dirent.h>
#include <drm.h>
#include <drm_mode.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "result.h"

#define RUNS 51u

/* A folder of nodes, and what to ask those whose name begins so; asking nothing: stat() has to do. */
struct kind {
	const char *folder, *prefix;
	unsigned long request;
};

static const struct kind kinds[] = {
	{"/dev", "video", VIDIOC_QUERYCAP},
	{"/dev/dri", "card", DRM_IOCTL_MODE_GETRESOURCES},
	{"/dev/dma_heap", "", 0},
	{"/dev", "udmabuf", 0},
};

union answer {
	struct v4l2_capability capability;
	struct drm_mode_card_res resources;
};

static double library_times[RUNS], raw_times[RUNS], ratios[RUNS];

static unsigned int ask_node(const char *path, unsigned long request)
{
	union answer answer = {0};
	struct stat st;
	int fd;

	if (!request)
		return stat(path, &st) == 0;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	ioctl(fd, request, &answer);
	close(fd);
	return 1;
}

static unsigned int ask_nodes(const struct kind *kind)
{
	DIR *dir = opendir(kind->folder);
	struct dirent *entry;
	unsigned int count = 0;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, kind->prefix, strlen(kind->prefix)) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", kind->folder, entry->d_name);
		count += ask_node(path, kind->request);
	}
	if (dir)
		closedir(dir);
	return count;
}

static unsigned int ask_all(void)
{
	unsigned int count = 0;

	for (size_t n = 0; n < sizeof(kinds) / sizeof(kinds[0]); n++)
		count += ask_nodes(&kinds[n]);
	return count;
}

/* Devices and sources, without the CPU. */
static size_t discover(void)
{
	struct cen_context *context = NULL;
	struct cen_machine *machine = NULL;
	struct cen_error *error = NULL;
	size_t count;

	if (cen_context_create(0, &context, &error) < 0 || cen_machine_create_live(context, 0, &machine, &error) < 0) {
		fprintf(stderr, "bench-discovery: %s\n", error ? cen_error_get_message(error) : "failed");
		exit(1);
	}
	count = cen_machine_get_device_count(machine) + cen_machine_get_source_count(machine) - 1;
	cen_machine_destroy(machine);
	cen_context_destroy(context);
	return count;
}

static void measure(unsigned int run)
{
	uint64_t start = get_ns(), middle;

	discover();
	middle = get_ns();
	ask_all();
	library_times[run] = (double)(middle - start) / 1000;
	raw_times[run] = (double)(get_ns() - middle) / 1000;
	ratios[run] = library_times[run] / raw_times[run];
}

static void print(const char *where, const char *what, double value, const char *unit)
{
	char name[64];

	snprintf(name, sizeof(name), "discovery-%s%s", where, what);
	print_result(name, value, unit, 0);
}

int main(int argc, char **argv)
{
	const char *where = argc > 1 ? argv[1] : "host";
	uint64_t start = get_ns();
	size_t found = discover();

	/* The first one reads files that nobody has read yet. */
	print(where, "-first", (double)(get_ns() - start) / 1000, "us");
	for (unsigned int run = 0; run < RUNS; run++)
		measure(run);
	print(where, "", get_median(library_times, RUNS), "us");
	print(where, "-raw", get_median(raw_times, RUNS), "us");
	print(where, "-ratio", get_median(ratios, RUNS), "ratio");
	print(where, "-found", (double)found, "devices-and-sources");
	print(where, "-nodes", (double)ask_all(), "nodes");
	return 0;
}
