/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Contracts of synchronisation in a plan: who has which, and what is done between two of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cenalloc/format.h>
#include <cenalloc/sync.h>

#include "fault.h"
#include "problem.h"

/* A usage and what it says of itself. */
struct step {
	uint32_t usage;
	const char *constraints;
};

static struct cen_plan *solve(struct problem *p, const struct step *steps, size_t count)
{
	struct cen_solution *solution;
	struct cen_plan *plan;

	problem_init(p, 640, 480);
	problem_want(p, "XR24");
	for (size_t n = 0; n < count; n++) {
		problem_usage(p, steps[n].usage);
		problem_cap(p, "XR24", CEN_MODIFIER_LINEAR, 0, steps[n].constraints);
	}
	problem_source(p, "system", 0, 10);
	solution = problem_solve(p);
	assert_non_null(cen_solution_get_plan(solution, 0));
	plan = cen_plan_ref(cen_solution_get_plan(solution, 0));
	cen_solution_unref(solution);
	return plan;
}

/* The handovers, a line each. */
static void check_handovers(const struct step *steps, size_t count, const char *expected)
{
	char all[2048] = "";
	struct cen_plan *plan;
	struct problem p;

	plan = solve(&p, steps, count);
	for (size_t n = 0; n < cen_plan_get_handover_count(plan); n++) {
		struct cen_plan_handover handover = {.size = sizeof(handover)};

		assert_int_equal(cen_plan_get_handover(plan, n, &handover), 0);
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s\n", handover.text);
	}
	assert_string_equal(all, expected);
	cen_plan_unref(plan);
	problem_finish(&p);
}

/* What is done from one usage to the next: action, access, and the words behind the names. */
static void check_pair(struct step from, struct step to, enum cen_handover action, uint32_t access, const char *words)
{
	const struct step steps[] = {from, to};
	struct cen_plan_handover handover = {.size = sizeof(handover)};
	struct cen_plan *plan;
	struct problem p;

	plan = solve(&p, steps, 2);
	assert_int_equal(cen_plan_get_handover_count(plan), 2);
	assert_int_equal(cen_plan_get_handover(plan, 0, &handover), 0);
	assert_int_equal(handover.from, 0);
	assert_int_equal(handover.to, 1);
	assert_string_equal(handover.text + strlen("dev0 to dev1: "), words);
	assert_int_equal(handover.action, action);
	assert_int_equal(handover.access, access);
	cen_plan_unref(plan);
	problem_finish(&p);
}

#define RENDER(sync) ((struct step){CEN_USAGE_RENDER, sync})
#define TEXTURE(sync) ((struct step){CEN_USAGE_TEXTURE, sync})
#define ENCODE ((struct step){CEN_USAGE_ENCODE, "sync=none"})
#define CAPTURE ((struct step){CEN_USAGE_CAPTURE, "sync=none"})
#define SCANOUT ((struct step){CEN_USAGE_SCANOUT, "sync=implicit|explicit"})

static void test_pairs(void **state)
{
	(void)state;
	check_pair(CAPTURE, SCANOUT, CEN_HANDOVER_FINISH, 0, "no fences, after VIDIOC_DQBUF");
	check_pair(RENDER("sync=none"), SCANOUT, CEN_HANDOVER_FINISH, 0, "no fences, after the drawing is finished");
	check_pair(RENDER("sync=implicit"), SCANOUT, CEN_HANDOVER_NOTHING, 0,
		   "nothing to do, the kernel waits for the fences in the dma-buf");
	check_pair(RENDER("sync=explicit"), SCANOUT, CEN_HANDOVER_PASS, 0, "pass the sync_file or timeline point");
	check_pair(RENDER("sync=implicit"), TEXTURE("sync=explicit"), CEN_HANDOVER_EXPORT, CEN_FENCE_READ,
		   "pass the fence of cen_buffer_export_fence(CEN_FENCE_READ)");
	check_pair(RENDER("sync=explicit"), TEXTURE("sync=implicit"), CEN_HANDOVER_IMPORT, CEN_FENCE_WRITE,
		   "cen_buffer_import_fence(CEN_FENCE_WRITE) of its fence");
	check_pair(RENDER("sync=implicit"), ENCODE, CEN_HANDOVER_WAIT, CEN_FENCE_READ,
		   "cen_buffer_export_fence(CEN_FENCE_READ) and cen_fence_wait() before VIDIOC_QBUF");
	check_pair(RENDER("sync=explicit"), ENCODE, CEN_HANDOVER_WAIT, 0, "wait for its fence before VIDIOC_QBUF");
	check_pair(RENDER("sync=explicit"), TEXTURE("sync=none"), CEN_HANDOVER_WAIT, 0, "wait for its fence");
	check_pair(RENDER(""), TEXTURE("sync=implicit"), CEN_HANDOVER_FINISH, 0,
		   "fences not known, after the drawing is finished");
	check_pair((struct step){CEN_USAGE_WRITEBACK, ""}, ENCODE, CEN_HANDOVER_FINISH, 0,
		   "fences not known, after the fence or event of the commit");
	check_pair((struct step){CEN_USAGE_CPU_WRITE, "sync=implicit"}, SCANOUT, CEN_HANDOVER_FINISH, 0,
		   "after cen_cpu_map_end()");
	check_pair(RENDER("sync=implicit"), (struct step){CEN_USAGE_CPU_READ, "sync=implicit"}, CEN_HANDOVER_NOTHING, 0,
		   "nothing to do, the kernel waits for the fences in the dma-buf");
}

/* Readers wait for the writer, the next writer for all readers. */
static void test_rounds(void **state)
{
	const struct step pair[] = {CAPTURE, SCANOUT};
	const struct step fan[] = {CAPTURE, ENCODE, SCANOUT};
	const struct step late[] = {TEXTURE("sync=explicit"), RENDER("sync=implicit")};
	const struct step writers[] = {CAPTURE, RENDER("sync=implicit"), TEXTURE("sync=explicit")};
	const struct step readers[] = {ENCODE, SCANOUT};

	(void)state;
	check_handovers(pair, 2,
			"dev0 to dev1: no fences, after VIDIOC_DQBUF\n"
			"dev1 to dev0: after the flip to another buffer, or wl_buffer.release\n");
	check_handovers(fan, 3,
			"dev0 to dev1: no fences, after VIDIOC_DQBUF\n"
			"dev0 to dev2: no fences, after VIDIOC_DQBUF\n"
			"dev1 to dev0: no fences, after VIDIOC_DQBUF\n"
			"dev2 to dev0: after the flip to another buffer, or wl_buffer.release\n");
	/* A reader that comes first reads what was written in the round before. */
	check_handovers(late, 2,
			"dev1 to dev0: pass the fence of cen_buffer_export_fence(CEN_FENCE_READ)\n"
			"dev0 to dev1: cen_buffer_import_fence(CEN_FENCE_READ) of its fence\n");
	check_handovers(writers, 3,
			"dev0 to dev1: no fences, after VIDIOC_DQBUF\n"
			"dev1 to dev2: pass the fence of cen_buffer_export_fence(CEN_FENCE_READ)\n"
			"dev2 to dev0: wait for its fence before VIDIOC_QBUF\n");
	check_handovers(readers, 2, "");
	check_handovers(pair, 1, "");
}

static void check_contract(const char *constraints, uint32_t contract, uint32_t provenance, const char *text)
{
	const struct step step = {CEN_USAGE_TEXTURE, constraints};
	struct cen_plan_sync sync = {.size = sizeof(sync)};
	struct cen_plan *plan;
	struct problem p;

	plan = solve(&p, &step, 1);
	assert_int_equal(cen_plan_get_sync_count(plan), 1);
	assert_int_equal(cen_plan_get_sync(plan, 0, &sync), 0);
	assert_string_equal(sync.text, text);
	assert_string_equal(sync.device, "dev0");
	assert_int_equal(sync.usage, CEN_USAGE_TEXTURE);
	assert_int_equal(sync.contract, contract);
	assert_int_equal(sync.provenance, provenance);
	assert_int_equal(cen_plan_get_sync(plan, 1, &sync), -EINVAL);
	sync.size = 8;
	assert_int_equal(cen_plan_get_sync(plan, 0, &sync), -EINVAL);
	cen_plan_unref(plan);
	problem_finish(&p);
}

static void test_contracts(void **state)
{
	(void)state;
	check_contract("sync=none@derived", CEN_SYNC_NONE, CEN_PROVENANCE_DERIVED, "no fences (derived)");
	check_contract("sync=implicit@queried", CEN_SYNC_IMPLICIT, CEN_PROVENANCE_QUERIED, "implicit fences (queried)");
	check_contract("sync=explicit@probed", CEN_SYNC_EXPLICIT, CEN_PROVENANCE_PROBED, "explicit fences (probed)");
	check_contract("sync=implicit|explicit@derived", CEN_SYNC_IMPLICIT | CEN_SYNC_EXPLICIT, CEN_PROVENANCE_DERIVED,
		       "implicit or explicit fences (derived)");
	check_contract("", 0, 0, "not known");
}

/* Of several alternatives the one that the plan is for. */
static void test_alternatives(void **state)
{
	struct cen_plan_sync sync = {.size = sizeof(sync)};
	struct cen_solution *solution;
	struct problem p;

	(void)state;
	problem_init(&p, 640, 480);
	problem_want(&p, "XR24");
	problem_usage(&p, CEN_USAGE_TEXTURE);
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "stride-exact=4096 sync=explicit");
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "stride-exact=2560 sync=implicit");
	problem_usage(&p, CEN_USAGE_SCANOUT);
	problem_cap(&p, "XR24", CEN_MODIFIER_LINEAR, 0, "stride-max=3000");
	problem_source(&p, "system", 0, 10);
	solution = problem_solve(&p);
	assert_non_null(cen_solution_get_plan(solution, 0));
	assert_int_equal(cen_plan_get_sync(cen_solution_get_plan(solution, 0), 0, &sync), 0);
	assert_int_equal(sync.contract, CEN_SYNC_IMPLICIT);
	cen_solution_unref(solution);
	problem_finish(&p);
}

/* Without memory there are no words, and the next call tries again. */
static void test_no_memory(void **state)
{
	const struct step steps[] = {CAPTURE, SCANOUT};
	struct cen_plan *plan;
	unsigned long n;
	struct problem p;

	(void)state;
	plan = solve(&p, steps, 2);
	for (n = 1;; n++) {
		size_t alive = fault_alive(), count;

		fault_arm(FAULT_MEMORY, n);
		count = cen_plan_get_handover_count(plan);
		if (!fault_disarm()) {
			assert_int_equal(count, 2);
			break;
		}
		assert_int_equal(count, 0);
		assert_int_equal(fault_alive(), alive);
	}
	assert_true(n > 1);
	cen_plan_unref(plan);
	problem_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),        cmocka_unit_test(test_rounds),    cmocka_unit_test(test_contracts),
		cmocka_unit_test(test_alternatives), cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
