/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Timelines where a DRM device has them (virtio-gpu), through its card and through its render node, and the words where
 * none has (vkms, vgem). Prints TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "fault.h"
#include "sw-sync.h"
#include "tap.h"

#define SWEEP_MAX 300
#define HOLD_MS 200

static struct cen_machine *machine;

static bool is_refused(int ret, int wanted, struct cen_error **err, const char *text)
{
	bool is_good = ret == wanted && *err && strstr(cen_error_get_message(*err), text);

	if (!is_good)
		printf("# returned %d, \"%s\"\n", ret, *err ? cen_error_get_message(*err) : "no error");
	cen_error_destroy(*err);
	*err = NULL;
	return is_good;
}

static void test_points(struct cen_timeline *timeline)
{
	struct cen_error *err = NULL;
	uint64_t point = 99;
	double start, took;
	int fence = 0;
	bool is_good;

	check(cen_timeline_query(timeline, &point, NULL) == 0 && point == 0, "a new timeline is at 0");
	check(is_refused(cen_timeline_export_fence(timeline, 3, &fence, &err), -EAGAIN, &err,
			 "nobody has submitted point 3") &&
		      fence == -1,
	      "a point that nobody has submitted has no fence");
	start = now_ms();
	is_good = is_refused(cen_timeline_wait(timeline, 3, 100, &err), -ETIMEDOUT, &err, "point 3 was not signalled");
	took = now_ms() - start;
	/* The kernel counts in ticks. */
	check(is_good && took > 80, "and is waited for in vain: %.0f ms", took);
	check(cen_timeline_signal(timeline, 3, &err) == 0 && cen_timeline_wait(timeline, 3, 0, &err) == 0 &&
		      cen_timeline_wait(timeline, 2, 0, &err) == 0 && cen_timeline_query(timeline, &point, &err) == 0 &&
		      point == 3,
	      "point 3 is signalled by hand, and with it those before");
	check(is_refused(cen_timeline_signal(timeline, 3, &err), -EINVAL, &err, "3 was submitted already") &&
		      is_refused(cen_timeline_signal(timeline, 2, &err), -EINVAL, &err, "3 was submitted already"),
	      "points rise");
	check(cen_timeline_export_fence(timeline, 3, &fence, &err) == 0 && cen_fence_wait(fence, 0, &err) == 0,
	      "the fence of a point that is signalled is signalled");
	if (fence >= 0)
		close(fence);
}

/* sync_file in, sync_file out. */
static void test_fences(struct cen_timeline *timeline)
{
	int counter = sw_sync_open(), fence = sw_sync_create_fence(counter, 1), out = -1;
	struct cen_error *err = NULL;
	uint64_t point = 0;

	check(cen_timeline_import_fence(timeline, 5, fence, &err) == 0 &&
		      cen_timeline_wait(timeline, 5, 0, NULL) == -ETIMEDOUT,
	      "point 5 waits for a fence");
	check(cen_timeline_export_fence(timeline, 5, &out, &err) == 0 && (fcntl(out, F_GETFD) & FD_CLOEXEC) &&
		      cen_fence_wait(out, 0, NULL) == -ETIMEDOUT,
	      "and gives one that is pending");
	check(is_refused(cen_timeline_import_fence(timeline, 4, fence, &err), -EINVAL, &err, "5 was submitted already"),
	      "a point behind one that is submitted is too late");
	sw_sync_increment(counter, 1);
	check(cen_timeline_wait(timeline, 5, 1000, &err) == 0 && cen_fence_wait(out, 0, &err) == 0 &&
		      cen_timeline_query(timeline, &point, &err) == 0 && point == 5,
	      "all are signalled with it");
	if (err)
		printf("# %s\n", cen_error_get_message(err));
	cen_error_destroy(err);
	close(out);
	close(fence);
	close(counter);
}

static bool is_raised(int event)
{
	uint64_t count = 0;

	return read(event, &count, sizeof(count)) == (ssize_t)sizeof(count) && count == 1;
}

/* For an event loop: before anybody has submitted the point, and after it was signalled. */
static void test_notify(struct cen_timeline *timeline)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), memory = memfd_create("timelines", MFD_CLOEXEC);
	struct cen_error *err = NULL;

	check(cen_timeline_notify(timeline, 6, event, &err) == 0 && !is_raised(event), "an eventfd waits for point 6");
	check(cen_timeline_signal(timeline, 6, &err) == 0 && is_raised(event), "and is raised with it");
	check(cen_timeline_notify(timeline, 6, event, &err) == 0 && is_raised(event), "at once where it is signalled");
	check(is_refused(cen_timeline_notify(timeline, 8, memory, &err), -EINVAL, &err, "no eventfd"),
	      "another file is no eventfd");
	close(memory);
	close(event);
}

static void *signal_later(void *data)
{
	nanosleep(&(struct timespec){.tv_nsec = HOLD_MS * 1000000l}, NULL);
	return (void *)(intptr_t)cen_timeline_signal(data, 7, NULL);
}

/* Another holder of the fd signals while this one waits. */
static void test_import(struct cen_timeline *timeline, const struct cen_device *device)
{
	int memory = memfd_create("timelines", MFD_CLOEXEC);
	struct cen_timeline *other = NULL, *none = NULL;
	struct cen_error *err = NULL;
	double start, took;
	pthread_t thread;
	void *ret = NULL;
	bool is_good;

	check(is_refused(cen_timeline_import(machine, device, memory, &none, &err), -EINVAL, &err, "no timeline") &&
		      is_refused(cen_timeline_import(machine, NULL, memory, &none, &err), -EINVAL, &err, "no timeline"),
	      "another file is no timeline");
	close(memory);
	if (!check(cen_timeline_import(machine, NULL, cen_timeline_get_fd(timeline), &other, &err) == 0,
		   "its fd is imported"))
		return;
	start = now_ms();
	pthread_create(&thread, NULL, signal_later, other);
	is_good = cen_timeline_wait(timeline, 7, -1, &err) == 0;
	took = now_ms() - start;
	check(is_good && took > HOLD_MS * 0.8, "what one holder signals ends the wait of the other: %.0f ms", took);
	pthread_join(thread, &ret);
	check(!ret, "and the signal was not kept out by the wait");
	cen_timeline_destroy(other);
}

static int use_all(const struct cen_device *device, int fence)
{
	struct cen_timeline *timeline, *other = NULL;
	struct cen_error *err = NULL;
	uint64_t point;
	int out = -1, ret;

	ret = cen_timeline_create(machine, device, &timeline, &err);
	if (ret == 0)
		ret = cen_timeline_import_fence(timeline, 1, fence, &err);
	if (ret == 0)
		ret = cen_timeline_export_fence(timeline, 1, &out, &err);
	if (ret == 0)
		ret = cen_timeline_signal(timeline, 2, &err);
	if (ret == 0)
		ret = cen_timeline_import(machine, device, cen_timeline_get_fd(timeline), &other, &err);
	if (ret == 0)
		ret = cen_timeline_query(other, &point, &err);
	if (out >= 0)
		close(out);
	cen_timeline_destroy(other);
	cen_timeline_destroy(timeline);
	cen_error_destroy(err);
	return ret;
}

/* Of a call of the clean-up the failure is not told; what was asked for is done then. */
static void test_faults(const struct cen_device *device)
{
	int counter = sw_sync_open(), fence = sw_sync_create_fence(counter, 1);
	size_t fds = balance_count_fds(), alive = fault_alive();
	unsigned long faults = 0, told = 0;
	bool is_clean = fence >= 0, fired = true;

	for (unsigned long n = 1; is_clean && fired && n < SWEEP_MAX; n++) {
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = use_all(device, fence);
		fired = fault_disarm();
		faults += fired;
		told += ret < 0;
		is_clean = (fired || ret == 0) && balance_check_fds(fds) && fault_alive() == alive;
	}
	check(is_clean && !fired && told > 20, "%lu of %lu failing calls are told, and nothing is left", told, faults);
	close(fence);
	close(counter);
}

static void test_device(const struct cen_device *device)
{
	struct cen_timeline *timeline;
	struct cen_error *err = NULL;
	int ret = cen_timeline_create(machine, device, &timeline, &err);

	printf("# %s of %s, driver %s\n", cen_device_get_path(device), cen_device_get_backend(device),
	       cen_device_get_driver(device) ? cen_device_get_driver(device) : "?");
	if (!cen_device_get_driver(device) || !strstr(cen_device_get_driver(device), "virtio")) {
		check(is_refused(ret, -EOPNOTSUPP, &err, "no timelines"), "%s has no timelines, and says so",
		      cen_device_get_path(device));
		return;
	}
	if (!check(ret == 0, "%s has timelines", cen_device_get_path(device))) {
		is_refused(ret, 0, &err, "");
		return;
	}
	test_points(timeline);
	test_fences(timeline);
	test_notify(timeline);
	test_import(timeline, device);
	cen_timeline_destroy(timeline);
	test_faults(device);
}

int main(void)
{
	const char *boot = getenv("BOOT");
	unsigned int devices = 0, virtual = 0;
	const struct cen_device *device;
	struct cen_timeline *timeline;
	struct cen_context *ctx = NULL;
	size_t fds = balance_count_fds();

	if (!check(cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, NULL) == 0 &&
			   cen_machine_create_live(ctx, 0, &machine, NULL) == 0,
		   "there is a machine"))
		return check_end();
	for (size_t n = 0; (device = cen_machine_get_device(machine, n)); n++) {
		if (strncmp(cen_device_get_path(device), "/dev/dri/", 9) != 0)
			continue;
		test_device(device);
		devices++;
		virtual += cen_device_get_driver(device) && strstr(cen_device_get_driver(device), "virtio");
	}
	check(devices >= 2, "%u devices of DRM were asked", devices);
	if (boot && strstr(boot, "virtio")) {
		check(virtual >= 2, "virtio-gpu has a card and a render node");
		check(cen_timeline_create(machine, NULL, &timeline, NULL) == 0, "the first device that can is found");
		cen_timeline_destroy(timeline);
	} else {
		struct cen_error *err = NULL;

		check(is_refused(cen_timeline_create(machine, NULL, &timeline, &err), -EOPNOTSUPP, &err,
				 "no timelines"),
		      "no device has timelines");
	}
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	check(balance_check_fds(fds), "all fds are closed");
	return check_end();
}
