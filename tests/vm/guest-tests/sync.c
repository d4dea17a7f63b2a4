/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * CPU access and fences on real dma-bufs: of heaps, udmabuf, two memory classes of cameras, and a display. The fences
 * are the test's own, of sw_sync. Prints TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "cpu-map.h"
#include "dma-buf.h"
#include "fault.h"
#include "sw-sync.h"
#include "tap.h"

#define SWEEP_MAX 200
#define STORM_US 500
#define HOLD_MS 300

static struct cen_machine *machine;

/* A call that failed says this; the error is destroyed. */
static bool says(struct cen_error **err, const char *text)
{
	bool is_said = *err && strstr(cen_error_get_message(*err), text);

	if (!is_said)
		printf("# \"%s\" is not in \"%s\"\n", text, *err ? cen_error_get_message(*err) : "no error");
	cen_error_destroy(*err);
	*err = NULL;
	return is_said;
}

static bool add_usage(struct cen_request *request, uint32_t usage, const char *path)
{
	const struct cen_device *device;

	return cen_machine_find_device(machine, path, &device, NULL) == 0 &&
	       cen_request_add_usage(request, usage, device, NULL) == 0;
}

/* NV12 where the source makes it (dumb buffers are XR24), written and read by the CPU. NULL: it cannot be had. */
static struct cen_buffer *allocate(const char *source, const char *fourcc, uint64_t objects)
{
	const struct cen_constraint wishes[] = {
		{.kind = CEN_CONSTRAINT_HEAP,
		 .value = cen_heap_hash(source),
		 .provenance = CEN_PROVENANCE_POLICY,
		 .note = source},
		{.kind = CEN_CONSTRAINT_OBJECTS, .value = objects, .provenance = CEN_PROVENANCE_POLICY},
	};
	struct cen_solution *solution = NULL;
	struct cen_request *request = NULL;
	struct cen_buffer *buffer = NULL;
	struct cen_error *err = NULL;
	bool is_good;

	is_good = cen_request_create(machine, &request) == 0 && cen_request_set_size(request, 640, 360, NULL) == 0 &&
		  cen_request_add_format(request, cen_format_from_string(fourcc), NULL) == 0 &&
		  add_usage(request, CEN_USAGE_CPU_WRITE, "cpu") && add_usage(request, CEN_USAGE_CPU_READ, "cpu") &&
		  cen_request_add_constraint(request, &wishes[0], NULL) == 0 &&
		  (!objects || cen_request_add_constraint(request, &wishes[1], NULL) == 0);
	/* A device's own allocator is there for those who use the device. */
	if (is_good && source[0] == '/')
		is_good = add_usage(request, strstr(source, "video") ? CEN_USAGE_CAPTURE : CEN_USAGE_SCANOUT, source);
	if (is_good && cen_solve(request, 0, &solution, &err) == 0 && cen_solution_get_plan(solution, 0))
		cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, &err);
	if (!buffer)
		printf("# %s: %s\n", source, err ? cen_error_get_message(err) : "no plan");
	cen_error_destroy(err);
	cen_solution_unref(solution);
	cen_request_destroy(request);
	return buffer;
}

static void fill(const struct cen_cpu_map *map, uint8_t value)
{
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};

	for (uint32_t n = 0; cen_cpu_map_get_plane(map, n, &plane) == 0; n++)
		memset(plane.data, value + (int)n, (size_t)plane.bytes);
}

static bool is_filled(const struct cen_cpu_map *map, uint8_t value)
{
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
	uint32_t n;

	for (n = 0; cen_cpu_map_get_plane(map, n, &plane) == 0; n++) {
		const uint8_t *bytes = plane.data;

		for (uint64_t i = 0; i < plane.bytes; i++) {
			if (bytes[i] != (uint8_t)(value + n))
				return false;
		}
	}
	return n > 0;
}

/* Through one mapping in, through another one out; then again on the mappings that are kept. */
static void test_map(const char *source, const char *fourcc)
{
	struct cen_buffer *buffer = allocate(source, fourcc, 0);
	struct cen_cpu_map *writer = NULL, *reader = NULL;
	struct cen_error *err = NULL;
	bool is_good;

	if (!check(buffer != NULL, "%s: a buffer of %s", source, fourcc))
		return;
	is_good = cen_buffer_map_cpu(buffer, CEN_CPU_MAP_WRITE, &writer, &err) == 0;
	if (is_good) {
		fill(writer, 0x21);
		is_good = cen_cpu_map_end(writer, &err) == 0 &&
			  cen_buffer_map_cpu(buffer, CEN_CPU_MAP_READ, &reader, &err) == 0 && is_filled(reader, 0x21);
	}
	check(is_good, "%s: what the CPU writes is what it reads", source);
	is_good = is_good && cen_cpu_map_end(reader, &err) == 0 &&
		  cen_cpu_map_begin(writer, CEN_CPU_MAP_WRITE, &err) == 0;
	if (is_good) {
		fill(writer, 0x84);
		is_good = cen_cpu_map_end(writer, &err) == 0 &&
			  cen_cpu_map_begin(reader, CEN_CPU_MAP_READ, &err) == 0 && is_filled(reader, 0x84);
	}
	check(is_good, "%s: and again on the mappings that were kept", source);
	if (err)
		printf("# %s\n", cen_error_get_message(err));
	cen_error_destroy(err);
	cen_cpu_map_destroy(writer);
	cen_cpu_map_destroy(reader);
	cen_buffer_unref(buffer);
}

static void test_maps(void)
{
	const struct cen_source *source;
	unsigned int cards = 0, cameras = 0, heaps = 0;

	for (size_t n = 0; (source = cen_machine_get_source(machine, n)); n++) {
		struct cen_source_info info = {.size = sizeof(info)};

		cen_source_get_info(source, &info);
		if (strcmp(info.backend, "kms") == 0 && ++cards)
			test_map(info.name, "XR24");
		else if (strcmp(info.backend, "v4l2") == 0 && ++cameras)
			test_map(info.name, "NV12");
		else if ((strcmp(info.backend, "heap") == 0 || strcmp(info.name, "udmabuf") == 0) && ++heaps)
			test_map(info.name, "NV12");
	}
	check(cards >= 1 && cameras >= 2 && heaps >= 3, "a display, two cameras, heaps and udmabuf were mapped");
}

/* As a heap's owner may hand it out. */
static void test_read_only(void)
{
	struct dma_heap_allocation_data data = {.len = 4096, .fd_flags = O_RDONLY | O_CLOEXEC};
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
	bool is_made = heap >= 0 && ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) == 0;
	const struct cen_buffer_object object = {.fd = (int)data.fd, .size = 4096};
	const struct cen_buffer_plane plane = {.stride = 64, .size = 4096};
	const struct cen_buffer_info info = {.size = sizeof(info), .plane_count = 1, .object_count = 1};
	const struct cpu_map_image image = {&info, &plane, &object};
	struct cen_cpu_map *map = NULL;
	struct cen_error *err = NULL;

	if (!check(is_made, "an fd for reading only"))
		return;
	check(_cen_cpu_map_create(&image, CEN_CPU_MAP_READ, &map, &err) == 0, "it is mapped for reading");
	cen_cpu_map_destroy(map);
	check(_cen_cpu_map_create(&image, CEN_CPU_MAP_WRITE, &map, &err) == -EACCES &&
		      says(&err, "object 0, exported by system, cannot be written"),
	      "and not for writing, with the exporter's name");
	close((int)data.fd);
	close(heap);
}

static atomic_int storm_count;

static void count_signal(int signal_number)
{
	(void)signal_number;
	storm_count++;
}

static void set_storm(bool is_on)
{
	const struct itimerval timer = {.it_interval.tv_usec = is_on ? STORM_US : 0,
					.it_value.tv_usec = is_on ? STORM_US : 0};
	const struct sigaction action = {.sa_handler = is_on ? count_signal : SIG_IGN};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void *increment_later(void *data)
{
	sigset_t all;

	/* The signals are for the thread that waits. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	nanosleep(&(struct timespec){.tv_nsec = HOLD_MS * 1000000l}, NULL);
	return (void *)(intptr_t)sw_sync_increment(*(const int *)data, 1);
}

/*
 * The CPU waits for a fence in the buffer while signals interrupt it all the time; the kernel says EINTR to each, which
 * nobody sees.
 */
static void test_storm(struct cen_buffer *buffer)
{
	int counter = sw_sync_open(), fence = sw_sync_create_fence(counter, 1), ret;
	struct cen_error *err = NULL;
	pthread_t thread = 0;
	double start;

	if (!check(fence >= 0 && cen_buffer_import_fence(buffer, CEN_FENCE_WRITE, fence, NULL) == 0 &&
			   pthread_create(&thread, NULL, increment_later, &counter) == 0,
		   "a buffer that is busy"))
		return;
	storm_count = 0;
	set_storm(true);
	/* What happens without the repetition. */
	start = now_ms();
	{
		struct pollfd poll_fd = {.fd = fence, .events = POLLIN};

		ret = poll(&poll_fd, 1, HOLD_MS / 2);
	}
	check(ret < 0 && errno == EINTR, "signals interrupt system calls");
	{
		CEN_CPU_MAP_SCOPE(map, buffer, CEN_CPU_MAP_READ | CEN_CPU_MAP_WRITE, &err);
		check(map != NULL && now_ms() - start > HOLD_MS * 0.8,
		      "the CPU begins when the fence is signalled: %.0f ms", now_ms() - start);
	}
	set_storm(false);
	check(storm_count > 10, "%d signals came meanwhile", (int)storm_count);
	cen_error_destroy(err);
	pthread_join(thread, NULL);
	close(fence);
	close(counter);
}

static int get_status(int fence)
{
	int status = -EDOM;

	cen_fence_get_status(fence, &status, NULL);
	return status;
}

/* What such an access would have to wait for: 0 pending, 1 nothing. */
static int get_export_status(const struct cen_buffer *buffer, uint32_t access)
{
	int fence, status = -EDOM;

	if (cen_buffer_export_fence(buffer, access, &fence, NULL) < 0)
		return -EDOM;
	status = fcntl(fence, F_GETFD) & FD_CLOEXEC ? get_status(fence) : -EDOM;
	close(fence);
	return status;
}

static bool is_readable(const struct cen_buffer *buffer, short events)
{
	struct cen_buffer_object object;
	struct pollfd poll_fd = {.events = events};

	cen_buffer_get_object(buffer, 0, &object);
	poll_fd.fd = object.fd;
	return poll(&poll_fd, 1, 0) == 1;
}

/* A fence of a writer stops everybody, one of a reader those who write. */
static void test_directions(struct cen_buffer *buffer)
{
	int counter = sw_sync_open(), fence = sw_sync_create_fence(counter, 1);

	check(get_export_status(buffer, CEN_FENCE_WRITE) == 1, "an idle buffer has nothing to wait for");
	check(cen_buffer_import_fence(buffer, CEN_FENCE_READ, fence, NULL) == 0, "a reader's fence goes in");
	check(get_export_status(buffer, CEN_FENCE_READ) == 1 && is_readable(buffer, POLLIN),
	      "readers need not wait for it");
	check(get_export_status(buffer, CEN_FENCE_WRITE) == 0 && !is_readable(buffer, POLLOUT), "writers must");
	sw_sync_increment(counter, 1);
	close(fence);
	check(get_export_status(buffer, CEN_FENCE_WRITE) == 1, "until it is signalled");
	fence = sw_sync_create_fence(counter, 2);
	check(cen_buffer_import_fence(buffer, CEN_FENCE_WRITE, fence, NULL) == 0, "a writer's fence goes in");
	check(get_export_status(buffer, CEN_FENCE_READ) == 0 && !is_readable(buffer, POLLIN),
	      "readers must wait for it");
	sw_sync_increment(counter, 1);
	check(get_export_status(buffer, CEN_FENCE_READ) == 1 && is_readable(buffer, POLLIN), "until it is signalled");
	close(fence);
	close(counter);
}

/* Returns what the wait does; *took: milliseconds. */
static int timed_wait(int fence, int timeout_ms, struct cen_error **err, double *took)
{
	double start = now_ms();
	int ret = cen_fence_wait(fence, timeout_ms, err);

	*took = now_ms() - start;
	return ret;
}

static void test_wait(void)
{
	int counter = sw_sync_open(), fence = sw_sync_create_fence(counter, 1),
	    failing = sw_sync_create_fence(counter, 2);
	struct cen_error *err = NULL;
	pthread_t thread;
	double took;
	int ret;

	ret = timed_wait(fence, 100, &err, &took);
	check(ret == -ETIMEDOUT && says(&err, "not signalled within 100 ms") && took >= 100,
	      "a wait of 100 ms takes as long: %.1f ms", took);
	check(cen_fence_wait(fence, 0, NULL) == -ETIMEDOUT, "a look takes no time");
	pthread_create(&thread, NULL, increment_later, &counter);
	set_storm(true);
	ret = timed_wait(fence, -1, NULL, &took);
	check(ret == 0 && took > HOLD_MS * 0.8, "a wait for ever ends with the fence, and not with a signal: %.1f ms",
	      took);
	ret = timed_wait(failing, 100, NULL, &took);
	set_storm(false);
	check(ret == -ETIMEDOUT && took >= 100 && took < 5000, "signals make a wait no longer: %.1f ms", took);
	pthread_join(thread, NULL);
	check(get_status(fence) == 1 && get_status(failing) == 0, "one is signalled, the other is pending");
	close(counter);
	check(cen_fence_wait(failing, 0, NULL) == 0 && get_status(failing) < 0,
	      "work that fails is over, with its error: %s", strerror(-get_status(failing)));
	close(fence);
	close(failing);
}

static void test_merge(void)
{
	int counter = sw_sync_open(), early = sw_sync_create_fence(counter, 1), late = sw_sync_create_fence(counter, 2);
	int other = sw_sync_open(), apart = sw_sync_create_fence(other, 1), both = -1, all = -1;

	check(cen_fence_merge(late, early, &both, NULL) == 0 && cen_fence_merge(both, apart, &all, NULL) == 0 &&
		      (fcntl(all, F_GETFD) & FD_CLOEXEC),
	      "fences of two counters are merged");
	sw_sync_increment(counter, 1);
	check(get_status(early) == 1 && get_status(both) == 0, "the later one counts");
	sw_sync_increment(counter, 1);
	check(get_status(both) == 1 && get_status(all) == 0, "and every counter");
	sw_sync_increment(other, 1);
	check(get_status(all) == 1, "until all are signalled");
	close(early);
	close(late);
	close(apart);
	close(both);
	close(all);
	close(counter);
	close(other);
}

/* Kernels that refuse: the second object, and all of it. */
static void test_refusals(const struct cen_buffer *buffer, int fence)
{
	struct cen_error *err = NULL;
	int ret, out;

	/* The calls: is it a fence, the first object, the second. */
	fault_arm(FAULT_IOCTL, 3);
	ret = cen_buffer_import_fence(buffer, CEN_FENCE_READ, fence, &err);
	check(fault_disarm() && ret == -EIO &&
		      says(&err, "object 1, exported by system: DMA_BUF_IOCTL_IMPORT_SYNC_FILE"),
	      "the object that fails is named");
	fault_arm(FAULT_IOCTL, 3);
	ret = cen_buffer_import_fence(buffer, CEN_FENCE_READ, fence, &err);
	check(fault_disarm() && ret == -EIO && says(&err, "object 0 has the fence"), "and those that have it");
	fault_set_errno(ENOTTY);
	fault_arm(FAULT_IOCTL, 2);
	ret = cen_buffer_export_fence(buffer, CEN_FENCE_READ, &out, &err);
	check(fault_disarm() && ret == -EOPNOTSUPP && out == -1 && says(&err, "need Linux 6.0"),
	      "a kernel without fences of dma-bufs is told");
	fault_set_errno(0);
}

/* A plane each in its own dma-buf: the fences of both are one. */
static void test_objects(void)
{
	struct cen_buffer *buffer = allocate("system", "NV12", CEN_OBJECTS_PER_PLANE);
	int counter = sw_sync_open(), first = sw_sync_create_fence(counter, 1),
	    second = sw_sync_create_fence(counter, 2);
	struct cen_buffer_object objects[2] = {{.fd = -1}, {.fd = -1}};
	int fence = -1;

	if (!check(buffer && cen_buffer_get_object(buffer, 0, &objects[0]) == 0 &&
			   cen_buffer_get_object(buffer, 1, &objects[1]) == 0,
		   "a buffer of two dma-bufs"))
		return;
	_cen_dma_buf_import_fence(objects[0].fd, CEN_FENCE_WRITE, first);
	_cen_dma_buf_import_fence(objects[1].fd, CEN_FENCE_WRITE, second);
	check(cen_buffer_export_fence(buffer, CEN_FENCE_READ, &fence, NULL) == 0 && get_status(fence) == 0,
	      "its fence is pending");
	sw_sync_increment(counter, 1);
	check(get_status(fence) == 0, "also when one of them is ready");
	sw_sync_increment(counter, 1);
	check(get_status(fence) == 1, "and signalled when both are");
	close(fence);
	fence = sw_sync_create_fence(counter, 3);
	check(cen_buffer_import_fence(buffer, CEN_FENCE_WRITE, fence, NULL) == 0, "a fence goes into both");
	for (int n = 0; n < 2; n++) {
		int one = _cen_dma_buf_export_fence(objects[n].fd, CEN_FENCE_READ);

		check(get_status(one) == 0, "dma-buf %d has it", n);
		close(one);
	}
	test_refusals(buffer, fence);
	close(counter);
	close(fence);
	close(first);
	close(second);
	cen_buffer_unref(buffer);
}

static void test_foreign(struct cen_buffer *buffer)
{
	struct cen_buffer_object object = {.fd = -1};
	struct cen_error *err = NULL;

	cen_buffer_get_object(buffer, 0, &object);
	check(cen_fence_wait(object.fd, 0, &err) == -EINVAL && says(&err, "is no fence"), "a dma-buf is no fence");
	check(cen_buffer_import_fence(buffer, CEN_FENCE_WRITE, object.fd, &err) == -EINVAL && says(&err, "is no fence"),
	      "and cannot go into another");
}

/* All of it once. Returns 0 or the first failure. */
static int use_all(struct cen_buffer *buffer, int pending)
{
	int fence = -1, merged = -1, status, ret;
	struct cen_error *err = NULL;
	struct cen_cpu_map *map;

	ret = cen_buffer_map_cpu(buffer, CEN_CPU_MAP_READ, &map, &err);
	if (ret == 0)
		ret = cen_cpu_map_end(map, &err);
	if (ret == 0)
		ret = cen_buffer_export_fence(buffer, CEN_FENCE_WRITE, &fence, &err);
	if (ret == 0)
		ret = cen_fence_merge(fence, pending, &merged, &err);
	if (ret == 0)
		ret = cen_fence_get_status(merged, &status, &err);
	if (ret == 0)
		ret = cen_buffer_import_fence(buffer, CEN_FENCE_READ, fence, &err);
	if (fence >= 0)
		close(fence);
	if (merged >= 0)
		close(merged);
	cen_cpu_map_destroy(map);
	cen_error_destroy(err);
	return ret;
}

/* The n-th call fails: the caller learns it, and nothing is left. */
static void test_faults(void)
{
	struct cen_buffer *buffer = allocate("system", "NV12", CEN_OBJECTS_PER_PLANE);
	int counter = sw_sync_open(), pending = sw_sync_create_fence(counter, 1);
	size_t fds = balance_count_fds(), alive = fault_alive();
	bool is_clean = buffer && pending >= 0, fired = true;
	unsigned long faults = 0;

	for (unsigned long n = 1; is_clean && fired && n < SWEEP_MAX; n++) {
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = use_all(buffer, pending);
		fired = fault_disarm();
		faults += fired;
		is_clean = (fired ? ret < 0 : ret == 0) && balance_check_fds(fds) && fault_alive() == alive;
		if (!is_clean)
			printf("# call %lu: returned %d, %zu allocations left\n", n, ret, fault_alive() - alive);
	}
	check(is_clean && !fired && faults > 12, "%lu calls fail in turn, and nothing is left", faults);
	close(pending);
	close(counter);
	cen_buffer_unref(buffer);
}

int main(void)
{
	struct cen_context *ctx = NULL;
	struct cen_buffer *buffer;
	size_t fds = balance_count_fds();
	int buffers;

	if (system("modprobe -r vivid; modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1")) {
		printf("1..0 # SKIP vivid cannot be loaded\n");
		return 0;
	}
	buffers = count_buffers();
	if (!check(cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, NULL) == 0 &&
			   cen_machine_create_live(ctx, 0, &machine, NULL) == 0,
		   "there is a machine"))
		return check_end();
	test_maps();
	test_read_only();
	buffer = allocate("system", "NV12", 0);
	if (check(buffer != NULL, "a buffer for the fences")) {
		test_storm(buffer);
		test_directions(buffer);
		test_foreign(buffer);
	}
	cen_buffer_unref(buffer);
	test_wait();
	test_merge();
	test_objects();
	test_faults();
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(balance_check_fds(fds), "all fds are closed");
	check(count_buffers() == buffers, "as many dma-bufs as before");
	check(system("modprobe -r vivid") == 0, "nothing holds the cameras");
	return check_end();
}
