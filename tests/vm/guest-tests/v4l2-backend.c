/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The V4L2 backend against real queues, without the rest of the library: the plug-in is loaded and called as the host
 * would. vivid gives cameras and outputs of two memory classes, vim2m a memory-to-memory device.
 * BUILD_DIR names the build folder, as run-tests sets it.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cenalloc/backend.h>
#include <drm_fourcc.h>
#include <linux/udmabuf.h>
#include <linux/videodev2.h>

#include "balance.h"
#include "tap.h"

#define ANY_CAMERA "/dev/video0" /* vmalloc */
#define ANY_OUTPUT "/dev/video1"
#define CONTIGUOUS_CAMERA "/dev/video2"
#define PLANES_CAMERA "/dev/video4" /* dma-contig, multi-planar API */
#define M2M "/dev/video6"

/* What the last operation told. */
struct cen_call {
	char failure[512], notes[4096];
	struct cen_constraint constraints[64];
	size_t constraint_count, capability_count;
	struct {
		char path[64];
		uint64_t cookie, devnum;
		uint32_t usages;
	} devices[32], sources[32];
	size_t device_count, source_count;
};

static int add_device(struct cen_call *call, const struct cen_device_desc *desc)
{
	snprintf(call->devices[call->device_count].path, 64, "%s", desc->path);
	call->devices[call->device_count].cookie = desc->cookie;
	call->devices[call->device_count].devnum = desc->devnum;
	call->devices[call->device_count++].usages = desc->usages;
	return 0;
}

static int add_source(struct cen_call *call, const struct cen_source_desc *desc)
{
	snprintf(call->sources[call->source_count].path, 64, "%s", desc->name);
	call->sources[call->source_count].cookie = desc->cookie;
	call->sources[call->source_count++].devnum = desc->exporter;
	return 0;
}

static int add_capability(struct cen_call *call, const struct cen_capability *capability)
{
	call->capability_count++;
	call->constraint_count = capability->constraint_count;
	memcpy(call->constraints, capability->constraints,
	       capability->constraint_count * sizeof(struct cen_constraint));
	return 0;
}

static void add_note(struct cen_call *call, const char *text)
{
	size_t length = strlen(call->notes);

	snprintf(call->notes + length, sizeof(call->notes) - length, "%s\n", text);
}

static int fail_call(struct cen_call *call, const char *syscall, int errnum, const char *message)
{
	if (call)
		snprintf(call->failure, sizeof(call->failure), "%s: %s", syscall ? syscall : "-", message);
	return -errnum;
}

static void log_message(struct cen_call *call, uint32_t level, const char *message)
{
	(void)call;
	printf("# %u %s\n", level, message);
}

static const char *get_option(struct cen_call *call, const char *name)
{
	(void)call;
	(void)name;
	return NULL;
}

static const struct cen_host host = {
	.size = sizeof(host),
	.abi = CEN_BACKEND_ABI,
	.add_device = add_device,
	.add_source = add_source,
	.add_capability = add_capability,
	.add_note = add_note,
	.fail = fail_call,
	.log = log_message,
	.get_option = get_option,
	.get_format_info = cen_format_get_info,
};

static const struct cen_backend *backend;
static void *state;
static struct cen_call listed;

static struct cen_device_desc find_device(const char *path)
{
	struct cen_device_desc desc = {.size = sizeof(desc), .path = path, .name = path};

	for (size_t i = 0; i < listed.device_count; i++) {
		if (strcmp(listed.devices[i].path, path) == 0) {
			desc.cookie = listed.devices[i].cookie;
			desc.devnum = listed.devices[i].devnum;
			desc.usages = listed.devices[i].usages;
		}
	}
	return desc;
}

static int describe(const char *path, uint32_t usage, uint32_t flags, uint32_t fourcc, struct cen_call *call)
{
	struct cen_device_desc device = find_device(path);
	struct cen_query query = {.size = sizeof(query),
				  .usage = usage,
				  .flags = flags,
				  .width = 640,
				  .height = 360,
				  .fourccs = &fourcc,
				  .fourcc_count = fourcc != 0};

	memset(call, 0, sizeof(*call));
	return backend->describe(state, call, &device, &query);
}

static const struct cen_constraint *get(const struct cen_call *call, uint32_t kind)
{
	for (size_t i = 0; i < call->constraint_count; i++) {
		if (call->constraints[i].kind == kind)
			return &call->constraints[i];
	}
	return NULL;
}

static struct cen_image_desc nv12(uint32_t objects)
{
	struct cen_image_desc image = {
		.size = sizeof(image),
		.fourcc = DRM_FORMAT_NV12,
		.width = 640,
		.height = 360,
		.plane_count = 2,
		.object_count = objects,
		.planes = {{.stride = 640}, {.stride = 640, .object = objects - 1}},
		.objects = {{.fd = -1, .size = 640 * 360}, {.fd = -1, .size = 640 * 180}},
	};

	if (objects == 1) {
		image.planes[1].offset = 640 * 360;
		image.objects[0].size = 640 * 540;
	}
	return image;
}

static int allocate(const char *path, const struct cen_image_desc *wish, uint32_t count, struct cen_image_desc *out,
		    uint32_t *made, struct cen_call *call)
{
	struct cen_source_desc source = {.size = sizeof(source), .name = path, .path = path};

	memset(call, 0, sizeof(*call));
	for (size_t i = 0; i < listed.source_count; i++) {
		if (strcmp(listed.sources[i].path, path) == 0) {
			source.cookie = listed.sources[i].cookie;
			source.exporter = listed.sources[i].devnum;
		}
	}
	return backend->allocate(state, call, &source, wish, count, out, made);
}

static int try_import(const char *path, uint32_t usage, const struct cen_image_desc *image, struct cen_call *call)
{
	struct cen_device_desc device = find_device(path);

	memset(call, 0, sizeof(*call));
	return backend->try_import(state, call, &device, usage, image);
}

static void close_image(struct cen_image_desc *image)
{
	for (uint32_t o = 0; o < image->object_count; o++)
		close(image->objects[o].fd);
}

static struct v4l2_format get_format(const char *path, uint32_t type)
{
	struct v4l2_format format = {.type = type};
	int fd = open(path, O_RDWR);

	ioctl(fd, VIDIOC_G_FMT, &format);
	close(fd);
	return format;
}

static bool is_unchanged(const struct v4l2_format *before, const char *path)
{
	struct v4l2_format now = get_format(path, before->type);

	return memcmp(before, &now, sizeof(now)) == 0;
}

/* The same page again and again: scattered by construction. */
static int make_scattered(uint64_t size)
{
	enum { ITEMS = 1024 };
	struct udmabuf_create_list *list = calloc(1, sizeof(*list) + ITEMS * sizeof(list->list[0]));
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), memory = memfd_create("canary", MFD_ALLOW_SEALING);
	int fd;

	list->count = (uint32_t)((size + 4095) / 4096);
	if (device < 0 || memory < 0 || list->count > ITEMS || ftruncate(memory, 4096) < 0)
		abort();
	fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK);
	for (uint32_t i = 0; i < list->count; i++)
		list->list[i] = (struct udmabuf_create_item){.memfd = (uint32_t)memory, .size = 4096};
	fd = ioctl(device, UDMABUF_CREATE_LIST, list);
	close(device);
	close(memory);
	free(list);
	return fd;
}

static bool is_exporter(int fd, const char *name)
{
	char path[64], text[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	if (file && fread(text, 1, sizeof(text) - 1, file) == 0)
		text[0] = '\0';
	if (file)
		fclose(file);
	return strstr(text, name) != NULL;
}

static void test_list(void)
{
	int ret = backend->list(state, &listed);

	check(ret == 0 && listed.device_count >= 7, "list: %zu devices, %zu sources", listed.device_count,
	      listed.source_count);
	check(find_device(ANY_CAMERA).usages == CEN_USAGE_BIT(CEN_USAGE_CAPTURE), "list: a camera captures");
	check(find_device(ANY_OUTPUT).usages == CEN_USAGE_BIT(CEN_USAGE_OUTPUT), "list: an output outputs");
	check(find_device(M2M).usages == (CEN_USAGE_BIT(CEN_USAGE_CAPTURE) | CEN_USAGE_BIT(CEN_USAGE_OUTPUT)),
	      "list: vim2m has both sides");
	check(strcmp(listed.devices[0].path, ANY_CAMERA) == 0, "list: the lowest number comes first");
}

static void test_describe(void)
{
	static struct cen_call call;
	struct timespec start, end;
	int ret;

	check(describe(CONTIGUOUS_CAMERA, CEN_USAGE_CAPTURE, CEN_QUERY_PASSIVE, DRM_FORMAT_NV12, &call) == 0 &&
		      get(&call, CEN_CONSTRAINT_SEGMENTS) &&
		      get(&call, CEN_CONSTRAINT_SEGMENTS)->provenance == CEN_PROVENANCE_ASSUMED &&
		      strstr(call.notes, "memory class"),
	      "passive: contiguous memory is assumed, with a note");
	check(describe(CONTIGUOUS_CAMERA, CEN_USAGE_CAPTURE, 0, DRM_FORMAT_NV12, &call) == 0 &&
		      get(&call, CEN_CONSTRAINT_SEGMENTS) &&
		      get(&call, CEN_CONSTRAINT_SEGMENTS)->provenance == CEN_PROVENANCE_PROBED,
	      "dma-contig: contiguous memory is required, as probed");
	check(get(&call, CEN_CONSTRAINT_CHROMA_ROWS) && get(&call, CEN_CONSTRAINT_CHROMA_ROWS)->value == 360,
	      "NV12: the chroma follows 360 rows");
	check(describe(ANY_CAMERA, CEN_USAGE_CAPTURE, 0, DRM_FORMAT_XRGB8888, &call) == 0 &&
		      !get(&call, CEN_CONSTRAINT_SEGMENTS),
	      "vmalloc: any memory");
	check(!get(&call, CEN_CONSTRAINT_STRIDE_EXACT) && !get(&call, CEN_CONSTRAINT_STRIDE_ALIGN) &&
		      get(&call, CEN_CONSTRAINT_STRIDE_MIN) && get(&call, CEN_CONSTRAINT_STRIDE_MIN)->value == 2560,
	      "vivid: any stride from the natural one up");
	check(describe(M2M, CEN_USAGE_OUTPUT, 0, DRM_FORMAT_BGR888, &call) == 0 &&
		      get(&call, CEN_CONSTRAINT_STRIDE_EXACT) && get(&call, CEN_CONSTRAINT_STRIDE_EXACT)->value == 1920,
	      "vim2m: a fixed stride");
	check(describe(ANY_CAMERA, CEN_USAGE_OUTPUT, 0, 0, &call) == -EOPNOTSUPP, "a camera is no output: %s",
	      call.failure);
	clock_gettime(CLOCK_MONOTONIC, &start);
	ret = describe(ANY_CAMERA, CEN_USAGE_CAPTURE, 0, 0, &call);
	clock_gettime(CLOCK_MONOTONIC, &end);
	check(ret == 0 && call.capability_count > 20, "every format: %zu alternatives", call.capability_count);
	printf("# %ld us\n", (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000);
}

/* Another open file owns the queue. */
static void test_busy(void)
{
	struct v4l2_requestbuffers request = {
		.count = 4, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
	struct v4l2_format before = get_format(CONTIGUOUS_CAMERA, request.type);
	struct cen_image_desc image = nv12(1), out;
	static struct cen_call call;
	uint32_t made;
	int fd = open(CONTIGUOUS_CAMERA, O_RDWR);
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	if (ioctl(fd, VIDIOC_REQBUFS, &request) < 0)
		abort();
	for (uint32_t i = 0; i < request.count; i++) {
		struct v4l2_buffer buffer = {.index = i, .type = request.type, .memory = request.memory};

		ioctl(fd, VIDIOC_QBUF, &buffer);
	}
	check(ioctl(fd, VIDIOC_STREAMON, &type) == 0, "another file streams");
	check(describe(CONTIGUOUS_CAMERA, CEN_USAGE_CAPTURE, 0, DRM_FORMAT_NV12, &call) == 0 &&
		      call.capability_count == 1 && get(&call, CEN_CONSTRAINT_SEGMENTS) &&
		      get(&call, CEN_CONSTRAINT_SEGMENTS)->provenance == CEN_PROVENANCE_PROBED,
	      "busy: the class of an earlier answer is remembered");
	image.objects[0].fd = make_scattered(image.objects[0].size);
	check(try_import(CONTIGUOUS_CAMERA, CEN_USAGE_CAPTURE, &image, &call) == -EBUSY, "busy: no trial: %s",
	      call.failure);
	check(allocate(CONTIGUOUS_CAMERA, &image, 1, &out, &made, &call) == -EBUSY && made == 0,
	      "busy: no allocation: %s", call.failure);
	check(is_unchanged(&before, CONTIGUOUS_CAMERA), "busy: the format is what it was");
	close_image(&image);
	close(fd);
}

static void test_memory(void)
{
	struct v4l2_format before = get_format(CONTIGUOUS_CAMERA, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	struct cen_image_desc images[3], many[64], image = nv12(1);
	static struct cen_call call;
	uint32_t made;
	int ret;

	ret = allocate(CONTIGUOUS_CAMERA, &image, 3, images, &made, &call);
	if (!check(ret == 0 && made == 3, "three buffers of the camera's own: %s", call.failure))
		return;
	check(is_exporter(images[0].objects[0].fd, "videobuf2_dma_contig"), "they are of vb2 dma-contig");
	check(images[2].objects[0].size >= image.objects[0].size, "they hold the wish");
	check(try_import(CONTIGUOUS_CAMERA, CEN_USAGE_CAPTURE, &images[1], &call) == 0, "the camera takes its own: %s",
	      call.failure);
	check(try_import(ANY_CAMERA, CEN_USAGE_CAPTURE, &images[1], &call) == 0, "the other camera takes it: %s",
	      call.failure);
	check(try_import(ANY_OUTPUT, CEN_USAGE_OUTPUT, &images[1], &call) == 0, "an output takes it: %s", call.failure);
	for (int i = 0; i < 3; i++)
		close_image(&images[i]);
	image.objects[0].fd = make_scattered(image.objects[0].size);
	check(try_import(CONTIGUOUS_CAMERA, CEN_USAGE_CAPTURE, &image, &call) == -EFAULT, "scattered: refused: %s",
	      call.failure);
	check(try_import(ANY_CAMERA, CEN_USAGE_CAPTURE, &image, &call) == 0, "scattered: fine for vmalloc: %s",
	      call.failure);
	image.objects[0].size = 4096;
	check(try_import(ANY_CAMERA, CEN_USAGE_CAPTURE, &image, &call) == -EFAULT &&
		      strstr(call.failure, "wanted 345600 bytes, held 4096"),
	      "too small: %s", call.failure);
	close_image(&image);
	image = nv12(1);
	ret = allocate(CONTIGUOUS_CAMERA, &image, 64, many, &made, &call);
	printf("# 64 buffers: %d, %u made, %s\n", ret, made, call.failure);
	for (int i = 0; ret == 0 && i < 64; i++)
		close_image(&many[i]);
	image.objects[0].size = 64 << 20;
	check(allocate(CONTIGUOUS_CAMERA, &image, 1, images, &made, &call) == -ENOMEM && made == 0,
	      "more than the driver allocates: %s", call.failure);
	check(is_unchanged(&before, CONTIGUOUS_CAMERA), "the format is what it was");
}

static void test_planes(void)
{
	struct v4l2_format before = get_format(PLANES_CAMERA, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
	struct cen_image_desc image = nv12(2), made_image;
	static struct cen_call call;
	uint32_t made;
	int ret = allocate(PLANES_CAMERA, &image, 1, &made_image, &made, &call);

	if (check(ret == 0 && made == 1 && made_image.objects[1].fd >= 0, "a dma-buf for each plane: %s",
		  call.failure)) {
		check(try_import(PLANES_CAMERA, CEN_USAGE_CAPTURE, &made_image, &call) == 0, "taken back: %s",
		      call.failure);
		close_image(&made_image);
	}
	image = nv12(1);
	ret = allocate(M2M, &image, 1, &made_image, &made, &call);
	check(ret == -EINVAL && made == 0, "vim2m has no NV12: %s", call.failure);
	image = (struct cen_image_desc){.size = sizeof(image),
					.fourcc = DRM_FORMAT_BGR888,
					.width = 640,
					.height = 360,
					.plane_count = 1,
					.object_count = 1,
					.planes = {{.stride = 2048}},
					.objects = {{.fd = -1, .size = 2048 * 360}}};
	check(allocate(M2M, &image, 1, &made_image, &made, &call) == -EINVAL && strstr(call.failure, "1920"),
	      "vim2m: another stride: %s", call.failure);
	image.planes[0].stride = 1920;
	image.objects[0].size = 1920 * 360;
	ret = allocate(M2M, &image, 1, &made_image, &made, &call);
	if (check(ret == 0, "vim2m: its own stride: %s", call.failure)) {
		check(try_import(M2M, CEN_USAGE_OUTPUT, &made_image, &call) == 0, "vim2m: output: %s", call.failure);
		close_image(&made_image);
	}
	check(is_unchanged(&before, PLANES_CAMERA), "the format is what it was");
}

/* An import that the kernel takes and that shows a wrong picture: the planes are elsewhere than the driver thinks. */
static void test_positions(void)
{
	struct cen_image_desc image = nv12(2), out;
	static struct cen_call call;
	uint32_t made;

	if (!check(allocate(PLANES_CAMERA, &image, 1, &out, &made, &call) == 0, "a dma-buf for each plane: %s",
		   call.failure))
		return;
	out.planes[0].object = 1;
	out.planes[1].object = 0;
	check(try_import(PLANES_CAMERA, CEN_USAGE_CAPTURE, &out, &call) == -EINVAL && strstr(call.failure, "object 1"),
	      "planes in each other's object: %s", call.failure);
	close_image(&out);
	image = nv12(1);
	image.objects[0].size = 640 * 640;
	image.objects[0].fd = make_scattered(image.objects[0].size);
	check(try_import(ANY_CAMERA, CEN_USAGE_CAPTURE, &image, &call) == 0, "the chroma where it belongs: %s",
	      call.failure);
	image.planes[1].offset = 640 * 368;
	check(try_import(ANY_CAMERA, CEN_USAGE_CAPTURE, &image, &call) == -EINVAL && strstr(call.failure, "230400"),
	      "the chroma after padding that the driver does not have: %s", call.failure);
	image.planes[1].offset = 640 * 360;
	image.planes[1].stride = 1280;
	check(try_import(ANY_CAMERA, CEN_USAGE_CAPTURE, &image, &call) == -EINVAL && strstr(call.failure, "stride"),
	      "the chroma with a stride of its own: %s", call.failure);
	check(allocate(ANY_CAMERA, &image, 1, &out, &made, &call) == -EINVAL && made == 0,
	      "nor is such a buffer made: %s", call.failure);
	close_image(&image);
}

int main(void)
{
	int (*entry)(uint32_t host_abi, const struct cen_backend **out);
	void *symbol;
	static struct cen_call call;
	char path[512];
	void *module;
	size_t fds;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (system("modprobe -r vivid; modprobe -r vim2m; modprobe -r vicodec;"
		   "modprobe vivid n_devs=3 allocators=0,1,1 multiplanar=1,1,2 node_types=0x101,0x101,0x101 && "
		   "modprobe vim2m")) {
		printf("1..0 # SKIP vivid and vim2m cannot be loaded\n");
		return 0;
	}
	snprintf(path, sizeof(path), "%s/backends/modules/v4l2.so", getenv("BUILD_DIR"));
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!check(module != NULL, "the plug-in loads"))
		return 1;
	symbol = dlsym(module, "cen_backend_entry_v1");
	memcpy(&entry, &symbol, sizeof(entry));
	if (!check(entry && entry(CEN_BACKEND_ABI, &backend) == 0 && backend->open(&host, &call, &state) == 0,
		   "it opens"))
		return 1;
	fds = balance_count_fds();
	test_list();
	test_describe();
	test_busy();
	test_memory();
	test_planes();
	test_positions();
	check(balance_count_fds() == fds, "no file descriptor is left");
	check(system("modprobe -r vivid") == 0, "nothing holds the cameras");
	check(describe(ANY_CAMERA, CEN_USAGE_CAPTURE, 0, 0, &call) == -ENODEV && strstr(call.failure, "gone"),
	      "a device that vanished: %s", call.failure);
	check(backend->list(state, memset(&listed, 0, sizeof(listed))) == 0 && listed.device_count == 1,
	      "it is listed no more");
	backend->close(state);
	if (system("modprobe -r vim2m"))
		printf("# vim2m stays loaded\n");
	return check_end();
}
