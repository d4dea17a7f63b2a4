/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The program cenalloc-probe-egl with real memory: it finds right pixels where llvmpipe can be used, refuses what
 * cannot be, and what crashes the driver crashes nothing else. Also programs that are not what they should be.
 */
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "balance.h"
#include "tap.h"

#include "backend-util.h"
#include "egl/egl-info.h"
#include "probe/client.h"

#define WIDTH 640u
#define HEIGHT 360u
#define LIMIT_MS 60000

static const struct probe_program program = {.name = "cenalloc-probe-egl", .folder = "egl"};

static int make_heap(const char *path, size_t size, int mode)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = (uint32_t)(mode | O_CLOEXEC)};
	_cleanup_close_ int heap = open(path, O_RDONLY | O_CLOEXEC);

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) < 0)
		return -1;
	return (int)data.fd;
}

static int make_udmabuf(const char *path, size_t size, int mode)
{
	_cleanup_close_ int device = open(path, O_RDWR | O_CLOEXEC);
	_cleanup_close_ int memfd = memfd_create("pixels", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	struct udmabuf_create create = {.memfd = (uint32_t)memfd, .flags = UDMABUF_FLAGS_CLOEXEC, .size = size};

	(void)mode;
	if (device < 0 || memfd < 0 || ftruncate(memfd, (off_t)size) < 0 ||
	    fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return -1;
	return ioctl(device, UDMABUF_CREATE, &create);
}

static int make_dumb(const char *path, size_t size, int mode)
{
	struct drm_mode_create_dumb dumb = {.width = 1024, .height = (uint32_t)(size / 4096 + 1), .bpp = 32};
	struct drm_prime_handle prime = {.flags = (uint32_t)(mode | O_CLOEXEC), .fd = -1};
	_cleanup_close_ int card = open(path, O_RDWR | O_CLOEXEC);

	if (card < 0 || ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) < 0)
		return -1;
	prime.handle = dumb.handle;
	return ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0 ? -1 : prime.fd;
}

static const struct memory {
	const char *name, *path;
	int (*make)(const char *path, size_t size, int mode);
} memories[] = {
	{"system heap", "/dev/dma_heap/system", make_heap}, {"CMA heap", "/dev/dma_heap/reserved", make_heap},
	{"udmabuf", "/dev/udmabuf", make_udmabuf},          {"vgem dumb", "/dev/dri/card0", make_dumb},
	{"vkms dumb", "/dev/dri/card1", make_dumb},
};

/* An image as V4L2 lays it out: planes one behind the other, rows without padding. */
static struct cen_image_desc make_image(uint32_t fourcc, uint32_t width, uint32_t height)
{
	struct cen_image_desc image = {
		.size = sizeof(image),
		.fourcc = fourcc,
		.width = width,
		.height = height,
		.plane_count = fourcc == DRM_FORMAT_NV12 ? 2 : 1,
		.object_count = 1,
		.objects = {{.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = -1}},
	};
	uint64_t stride = fourcc == DRM_FORMAT_XRGB8888 ? width * 4 : fourcc == DRM_FORMAT_NV12 ? width : width * 2;

	for (uint32_t p = 0; p < image.plane_count; p++)
		image.planes[p] = (struct cen_image_plane){.offset = p * stride * height, .stride = stride};
	image.objects[0].size = stride * height * (image.plane_count + 1) / 2;
	if (image.plane_count == 1)
		image.objects[0].size = stride * height;
	image.objects[0].size = (image.objects[0].size + 4095) / 4096 * 4096;
	return image;
}

static int try_image(const struct probe_program *with, const char *node, uint32_t usage,
		     const struct cen_image_desc *image, struct probe_answer *answer)
{
	struct cen_device_desc device = {.path = node ? node : EGL_SOFTWARE_PATH};
	struct probe_request request;
	struct stat st;

	if (node && stat(node, &st) == 0)
		device.devnum = st.st_rdev;
	_cen_probe_request_init(&request, PROBE_IMPORT, &device, usage, LIMIT_MS);
	if (!node)
		request.flags |= PROBE_FLAG_SOFTWARE;
	request.image = *image;
	return _cen_probe_run(with, &request, answer);
}

static void tell(const struct probe_answer *answer)
{
	if (answer->end.message[0])
		printf("# %s%s%s\n", answer->end.call, answer->end.call[0] ? ": " : "", answer->end.message);
}

static void test_pixels(void)
{
	static const uint32_t fourccs[] = {DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12, DRM_FORMAT_YUYV};

	for (size_t m = 0; m < ARRAY_LENGTH(memories); m++) {
		for (size_t f = 0; f < ARRAY_LENGTH(fourccs); f++) {
			_cleanup_answer_ struct probe_answer answer = {0};
			struct cen_image_desc image = make_image(fourccs[f], WIDTH, HEIGHT);
			int fd = memories[m].make(memories[m].path, image.objects[0].size, O_RDWR);

			image.objects[0].fd = fd;
			check(fd >= 0 && try_image(&program, NULL, CEN_USAGE_TEXTURE, &image, &answer) == 0,
			      "%s: llvmpipe samples the right pixels of %.4s", memories[m].name,
			      (const char *)&fourccs[f]);
			tell(&answer);
			close(fd);
		}
	}
}

/* What the check is worth: an image whose rows lie on each other cannot show what was written. */
static void test_wrong_pixels(void)
{
	_cleanup_answer_ struct probe_answer answer = {0};
	struct cen_image_desc image = make_image(DRM_FORMAT_XRGB8888, WIDTH, HEIGHT);
	int fd = make_heap(memories[0].path, image.objects[0].size, O_RDWR);

	image.objects[0].fd = fd;
	image.planes[0].stride = WIDTH * 2;
	check(fd >= 0 && try_image(&program, NULL, CEN_USAGE_TEXTURE, &image, &answer) == -EIO &&
		      strstr(answer.end.message, "samples other pixels"),
	      "rows that overlap: other pixels are found");
	tell(&answer);
	close(fd);
}

static void test_read_only(void)
{
	_cleanup_answer_ struct probe_answer answer = {0};
	struct cen_image_desc image = make_image(DRM_FORMAT_XRGB8888, WIDTH, HEIGHT);
	int fd = make_dumb("/dev/dri/card1", image.objects[0].size, O_RDONLY);

	image.objects[0].fd = fd;
	check(fd >= 0 && try_image(&program, NULL, CEN_USAGE_TEXTURE, &image, &answer) == -EACCES &&
		      strstr(answer.end.message, "read-only"),
	      "a read-only file descriptor is refused before the driver sees it");
	tell(&answer);
	close(fd);
}

static void test_render(void)
{
	for (size_t m = 0; m < ARRAY_LENGTH(memories); m++) {
		_cleanup_answer_ struct probe_answer answer = {0};
		struct cen_image_desc image = make_image(DRM_FORMAT_XRGB8888, WIDTH, 384);
		int fd = memories[m].make(memories[m].path, image.objects[0].size, O_RDWR);

		image.objects[0].fd = fd;
		check(fd >= 0 && try_image(&program, NULL, CEN_USAGE_RENDER, &image, &answer) == 0,
		      "%s: llvmpipe draws the right pixels", memories[m].name);
		tell(&answer);
		close(fd);
	}
}

/*
 * The reason for the table's row of llvmpipe: what it draws into, and what crashes it. There is nothing mapped behind the
 * buffer (egl-guard.c), so that what is touched there is seen.
 */
static void test_limits(void)
{
	static const struct {
		const char *what;
		uint32_t width, height;
		uint64_t stride, offset;
		int expected;
	} limits[] = {
		{"rows of a multiple of 16 bytes", 100, 64, 400, 0, 0},
		{"rows of another length", 100, 64, 408, 0, -EFAULT},
		{"an offset of a multiple of 16 bytes", 1024, 64, 4096, 16, 0},
		{"another offset", 1024, 64, 4096, 8, -EFAULT},
		{"48 rows", 1024, 48, 4096, 0, 0},
		{"50 rows and memory for no more", 1024, 50, 4096, 0, -EFAULT},
	};
	const char *build = getenv("BUILD_DIR");
	char guard[PATH_MAX];

	snprintf(guard, sizeof(guard), "%s/tests/vm/egl-guard.so", build ? build : ".");
	setenv("LD_PRELOAD", guard, 1);
	for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
		_cleanup_answer_ struct probe_answer answer = {0};
		struct cen_image_desc image = make_image(DRM_FORMAT_XRGB8888, limits[i].width, limits[i].height);

		image.planes[0].stride = limits[i].stride;
		image.planes[0].offset = limits[i].offset;
		image.objects[0].size = limits[i].stride * limits[i].height + limits[i].offset;
		image.objects[0].fd = make_heap(memories[0].path, image.objects[0].size, O_RDWR);
		check(try_image(&program, NULL, CEN_USAGE_RENDER, &image, &answer) == limits[i].expected,
		      "llvmpipe %s %s", limits[i].expected ? "cannot draw into" : "draws into", limits[i].what);
		tell(&answer);
		close(image.objects[0].fd);
	}
	unsetenv("LD_PRELOAD");
}

/* The reason for the table's row of kms_swrast: only its own dumb buffers can be used through a card. */
static void test_kms_swrast(const char *node, const struct memory *memory, int expected)
{
	_cleanup_answer_ struct probe_answer answer = {0};
	struct cen_image_desc image = make_image(DRM_FORMAT_XRGB8888, WIDTH, HEIGHT);
	int fd = memory->make(memory->path, image.objects[0].size, O_RDWR), ret;

	image.objects[0].fd = fd;
	ret = try_image(&program, node, CEN_USAGE_TEXTURE, &image, &answer);
	tell(&answer);
	if (expected == 0)
		check(fd >= 0 && ret == 0, "%s: %s can be used", node, memory->name);
	else
		check(fd >= 0 && ret == expected && answer.end.signal == SIGSEGV &&
			      strstr(answer.end.message, "SIGSEGV"),
		      "%s: %s crashes the driver, and nothing else", node, memory->name);
	close(fd);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* A program that is a script. */
static void test_script(const char *what, const char *script, int expected, const char *message)
{
	_cleanup_answer_ struct probe_answer answer = {0};
	char path[] = "/tmp/probe-XXXXXX";
	struct probe_program wrong = program;
	struct probe_request request;
	double begin = now();
	int fd = mkstemp(path), ret;

	dprintf(fd, "#!/bin/sh\n%s\n", script);
	fchmod(fd, 0700);
	close(fd);
	wrong.option = path;
	_cen_probe_request_init(&request, PROBE_DESCRIBE, NULL, CEN_USAGE_TEXTURE, 2000);
	ret = _cen_probe_run(&wrong, &request, &answer);
	tell(&answer);
	check(ret == expected && strstr(answer.end.message, message), "%s", what);
	check(now() - begin < 4, "%s: told in %.1f s", what, now() - begin);
	unlink(path);
}

static void test_wrong_programs(void)
{
	struct probe_program missing = program;
	_cleanup_answer_ struct probe_answer answer = {0};
	struct probe_request request;

	missing.option = "/nonexistent";
	_cen_probe_request_init(&request, PROBE_DESCRIBE, NULL, CEN_USAGE_TEXTURE, 2000);
	check(_cen_probe_run(&missing, &request, &answer) == -ENOENT && strstr(answer.end.message, "not installed"),
	      "a program that is not there");
	test_script("a program that hangs", "exec sleep 100", -ETIMEDOUT, "no answer within 2000 ms");
	test_script("a program that hangs and ignores signals", "trap '' TERM INT; while :; do sleep 1; done",
		    -ETIMEDOUT, "no answer within 2000 ms");
	test_script("a program that talks rubbish", "echo hello, world, I am no probe program >&3; sleep 100", -EPROTO,
		    "speaks version");
	test_script("a program that says too much", "dd if=/dev/zero bs=20000 count=1 >&3; sleep 100", -EPROTO,
		    "too long");
	test_script("a program that dies", "kill -SEGV $$", -EFAULT, "signal 11");
	test_script("a program that gives up", "exit 3", -EIO, "status 3");
}

int main(void)
{
	size_t before = balance_count_fds();

	test_wrong_programs();
	test_pixels();
	test_wrong_pixels();
	test_read_only();
	test_render();
	test_limits();
	test_kms_swrast("/dev/dri/card1", &memories[4], 0);
	test_kms_swrast("/dev/dri/card1", &memories[0], -EFAULT);
	/* An application that collects no children learns of a crash as well. */
	signal(SIGCHLD, SIG_IGN);
	test_kms_swrast("/dev/dri/renderD128", &memories[0], -EFAULT);
	check(balance_check_fds(before), "as many files are open as before");
	return check_end();
}
