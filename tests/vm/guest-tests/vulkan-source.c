/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Memory that lavapipe exports: linear buffers of the host's layout, in one object and in several, writable and zeroed;
 * and a GPU that is shown the wrong thing refuses it with the reason. The application never loads Vulkan. Prints TAP.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "new-memory.h"
#include "tap.h"

#define SOURCE "vulkan-llvmpipe"
#define SOFTWARE "vulkan:llvmpipe"

/* A plan for one device, from the source named. device NULL: the CPU. */
static struct cen_solution *solve(struct cen_machine *machine, const char *source, const char *name, uint32_t usage,
				  const char *format, const struct cen_constraint *constraint)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = cen_heap_hash(source),
		.provenance = CEN_PROVENANCE_POLICY,
		.note = source,
	};
	const struct cen_device *device = NULL;
	struct cen_request *request = NULL;
	struct cen_solution *solution = NULL;
	struct cen_error *err = NULL;
	bool is_complete;

	is_complete = cen_machine_find_device(machine, name, &device, &err) == 0 &&
		      cen_request_create(machine, &request) == 0 &&
		      cen_request_set_size(request, 640, 360, &err) == 0 &&
		      cen_request_add_format(request, cen_format_from_string(format), &err) == 0 &&
		      cen_request_add_usage(request, usage, device, &err) == 0 &&
		      cen_request_add_constraint(request, &heap, &err) == 0 &&
		      (!constraint || cen_request_add_constraint(request, constraint, &err) == 0) &&
		      cen_solve(request, 0, &solution, &err) == 0;
	if (!is_complete)
		printf("# %s: %s\n", name, err ? cen_error_get_message(err) : "no memory");
	cen_error_destroy(err);
	cen_request_destroy(request);
	return solution;
}

static void check_buffer(const char *what, const struct cen_plan *plan, const struct cen_buffer *buffer)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	bool is_good = cen_buffer_get_info(buffer, &info) == 0;

	for (uint32_t o = 0; o < info.object_count; o++) {
		struct cen_buffer_object object = {0};

		is_good = is_good && cen_buffer_get_object(buffer, o, &object) == 0 &&
			  object.size >= cen_plan_get_object_size(plan, o) &&
			  (fcntl(object.fd, F_GETFL) & O_ACCMODE) == O_RDWR &&
			  fcntl(object.fd, F_GETFD) == FD_CLOEXEC && is_zeroed_and_writable(&object);
	}
	check(is_good, "%s: %u objects are large enough, writable, zeroed and closed on exec", what, info.object_count);
}

/* Linear: the stride of a driver is not the host's, nor are its planes in several objects. */
static void check_layout(struct cen_machine *machine, const char *what, const char *format, uint32_t kind,
			 uint64_t value)
{
	const struct cen_constraint constraint = {.kind = kind, .value = value, .provenance = CEN_PROVENANCE_POLICY};
	struct cen_solution *solution =
		solve(machine, SOURCE, "cpu", CEN_USAGE_CPU_WRITE, format, kind ? &constraint : NULL);
	struct cen_plan *plan = solution ? cen_solution_get_plan(solution, 0) : NULL;
	struct cen_buffer *buffers[2] = {NULL, NULL};
	struct cen_error *err = NULL;
	int ret = -1;

	if (plan)
		ret = cen_plan_allocate(plan, 2, 0, buffers, &err);
	if (err)
		printf("# %s\n", cen_error_get_message(err));
	check(ret == 0, "%s: two buffers", what);
	if (ret == 0)
		check_buffer(what, plan, buffers[1]);
	cen_buffer_unref(buffers[0]);
	cen_buffer_unref(buffers[1]);
	cen_error_destroy(err);
	cen_solution_unref(solution);
}

/* More than the machine has: nothing is made, and it is told by whom. */
static void check_too_much(struct cen_machine *machine)
{
	struct cen_solution *solution = solve(machine, SOURCE, "cpu", CEN_USAGE_CPU_WRITE, "XR24", NULL);
	struct cen_plan *plan = solution ? cen_solution_get_plan(solution, 0) : NULL;
	struct cen_buffer *buffers[64] = {NULL};
	struct cen_error *err = NULL;
	int ret = 0, before = count_buffers();

	/* Not more than the program takes at a time. */
	if (plan)
		ret = cen_plan_allocate(plan, 64, 0, buffers, &err);
	check(ret == 0 || (err && strstr(cen_error_get_message(err), SOURCE)), "64 buffers: made, or told why: %s",
	      err ? cen_error_get_message(err) : "made");
	for (int i = 0; i < 64; i++)
		cen_buffer_unref(buffers[i]);
	check(count_buffers() == before, "and all of them are gone again");
	cen_error_destroy(err);
	cen_solution_unref(solution);
}

static bool has_vulkan(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];
	bool has = false;

	while (file && fgets(line, sizeof(line), file))
		has = has || strstr(line, "libvulkan");
	if (file)
		fclose(file);
	return has;
}

int main(void)
{
	size_t fds = balance_count_fds();
	int buffers = count_buffers();
	struct cen_context *ctx = NULL;
	struct cen_machine *machine = NULL;
	const struct cen_device *device = NULL;

	if (cen_context_create(0, &ctx, NULL) == 0 && cen_machine_create_live(ctx, 0, &machine, NULL) == 0)
		cen_machine_find_device(machine, SOFTWARE, &device, NULL);
	if (!device) {
		puts("1..0 # SKIP lavapipe is not installed");
		return 0;
	}
	check_layout(machine, "as the driver has it", "XR24", 0, 0);
	check_layout(machine, "another stride", "XR24", CEN_CONSTRAINT_STRIDE_EXACT, 3072);
	check_layout(machine, "an object per plane", "NV12", CEN_CONSTRAINT_OBJECTS, CEN_OBJECTS_PER_PLANE);
	check_layout(machine, "a format that Vulkan does not have", "YVYU", 0, 0);
	check_too_much(machine);
	check(!has_vulkan(), "Vulkan was never loaded here");
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(count_buffers() == buffers, "no dma-buf is left");
	check(balance_count_fds() == fds, "no fd is left");
	return check_end();
}
