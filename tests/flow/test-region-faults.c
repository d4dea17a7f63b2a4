/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Every n-th call of a region's life fails in turn; file descriptors and memory are back where they were. */
#include <errno.h>
#include <unistd.h>

#include "balance.h"
#include "fault.h"
#include "region-scene.h"

#define SWEEP_MAX 20000

static const struct cen_backend *fake;

/* Without cmocka: an assertion would leave what is alive behind. Returns 0 or the first failure. */
static int cut(struct cen_machine *machine, struct cen_error **err)
{
	struct cen_chunk one = {.size = sizeof(one)}, two = {.size = sizeof(two)};
	int ret = cen_region_alloc_from(machine, "cut,plain-region", PAGE, 0, &one, err);

	if (ret < 0)
		return ret;
	ret = cen_region_alloc(one.region, 2 * PAGE, 0, &two, err);
	if (ret == 0)
		cen_region_free(two.region, two.start);
	cen_region_free(one.region, one.start);
	return ret;
}

static int add_heap(struct cen_request *request, const char *name, struct cen_error **err)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = cen_heap_hash(name),
		.provenance = CEN_PROVENANCE_POLICY,
		.note = name,
	};

	return cen_request_add_constraint(request, &heap, err);
}

static int make_buffers(struct cen_request *request, const char *name, struct cen_error **err)
{
	struct cen_buffer *buffers[2] = {NULL, NULL};
	struct cen_solution *solution = NULL;
	int ret = add_heap(request, name, err);

	if (ret == 0)
		ret = cen_solve(request, 0, &solution, err);
	if (ret == 0 && !cen_solution_get_plan(solution, 0))
		ret = -ENOENT;
	if (ret == 0)
		ret = cen_plan_allocate(cen_solution_get_plan(solution, 0), 2, 0, buffers, err);
	cen_solution_unref(solution);
	cen_buffer_unref(buffers[0]);
	cen_buffer_unref(buffers[1]);
	return ret;
}

static int use_buffers(struct cen_machine *machine, const char *name, struct cen_error **err)
{
	const struct cen_device *device;
	struct cen_request *request = NULL;
	int ret = cen_machine_find_device(machine, "/dev/fake-display", &device, err);

	if (ret == 0)
		ret = cen_request_create(machine, &request);
	if (ret == 0)
		ret = cen_request_set_size(request, 64, 64, err);
	if (ret == 0)
		ret = cen_request_add_format(request, NV12, err);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_SCANOUT, device, err);
	if (ret == 0)
		ret = make_buffers(request, name, err);
	cen_request_destroy(request);
	return ret;
}

static int declare(struct cen_machine *machine, const char *name, const char *source, int fd, struct cen_error **err)
{
	struct cen_region_desc desc = scene_desc(name, source, 64 * PAGE);
	struct cen_region *region;
	int ret;

	desc.fd = fd;
	ret = cen_region_declare(machine, &desc, &region, err);
	if (ret == 0)
		cen_region_unref(region);
	return ret;
}

static int run_machine(struct cen_machine *machine, int fd, struct cen_error **err)
{
	struct cen_region *region;
	int ret = declare(machine, "cut", "cuttable", -1, err);

	if (ret == 0)
		ret = declare(machine, "plain-region", "plain", -1, err);
	if (ret == 0)
		ret = declare(machine, NULL, NULL, fd, err);
	if (ret == 0)
		ret = cut(machine, err);
	if (ret == 0)
		ret = use_buffers(machine, "cut", err);
	if (ret == 0)
		ret = use_buffers(machine, "plain-region", err);
	if (ret == 0)
		ret = cen_machine_find_region(machine, "cut", &region, err);
	return ret == 0 ? cen_region_unregister(region, err) : ret;
}

static const char script[] = "device /dev/fake-display usages=scanout\n"
			     "cap /dev/fake-display scanout NV12 LINEAR offset-align=8192 objects=per-plane\n"
			     "source plain\nsource cuttable carved=1\n";

static int run_way(int fd)
{
	struct cen_machine *machine = NULL;
	struct cen_context *ctx = NULL;
	struct cen_error *err = NULL;
	int ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, &err);

	fake_set_script(script);
	if (ret == 0)
		ret = cen_context_add_backend(ctx, fake, &err);
	if (ret == 0)
		ret = cen_context_add_region_algorithm(ctx, &scene_other_algorithm, &err);
	if (ret == 0)
		ret = cen_context_add_backend(ctx, &scene_backend, &err);
	if (ret == 0)
		ret = cen_machine_create_live(ctx, 0, &machine, &err);
	if (ret == 0)
		ret = run_machine(machine, fd, &err);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	cen_error_destroy(err);
	return ret;
}

/* A fault of the first region is made good by the second, and by nothing else: then the way may end well. */
static void sweep(unsigned int kinds)
{
	int fd = scene_memfd(64 * PAGE);
	unsigned long n, failures = 0;

	assert_int_equal(run_way(fd), 0);
	for (n = 1; n < SWEEP_MAX; n++) {
		int begun = scene_get_begun(), ended = scene_get_ended(), ret;
		size_t alive = fault_alive(), fds = balance_count_fds();

		fault_arm(kinds, n);
		ret = run_way(fd);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		failures += ret != 0;
		if (fault_alive() != alive)
			fail_msg("call %lu: %zu allocations are left", n, fault_alive() - alive);
		assert_true(balance_check_fds(fds));
		assert_true(scene_get_begun() - begun >= scene_get_ended() - ended);
	}
	assert_true(n < SWEEP_MAX);
	assert_true(n > 1 && failures * 4 > (n - 1) * 3);
	close(fd);
}

static void test_memory(void **state)
{
	(void)state;
	sweep(FAULT_MEMORY);
}

static void test_descriptors(void **state)
{
	(void)state;
	sweep(FAULT_FD);
}

static void test_everything(void **state)
{
	(void)state;
	sweep(FAULT_ALL);
}

static int set_up(void **state)
{
	(void)state;
	return cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_everything),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
