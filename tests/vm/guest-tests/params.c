/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A client's dma-bufs on their way into a compositor: which become a buffer, which are refused and with which code, and
 * that no fd is left whatever happens. Then devices by their number: nodes of one piece of hardware. Prints TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cenalloc/backend.h>
#include <cenalloc/cenalloc.h>
#include <cenalloc/compositor.h>
#include <linux/dma-heap.h>

#include "balance.h"
#include "fault.h"
#include "tap.h"

#define XR24 0x34325258u
#define NV12 0x3231564eu
#define TILED 0x0100000000000001ull
#define POLITE (-1)
#define TAKEN (-2)
#define SWEEP_MAX 1000

/* Straight from the heap, so that fds can be of any mode. -1: none. */
static int allocate(uint64_t size, uint32_t mode)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = mode | O_CLOEXEC};
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
	int ret = heap < 0 ? -1 : ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);

	if (heap >= 0)
		close(heap);
	return ret < 0 ? -1 : (int)data.fd;
}

static int dup_fd(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static int add_pair(struct cen_capabilities *caps, uint32_t fourcc, uint64_t modifier)
{
	const struct cen_capability capability = {.size = sizeof(capability), .fourcc = fourcc, .modifier = modifier};

	return cen_capabilities_add(caps, &capability, NULL);
}

static struct cen_offer *make_offer(void)
{
	struct cen_offer_desc desc = {.size = sizeof(desc), .main_device = 1};
	struct cen_capabilities *caps;
	struct cen_offer *offer = NULL;

	if (cen_capabilities_create(&caps) < 0)
		return NULL;
	desc.renderer = caps;
	if (add_pair(caps, XR24, 0) == 0 && add_pair(caps, XR24, TILED) == 0 &&
	    add_pair(caps, XR24, CEN_MODIFIER_INVALID) == 0 && add_pair(caps, NV12, 0) == 0)
		cen_offer_create(&desc, &offer, NULL);
	cen_capabilities_unref(caps);
	return offer;
}

/* A plane of a client. */
struct plane {
	int fd; /* borrowed: a copy is sent */
	uint32_t offset, stride;
};

/* One whole round. Returns what finish() does, or the failure before it. */
static int send_buffer(struct cen_offer *offer, uint32_t flags, uint32_t fourcc, uint64_t modifier,
		       const struct plane *planes, uint32_t count, struct cen_buffer **buffer,
		       struct cen_refusal *refusal)
{
	struct cen_params *params;
	int ret = cen_params_create(offer, 5, flags, &params);

	*buffer = NULL;
	for (uint32_t n = count; ret == 0 && n-- > 0;) {
		int fd = dup_fd(planes[n].fd);

		ret = fd < 0 ? -EMFILE
			     : cen_params_add(params, fd, n, planes[n].offset, planes[n].stride, modifier, refusal);
	}
	if (ret == 0)
		ret = cen_params_finish(params, 64, 64, fourcc, buffer, refusal);
	cen_params_destroy(params);
	return ret;
}

static bool is_answer(int ret, const struct cen_refusal *refusal, int code, const char *text)
{
	if (code == TAKEN)
		return ret == 0;
	if (ret != (code == POLITE ? -EINVAL : -EPROTO) || refusal->is_protocol_error != (code != POLITE))
		return false;
	return (code == POLITE || refusal->code == (uint32_t)code) && strstr(refusal->message, text);
}

static void check_answer(struct cen_offer *offer, uint32_t flags, uint64_t modifier, struct plane plane, int code,
			 const char *text)
{
	size_t fds = balance_count_fds();
	struct cen_refusal refusal = {0};
	struct cen_buffer *buffer;
	int ret = send_buffer(offer, flags, XR24, modifier, &plane, 1, &buffer, &refusal);

	check(is_answer(ret, &refusal, code, text), "%s", text);
	if (!is_answer(ret, &refusal, code, text))
		printf("# returned %d: %s\n", ret, refusal.message);
	cen_buffer_unref(buffer);
	check(balance_check_fds(fds), "%s: no fd is left", text);
}

static void test_answers(struct cen_offer *offer)
{
	int whole = allocate(16384, O_RDWR), page = allocate(4096, O_RDWR), read_only = allocate(16384, O_RDONLY);
	int file = memfd_create("client", MFD_CLOEXEC);

	check(whole >= 0 && page >= 0 && read_only >= 0 && file >= 0 && ftruncate(file, 16384) == 0, "there are fds");
	check_answer(offer, 0, 0, (struct plane){whole, 0, 256}, TAKEN, "as large as needed");
	check_answer(offer, CEN_PARAMS_CPU, 0, (struct plane){whole, 0, 256}, TAKEN, "mapped by the CPU");
	check_answer(offer, 0, CEN_MODIFIER_INVALID, (struct plane){whole, 0, 256}, TAKEN, "without a modifier");
	check_answer(offer, 0, 0, (struct plane){page, 0, 256}, CEN_PARAMS_ERROR_OUT_OF_BOUNDS,
		     "beyond the dma-buf of 4096 bytes");
	check_answer(offer, 0, 0, (struct plane){whole, 1, 256}, CEN_PARAMS_ERROR_OUT_OF_BOUNDS,
		     "offset 1 and 64 rows");
	check_answer(offer, 0, 0, (struct plane){whole, 0, 252}, CEN_PARAMS_ERROR_OUT_OF_BOUNDS,
		     "a stride of 252 bytes");
	check_answer(offer, 0, TILED, (struct plane){page, 4095, 256}, TAKEN, "a tiled one begins within");
	check_answer(offer, 0, TILED, (struct plane){page, 4096, 256}, CEN_PARAMS_ERROR_OUT_OF_BOUNDS,
		     "begins at byte 4096 of a dma-buf of 4096 bytes");
	check_answer(offer, 0, 0, (struct plane){read_only, 0, 256}, TAKEN, "for reading only, to a GPU");
	check_answer(offer, CEN_PARAMS_CPU, 0, (struct plane){read_only, 0, 256}, POLITE, "export it with O_RDWR");
	check_answer(offer, 0, 0, (struct plane){file, 0, 256}, POLITE, "its fd is no dma-buf");
	close(whole);
	close(page);
	close(read_only);
	close(file);
}

/* Two planes of one dma-buf by two fds: one object, and one fd. */
static void test_shared_object(struct cen_offer *offer)
{
	int fd = allocate(8192, O_RDWR);
	const struct plane planes[] = {{fd, 0, 64}, {fd, 4096, 64}};
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct cen_buffer_plane first = {0}, second = {0};
	struct cen_buffer_object object = {0};
	size_t fds = balance_count_fds();
	struct cen_refusal refusal = {0};
	struct cen_buffer *buffer;
	struct stat st = {0};
	int ret = send_buffer(offer, CEN_PARAMS_CPU, NV12, 0, planes, 2, &buffer, &refusal);

	if (!check(ret == 0, "NV12 in one dma-buf is taken %s", refusal.message)) {
		close(fd);
		return;
	}
	cen_buffer_get_info(buffer, &info);
	check(info.fourcc == NV12 && info.width == 64 && info.height == 64 && info.plane_count == 2 &&
		      info.object_count == 1 && info.modifier == 0,
	      "two planes, one object");
	check(balance_count_fds() == fds + 1, "one fd is kept");
	cen_buffer_get_plane(buffer, 0, &first);
	cen_buffer_get_plane(buffer, 1, &second);
	check(first.fd == second.fd && first.object == 0 && second.object == 0 && second.offset == 4096,
	      "they share it");
	check(first.stride == 64 && first.size == 4096 && second.size == 2048, "their sizes");
	check(cen_buffer_get_object(buffer, 0, &object) == 0 && fstat(fd, &st) == 0 && object.ino == st.st_ino &&
		      object.size == 8192,
	      "it is the client's dma-buf");
	cen_buffer_unref(buffer);
	check(balance_check_fds(fds), "no fd is left");
	close(fd);
}

static void test_two_objects(struct cen_offer *offer)
{
	int luma = allocate(4096, O_RDWR), chroma = allocate(4096, O_RDWR);
	const struct plane planes[] = {{luma, 0, 64}, {chroma, 0, 64}};
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct cen_buffer_plane plane = {0};
	size_t fds = balance_count_fds();
	struct cen_refusal refusal = {0};
	struct cen_buffer *buffer;

	check(send_buffer(offer, 0, NV12, 0, planes, 2, &buffer, &refusal) == 0, "NV12 in two dma-bufs is taken");
	check(buffer && cen_buffer_get_info(buffer, &info) == 0 && info.object_count == 2, "two objects");
	check(buffer && cen_buffer_get_plane(buffer, 1, &plane) == 0 && plane.object == 1 && plane.size == 2048,
	      "the chroma is in the second");
	cen_buffer_unref(buffer);
	check(balance_check_fds(fds), "no fd is left");
	close(luma);
	close(chroma);
}

/* What a driver's layout does not say: where a plane ends. */
static void test_tiled(struct cen_offer *offer)
{
	int fd = allocate(16384, O_RDWR);
	const struct plane planes[] = {{fd, 0, 256}, {fd, 12288, 64}, {fd, 8192, 64}};
	struct cen_buffer_plane plane[3] = {{0}};
	struct cen_refusal refusal = {0};
	struct cen_buffer *buffer;

	check(send_buffer(offer, 0, XR24, TILED, planes, 3, &buffer, &refusal) == 0, "three planes of a tiled XR24");
	for (uint32_t n = 0; buffer && n < 3; n++)
		cen_buffer_get_plane(buffer, n, &plane[n]);
	check(plane[0].size == 8192 && plane[1].size == 4096 && plane[2].size == 4096, "each ends at the next");
	cen_buffer_unref(buffer);
	close(fd);
}

/* The n-th call fails: nothing is left, and a mapping that fails is a polite refusal. */
static void test_faults(struct cen_offer *offer)
{
	int fd = allocate(8192, O_RDWR);
	const struct plane planes[] = {{fd, 0, 64}, {fd, 4096, 64}};
	size_t fds = balance_count_fds(), alive = fault_alive();
	unsigned long faults = 0, polite = 0;
	bool is_clean = true, fired = true;

	for (unsigned long n = 1; fired && n < SWEEP_MAX; n++) {
		struct cen_refusal refusal = {0};
		struct cen_buffer *buffer;
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = send_buffer(offer, CEN_PARAMS_CPU, NV12, 0, planes, 2, &buffer, &refusal);
		fired = fault_disarm();
		cen_buffer_unref(buffer);
		faults += fired;
		polite += ret == -EINVAL && strstr(refusal.message, "cannot be mapped");
		is_clean = is_clean && (fired ? ret < 0 : ret == 0) && balance_check_fds(fds) && fault_alive() == alive;
	}
	check(is_clean && !fired, "%lu calls fail in turn, and nothing is left", faults);
	check(faults >= 5 && polite == 1, "a mapping that fails is told politely");
	close(fd);
}

/* A backend that knows vgem's render node alone. */
static const struct cen_host *host;

static int open_state(const struct cen_host *services, struct cen_call *call, void **state)
{
	(void)call;
	host = services;
	*state = NULL;
	return 0;
}

static int list(void *state, struct cen_call *call)
{
	struct cen_device_desc desc = {
		.size = sizeof(desc),
		.path = "/dev/dri/renderD128",
		.name = "vgem",
		.usages = CEN_USAGE_BIT(CEN_USAGE_ENCODE),
	};
	struct stat st;

	(void)state;
	if (stat(desc.path, &st) < 0)
		return -errno;
	desc.devnum = st.st_rdev;
	return host->add_device(call, &desc);
}

static int describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		    const struct cen_query *query)
{
	(void)state;
	(void)call;
	(void)device;
	(void)query;
	return 0;
}

static const struct cen_backend backend = {
	.size = sizeof(backend),
	.abi = CEN_BACKEND_ABI,
	.name = "render",
	.description = "knows one node",
	.open = open_state,
	.list = list,
	.describe = describe,
};

static void check_number(const struct cen_machine *machine, const char *path, const char *expected, const char *text)
{
	const struct cen_device *device = NULL;
	struct cen_error *err = NULL;
	struct stat st = {0};
	int ret = stat(path, &st);

	if (ret == 0)
		ret = cen_machine_find_devnum(machine, st.st_rdev, CEN_USAGE_ENCODE, &device, &err);
	if (expected)
		check(ret == 0 && strcmp(cen_device_get_path(device), expected) == 0, "%s leads to %s", path, expected);
	else
		check(ret == -ENODEV && !device && err && strstr(cen_error_get_message(err), text), "%s: \"%s\"", path,
		      err ? cen_error_get_message(err) : "no error");
	cen_error_destroy(err);
}

static void test_numbers(void)
{
	struct cen_machine *machine = NULL;
	struct cen_context *ctx = NULL;
	int ret = cen_context_create(CEN_CONTEXT_NO_PLUGINS, &ctx, NULL);

	if (ret == 0)
		ret = cen_context_add_backend(ctx, &backend, NULL);
	if (ret == 0)
		ret = cen_machine_create_live(ctx, 0, &machine, NULL);
	if (check(ret == 0, "a machine with a backend for the render node")) {
		check_number(machine, "/dev/dri/renderD128", "/dev/dri/renderD128", NULL);
		check_number(machine, "/dev/dri/card0", "/dev/dri/renderD128", NULL);
		check_number(machine, "/dev/dri/card1", NULL, "is /dev/dri/card1, which can be used for");
		check_number(machine, "/dev/zero", NULL, "is /dev/zero, and no backend knows it");
	}
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
}

int main(void)
{
	struct cen_offer *offer = make_offer();
	size_t fds = balance_count_fds();

	if (!check(offer != NULL, "there is an offer"))
		return check_end();
	test_answers(offer);
	test_shared_object(offer);
	test_two_objects(offer);
	test_tiled(offer);
	test_faults(offer);
	test_numbers();
	check(balance_check_fds(fds), "all fds are closed");
	cen_offer_unref(offer);
	return check_end();
}
