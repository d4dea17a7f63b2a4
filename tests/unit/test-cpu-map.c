/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * CPU access to buffers: what the kernel is told and in which order, which mistakes are refused, and what is left when
 * a call fails. The objects are memfds; the calls on dma-bufs are written down here.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <cenalloc/format.h>

#include "balance.h"
#include "cpu-map.h"
#include "dma-buf.h"
#include "fault.h"
#include "image-check.h"

#define NV12 0x3231564eu
#define READ CEN_CPU_MAP_READ
#define WRITE CEN_CPU_MAP_WRITE
#define SWEEP_MAX 100

static bool are_dma_bufs;
static char story[256]; /* "begin 0 rw, end 0 rw, " */
static int failing_call, failing_errno; /* the n-th of the calls below */
static int fds[CEN_MAX_PLANES];

bool __wrap__cen_is_dma_buf(int fd);
int __wrap__cen_dma_buf_begin(int fd, uint32_t access);
int __wrap__cen_dma_buf_end(int fd, uint32_t access);

bool __wrap__cen_is_dma_buf(int fd)
{
	(void)fd;
	return are_dma_bufs;
}

static int tell(const char *what, int fd, uint32_t access)
{
	struct stat st, other;
	int object = 0;

	/* The map has fds of its own, of the same files. */
	fstat(fd, &st);
	while (object < CEN_MAX_PLANES && (fstat(fds[object], &other) < 0 || other.st_ino != st.st_ino))
		object++;
	snprintf(story + strlen(story), sizeof(story) - strlen(story), "%s %d %s%s, ", what, object,
		 access & READ ? "r" : "", access & WRITE ? "w" : "");
	return failing_call && --failing_call == 0 ? -failing_errno : 0;
}

int __wrap__cen_dma_buf_begin(int fd, uint32_t access)
{
	return tell("begin", fd, access);
}

int __wrap__cen_dma_buf_end(int fd, uint32_t access)
{
	return tell("end", fd, access);
}

/* NV12 of 64x4 pixels, luma 16 bytes into its object, chroma in the same one or in the next. */
struct image {
	struct cpu_map_image image;
	struct cen_buffer_info info;
	struct cen_buffer_plane planes[2];
	struct cen_buffer_object objects[2];
};

static void image_start(struct image *image, uint32_t object_count, bool dma_bufs)
{
	*image = (struct image){
		.info = {.size = sizeof(image->info),
			 .fourcc = NV12,
			 .width = 64,
			 .height = 4,
			 .plane_count = 2,
			 .object_count = object_count},
		.planes = {{.offset = 16, .stride = 64, .size = 256},
			   {.object = object_count - 1, .offset = 4096, .stride = 64, .size = 128}},
	};
	image->image = (struct cpu_map_image){&image->info, image->planes, image->objects};
	for (uint32_t n = 0; n < object_count; n++) {
		fds[n] = memfd_create("cpu-map", MFD_CLOEXEC);
		assert_true(fds[n] >= 0 && ftruncate(fds[n], 8192) == 0);
		image->objects[n] = (struct cen_buffer_object){.fd = fds[n], .size = 8192};
	}
	are_dma_bufs = dma_bufs;
	story[0] = '\0';
	failing_call = 0;
}

/* How many mappings of the objects this process has. */
static int count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];
	int count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "/memfd:cpu-map") != NULL;
	fclose(file);
	return count;
}

static void image_stop(struct image *image)
{
	assert_int_equal(count_mappings(), 0);
	for (uint32_t n = 0; n < image->info.object_count; n++)
		close(fds[n]);
	memset(fds, 0xff, sizeof(fds));
}

static struct cen_cpu_map *map(const struct image *image, uint32_t access)
{
	struct cen_cpu_map *out;

	assert_int_equal(_cen_cpu_map_create(&image->image, access, &out, NULL), 0);
	assert_non_null(out);
	return out;
}

/* The call failed with this; the error says the text. */
static void check_error(int got, int ret, struct cen_error **out, enum cen_error_code code, const char *text)
{
	struct cen_error *err = *out;

	assert_non_null(err);
	if (got != ret || cen_error_get_code(err) != code || !strstr(cen_error_get_message(err), text))
		fail_msg("%d, %s, \"%s\"", got, cen_error_code_get_name(cen_error_get_code(err)),
			 cen_error_get_message(err));
	assert_int_equal(cen_error_get_errno(err), ret);
	cen_error_destroy(err);
	*out = NULL;
}

static void check_refused(const struct image *image, uint32_t access, int ret, enum cen_error_code code,
			  const char *text)
{
	struct cen_cpu_map *out;
	struct cen_error *err = NULL;
	int got = _cen_cpu_map_create(&image->image, access, &out, &err);

	check_error(got, ret, &err, code, text);
	assert_null(out);
}

/* Whatever is begun ends, with the same direction. */
static void test_direction(void **state)
{
	struct cen_cpu_map *one;
	struct image image;

	(void)state;
	image_start(&image, 2, true);
	cen_cpu_map_destroy(map(&image, READ));
	assert_string_equal(story, "begin 0 r, begin 1 r, end 0 r, end 1 r, ");
	story[0] = '\0';
	one = map(&image, READ | WRITE);
	assert_int_equal(cen_cpu_map_end(one, NULL), 0);
	assert_string_equal(story, "begin 0 rw, begin 1 rw, end 0 rw, end 1 rw, ");
	story[0] = '\0';
	assert_int_equal(cen_cpu_map_begin(one, WRITE, NULL), 0);
	cen_cpu_map_destroy(one);
	assert_string_equal(story, "begin 0 w, begin 1 w, end 0 w, end 1 w, ");
	cen_cpu_map_destroy(NULL);
	image_stop(&image);
}

/* One object is mapped once, and one that nobody but the CPU uses has nobody to tell. */
static void test_objects(void **state)
{
	struct cen_cpu_map_plane luma = {.size = sizeof(luma)}, chroma = {.size = sizeof(chroma)};
	struct cen_cpu_map *one;
	struct image image;

	(void)state;
	image_start(&image, 1, true);
	one = map(&image, WRITE);
	assert_string_equal(story, "begin 0 w, ");
	assert_int_equal(count_mappings(), 1);
	assert_int_equal(cen_cpu_map_get_plane(one, 0, &luma), 0);
	assert_int_equal(cen_cpu_map_get_plane(one, 1, &chroma), 0);
	assert_ptr_equal((char *)chroma.data, (char *)luma.data + 4080);
	assert_true(luma.stride == 64 && luma.bytes == 256 && luma.rows == 4);
	assert_true(chroma.stride == 64 && chroma.bytes == 128 && chroma.rows == 2);
	cen_cpu_map_destroy(one);
	image_stop(&image);

	image_start(&image, 2, false);
	cen_cpu_map_destroy(map(&image, READ));
	assert_string_equal(story, "");
	image_stop(&image);
}

/* What is written through one map is seen through another. */
static void test_pixels(void **state)
{
	struct cen_cpu_map_plane written = {.size = sizeof(written)}, seen = {.size = sizeof(seen)};
	struct cen_cpu_map *writer, *reader;
	struct image image;

	(void)state;
	for (uint32_t objects = 1; objects <= 2; objects++) {
		image_start(&image, objects, true);
		writer = map(&image, WRITE);
		reader = map(&image, READ);
		for (uint32_t plane = 0; plane < 2; plane++) {
			assert_int_equal(cen_cpu_map_get_plane(writer, plane, &written), 0);
			assert_int_equal(cen_cpu_map_get_plane(reader, plane, &seen), 0);
			assert_ptr_not_equal(written.data, seen.data);
			memset(written.data, 0x11 + (int)plane, (size_t)written.bytes);
			assert_memory_equal(written.data, seen.data, (size_t)written.bytes);
		}
		cen_cpu_map_destroy(writer);
		cen_cpu_map_destroy(reader);
		image_stop(&image);
	}
}

static void test_state(void **state)
{
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
	struct cen_error *err = NULL;
	struct cen_cpu_map *one;
	struct image image;

	(void)state;
	image_start(&image, 1, true);
	one = map(&image, READ);
	check_error(cen_cpu_map_begin(one, READ, &err), -EBUSY, &err, CEN_ERROR_BUSY, "begun already");
	assert_int_equal(cen_cpu_map_get_plane(one, 2, &plane), -EINVAL);
	plane.size = 8;
	assert_int_equal(cen_cpu_map_get_plane(one, 0, &plane), -EINVAL);
	plane.size = sizeof(plane);
	assert_int_equal(cen_cpu_map_end(one, NULL), 0);
	assert_int_equal(cen_cpu_map_get_plane(one, 0, &plane), -EINVAL);
	check_error(cen_cpu_map_end(one, &err), -EINVAL, &err, CEN_ERROR_ARGUMENT, "not begun");
	check_error(cen_cpu_map_begin(one, WRITE, &err), -EACCES, &err, CEN_ERROR_PERMISSION, "for reading only");
	check_error(cen_cpu_map_begin(one, 0, &err), -EINVAL, &err, CEN_ERROR_ARGUMENT, "access 0");
	assert_string_equal(story, "begin 0 r, end 0 r, ");
	assert_int_equal(cen_cpu_map_begin(one, READ, NULL), 0);
	assert_int_equal(cen_cpu_map_get_plane(one, 0, &plane), 0);
	cen_cpu_map_destroy(one);
	check_refused(&image, 0, -EINVAL, CEN_ERROR_ARGUMENT, "access 0");
	check_refused(&image, 9, -EINVAL, CEN_ERROR_UNKNOWN_FLAG, "the bits 0x8");
	check_refused(&image, CEN_CPU_MAP_LATER, -EINVAL, CEN_ERROR_ARGUMENT, "access 0");
	story[0] = '\0';
	one = map(&image, READ | CEN_CPU_MAP_LATER);
	assert_int_equal(cen_cpu_map_get_plane(one, 0, &plane), -EINVAL);
	check_error(cen_cpu_map_begin(one, READ | CEN_CPU_MAP_LATER, &err), -EINVAL, &err, CEN_ERROR_UNKNOWN_FLAG,
		    "the bits 0x4");
	assert_string_equal(story, "");
	assert_int_equal(cen_cpu_map_begin(one, READ, NULL), 0);
	assert_string_equal(story, "begin 0 r, ");
	cen_cpu_map_destroy(one);
	image_stop(&image);
}

/* A beginning that fails half way ends the first half; an end that fails ends the rest, and is over. */
static void test_kernel_refuses(void **state)
{
	struct cen_error *err = NULL;
	struct cen_cpu_map *one;
	struct image image;

	(void)state;
	image_start(&image, 2, true);
	failing_call = 2;
	failing_errno = EIO;
	check_refused(&image, READ | WRITE, -EIO, CEN_ERROR_SYSTEM, "object 1, exported by");
	assert_string_equal(story, "begin 0 rw, begin 1 rw, end 0 rw, ");
	one = map(&image, READ);
	story[0] = '\0';
	failing_call = 1;
	check_error(cen_cpu_map_end(one, &err), -EIO, &err, CEN_ERROR_SYSTEM, "object 0");
	assert_string_equal(story, "end 0 r, end 1 r, ");
	cen_cpu_map_destroy(one);
	assert_string_equal(story, "end 0 r, end 1 r, ");
	image_stop(&image);
}

static void test_unmappable(void **state)
{
	struct image image;
	char path[64];

	(void)state;
	image_start(&image, 2, true);
	fault_arm(FAULT_MMAP, 2);
	fault_set_errno(ENODEV);
	check_refused(&image, READ, -ENODEV, CEN_ERROR_SYSTEM, "object 1, exported by an unknown exporter, cannot be");
	fault_arm(FAULT_MMAP, 1);
	fault_set_errno(ENOMEM);
	check_refused(&image, READ, -ENOMEM, CEN_ERROR_NO_MEMORY, "272 bytes");
	fault_disarm();
	fault_set_errno(0);
	assert_string_equal(story, "");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	close(fds[0]);
	fds[0] = image.objects[0].fd = open(path, O_RDONLY | O_CLOEXEC);
	check_refused(&image, WRITE, -EACCES, CEN_ERROR_PERMISSION,
		      "object 0, exported by an unknown exporter, cannot be "
		      "written");
	cen_cpu_map_destroy(map(&image, READ));
	image_stop(&image);
}

static void test_bounds(void **state)
{
	struct image image;

	(void)state;
	image_start(&image, 1, true);
	image.planes[1].offset = UINT64_MAX - 64;
	check_refused(&image, READ, -EOVERFLOW, CEN_ERROR_OVERFLOW,
		      "plane 1: 128 bytes from byte 18446744073709551551");
	image.planes[1].offset = 8192 - 127;
	check_refused(&image, READ, -EOVERFLOW, CEN_ERROR_OVERFLOW, "object 0 of 8192 bytes");
	image.planes[1].offset = 8192 - 128;
	cen_cpu_map_destroy(map(&image, READ));
	/* A vendor's layout has no rows that anybody else could count. */
	image.info.modifier = 1;
	{
		struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
		struct cen_cpu_map *one = map(&image, READ);

		assert_int_equal(cen_cpu_map_get_plane(one, 0, &plane), 0);
		assert_int_equal(plane.rows, 0);
		cen_cpu_map_destroy(one);
	}
	image_stop(&image);
}

/* Interrupted and told to come again, the calls come again. */
static void test_retry(void **state)
{
	static const int errnums[] = {EINTR, EAGAIN};
	int fd = memfd_create("cpu-map", MFD_CLOEXEC), status;

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		fault_set_errno(errnums[n]);
		fault_arm(FAULT_IOCTL, 1);
		assert_int_equal(_cen_dma_buf_export_fence(fd, READ), -ENOTTY);
		assert_true(fault_disarm());
		fault_arm(FAULT_IOCTL, 1);
		assert_int_equal(_cen_sync_file_get_status(fd, &status), -ENOTTY);
		assert_true(fault_disarm());
	}
	fault_set_errno(0);
	close(fd);
}

/* Every call fails in turn. */
static void test_sweep(void **state)
{
	struct image image;
	unsigned long n;

	(void)state;
	image_start(&image, 2, true);
	for (n = 1; n < SWEEP_MAX; n++) {
		size_t alive = fault_alive(), open_fds = balance_count_fds();
		struct cen_error *err = NULL;
		struct cen_cpu_map *one;
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = _cen_cpu_map_create(&image.image, WRITE, &one, &err);
		cen_cpu_map_destroy(one);
		cen_error_destroy(err);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_true(ret < 0 && !one);
		assert_int_equal(count_mappings(), 0);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(open_fds));
	}
	assert_true(n > 3 && n < SWEEP_MAX);
	image_stop(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direction),      cmocka_unit_test(test_objects),
		cmocka_unit_test(test_pixels),         cmocka_unit_test(test_state),
		cmocka_unit_test(test_kernel_refuses), cmocka_unit_test(test_unmappable),
		cmocka_unit_test(test_bounds),         cmocka_unit_test(test_retry),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
