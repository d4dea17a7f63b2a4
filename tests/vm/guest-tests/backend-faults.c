/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The built-in backends on real devices, with one call of theirs failing at a time: whatever fails, fds, memory,
 * dma-bufs and the camera's format are afterwards as before, and the failure is told or does no harm. Prints TAP.
 *
 * The trial imports run in child processes, which count on from where the parent was: a fault that fires there is not
 * seen by fault_fired(), only by what it does. So a sweep ends when some runs in a row saw no fault and succeeded.
 * Calls that libdrm and libudev make are not reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>
#include <linux/videodev2.h>

#include "balance.h"
#include "fault.h"
#include "tap.h"

#define ANY_CAMERA "/dev/video0" /* vmalloc */
#define CONTIGUOUS_CAMERA "/dev/video1"
#define NO_PLAN (-1000)
#define SWEEP_MAX 100000 /* more than any way has calls */
#define QUIET_RUNS 12 /* a child has fewer harmless faults in a row */

struct kind {
	const char *name;
	unsigned int kinds;
	int errnum; /* 0: the kind's own */
	unsigned long every; /* each n up to here, then ever fewer */
};

static const struct kind kinds[] = {
	{"ioctl", FAULT_IOCTL, 0, 400},
	{"ioctl EINTR", FAULT_IOCTL, EINTR, 60},
	{"ioctl ENODEV", FAULT_IOCTL, ENODEV, 60},
	{"open and fopen", FAULT_OPEN, 0, 60},
	{"dup and memfd_create", FAULT_FD, 0, 60},
	{"mmap", FAULT_MMAP, 0, 60},
	{"memory", FAULT_MEMORY, 0, 60},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* What to do under fault: everything, or with plan the allocation alone. */
struct way {
	const char *name, *camera;
	struct cen_plan *plan;
};

struct camera_state {
	struct v4l2_format format;
	struct v4l2_selection crop, compose;
};

struct sweep {
	unsigned long runs, refused, harmless;
	unsigned long bad_fds, bad_memory, bad_buffers, bad_format, bad_silence, bad_retry;
};

static char display[64];
static unsigned long effects[KIND_COUNT];

static void read_camera(const char *path, struct camera_state *out)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	*out = (struct camera_state){
		.format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.crop = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .target = V4L2_SEL_TGT_CROP},
		.compose = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .target = V4L2_SEL_TGT_COMPOSE},
	};
	if (fd < 0 || ioctl(fd, VIDIOC_G_FMT, &out->format) < 0)
		abort();
	/* A camera without rectangles has none to lose. */
	ioctl(fd, VIDIOC_G_SELECTION, &out->crop);
	ioctl(fd, VIDIOC_G_SELECTION, &out->compose);
	close(fd);
}

/* Another format than the plan's, so that every import and allocation has one to put back. */
static void set_camera(const char *path)
{
	struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
	int fd = open(path, O_RDWR | O_CLOEXEC);

	format.fmt.pix.width = 1280;
	format.fmt.pix.height = 720;
	format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	if (fd < 0 || ioctl(fd, VIDIOC_S_FMT, &format) < 0 || format.fmt.pix.width != 1280)
		abort();
	close(fd);
}

static int add_usage(struct cen_machine *machine, struct cen_request *request, uint32_t usage, const char *path,
		     struct cen_error **err)
{
	const struct cen_device *device;
	int ret = cen_machine_find_device(machine, path, &device, err);

	return ret < 0 ? ret : cen_request_add_usage(request, usage, device, err);
}

static int add_source(struct cen_request *request, const char *source, struct cen_error **err)
{
	const struct cen_constraint heap = {
		.kind = CEN_CONSTRAINT_HEAP,
		.value = source ? cen_heap_hash(source) : 0,
		.provenance = CEN_PROVENANCE_POLICY,
		.note = source,
	};

	return source ? cen_request_add_constraint(request, &heap, err) : 0;
}

static int describe(struct cen_machine *machine, const char *path, uint32_t usage, struct cen_capabilities **out,
		    struct cen_error **err)
{
	uint32_t fourcc = cen_format_from_string("XR24");
	const struct cen_device *device;
	char *notes = NULL;
	int ret = cen_machine_find_device(machine, path, &device, err);

	*out = NULL;
	if (ret == 0)
		ret = cen_machine_describe(machine, device, usage, 640, 360, &fourcc, 1, out, &notes, err);
	free(notes);
	/* An answer without the format would say that the device does not have it. */
	return ret == 0 && cen_capabilities_get_count(*out) == 0 ? NO_PLAN : ret;
}

static int make_request(struct cen_machine *machine, const char *camera, const char *source, struct cen_request **out,
			struct cen_error **err)
{
	int ret = cen_request_create(machine, out);

	if (ret == 0)
		ret = cen_request_set_size(*out, 640, 360, err);
	if (ret == 0)
		ret = cen_request_set_count(*out, 2, err);
	if (ret == 0)
		ret = cen_request_add_format(*out, cen_format_from_string("XR24"), err);
	if (ret == 0)
		ret = add_usage(machine, *out, CEN_USAGE_CAPTURE, camera, err);
	if (ret == 0)
		ret = add_usage(machine, *out, CEN_USAGE_SCANOUT, display, err);
	if (ret == 0)
		ret = add_usage(machine, *out, CEN_USAGE_CPU_READ, "cpu", err);
	return ret < 0 ? ret : add_source(*out, source, err);
}

static int make_plan(const char *camera, const char *source, struct cen_solution **out, struct cen_error **err)
{
	struct cen_machine *machine = NULL;
	struct cen_request *request = NULL;
	struct cen_capabilities *caps = NULL;
	struct cen_context *ctx = NULL;
	int ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, err);

	*out = NULL;
	if (ret == 0)
		ret = cen_machine_create_live(ctx, 0, &machine, err);
	if (ret == 0)
		ret = describe(machine, camera, CEN_USAGE_CAPTURE, &caps, err);
	cen_capabilities_unref(caps);
	if (ret == 0)
		ret = make_request(machine, camera, source, &request, err);
	if (ret == 0)
		ret = cen_solve(request, CEN_SOLVE_NO_RELAXATIONS, out, err);
	if (ret == 0 && !cen_solution_get_plan(*out, 0))
		ret = NO_PLAN;
	cen_request_destroy(request);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	return ret;
}

static int allocate(struct cen_plan *plan, struct cen_error **err)
{
	struct cen_buffer *buffers[8] = {NULL};
	int ret = cen_plan_allocate(plan, 2, CEN_ALLOCATE_VERIFY, buffers, err);

	for (size_t n = 0; n < 8; n++)
		cen_buffer_unref(buffers[n]);
	return ret;
}

/* Returns what the library said; text is its message, "" without one. */
static int run(const struct way *way, char *text, size_t size)
{
	struct cen_solution *solution = NULL;
	struct cen_error *err = NULL;
	int ret = 0;

	if (!way->plan)
		ret = make_plan(way->camera, NULL, &solution, &err);
	if (ret == 0)
		ret = allocate(way->plan ? way->plan : cen_solution_get_plan(solution, 0), &err);
	snprintf(text, size, "%s", err ? cen_error_get_message(err) : "");
	cen_error_destroy(err);
	cen_solution_unref(solution);
	return ret;
}

/* One thing that must hold after a run. */
static void expect(bool holds, unsigned long *bad, const struct way *way, const struct kind *kind, unsigned long n,
		   const char *what, const char *text)
{
	if (!holds && (*bad)++ < 3)
		printf("# %s: %s %lu: %s; \"%s\"\n", way->name, kind->name, n, what, text);
}

static bool run_one(const struct way *way, const struct kind *kind, unsigned long n, struct sweep *sweep)
{
	struct camera_state before, after;
	size_t alive, fds = balance_count_fds();
	int buffers = count_buffers(), ret;
	char text[1024];
	bool has_fired;

	read_camera(way->camera, &before);
	alive = fault_alive();
	fault_set_errno(kind->errnum);
	fault_arm(kind->kinds, n);
	ret = run(way, text, sizeof(text));
	has_fired = fault_disarm();
	sweep->runs++;
	sweep->refused += ret < 0;
	sweep->harmless += has_fired && ret == 0;
	expect(fault_alive() == alive, &sweep->bad_memory, way, kind, n, "memory is left", text);
	expect(balance_check_fds(fds), &sweep->bad_fds, way, kind, n, "an fd is left", text);
	expect(count_buffers() == buffers, &sweep->bad_buffers, way, kind, n, "a dma-buf is left", text);
	read_camera(way->camera, &after);
	expect(memcmp(&before, &after, sizeof(before)) == 0, &sweep->bad_format, way, kind, n, "the format changed",
	       text);
	if (memcmp(&before, &after, sizeof(before)) != 0)
		set_camera(way->camera);
	expect(ret != NO_PLAN && (ret == 0 || kind->kinds == FAULT_MEMORY || text[0]), &sweep->bad_silence, way, kind,
	       n, ret == NO_PLAN ? "no plan and no error" : "no message", text);
	expect(kind->errnum != EINTR || ret == 0, &sweep->bad_retry, way, kind, n, "not repeated", text);
	return has_fired || ret < 0;
}

/* least: the sweep does not end before. Returns where it ended. */
static unsigned long sweep_kind(const struct way *way, size_t index, unsigned long least)
{
	const struct kind *kind = &kinds[index];
	struct timespec start, end;
	struct sweep sweep = {0};
	unsigned long n = 0;
	int quiet = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (n < SWEEP_MAX && (quiet < QUIET_RUNS || n < least)) {
		n += n < kind->every ? 1 : 1 + (n - kind->every) / 10;
		quiet = run_one(way, kind, n, &sweep) ? 0 : quiet + 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("# %s: %s: %lu runs, %lu refused, %lu harmless, %ld s\n", way->name, kind->name, sweep.runs,
	       sweep.refused, sweep.harmless, (long)(end.tv_sec - start.tv_sec));
	effects[index] += sweep.refused + sweep.harmless;
	check(quiet >= QUIET_RUNS, "%s: %s: past the last call it works", way->name, kind->name);
	check(!sweep.bad_memory, "%s: %s: no memory is left", way->name, kind->name);
	check(!sweep.bad_fds && !sweep.bad_buffers, "%s: %s: no fd or dma-buf is left", way->name, kind->name);
	check(!sweep.bad_format, "%s: %s: the camera's format is what it was", way->name, kind->name);
	check(!sweep.bad_silence, "%s: %s: what fails is told or does no harm", way->name, kind->name);
	if (kind->errnum == EINTR)
		check(!sweep.bad_retry, "%s: %s: what a signal interrupts is repeated", way->name, kind->name);
	return n;
}

static void sweep_kinds(const struct way *way)
{
	unsigned long last = 0;

	for (size_t i = 0; i < KIND_COUNT; i++) {
		/* What a child repeats is not seen at all: as far as the failing ioctls went. */
		unsigned long least = kinds[i].errnum == EINTR ? last : 0;

		last = sweep_kind(way, i, least);
	}
}

static void sweep_source(const char *camera, const char *source)
{
	struct way way = {.name = source, .camera = camera};
	struct cen_solution *solution;
	struct cen_error *err = NULL;
	char text[1024];
	int ret = make_plan(camera, source, &solution, &err);

	if (ret == 0) {
		way.plan = cen_solution_get_plan(solution, 0);
		/* Once without a fault: what the source keeps for the next time is there now. */
		ret = run(&way, text, sizeof(text));
	}
	if (check(ret == 0, "%s: there is a plan and it works: %s", source, err ? cen_error_get_message(err) : ""))
		sweep_kinds(&way);
	cen_error_destroy(err);
	cen_solution_unref(solution);
}

static bool is_same(const struct cen_capabilities *a, const struct cen_capabilities *b)
{
	struct cen_capability left = {.size = sizeof(left)}, right = {.size = sizeof(right)};

	/* One format is one alternative here. */
	if (!a || !b || cen_capabilities_get_count(a) != 1 || cen_capabilities_get_count(b) != 1 ||
	    cen_capabilities_get(a, 0, &left) < 0 || cen_capabilities_get(b, 0, &right) < 0 ||
	    left.constraint_count != right.constraint_count)
		return false;
	for (size_t i = 0; i < left.constraint_count; i++) {
		if (left.constraints[i].kind != right.constraints[i].kind ||
		    left.constraints[i].value != right.constraints[i].value ||
		    left.constraints[i].provenance != right.constraints[i].provenance)
			return false;
	}
	return true;
}

static int make_machine(struct cen_context **ctx, struct cen_machine **machine)
{
	int ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, ctx, NULL);

	return ret < 0 ? ret : cen_machine_create_live(*ctx, 0, machine, NULL);
}

/* Describe with the n-th call failing, and again with none. True when the second answer is right. */
static bool recovers(const struct cen_capabilities *right, const char *path, uint32_t usage, unsigned long n,
		     bool *has_fired)
{
	struct cen_capabilities *caps = NULL, *again = NULL;
	struct cen_machine *machine = NULL;
	struct cen_context *ctx = NULL;
	bool result = false;

	if (make_machine(&ctx, &machine) == 0) {
		fault_set_errno(0);
		fault_arm(FAULT_IOCTL | FAULT_OPEN | FAULT_MEMORY, n);
		describe(machine, path, usage, &caps, NULL);
		*has_fired = fault_disarm();
		describe(machine, path, usage, &again, NULL);
		result = is_same(right, again);
	}
	cen_capabilities_unref(caps);
	cen_capabilities_unref(again);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	return result;
}

/* What could not be learned once is asked anew: a failure is not remembered as an answer. */
static void test_recovery(const char *path, uint32_t usage)
{
	struct cen_capabilities *right = NULL;
	struct cen_machine *machine = NULL;
	struct cen_context *ctx = NULL;
	bool has_fired = true;
	unsigned long n = 0, wrong = 0;

	if (make_machine(&ctx, &machine) == 0)
		describe(machine, path, usage, &right, NULL);
	while (has_fired && ++n < SWEEP_MAX) {
		if (!recovers(right, path, usage, n, &has_fired) && wrong++ < 3)
			printf("# %s: call %lu fails, and later the answer is another one\n", path, n);
	}
	check(n > 1 && wrong == 0, "%s: %lu failures were not remembered", path, n - 1);
	cen_capabilities_unref(right);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
}

static bool find_display(void)
{
	struct cen_machine *machine = NULL;
	const struct cen_device *device;
	struct cen_context *ctx = NULL;

	if (cen_context_create(0, &ctx, NULL) == 0 && cen_machine_create_live(ctx, 0, &machine, NULL) == 0) {
		for (size_t i = 0; (device = cen_machine_get_device(machine, i)); i++) {
			if (cen_device_get_usages(device) & CEN_USAGE_BIT(CEN_USAGE_SCANOUT))
				snprintf(display, sizeof(display), "%s", cen_device_get_path(device));
		}
	}
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	return display[0];
}

int main(void)
{
	const struct way whole = {.name = "the whole way", .camera = ANY_CAMERA};

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* What these ask happens in other processes and in Mesa, where no call of ours can be made to fail. */
	setenv("CENALLOC_DISABLE_BACKENDS", "egl,gbm,vulkan,wayland", 1);
	if (system("modprobe -r vivid; modprobe -r vim2m; modprobe -r vicodec;"
		   "modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1") ||
	    !find_display()) {
		printf("1..0 # SKIP no vivid or no display\n");
		return 0;
	}
	set_camera(ANY_CAMERA);
	set_camera(CONTIGUOUS_CAMERA);
	sweep_kinds(&whole);
	sweep_source(ANY_CAMERA, "system");
	sweep_source(ANY_CAMERA, "udmabuf");
	sweep_source(ANY_CAMERA, display);
	sweep_source(CONTIGUOUS_CAMERA, CONTIGUOUS_CAMERA);
	for (size_t i = 0; i < KIND_COUNT; i++)
		check(effects[i] > 0, "%s: %lu faults had an effect", kinds[i].name, effects[i]);
	test_recovery(ANY_CAMERA, CEN_USAGE_CAPTURE);
	test_recovery(CONTIGUOUS_CAMERA, CEN_USAGE_CAPTURE);
	test_recovery(display, CEN_USAGE_SCANOUT);
	check(system("modprobe -r vivid") == 0, "nothing holds the cameras");
	return check_end();
}
