/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Buffers that libgbm makes: writable, zeroed, of the size of the plan, all or none, and nothing is left of them or of
 * the descriptions. On the displays and render nodes of the guest, where Mesa draws by CPU. Prints TAP.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "new-memory.h"
#include "tap.h"

#define BUFFERS 24

/* The source of this backend that is the node's. */
static bool find_source(const struct cen_machine *machine, const char *start, char name[64])
{
	const struct cen_source *source;

	for (size_t i = 0; (source = cen_machine_get_source(machine, i)); i++) {
		struct cen_source_info info = {.size = sizeof(info)};

		if (cen_source_get_info(source, &info) < 0 || strncmp(info.name, start, strlen(start)) != 0)
			continue;
		snprintf(name, 64, "%s", info.name);
		return true;
	}
	return false;
}

/* A plan for one device of this backend, from the source named. */
static struct cen_solution *solve(struct cen_machine *machine, const char *source, uint32_t usage, const char *format)
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
	char path[128];
	bool is_complete;

	snprintf(path, sizeof(path), "gbm:/dev/dri/%s", source + strlen("gbm-"));
	is_complete =
		cen_machine_find_device(machine, path, &device, &err) == 0 &&
		cen_request_create(machine, &request) == 0 && cen_request_set_size(request, 640, 360, &err) == 0 &&
		cen_request_add_format(request, cen_format_from_string(format), &err) == 0 &&
		cen_request_add_usage(request, usage, device, &err) == 0 &&
		cen_request_add_constraint(request, &heap, &err) == 0 && cen_solve(request, 0, &solution, &err) == 0;
	if (!is_complete)
		printf("# %s: %s\n", path, err ? cen_error_get_message(err) : "no memory");
	cen_error_destroy(err);
	cen_request_destroy(request);
	return solution;
}

static void check_buffer(const char *source, const struct cen_plan *plan, const struct cen_buffer *buffer)
{
	struct cen_buffer_object object = {0};
	bool has_object = cen_buffer_get_object(buffer, 0, &object) == 0;

	check(has_object && object.size >= cen_plan_get_object_size(plan, 0) &&
		      lseek(object.fd, 0, SEEK_END) == (off_t)object.size,
	      "%s: the dma-buf has the size of the plan", source);
	check(has_object && (fcntl(object.fd, F_GETFL) & O_ACCMODE) == O_RDWR, "%s: the fd is for writing, too",
	      source);
	check(has_object && fcntl(object.fd, F_GETFD) == FD_CLOEXEC, "%s: the fd is closed on exec", source);
	check(has_object && is_zeroed_and_writable(&object), "%s: the memory is zeroed and can be written", source);
}

static void check_source(struct cen_machine *machine, const char *source, uint32_t usage)
{
	struct cen_solution *solution = solve(machine, source, usage, "XR24");
	struct cen_plan *plan = solution ? cen_solution_get_plan(solution, 0) : NULL;
	struct cen_buffer *buffers[2] = {NULL, NULL};
	struct cen_error *err = NULL;
	int ret = -1;

	if (plan)
		ret = cen_plan_allocate(plan, 2, CEN_ALLOCATE_VERIFY, buffers, &err);
	if (err)
		printf("# %s\n", cen_error_get_message(err));
	check(ret == 0, "%s: two buffers, and libgbm imports them for %s", source, cen_usage_get_name(usage));
	if (ret == 0)
		check_buffer(source, plan, buffers[1]);
	cen_buffer_unref(buffers[0]);
	cen_buffer_unref(buffers[1]);
	cen_error_destroy(err);
	cen_solution_unref(solution);
}

static void set_fd_limit(rlim_t limit)
{
	struct rlimit all;

	getrlimit(RLIMIT_NOFILE, &all);
	all.rlim_cur = limit < all.rlim_max ? limit : all.rlim_max;
	setrlimit(RLIMIT_NOFILE, &all);
}

/* One more fd at a time, until all buffers fit: what fails on the way leaves nothing. */
static void check_all_or_nothing(struct cen_machine *machine, const char *source)
{
	struct cen_solution *solution = solve(machine, source, CEN_USAGE_SCANOUT, "XR24");
	struct cen_plan *plan = solution ? cen_solution_get_plan(solution, 0) : NULL;
	int failures = 0, leaks = 0, before = count_buffers(), ret = -1;
	size_t fds = balance_count_fds();
	struct cen_buffer *buffers[BUFFERS];
	struct rlimit old;

	getrlimit(RLIMIT_NOFILE, &old);
	for (rlim_t extra = 1; plan && ret < 0 && extra < 64; extra++) {
		set_fd_limit(fds + extra);
		ret = cen_plan_allocate(plan, BUFFERS, 0, buffers, NULL);
		setrlimit(RLIMIT_NOFILE, &old);
		failures += ret < 0;
		leaks += ret < 0 && (balance_count_fds() != fds || count_buffers() != before);
	}
	check(ret == 0, "%s: %d buffers fit in the end", source, BUFFERS);
	check(failures > 20, "%s: %d times there were too few fds", source, failures);
	check(leaks == 0, "%s: nothing was left then", source);
	for (int i = 0; ret == 0 && i < BUFFERS; i++)
		cen_buffer_unref(buffers[i]);
	cen_solution_unref(solution);
}

static struct cen_capabilities *describe(struct cen_machine *machine, const char *source, uint32_t usage)
{
	const struct cen_device *device = NULL;
	struct cen_capabilities *caps = NULL;
	char path[128];

	snprintf(path, sizeof(path), "gbm:/dev/dri/%s", source + strlen("gbm-"));
	if (cen_machine_find_device(machine, path, &device, NULL) == 0)
		cen_machine_describe(machine, device, usage, 0, 0, NULL, 0, &caps, NULL, NULL);
	return caps;
}

static uint64_t find_constraint(const struct cen_capability *capability, uint32_t kind)
{
	for (size_t i = 0; i < capability->constraint_count; i++) {
		if (capability->constraints[i].kind == kind)
			return capability->constraints[i].value;
	}
	return 0;
}

static void check_description(struct cen_machine *machine, const char *source)
{
	struct cen_capabilities *caps = describe(machine, source, CEN_USAGE_TEXTURE);
	struct cen_capabilities *again = describe(machine, source, CEN_USAGE_TEXTURE);
	struct cen_capability capability = {.size = sizeof(capability)};
	size_t count = caps ? cen_capabilities_get_count(caps) : 0, linear = 0, bounded = 0;

	for (size_t i = 0; i < count; i++) {
		cen_capabilities_get(caps, i, &capability);
		linear += capability.modifier == CEN_MODIFIER_LINEAR;
		bounded += find_constraint(&capability, CEN_CONSTRAINT_FD_MODE) == CEN_FD_READ_WRITE &&
			   find_constraint(&capability, CEN_CONSTRAINT_CPU_MAPPABLE) == 1;
	}
	check(count > 4 && linear == count, "%s: %zu formats, all linear: there is no GPU", source, count);
	check(bounded == count, "%s: what is sampled by CPU must be mappable for writing", source);
	check(again && cen_capabilities_get_count(again) == count, "%s: the second time it is the same", source);
	cen_capabilities_unref(caps);
	cen_capabilities_unref(again);
}

int main(void)
{
	size_t fds = balance_count_fds();
	int buffers = count_buffers();
	struct cen_context *ctx = NULL;
	struct cen_machine *machine = NULL;
	char card[64] = "", render[64] = "";
	bool has_sources;

	has_sources = cen_context_create(0, &ctx, NULL) == 0 && cen_machine_create_live(ctx, 0, &machine, NULL) == 0 &&
		      find_source(machine, "gbm-card", card) && find_source(machine, "gbm-renderD", render);
	check(has_sources, "a card without a render node and a render node are sources: %s, %s", card, render);
	if (has_sources) {
		check_description(machine, card);
		check_source(machine, card, CEN_USAGE_SCANOUT);
		check_source(machine, card, CEN_USAGE_TEXTURE);
		check_all_or_nothing(machine, card);
	}
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(count_buffers() == buffers, "no dma-buf is left");
	check(balance_count_fds() == fds, "no fd is left");
	return check_end();
}
