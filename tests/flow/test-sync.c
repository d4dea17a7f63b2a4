/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * CPU access, fences and timelines by the public interface, where there is neither a dma-buf nor a DRM device: what
 * works on memory of the tests, what is refused with which words, and what a backend's answers become.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "balance.h"
#include "fault.h"
#include "flow.h"

#define SWEEP_MAX 1000

/* A call failed with this, and says so. */
#define check_failure(call, ret, code, text)                                                                           \
	do {                                                                                                           \
		struct cen_error *err = NULL;                                                                          \
		int got = call;                                                                                        \
		assert_non_null(err);                                                                                  \
		if (got != (ret) || cen_error_get_code(err) != (code) || !strstr(cen_error_get_message(err), text))    \
			fail_msg("%d, %s, \"%s\"", got, cen_error_code_get_name(cen_error_get_code(err)),              \
				 cen_error_get_message(err));                                                          \
		cen_error_destroy(err);                                                                                \
	} while (0)

static struct cen_buffer *allocate(struct flow *flow)
{
	struct cen_solution *solution = flow_solve(flow, 640, 360, 1, NV12, CEN_USAGE_CAPTURE, "/dev/fake-camera",
						   CEN_USAGE_SCANOUT, "/dev/fake-display");
	struct cen_buffer *buffer = NULL;

	assert_int_equal(cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, 0, &buffer, NULL), 0);
	cen_solution_unref(solution);
	return buffer;
}

static int fill_in_scope(struct cen_buffer *buffer, int value)
{
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
	struct cen_error *err = NULL;

	CEN_CPU_MAP_SCOPE(map, buffer, CEN_CPU_MAP_WRITE, &err);
	if (!map) {
		int ret = cen_error_get_errno(err);

		cen_error_destroy(err);
		return ret;
	}
	for (uint32_t n = 0; cen_cpu_map_get_plane(map, n, &plane) == 0; n++)
		memset(plane.data, value + (int)n, (size_t)plane.bytes);
	return 0;
}

/* A scope fills both planes; another file of the same memory shows it, and the buffer may go before its map. */
static void test_map(void **state)
{
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
	size_t fds = balance_count_fds();
	struct cen_buffer *buffer;
	struct cen_cpu_map *map;
	unsigned char byte;
	struct flow flow;
	int fd;

	(void)state;
	flow_start(&flow, flow_camera_script);
	buffer = allocate(&flow);
	assert_int_equal(fill_in_scope(buffer, 0x41), 0);
	fd = cen_buffer_dup_fd(buffer, 0);
	assert_true(pread(fd, &byte, 1, 0) == 1 && byte == 0x41);
	assert_true(pread(fd, &byte, 1, 640 * 360) == 1 && byte == 0x42);
	assert_int_equal(cen_buffer_map_cpu(buffer, CEN_CPU_MAP_READ, &map, NULL), 0);
	cen_buffer_unref(buffer);
	assert_int_equal(cen_cpu_map_get_plane(map, 1, &plane), 0);
	assert_true(plane.stride == 640 && plane.rows == 180 && *(unsigned char *)plane.data == 0x42);
	cen_cpu_map_destroy(map);
	close(fd);
	flow_stop(&flow);
	assert_true(balance_check_fds(fds));
}

/* Every call of a way fails in turn: the caller learns it, though the error itself may be what had no memory. */
static void sweep(int (*way)(void *data), void *data)
{
	unsigned long n;

	for (n = 1; n < SWEEP_MAX; n++) {
		size_t alive = fault_alive(), fds = balance_count_fds();
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = way(data);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_true(ret < 0);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
	}
	assert_true(n > 3 && n < SWEEP_MAX);
}

static int fill_with_zero(void *buffer)
{
	return fill_in_scope(buffer, 0);
}

static void test_map_sweep(void **state)
{
	struct cen_buffer *buffer;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	buffer = allocate(&flow);
	sweep(fill_with_zero, buffer);
	cen_buffer_unref(buffer);
	flow_stop(&flow);
}

/* Memory without fences, and fds that are none. */
static void test_no_fences(void **state)
{
	int fence = 7, out = 7, status, event = eventfd(0, EFD_CLOEXEC);
	struct cen_buffer *buffer;
	struct flow flow;

	(void)state;
	flow_start(&flow, flow_camera_script);
	buffer = allocate(&flow);
	check_failure(cen_buffer_export_fence(buffer, CEN_FENCE_READ, &fence, &err), -EOPNOTSUPP, CEN_ERROR_USAGE,
		      "object 0 is no dma-buf and has no fences");
	assert_int_equal(fence, -1);
	check_failure(cen_buffer_export_fence(buffer, 0, &fence, &err), -EINVAL, CEN_ERROR_ARGUMENT, "access 0");
	check_failure(cen_buffer_export_fence(buffer, 4, &fence, &err), -EINVAL, CEN_ERROR_UNKNOWN_FLAG, "bits 0x4");
	check_failure(cen_buffer_import_fence(buffer, CEN_FENCE_WRITE, event, &err), -EINVAL, CEN_ERROR_ARGUMENT,
		      "is no fence: a sync_file is wanted");
	check_failure(cen_fence_wait(event, 0, &err), -EINVAL, CEN_ERROR_ARGUMENT, "is no fence");
	check_failure(cen_fence_wait(-1, 0, &err), -EINVAL, CEN_ERROR_ARGUMENT, "fd -1 is no fence");
	check_failure(cen_fence_merge(event, event, &out, &err), -EINVAL, CEN_ERROR_ARGUMENT, "is no fence");
	assert_int_equal(out, -1);
	check_failure(cen_fence_get_status(event, &status, &err), -EINVAL, CEN_ERROR_ARGUMENT, "is no fence");
	cen_buffer_unref(buffer);
	close(event);
	flow_stop(&flow);
}

/* A backend whose timelines are memfds of one number, so that other files of them see the same. */
enum lie {
	TRUTH,
	NO_FD, /* success without a file descriptor */
	OWN_FD, /* the host's own */
	NO_FENCE, /* an fd that is no sync_file */
	POSITIVE, /* a number that is no errno */
};

static const struct cen_host *host;
static atomic_int lie; /* enum lie */
static atomic_bool is_waiting, is_done;
static atomic_int refusal; /* a positive errno; 0: none */

static int open_backend(const struct cen_host *services, struct cen_call *call, void **out)
{
	(void)call;
	host = services;
	*out = NULL;
	return 0;
}

static int list(void *state, struct cen_call *call)
{
	const struct cen_device_desc desc = {
		.size = sizeof(desc),
		.path = "/dev/fake-gpu",
		.name = "gpu",
		.usages = CEN_USAGE_BIT(CEN_USAGE_RENDER),
	};

	(void)state;
	return host->add_device(call, &desc);
}

static int describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		    const struct cen_query *query)
{
	(void)state;
	(void)device;
	(void)query;
	/* A wait of another thread must not keep this one out. */
	for (int n = 0; n < 5000 && !is_waiting; n++)
		nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
	is_done = is_waiting;
	return (host->fail)(call, NULL, EOPNOTSUPP, "described");
}

static int answer_fd(struct cen_sync_op *op)
{
	switch (atomic_load(&lie)) {
	case NO_FD:
		op->out_fd = -1;
		return 0;
	case OWN_FD:
		op->out_fd = op->timeline;
		return 0;
	default:
		op->out_fd = memfd_create("timeline", 0);
		return op->out_fd < 0 ? -errno : 0;
	}
}

static int wait_for_point(struct cen_sync_op *op)
{
	uint64_t value = 0;

	is_waiting = true;
	if (op->deadline_ns == INT64_MAX) {
		while (!is_done)
			nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
		return 0;
	}
	return pread(op->timeline, &value, sizeof(value), 0) >= 0 && value >= op->point ? 0 : -ETIME;
}

static int sync_timeline(void *state, struct cen_call *call, const struct cen_device_desc *device,
			 struct cen_sync_op *op)
{
	uint64_t value = 0;

	(void)state;
	assert_string_equal(device->path, "/dev/fake-gpu");
	assert_int_equal(op->size, sizeof(*op));
	if (refusal)
		return (host->fail)(call, "FAKE_SYNC", refusal, "refused");
	if (lie == POSITIVE)
		return 1;
	switch (op->action) {
	case CEN_SYNC_CREATE:
	case CEN_SYNC_EXPORT_FENCE:
		return answer_fd(op);
	case CEN_SYNC_SIGNAL:
		return pwrite(op->timeline, &op->point, sizeof(op->point), 0) < 0 ? -errno : 0;
	case CEN_SYNC_WAIT:
		return wait_for_point(op);
	case CEN_SYNC_QUERY:
		if (fcntl(op->timeline, F_GET_SEALS) < 0)
			return (host->fail)(call, NULL, EINVAL, "the file descriptor is no timeline");
		op->point = pread(op->timeline, &value, sizeof(value), 0) > 0 ? value : 0;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static const struct cen_backend gpu = {
	.size = sizeof(gpu),
	.abi = CEN_BACKEND_ABI,
	.name = "gpu",
	.description = "has timelines",
	.open = open_backend,
	.list = list,
	.describe = describe,
	.sync = sync_timeline,
};

static const struct cen_device *start(struct flow *flow)
{
	const struct cen_device *device;

	lie = TRUTH;
	refusal = 0;
	is_waiting = is_done = false;
	flow_start_context(flow, CEN_CONTEXT_NO_PLUGINS, flow_camera_script);
	assert_int_equal(cen_context_add_backend(flow->ctx, &gpu, NULL), 0);
	assert_int_equal(cen_machine_create_live(flow->ctx, 0, &flow->machine, NULL), 0);
	assert_int_equal(cen_machine_find_device(flow->machine, "/dev/fake-gpu", &device, NULL), 0);
	return device;
}

static void test_timeline(void **state)
{
	struct cen_timeline *timeline, *other;
	size_t fds = balance_count_fds();
	const struct cen_device *device;
	uint64_t point = 9;
	struct flow flow;

	(void)state;
	device = start(&flow);
	assert_int_equal(cen_timeline_create(flow.machine, device, &timeline, NULL), 0);
	assert_int_equal(fcntl(cen_timeline_get_fd(timeline), F_GETFD), FD_CLOEXEC);
	assert_int_equal(cen_timeline_query(timeline, &point, NULL), 0);
	assert_int_equal(point, 0);
	check_failure(cen_timeline_wait(timeline, 5, 0, &err), -ETIMEDOUT, CEN_ERROR_BUSY,
		      "point 5 was not signalled within 0 ms");
	/* Who imports it sees the same; no device named: the first that can. */
	assert_int_equal(cen_timeline_import(flow.machine, NULL, cen_timeline_get_fd(timeline), &other, NULL), 0);
	assert_int_not_equal(cen_timeline_get_fd(other), cen_timeline_get_fd(timeline));
	assert_int_equal(cen_timeline_signal(other, 5, NULL), 0);
	assert_int_equal(cen_timeline_wait(timeline, 5, 0, NULL), 0);
	assert_int_equal(cen_timeline_query(timeline, &point, NULL), 0);
	assert_int_equal(point, 5);
	cen_timeline_destroy(other);
	/* The machine lives as long as its timelines. */
	flow_stop(&flow);
	assert_int_equal(cen_timeline_signal(timeline, 6, NULL), 0);
	cen_timeline_destroy(timeline);
	cen_timeline_destroy(NULL);
	assert_true(balance_check_fds(fds));
}

static void test_bad_calls(void **state)
{
	const struct cen_device *device, *camera;
	struct cen_timeline *timeline, *none;
	int event = eventfd(0, EFD_CLOEXEC);
	struct flow flow, second;

	(void)state;
	device = start(&flow);
	flow_start(&second, flow_camera_script);
	assert_int_equal(cen_machine_find_device(flow.machine, "/dev/fake-camera", &camera, NULL), 0);
	check_failure(cen_timeline_create(flow.machine, camera, &none, &err), -EOPNOTSUPP, CEN_ERROR_USAGE,
		      "/dev/fake-camera has no timelines");
	assert_null(none);
	check_failure(cen_timeline_create(second.machine, device, &none, &err), -ENODEV, CEN_ERROR_UNKNOWN_DEVICE,
		      "not one of this machine");
	check_failure(cen_timeline_create(second.machine, NULL, &none, &err), -EOPNOTSUPP, CEN_ERROR_USAGE,
		      "no device of this machine has timelines");
	check_failure(cen_timeline_import(flow.machine, device, event, &none, &err), -EINVAL, CEN_ERROR_ARGUMENT,
		      "no timeline");
	check_failure(cen_timeline_import(flow.machine, NULL, -1, &none, &err), -EINVAL, CEN_ERROR_ARGUMENT, "fd -1");
	assert_int_equal(cen_timeline_create(flow.machine, device, &timeline, NULL), 0);
	check_failure(cen_timeline_signal(timeline, 0, &err), -EINVAL, CEN_ERROR_ARGUMENT, "points begin with 1");
	check_failure(cen_timeline_notify(timeline, 1, -1, &err), -EINVAL, CEN_ERROR_ARGUMENT, "eventfd -1");
	check_failure(cen_timeline_notify(timeline, 1, event, &err), -EOPNOTSUPP, CEN_ERROR_USAGE, "/dev/fake-gpu");
	check_failure(cen_timeline_import_fence(timeline, 1, event, &err), -EINVAL, CEN_ERROR_ARGUMENT, "is no fence");
	cen_timeline_destroy(timeline);
	close(event);
	flow_stop(&second);
	flow_stop(&flow);
}

/* A backend is foreign input, here too. */
static void test_lies(void **state)
{
	size_t fds = balance_count_fds();
	const struct cen_device *device;
	struct cen_timeline *timeline, *none;
	struct flow flow;
	int fence;

	(void)state;
	device = start(&flow);
	assert_int_equal(cen_timeline_create(flow.machine, device, &timeline, NULL), 0);
	lie = NO_FD;
	check_failure(cen_timeline_create(flow.machine, device, &none, &err), -EPROTO, CEN_ERROR_BACKEND,
		      "returned no file descriptor");
	lie = OWN_FD;
	check_failure(cen_timeline_export_fence(timeline, 1, &fence, &err), -EPROTO, CEN_ERROR_BACKEND,
		      "returned no file descriptor");
	assert_int_equal(fence, -1);
	assert_true(fcntl(cen_timeline_get_fd(timeline), F_GETFD) >= 0);
	lie = NO_FENCE;
	check_failure(cen_timeline_export_fence(timeline, 1, &fence, &err), -EPROTO, CEN_ERROR_BACKEND, "no sync_file");
	lie = POSITIVE;
	check_failure(cen_timeline_signal(timeline, 1, &err), -EPROTO, CEN_ERROR_BACKEND, "returned 1");
	lie = TRUTH;
	refusal = EAGAIN;
	check_failure(cen_timeline_export_fence(timeline, 1, &fence, &err), -EAGAIN, CEN_ERROR_BUSY, "FAKE_SYNC");
	refusal = EACCES;
	check_failure(cen_timeline_create(flow.machine, NULL, &none, &err), -EACCES, CEN_ERROR_PERMISSION, "refused");
	refusal = EOPNOTSUPP;
	check_failure(cen_timeline_create(flow.machine, NULL, &none, &err), -EOPNOTSUPP, CEN_ERROR_USAGE, "refused");
	cen_timeline_destroy(timeline);
	flow_stop(&flow);
	assert_true(balance_check_fds(fds));
}

static void *wait_for_ever(void *data)
{
	return (void *)(intptr_t)cen_timeline_wait(data, 1, -1, NULL);
}

/* Who waits does not keep the backend from others. */
static void test_wait_is_open(void **state)
{
	const struct cen_device *device;
	struct cen_capabilities *caps;
	struct cen_timeline *timeline;
	struct flow flow;
	pthread_t thread;
	void *ret;

	(void)state;
	device = start(&flow);
	assert_int_equal(cen_timeline_create(flow.machine, device, &timeline, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, timeline), 0);
	assert_int_equal(cen_machine_describe(flow.machine, device, CEN_USAGE_RENDER, 0, 0, NULL, 0, &caps, NULL, NULL),
			 -EOPNOTSUPP);
	if (!is_done)
		fail_msg("the wait was not under way while the device was described");
	assert_int_equal(pthread_join(thread, &ret), 0);
	assert_int_equal((intptr_t)ret, 0);
	cen_timeline_destroy(timeline);
	flow_stop(&flow);
}

static int use_timeline(void *data)
{
	struct cen_timeline *timeline, *other = NULL;
	struct cen_machine *machine = data;
	struct cen_error *err = NULL;
	uint64_t point;
	int ret = cen_timeline_create(machine, NULL, &timeline, &err);

	if (ret == 0)
		ret = cen_timeline_import(machine, NULL, cen_timeline_get_fd(timeline), &other, &err);
	if (ret == 0)
		ret = cen_timeline_query(other, &point, &err);
	cen_timeline_destroy(timeline);
	cen_timeline_destroy(other);
	cen_error_destroy(err);
	return ret;
}

static void test_timeline_sweep(void **state)
{
	struct flow flow;

	(void)state;
	start(&flow);
	sweep(use_timeline, flow.machine);
	flow_stop(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),          cmocka_unit_test(test_map_sweep),
		cmocka_unit_test(test_no_fences),    cmocka_unit_test(test_timeline),
		cmocka_unit_test(test_bad_calls),    cmocka_unit_test(test_lies),
		cmocka_unit_test(test_wait_is_open), cmocka_unit_test(test_timeline_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
