/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Regions on real memory. One of a heap is an fd and offsets: the display takes them, a camera does not, and the reason
 * says so. One of udmabuf is a dma-buf for each chunk: the camera takes them, and their pages go back when they are
 * freed, also while somebody has the old dma-buf. Prints TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>
#include <cenalloc/region-algorithm.h>

#include "balance.h"
#include "page-map.h"
#include "tap.h"

#define MIB (1024 * 1024)
#define CAMERA "/dev/video0"
#define CONTIGUOUS_CAMERA "/dev/video1"

static const struct cen_region_algorithm algorithm = {
	.size = sizeof(algorithm),
	.name = "page-map",
	.description = "first fit over a map of pages",
	.init = page_map_init,
	.cleanup = page_map_cleanup,
	.alloc = page_map_alloc,
	.free = page_map_free,
	.get_largest_free = page_map_get_largest_free,
};

static struct cen_region *make_region(struct cen_machine *machine, const char *name, const char *source)
{
	struct cen_region_desc desc = CEN_REGION_DESC_INIT;
	struct cen_region *region;
	struct cen_error *err = NULL;

	desc.name = name;
	desc.source = source;
	desc.bytes = 16 * MIB;
	desc.algorithm = "page-map";
	if (!check(cen_region_create(machine, &desc, &region, &err) == 0, "%s: a region of %s: %s", name, source,
		   err ? cen_error_get_message(err) : "made"))
		exit(check_end());
	return region;
}

static struct cen_solution *solve(struct cen_machine *machine, const char *region, uint32_t usage, const char *path)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = cen_heap_hash(region),
		.provenance = CEN_PROVENANCE_POLICY,
		.note = region,
	};
	struct cen_solution *solution = NULL;
	const struct cen_device *device = NULL;
	struct cen_request *request = NULL;
	struct cen_error *err = NULL;

	if (cen_machine_find_device(machine, path, &device, &err) == 0 && cen_request_create(machine, &request) == 0 &&
	    cen_request_set_size(request, 640, 360, &err) == 0 && cen_request_set_count(request, 3, &err) == 0 &&
	    cen_request_add_format(request, cen_format_from_string("XR24"), &err) == 0 &&
	    cen_request_add_usage(request, usage, device, &err) == 0 &&
	    cen_request_add_constraint(request, &heap, &err) == 0)
		cen_solve(request, CEN_SOLVE_NO_RELAXATIONS, &solution, &err);
	if (err)
		printf("# %s\n", cen_error_get_message(err));
	cen_error_destroy(err);
	cen_request_destroy(request);
	return solution;
}

static uint64_t get_free(struct cen_region *region)
{
	struct cen_region_info info = {.size = sizeof(info)};

	return cen_region_get_info(region, &info) == 0 ? info.free : 0;
}

/* Each buffer was imported by the device, at the offset where its chunk is; its end gives the chunk back. */
static void check_buffers(struct cen_region *region, struct cen_solution *solution, bool has_offsets, const char *who)
{
	struct cen_plan *plan = solution ? cen_solution_get_plan(solution, 0) : NULL;
	struct cen_buffer_plane plane = {0};
	struct cen_buffer *buffers[3] = {NULL};
	struct cen_error *err = NULL;
	uint64_t before = get_free(region);

	if (!check(plan != NULL, "%s: there is a plan", who))
		return;
	check(cen_plan_allocate(plan, 3, CEN_ALLOCATE_VERIFY, buffers, &err) == 0, "%s: three buffers are taken: %s",
	      who, err ? cen_error_get_message(err) : "verified");
	cen_error_destroy(err);
	if (buffers[2]) {
		cen_buffer_get_plane(buffers[2], 0, &plane);
		check((plane.offset > 0) == has_offsets, "%s: the last one begins at %llu", who,
		      (unsigned long long)plane.offset);
		check(get_free(region) < before, "%s: the region has less", who);
	}
	for (int n = 0; n < 3; n++)
		cen_buffer_unref(buffers[n]);
	check(get_free(region) == before, "%s: and has it back", who);
}

static void check_refusal(struct cen_machine *machine, const char *region, const char *camera)
{
	struct cen_solution *solution = solve(machine, region, CEN_USAGE_CAPTURE, camera);
	const struct cen_conflict *conflict = solution ? cen_solution_get_conflict(solution) : NULL;
	const char *text = conflict ? cen_conflict_get_text(conflict) : "";

	check(conflict && cen_conflict_get_dimension(conflict) == CEN_DIMENSION_OFFSET, "%s: no plan for want of 0",
	      camera);
	check(strstr(text, "places the image at an offset") && strstr(text, "offset at most 0 bytes"),
	      "%s: the reason is the offset", camera);
	if (conflict)
		printf("# %s\n", text);
	cen_solution_unref(solution);
}

static const char *find_display(struct cen_machine *machine)
{
	const struct cen_device *device;

	for (size_t n = 0; (device = cen_machine_get_device(machine, n)); n++) {
		const char *driver = cen_device_get_driver(device);

		if (driver && strcmp(driver, "vkms") == 0 &&
		    cen_device_get_usages(device) & CEN_USAGE_BIT(CEN_USAGE_SCANOUT))
			return cen_device_get_path(device);
	}
	return "no vkms";
}

static void check_heap(struct cen_machine *machine, const char *heap)
{
	struct cen_region *region = make_region(machine, "cma-region", heap);
	struct cen_solution *solution = solve(machine, "cma-region", CEN_USAGE_SCANOUT, find_display(machine));

	check_buffers(region, solution, true, "display, offsets");
	cen_solution_unref(solution);
	check_refusal(machine, "cma-region", CONTIGUOUS_CAMERA);
	check_refusal(machine, "cma-region", CAMERA);
	check(cen_region_unregister(region, NULL) == 0, "the region of %s ends", heap);
	cen_region_unref(region);
}

/* Shared memory of the machine in KiB, which a memfd counts as. */
static long read_shmem(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = -1;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "Shmem: %ld kB", &kib);
	if (file)
		fclose(file);
	return kib;
}

static unsigned char *map(int fd, size_t bytes)
{
	unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* The counters of Shmem lag by some pages per processor. */
static void check_pages(struct cen_region *region)
{
	struct cen_chunk chunk = {.size = sizeof(chunk)}, next = {.size = sizeof(next)};
	long before = read_shmem(), taken, after;
	unsigned char *old = NULL, *fresh = NULL;
	int kept;

	check(cen_region_alloc(region, 8 * MIB, 0, &chunk, NULL) == 0 && chunk.is_own && chunk.offset == 0,
	      "a chunk of 8 MiB is a dma-buf of its own");
	taken = read_shmem();
	kept = dup(chunk.fd);
	old = map(kept, 8 * MIB);
	if (old)
		memset(old, 0x77, 8 * MIB);
	cen_region_free(region, chunk.start);
	after = read_shmem();
	check(taken - before >= 7 * 1024 && after - before < 1024,
	      "Shmem in KiB: %ld, with the chunk %ld, after it %ld", before, taken, after);
	check(cen_region_alloc(region, 8 * MIB, 0, &next, NULL) == 0 && next.start == chunk.start,
	      "the place is given away again");
	fresh = map(next.fd, 8 * MIB);
	check(old && fresh && fresh[0] == 0 && fresh[8 * MIB - 1] == 0, "the new chunk has none of the old pixels");
	if (old && fresh)
		memset(fresh, 0x11, 8 * MIB);
	check(old && old[0] == 0x77, "and who kept the old dma-buf sees none of the new ones");
	if (old)
		munmap(old, 8 * MIB);
	if (fresh)
		munmap(fresh, 8 * MIB);
	close(kept);
	cen_region_free(region, next.start);
}

static void check_udmabuf(struct cen_machine *machine)
{
	struct cen_region *region = make_region(machine, "pages", "udmabuf");
	struct cen_solution *solution = solve(machine, "pages", CEN_USAGE_CAPTURE, CAMERA);

	check_buffers(region, solution, false, "camera, a dma-buf each");
	cen_solution_unref(solution);
	check_pages(region);
	check(cen_region_unregister(region, NULL) == 0, "the region of udmabuf ends");
	cen_region_unref(region);
}

/* The CMA heap has another name on each kernel. */
static const char *find_heap(struct cen_machine *machine)
{
	struct cen_source_info info = {.size = sizeof(info)};
	const struct cen_source *source;

	for (size_t n = 0; (source = cen_machine_get_source(machine, n)); n++) {
		if (cen_source_get_info(source, &info) == 0 && info.placement == CEN_PLACEMENT_CMA &&
		    strcmp(info.backend, "heap") == 0)
			return info.name;
	}
	return "no heap of contiguous memory";
}

int main(void)
{
	int fds = (int)balance_count_fds(), buffers = count_buffers();
	struct cen_machine *machine = NULL;
	struct cen_context *ctx = NULL;
	int ret = system("modprobe -r vivid; modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1");

	check(ret == 0, "vivid is there");
	check(cen_context_create(0, &ctx, NULL) == 0 && cen_machine_create_live(ctx, 0, &machine, NULL) == 0 &&
		      cen_context_add_region_algorithm(ctx, &algorithm, NULL) == 0,
	      "a machine and an algorithm");
	check_heap(machine, find_heap(machine));
	check_udmabuf(machine);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(balance_check_fds((size_t)fds), "as many file descriptors as before");
	check(count_buffers() == buffers, "as many dma-bufs as before: %d", buffers);
	ret = system("modprobe -r vivid");
	return check_end() || ret;
}
