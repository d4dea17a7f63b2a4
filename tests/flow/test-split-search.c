/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Random pipelines on random machines: every way of cutting, with every copier at every cut, is tried by solving its
 * groups as requests of their own, and the best of them is what the split must be.
 */
#include "flow.h"

#define CASES 2000
#define USAGES 5
#define COPIERS 4
#define FORMATS 3
/* Nobody, the devices, the CPU once for each format. */
#define OPTIONS (1 + COPIERS + FORMATS)

#define YUYV 0x56595559u
#define WIDTH 640
#define HEIGHT 360

static const struct {
	uint32_t fourcc;
	const char *name;
	uint64_t bytes;
} formats[FORMATS] = {
	{NV12, "NV12", WIDTH *HEIGHT * 3 / 2},
	{YUYV, "YUYV", WIDTH *HEIGHT * 2},
	{XR24, "XR24", WIDTH *HEIGHT * 4},
};

struct option {
	const struct cen_device *device; /* NULL: nobody */
	uint32_t kind, reads, writes;
	uint32_t fourcc; /* of the CPU */
};

struct cost {
	uint64_t groups, cpu, bytes, kinds;
};

struct world {
	struct flow flow;
	char script[8192];
	size_t script_length;
	uint64_t random;
	size_t count; /* usages */
	struct cen_request *request;
	struct option options[OPTIONS];
	size_t option_count;
	/* Of each group and its two ends: bytes of its picture; 0: not tried yet, UINT64_MAX: no plan. */
	uint64_t known[USAGES][USAGES + 1][OPTIONS][OPTIONS];
};

static uint32_t roll(struct world *world, uint32_t sides)
{
	world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(world->random >> 33) % sides;
}

__attribute__((format(printf, 2, 3))) static void write_script(struct world *world, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(world->script + world->script_length, sizeof(world->script) - world->script_length, format,
			   args);
	va_end(args);
	assert_true(length > 0 && world->script_length + (size_t)length < sizeof(world->script));
	world->script_length += (size_t)length;
}

/* Few values, so that devices agree about as often as not. */
static void write_caps(struct world *world, const char *path, const char *usage, uint32_t count)
{
	static const char *const wishes[] = {
		"",
		"",
		"",
		"",
		"",
		" segments=1",
		" stride-align=1024",
		" stride-align=192",
		" placement=cma",
		" placement=system",
		" stride-max=2048",
		" objects=one",
		" objects=per-plane",
	};
	uint32_t first = roll(world, FORMATS);

	for (uint32_t n = 0; n < count; n++)
		write_script(world, "cap %s %s %s %s pref=%u%s\n", path, usage, formats[(first + n) % FORMATS].name,
			     roll(world, 8) ? "LINEAR" : "0x0300000000000001", roll(world, 3),
			     wishes[roll(world, sizeof(wishes) / sizeof(wishes[0]))]);
}

static void write_machine(struct world *world, size_t copiers)
{
	char path[32];

	for (size_t n = 0; n < world->count; n++) {
		snprintf(path, sizeof(path), "/dev/use%zu", n);
		write_script(world, "device %s usages=scanout\n", path);
		write_caps(world, path, "scanout", 1 + roll(world, 2));
	}
	for (size_t n = 0; n < copiers; n++) {
		bool is_gpu = roll(world, 2);

		snprintf(path, sizeof(path), "/dev/copy%zu", n);
		write_script(world, "device %s usages=%s\n", path, is_gpu ? "texture,render" : "output,capture");
		write_caps(world, path, is_gpu ? "texture" : "output", 1 + roll(world, FORMATS));
		write_caps(world, path, is_gpu ? "render" : "capture", 1 + roll(world, FORMATS));
	}
	write_script(world, "source system cost=10 format=XR24:0x0300000000000001\n"
			    "source cma segments=1 placement=cma cost=100 format=NV12:0x0300000000000001\n");
}

static void add_usage(const struct world *world, struct cen_request *request, uint32_t usage, const char *path)
{
	const struct cen_device *device;

	assert_int_equal(cen_machine_find_device(world->flow.machine, path, &device, NULL), 0);
	assert_int_equal(cen_request_add_usage(request, usage, device, NULL), 0);
}

static struct cen_request *make_request(const struct world *world)
{
	struct cen_request *request;

	assert_int_equal(cen_request_create(world->flow.machine, &request), 0);
	assert_int_equal(cen_request_set_size(request, WIDTH, HEIGHT, NULL), 0);
	return request;
}

static void add_pipeline(const struct world *world, struct cen_request *request, size_t first, size_t end)
{
	char path[32];

	for (size_t n = first; n < end; n++) {
		snprintf(path, sizeof(path), "/dev/use%zu", n);
		add_usage(world, request, CEN_USAGE_SCANOUT, path);
	}
}

static void add_option(struct world *world, const struct cen_device *device, uint32_t kind, uint32_t reads,
		       uint32_t writes, uint32_t fourcc)
{
	assert_true(world->option_count < OPTIONS);
	world->options[world->option_count++] = (struct option){device, kind, reads, writes, fourcc};
}

static void list_options(struct world *world)
{
	const struct cen_device *device;

	add_option(world, NULL, 0, 0, 0, 0);
	for (size_t i = 0; (device = cen_machine_get_device(world->flow.machine, i)); i++) {
		uint32_t usages = cen_device_get_usages(device);

		if (usages & CEN_USAGE_BIT(CEN_USAGE_OUTPUT))
			add_option(world, device, CEN_COPIER_ENGINE, CEN_USAGE_OUTPUT, CEN_USAGE_CAPTURE, 0);
		if (usages & CEN_USAGE_BIT(CEN_USAGE_TEXTURE))
			add_option(world, device, CEN_COPIER_GPU, CEN_USAGE_TEXTURE, CEN_USAGE_RENDER, 0);
		for (size_t f = 0; f < FORMATS && usages & CEN_USAGE_BIT(CEN_USAGE_CPU_READ); f++)
			add_option(world, device, CEN_COPIER_CPU, CEN_USAGE_CPU_READ, CEN_USAGE_CPU_WRITE,
				   formats[f].fourcc);
	}
}

static void start_world(struct world *world, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->random = seed * UINT64_C(0x9e3779b97f4a7c15);
	world->count = 2 + roll(world, USAGES - 1);
	write_machine(world, roll(world, COPIERS + 1));
	flow_start(&world->flow, world->script);
	list_options(world);
	world->request = make_request(world);
	add_pipeline(world, world->request, 0, world->count);
}

static void stop_world(struct world *world)
{
	cen_request_destroy(world->request);
	flow_stop(&world->flow);
}

static uint64_t solve_group(const struct world *world, size_t first, size_t end, const struct option *front,
			    const struct option *back)
{
	struct cen_plan_info info = {.size = sizeof(info)};
	struct cen_request *request = make_request(world);
	struct cen_solution *solution;
	uint64_t bytes = UINT64_MAX;

	if (front->device)
		assert_int_equal(cen_request_add_usage(request, front->writes, front->device, NULL), 0);
	add_pipeline(world, request, first, end);
	if (back->device)
		assert_int_equal(cen_request_add_usage(request, back->reads, back->device, NULL), 0);
	if (front->fourcc || back->fourcc) {
		assert_int_equal(cen_request_add_modifier(request, CEN_MODIFIER_LINEAR, NULL), 0);
		assert_int_equal(cen_request_add_format(request, front->fourcc ? front->fourcc : back->fourcc, NULL),
				 0);
	}
	assert_int_equal(cen_solve(request, CEN_SOLVE_NO_RELAXATIONS, &solution, NULL), 0);
	if (cen_solution_get_plan(solution, 0)) {
		assert_int_equal(cen_plan_get_info(cen_solution_get_plan(solution, 0), &info), 0);
		for (size_t f = 0; f < FORMATS; f++)
			bytes = formats[f].fourcc == info.fourcc ? formats[f].bytes : bytes;
		assert_int_not_equal(bytes, UINT64_MAX);
	}
	cen_solution_unref(solution);
	cen_request_destroy(request);
	return bytes;
}

static uint64_t group_bytes(struct world *world, size_t first, size_t end, size_t front, size_t back)
{
	const struct option *a = &world->options[front], *b = &world->options[back];
	uint64_t *known = &world->known[first][end][front][back];

	if (a->fourcc && b->fourcc && a->fourcc != b->fourcc)
		return UINT64_MAX;
	if (!*known)
		*known = solve_group(world, first, end, a, b);
	return *known;
}

static int compare(const struct cost *a, const struct cost *b)
{
	if (a->groups != b->groups)
		return a->groups < b->groups ? -1 : 1;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? -1 : 1;
	return a->kinds < b->kinds ? -1 : a->kinds > b->kinds;
}

/* All ways from usage first to usage end, the copier before first being given. */
static void walk(struct world *world, size_t first, size_t end, size_t front, struct cost cost, struct cost *best)
{
	cost.groups++;
	for (size_t cut = first + 1; cut <= end; cut++) {
		for (size_t back = cut < end; back < (cut < end ? world->option_count : 1); back++) {
			uint64_t bytes = group_bytes(world, first, cut, front, back);
			struct cost sum = cost;

			if (bytes == UINT64_MAX)
				continue;
			sum.bytes += bytes * ((front ? 1u : 0u) + (back ? 1u : 0u));
			sum.cpu += world->options[back].kind == CEN_COPIER_CPU;
			sum.kinds += world->options[back].kind;
			if (cut < end)
				walk(world, cut, end, back, sum, best);
			else if (compare(&sum, best) < 0)
				*best = sum;
		}
	}
}

static struct cost find_best(struct world *world, size_t end)
{
	struct cost best = {.groups = UINT64_MAX};

	walk(world, 0, end, 0, (struct cost){0}, &best);
	return best;
}

static struct cost cost_of(const struct cen_split *split)
{
	struct cost cost = {.groups = cen_split_get_group_count(split), .bytes = cen_split_get_bytes(split)};
	struct cen_split_copy copy = {.size = sizeof(copy)};
	uint64_t bytes = 0;

	for (size_t n = 0; cen_split_get_copy(split, n, &copy) == 0; n++) {
		cost.kinds += copy.copier;
		cost.cpu += copy.copier == CEN_COPIER_CPU;
		bytes += copy.bytes_read + copy.bytes_written;
	}
	assert_int_equal(bytes, cost.bytes);
	return cost;
}

/* The groups are what they say: together the pipeline, each with a plan, and the CPU keeps format and order of bytes. */
static void check_groups(const struct world *world, const struct cen_split *split)
{
	struct cen_split_group group = {.size = sizeof(group)};
	struct cen_plan_info before = {.size = sizeof(before)}, info = {.size = sizeof(info)};
	struct cen_split_copy copy = {.size = sizeof(copy)};
	size_t at = 0;

	for (size_t n = 0; cen_split_get_group(split, n, &group) == 0; n++) {
		assert_int_equal(group.first, at);
		at += group.count;
		assert_int_equal(cen_plan_get_info(cen_solution_get_plan(group.solution, 0), &info), 0);
		if (n && cen_split_get_copy(split, n - 1, &copy) == 0 && copy.copier == CEN_COPIER_CPU) {
			assert_int_equal(info.fourcc, before.fourcc);
			assert_int_equal(info.modifier, CEN_MODIFIER_LINEAR);
			assert_int_equal(before.modifier, CEN_MODIFIER_LINEAR);
		}
		before = info;
	}
	assert_int_equal(at, world->count);
}

static void check_failure(struct world *world, const struct cen_split *split)
{
	size_t failed = cen_split_get_failed_usage(split);
	bool is_alone;

	assert_true(failed < world->count);
	is_alone = group_bytes(world, failed, failed + 1, 0, 0) == UINT64_MAX;
	assert_int_equal(is_alone, cen_split_get_conflict(split) != NULL);
	if (is_alone)
		return;
	assert_int_not_equal(find_best(world, failed).groups, UINT64_MAX);
	assert_int_equal(find_best(world, failed + 1).groups, UINT64_MAX);
	/* Everybody who might copy has a reason. */
	for (size_t n = 0, told = 0; n < world->option_count; n++) {
		told += world->options[n].kind && (n == 0 || world->options[n].device != world->options[n - 1].device);
		if (n + 1 == world->option_count)
			assert_int_equal(told, cen_split_get_rejection_count(split, 0));
	}
}

/* Returns the groups; 0: none, -1: none because of one usage alone. */
static int check_world(uint64_t seed)
{
	static struct world world;
	struct cost best, is;
	struct cen_split *split;
	int groups;

	start_world(&world, seed);
	assert_int_equal(cen_solve_split(world.request, CEN_SOLVE_NO_RELAXATIONS, &split, NULL), 0);
	best = find_best(&world, world.count);
	is = cost_of(split);
	if (!is.groups)
		is.groups = UINT64_MAX;
	if (compare(&best, &is) != 0)
		fail_msg("case %llu: %llu groups, %llu bytes; by trying all: %llu groups, %llu bytes\n%s\n%s",
			 (unsigned long long)seed, (unsigned long long)is.groups, (unsigned long long)is.bytes,
			 (unsigned long long)best.groups, (unsigned long long)best.bytes, world.script,
			 cen_split_get_text(split));
	if (cen_split_get_group_count(split))
		check_groups(&world, split);
	else
		check_failure(&world, split);
	groups = cen_split_get_conflict(split) ? -1 : (int)cen_split_get_group_count(split);
	cen_split_unref(split);
	stop_world(&world);
	return groups;
}

static void test_all_ways(void **state)
{
	unsigned int seen[USAGES + 2] = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++)
		seen[check_world(seed) + 1]++;
	for (int n = -1; n <= USAGES; n++)
		print_message("# %u of %d groups\n", seen[n + 1], n);
	/* The cases are of every sort. */
	for (int n = -1; n <= 4; n++)
		assert_true(seen[n + 1] >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
