/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Two buffers from every heap and from udmabuf: made by the exporter that the name promises, of the size of the plan,
 * zeroed, writable, and gone afterwards. Prints TAP.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "new-memory.h"
#include "tap.h"

/* Who made a dma-buf, as the kernel says. */
static void read_exporter(int fd, char name[64])
{
	char path[64], line[256];
	FILE *file;

	name[0] = '\0';
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "exp_name: %63s", name);
	if (file)
		fclose(file);
}

static void check_buffer(const char *source, const char *backend, const struct cen_plan *plan,
			 const struct cen_buffer *buffer)
{
	struct cen_buffer_object object = {0};
	char exporter[64];

	check(cen_buffer_get_object(buffer, 0, &object) == 0 && object.size >= cen_plan_get_object_size(plan, 0) &&
		      lseek(object.fd, 0, SEEK_END) == (off_t)object.size,
	      "%s: the dma-buf has the size of the plan", source);
	read_exporter(object.fd, exporter);
	/* Two heaps of one area export under the heap's own name; huge pages come from udmabuf too. */
	check(strcmp(exporter, strcmp(backend, "udmabuf") == 0 ? backend : source) == 0, "%s: the exporter is %s",
	      source, exporter);
	check(is_zeroed_and_writable(&object), "%s: the memory is zeroed and can be written", source);
}

/* A plan for the CPU alone that only this source can serve. */
static struct cen_solution *solve(struct cen_machine *machine, const char *source)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = cen_heap_hash(source),
		.provenance = CEN_PROVENANCE_POLICY,
		.note = source,
	};
	const struct cen_device *cpu = NULL;
	struct cen_request *request = NULL;
	struct cen_solution *solution = NULL;
	bool is_complete;

	is_complete = cen_machine_find_device(machine, "cpu", &cpu, NULL) == 0 &&
		      cen_request_create(machine, &request) == 0 &&
		      cen_request_set_size(request, 640, 360, NULL) == 0 &&
		      cen_request_add_format(request, cen_format_from_string("NV12"), NULL) == 0 &&
		      cen_request_add_usage(request, CEN_USAGE_CPU_WRITE, cpu, NULL) == 0 &&
		      cen_request_add_constraint(request, &heap, NULL) == 0;
	if (is_complete)
		cen_solve(request, 0, &solution, NULL);
	cen_request_destroy(request);
	return solution;
}

static void check_source(struct cen_machine *machine, const struct cen_source_info *info)
{
	struct cen_solution *solution = solve(machine, info->name);
	struct cen_plan *plan = solution ? cen_solution_get_plan(solution, 0) : NULL;
	struct cen_buffer *buffers[2] = {NULL, NULL};
	struct cen_error *err = NULL;
	int ret = -1;

	if (plan)
		ret = cen_plan_allocate(plan, 2, 0, buffers, &err);
	if (err)
		printf("# %s\n", cen_error_get_message(err));
	check(ret == 0, "%s: two buffers of 640x360 NV12", info->name);
	for (int i = 0; ret == 0 && i < 2; i++)
		check_buffer(info->name, info->backend, plan, buffers[i]);
	cen_buffer_unref(buffers[0]);
	cen_buffer_unref(buffers[1]);
	cen_error_destroy(err);
	cen_solution_unref(solution);
}

static void check_sources(struct cen_machine *machine)
{
	const struct cen_source *source;
	bool has_system = false, has_cma = false, has_udmabuf = false;

	for (size_t i = 0; (source = cen_machine_get_source(machine, i)); i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		if (cen_source_get_info(source, &info) < 0 ||
		    (strcmp(info.backend, "heap") != 0 && strcmp(info.backend, "udmabuf") != 0))
			continue;
		has_system = has_system || (strcmp(info.name, "system") == 0 && info.segments == 0);
		has_cma = has_cma || (strcmp(info.name, "reserved") == 0 && info.segments == 1 && info.max_bytes);
		has_udmabuf = has_udmabuf || (strcmp(info.name, "udmabuf") == 0 && info.segments == 0);
		check_source(machine, &info);
	}
	check(has_system, "the system heap is there, scattered");
	check(has_cma, "the CMA heap is there, contiguous, and its size is known");
	check(has_udmabuf, "udmabuf is there, scattered");
}

int main(void)
{
	size_t fds = balance_count_fds();
	int buffers = count_buffers();
	struct cen_context *ctx = NULL;
	struct cen_machine *machine = NULL;

	if (cen_context_create(0, &ctx, NULL) == 0 && cen_machine_create_live(ctx, 0, &machine, NULL) == 0)
		check_sources(machine);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(count_buffers() == buffers, "no dma-buf is left");
	check(balance_count_fds() == fds, "no fd is left");
	return check_end();
}
