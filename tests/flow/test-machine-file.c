/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Machines from files: listed, described and solved like those that are here, and nothing is allocated from them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cenalloc/map.h>
#include <cenalloc/region.h>

#include "balance.h"
#include "fault.h"
#include "flow.h"

#define AR24 0x34325241u

/* ' stands for ", so that the text can be read here. */
#define HEAD "{'cenalloc-machine': 1, 'name': 'desk', 'kernel': '7.3.4', "
#define SYSTEM_POOL "'pools': [{'name': 'system', 'kind': 'system'}]"
#define SYSTEM "'sources': [{'name': 'system', 'backend': 'heap', 'pool': 'system'}]"

static const char camera_and_display[] =
	HEAD "'pools': [{'name': 'system', 'kind': 'system'},"
	     " {'name': 'cma', 'kind': 'cma', 'bytes': 67108864, 'address-max': '0x3fffffff'}],"
	     "'sources': [{'name': 'system', 'backend': 'heap', 'pool': 'system', 'bytes': true},"
	     " {'name': 'default_cma_region', 'backend': 'heap', 'pool': 'cma', 'bytes': true},"
	     " {'name': 'cam', 'backend': 'v4l2', 'pool': 'cma', 'device': 'cam'}],"
	     "'devices': [{'name': 'cam', 'path': '/dev/video7', 'driver': 'drv', 'backend': 'v4l2',"
	     "  'usages': ['capture'], 'from': 'drv.c', 'memory': {'class': 'physical', 'address-bits': 32},"
	     "  'constraints': {'width-max': 4096}, 'notes': ['nobody tried'],"
	     "  'alternatives': [{'formats': ['NV12'], 'constraints': {'stride-exact': {'row': 1}, 'objects': 'one',"
	     "    'chroma-rows': {'height': 1}}}, {'formats': ['NV12'], 'constraints': {'stride-exact': {'row': 1},"
	     "    'objects': 'per-plane'}}]},"
	     " {'name': 'disp', 'backend': 'kms', 'usages': ['scanout'], 'alternatives': [{'formats': ['NV12'],"
	     "    'constraints': {'stride-align': 16, 'offset-align.1': 64, 'objects': 'one|per-plane'}}]}]}";

static char *quote(const char *text)
{
	char *out = strdup(text);

	assert_non_null(out);
	for (char *c = out; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return out;
}

static void start(struct flow *flow, const char *text)
{
	struct cen_error *err = NULL;
	char *json = quote(text);

	flow_start_context(flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	if (cen_machine_create_text(flow->ctx, "desk.json", json, strlen(json), 0, &flow->machine, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	free(json);
}

static struct cen_plan_info best(const struct cen_solution *solution)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	if (!cen_solution_get_plan_count(solution))
		fail_msg("%s", cen_conflict_get_text(cen_solution_get_conflict(solution)));
	assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &info), 0);
	return info;
}

static void test_list(void **state)
{
	struct cen_source_info info = {.size = sizeof(info)};
	const struct cen_device *device;
	struct flow flow;

	(void)state;
	start(&flow, camera_and_display);
	assert_int_equal(cen_machine_get_device_count(flow.machine), 3);
	device = cen_machine_get_device(flow.machine, 0);
	assert_string_equal(cen_device_get_path(device), "/dev/video7");
	assert_string_equal(cen_device_get_name(device), "cam");
	assert_string_equal(cen_device_get_driver(device), "drv");
	assert_string_equal(cen_device_get_backend(device), "v4l2");
	assert_int_equal(cen_device_get_access(device), 0);
	assert_string_equal(cen_device_get_path(cen_machine_get_device(flow.machine, 2)), "cpu");
	assert_int_equal(cen_machine_get_source_count(flow.machine), 3);
	assert_int_equal(cen_source_get_info(cen_machine_get_source(flow.machine, 1), &info), 0);
	assert_string_equal(info.name, "default_cma_region");
	assert_string_equal(info.backend, "heap");
	assert_int_equal(info.placement, CEN_PLACEMENT_CMA);
	assert_int_equal(info.segments, 1);
	flow_stop(&flow);
}

static void test_describe(void **state)
{
	struct cen_capability capability = {.size = sizeof(capability)};
	struct cen_capabilities *caps;
	const struct cen_device *device;
	char *notes = NULL;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start(&flow, camera_and_display);
	assert_int_equal(cen_machine_find_device(flow.machine, "/dev/video7", &device, NULL), 0);
	assert_int_equal(
		cen_machine_describe(flow.machine, device, CEN_USAGE_CAPTURE, 640, 480, NULL, 0, &caps, &notes, NULL),
		0);
	assert_int_equal(cen_capabilities_get_count(caps), 2);
	assert_int_equal(cen_capabilities_get(caps, 0, &capability), 0);
	assert_int_equal(capability.fourcc, NV12);
	assert_int_equal(capability.preference, 0);
	for (size_t i = 0; i < capability.constraint_count; i++) {
		const struct cen_constraint *constraint = &capability.constraints[i];

		if (constraint->kind == CEN_CONSTRAINT_STRIDE_EXACT)
			assert_int_equal(constraint->value, 640);
		assert_int_equal(constraint->provenance, CEN_PROVENANCE_DECLARED);
		assert_string_equal(constraint->note, "drv.c");
	}
	/* The second of two is liked less. */
	assert_int_equal(cen_capabilities_get(caps, 1, &capability), 0);
	assert_int_equal(capability.preference, 1);
	assert_non_null(strstr(notes, "nobody tried"));
	assert_null(strstr(notes, "none is given"));
	free(notes);
	cen_capabilities_unref(caps);
	/* Without a size what follows from it is not there, which is said. */
	assert_int_equal(
		cen_machine_describe(flow.machine, device, CEN_USAGE_CAPTURE, 0, 0, NULL, 0, &caps, &notes, NULL), 0);
	assert_non_null(strstr(notes, "follow from the size of the image: none is given"));
	free(notes);
	cen_capabilities_unref(caps);
	assert_int_equal(
		cen_machine_describe(flow.machine, device, CEN_USAGE_SCANOUT, 0, 0, NULL, 0, &caps, NULL, &err),
		-EOPNOTSUPP);
	assert_error_says(err, "/dev/video7 cannot do scanout; it can do capture");
	flow_stop(&flow);
}

static void test_solve(void **state)
{
	struct cen_plane_layout plane;
	struct cen_solution *solution;
	struct flow flow;

	(void)state;
	start(&flow, camera_and_display);
	/* 1296*972 is a multiple of 64: one object. */
	solution = flow_solve(&flow, 1296, 972, 1, NV12, CEN_USAGE_CAPTURE, "/dev/video7", CEN_USAGE_SCANOUT, "disp");
	assert_string_equal(best(solution).source, "default_cma_region");
	assert_string_equal(best(solution).backend, "heap");
	assert_int_equal(best(solution).object_count, 1);
	assert_int_equal(cen_plan_get_plane(cen_solution_get_plan(solution, 0), 1, &plane), 0);
	assert_int_equal(plane.offset, 1259712);
	cen_solution_unref(solution);
	/* 656*486 is none: an object for each plane. */
	solution = flow_solve(&flow, 656, 486, 1, NV12, CEN_USAGE_CAPTURE, "/dev/video7", CEN_USAGE_SCANOUT, "disp");
	assert_int_equal(best(solution).object_count, 2);
	cen_solution_unref(solution);
	/* And what is wrong names both, with the file's words. */
	solution = flow_solve(&flow, 648, 486, 1, NV12, CEN_USAGE_CAPTURE, "/dev/video7", CEN_USAGE_SCANOUT, "disp");
	assert_int_equal(cen_solution_get_plan_count(solution), 0);
	assert_non_null(strstr(cen_conflict_get_text(cen_solution_get_conflict(solution)), "(declared: drv.c)"));
	assert_int_equal(cen_conflict_get_usage_count(cen_solution_get_conflict(solution)), 2);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_STRIDE);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

static void test_allocate_is_refused(void **state)
{
	struct cen_solution *solution;
	struct cen_error *err;
	uint64_t length;
	int fd = 7;
	struct flow flow;

	(void)state;
	start(&flow, camera_and_display);
	solution = flow_solve(&flow, 640, 480, 1, NV12, CEN_USAGE_SCANOUT, "disp", 0, NULL);
	err = flow_allocate_fails(solution, 1, 0, CEN_ERROR_SYSTEM, -EOPNOTSUPP);
	assert_error_says(err, "system is a source of a machine file: nothing is allocated from it");
	cen_solution_unref(solution);
	err = NULL;
	assert_true(cen_heap_alloc(cen_machine_get_source(flow.machine, 0), 4096,
				   CEN_HEAP_READ_WRITE | CEN_HEAP_CLOEXEC, &fd, &length, &err) < 0);
	assert_int_equal(fd, -1);
	assert_non_null(err);
	cen_error_destroy(err);
	flow_stop(&flow);
}

/* A map and a region go with a machine from a file as with another. */
static void test_map_and_region(void **state)
{
	struct cen_region_desc desc = CEN_REGION_DESC_INIT;
	struct cen_solution *solution;
	struct cen_map *map;
	struct cen_region *region;
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	start(&flow, camera_and_display);
	assert_int_equal(cen_map_parse("cam=cam,default_cma_region;*=system,default_cma_region", &map, NULL), 0);
	assert_int_equal(cen_context_set_map(flow.ctx, map), 0);
	solution = flow_solve(&flow, 1296, 972, 1, NV12, CEN_USAGE_CAPTURE, "/dev/video7", CEN_USAGE_SCANOUT, "disp");
	assert_string_equal(best(solution).source, "default_cma_region");
	for (size_t i = 0; i < cen_solution_get_plan_count(solution); i++) {
		struct cen_plan_info info = {.size = sizeof(info)};

		assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, i), &info), 0);
		assert_string_equal(info.source, "default_cma_region");
	}
	cen_solution_unref(solution);
	assert_int_equal(cen_context_set_map(flow.ctx, NULL), 0);
	cen_map_unref(map);

	desc.name = "mine";
	desc.source = "default_cma_region";
	desc.bytes = 4096;
	assert_int_equal(cen_region_declare(flow.machine, &desc, &region, &err), 0);
	assert_true(cen_region_reserve(region, &err) < 0);
	assert_non_null(err);
	cen_error_destroy(err);
	solution = flow_solve(&flow, 1296, 972, 1, NV12, CEN_USAGE_CAPTURE, "/dev/video7", CEN_USAGE_SCANOUT, "disp");
	assert_string_equal(best(solution).source, "default_cma_region");
	cen_solution_unref(solution);
	cen_region_unref(region);
	flow_stop(&flow);
}

/* A cursor plane has a few sizes and no other: an alternative each. */
static void test_cursor_sizes(void **state)
{
	static const char text[] = HEAD SYSTEM_POOL
		", " SYSTEM
		", 'devices': [{'name': 'card', 'backend': 'kms', 'usages': ['cursor', 'scanout'], 'alternatives': ["
		" {'usages': ['cursor'], 'formats': ['AR24'], 'size': '64x64'},"
		" {'usages': ['cursor'], 'formats': ['AR24'], 'size': '256x256', 'constraints': {'stride-exact': "
		"1024}},"
		" {'usages': ['scanout'], 'formats': ['AR24', 'XR24']}]}]}";
	static const struct {
		uint32_t usage, side;
		size_t plans;
	} cases[] = {{CEN_USAGE_CURSOR, 64, 1},
		     {CEN_USAGE_CURSOR, 256, 1},
		     {CEN_USAGE_CURSOR, 128, 0},
		     {CEN_USAGE_SCANOUT, 64, 1},
		     {CEN_USAGE_SCANOUT, 128, 1}};
	struct flow flow;

	(void)state;
	start(&flow, text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cen_solution *solution =
			flow_solve(&flow, cases[i].side, cases[i].side, 1, AR24, cases[i].usage, "card", 0, NULL);

		assert_int_equal(cen_solution_get_plan_count(solution), cases[i].plans);
		cen_solution_unref(solution);
	}
	flow_stop(&flow);
}

/* Protected memory is for devices that all say that they reach it; where one insists on it, the rest must follow. */
static void test_protected(void **state)
{
	static const char text[] =
		HEAD "'pools': [{'name': 'system', 'kind': 'system'}, {'name': 'vault', 'kind': 'protected'}],"
		     "'sources': [{'name': 'vault', 'backend': 'heap', 'pool': 'vault'},"
		     " {'name': 'system', 'backend': 'heap', 'pool': 'system'}],"
		     "'devices': [{'name': 'dec', 'usages': ['decode'], 'constraints': {'placement': 'protected'},"
		     "  'alternatives': [{'formats': ['NV12']}]},"
		     " {'name': 'safe', 'usages': ['scanout'], 'constraints': {'placement': 'system|protected'},"
		     "  'alternatives': [{'formats': ['NV12']}]},"
		     " {'name': 'open', 'usages': ['scanout'], 'alternatives': [{'formats': ['NV12']}]}]}";
	struct cen_solution *solution;
	struct flow flow;

	(void)state;
	start(&flow, text);
	solution = flow_solve(&flow, 640, 480, 1, NV12, CEN_USAGE_DECODE, "dec", CEN_USAGE_SCANOUT, "safe");
	assert_string_equal(best(solution).source, "vault");
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	cen_solution_unref(solution);
	solution = flow_solve(&flow, 640, 480, 1, NV12, CEN_USAGE_DECODE, "dec", CEN_USAGE_SCANOUT, "open");
	assert_int_equal(cen_solution_get_plan_count(solution), 0);
	assert_int_equal(cen_conflict_get_usage_count(cen_solution_get_conflict(solution)), 2);
	cen_solution_unref(solution);
	solution = flow_solve(&flow, 640, 480, 1, NV12, CEN_USAGE_SCANOUT, "open", 0, NULL);
	assert_string_equal(best(solution).source, "system");
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

/* "The driver decides" is no layout that two devices can agree on: only who asks for it gets it. */
static void test_implicit_modifier(void **state)
{
	static const char text[] = HEAD SYSTEM_POOL
		", 'sources': [{'name': 'gpu', 'backend': 'gbm', 'pool': 'system', 'formats': ["
		"{'formats': ['XR24'], 'modifiers': ['0x0300000000606015']}]}],"
		"'devices': [{'name': 'gpu', 'usages': ['render'], 'alternatives': [{'formats': ['XR24'],"
		"  'modifiers': ['INVALID', '0x0300000000606015']}]},"
		" {'name': 'disp', 'usages': ['scanout'], 'alternatives': [{'formats': ['XR24'],"
		"  'modifiers': ['INVALID', 'LINEAR']}]}]}";
	struct cen_solution *solution;
	struct flow flow;

	(void)state;
	start(&flow, text);
	solution = flow_solve(&flow, 640, 480, 1, XR24, CEN_USAGE_RENDER, "gpu", 0, NULL);
	assert_int_equal(cen_solution_get_plan_count(solution), 1);
	assert_true(best(solution).modifier == 0x0300000000606015ull);
	cen_solution_unref(solution);
	solution = flow_solve(&flow, 640, 480, 1, XR24, CEN_USAGE_RENDER, "gpu", CEN_USAGE_SCANOUT, "disp");
	assert_int_equal(cen_solution_get_plan_count(solution), 0);
	assert_int_equal(cen_conflict_get_dimension(cen_solution_get_conflict(solution)), CEN_DIMENSION_MODIFIER);
	cen_solution_unref(solution);
	flow_stop(&flow);
}

/* What does not merge at one size is an alternative at another. */
static void test_alternative_of_some_sizes(void **state)
{
	static const char text[] = HEAD SYSTEM_POOL
		", " SYSTEM
		", 'devices': [{'name': 'cam', 'usages': ['capture'], 'constraints': {'stride-exact': 1280},"
		" 'alternatives': [{'formats': ['YUYV'], 'constraints': {'stride-exact': {'row': 1}}},"
		" {'formats': ['NV12'], 'constraints': {'stride-exact': {'row': 1}}}]}]}";
	struct cen_capabilities *caps;
	const struct cen_device *device;
	struct flow flow;

	(void)state;
	start(&flow, text);
	assert_int_equal(cen_machine_find_device(flow.machine, "cam", &device, NULL), 0);
	assert_int_equal(
		cen_machine_describe(flow.machine, device, CEN_USAGE_CAPTURE, 640, 480, NULL, 0, &caps, NULL, NULL), 0);
	assert_int_equal(cen_capabilities_get_count(caps), 1);
	cen_capabilities_unref(caps);
	assert_int_equal(
		cen_machine_describe(flow.machine, device, CEN_USAGE_CAPTURE, 1280, 720, NULL, 0, &caps, NULL, NULL),
		0);
	assert_int_equal(cen_capabilities_get_count(caps), 1);
	cen_capabilities_unref(caps);
	assert_int_equal(
		cen_machine_describe(flow.machine, device, CEN_USAGE_CAPTURE, 320, 240, NULL, 0, &caps, NULL, NULL), 0);
	assert_int_equal(cen_capabilities_get_count(caps), 0);
	cen_capabilities_unref(caps);
	flow_stop(&flow);
}

/* From a path: what is no file, too large, or nowhere. */
static void test_files(void **state)
{
	char folder[] = "/tmp/cenalloc-machine-XXXXXX", path[64];
	char *json = quote(camera_and_display);
	struct cen_machine *machine = (void *)1;
	struct cen_error *err = NULL;
	struct flow flow;
	FILE *file;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/desk.json", folder);
	assert_int_equal(cen_machine_create_file(flow.ctx, path, 0, &machine, &err), -ENOENT);
	assert_null(machine);
	assert_error_says(err, path);
	assert_int_equal(cen_machine_create_file(flow.ctx, folder, 0, &machine, &err), -EINVAL);
	assert_error_says(err, folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(json, file);
	fclose(file);
	assert_int_equal(cen_machine_create_file(flow.ctx, path, 0, &machine, &err), 0);
	assert_int_equal(cen_machine_get_device_count(machine), 3);
	cen_machine_destroy(machine);
	assert_int_equal(cen_machine_create_file(flow.ctx, path, 1u << 31, &machine, &err), -EINVAL);
	assert_error_says(err, "0x80000000");
	file = fopen(path, "a");
	assert_non_null(file);
	fputs("\n}", file);
	fclose(file);
	assert_int_equal(cen_machine_create_file(flow.ctx, path, 0, &machine, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_SYNTAX);
	assert_error_says(err, "desk.json:");
	assert_int_equal(truncate(path, (4 << 20) + 1), 0);
	assert_int_equal(cen_machine_create_file(flow.ctx, path, 0, &machine, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_ARGUMENT);
	cen_error_destroy(err);
	unlink(path);
	rmdir(folder);
	free(json);
	flow_stop(&flow);
}

/* A device or source that the library refuses of any backend is refused of a file, too. */
static void test_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{HEAD "'devices': [{'name': 'd', 'backend': 'a b', 'usages': ['capture']}]}",
		 "its backend is not a name"},
		{HEAD SYSTEM_POOL ", 'sources': [{'name': 's', 'pool': 'system', 'backend': '..'}]}",
		 "its backend is not a name"},
	};
	struct cen_error *err = NULL;
	struct flow flow;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cen_machine *machine;
		char *json = quote(cases[i].text);

		assert_int_equal(cen_machine_create_text(flow.ctx, "desk.json", json, strlen(json), 0, &machine, &err),
				 -EINVAL);
		assert_int_equal(cen_error_get_code(err), CEN_ERROR_SYNTAX);
		assert_error_says(err, cases[i].message);
		free(json);
	}
	flow_stop(&flow);
}

/* No allocation that fails leaves anything behind, up to a plan; json-c 0.16 does not notice all of them. */
static void test_no_memory(void **state)
{
	char *json = quote(camera_and_display);
	struct cen_machine *first = NULL;
	struct cen_capabilities *answer = NULL;
	size_t fds = balance_count_fds();
	struct flow flow;
	unsigned long n;

	(void)state;
	flow_start_context(&flow, CEN_CONTEXT_NO_PLUGINS, NULL);
	/* What the context reads once and keeps, such as quirks, is there before anything is counted. */
	assert_int_equal(cen_machine_create_text(flow.ctx, "desk.json", json, strlen(json), 0, &first, NULL), 0);
	assert_int_equal(cen_machine_describe(first, cen_machine_get_device(first, 0), CEN_USAGE_CAPTURE, 640, 480,
					      NULL, 0, &answer, NULL, NULL),
			 0);
	cen_capabilities_unref(answer);
	cen_machine_destroy(first);
	for (n = 1;; n++) {
		struct cen_machine *machine = NULL;
		struct cen_capabilities *caps = NULL;
		struct cen_error *err = NULL;
		size_t alive = fault_alive();
		int ret;

		fault_arm(FAULT_MEMORY, n);
		ret = cen_machine_create_text(flow.ctx, "desk.json", json, strlen(json), 0, &machine, &err);
		if (ret == 0)
			ret = cen_machine_describe(machine, cen_machine_get_device(machine, 0), CEN_USAGE_CAPTURE, 640,
						   480, NULL, 0, &caps, NULL, &err);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			cen_capabilities_unref(caps);
			cen_machine_destroy(machine);
			break;
		}
		if (ret < 0)
			assert_int_equal(ret, -ENOMEM);
		else
			assert_int_equal(cen_capabilities_get_count(caps), 2);
		cen_capabilities_unref(caps);
		cen_machine_destroy(machine);
		cen_error_destroy(err);
		assert_int_equal(fault_alive(), alive);
	}
	assert_true(n > 40);
	free(json);
	flow_stop(&flow);
	assert_true(balance_check_fds(fds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_solve),
		cmocka_unit_test(test_allocate_is_refused),
		cmocka_unit_test(test_map_and_region),
		cmocka_unit_test(test_cursor_sizes),
		cmocka_unit_test(test_protected),
		cmocka_unit_test(test_implicit_modifier),
		cmocka_unit_test(test_alternative_of_some_sizes),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
