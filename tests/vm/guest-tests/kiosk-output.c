/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The screen of the kiosk example without Wayland: a picture that this program wrote is shown directly, drawn, and read
 * back from the display each time. Arguments: the display's node, all virtual ones without, and a folder to keep the
 * pictures in. Prints TAP.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "kiosk-picture.h"
#include "output.h"
#include "sw-sync.h"
#include "tap.h"

#define WAIT_MS 30000

static void on_flipped(void *data, const struct output_flip *flip)
{
	struct test *test = data;

	test->flip = *flip;
	test->flips++;
}

static void on_released(void *data, struct output_image *image)
{
	struct test *test = data;

	test->released = image;
	test->releases++;
}

static int open_output(struct test *test, bool never_direct)
{
	const struct output_options options = {.display = test->display, .never_direct = never_direct};
	const struct output_listener listener = {on_flipped, on_released, test};
	uint32_t refresh;
	int ret;

	ret = output_create(&options, &listener, &test->output);
	if (ret == 0)
		output_get_size(test->output, &test->width, &test->height, &refresh);
	test->buffers = count_buffers();
	return ret;
}

static int fill(const struct test *test, const struct cen_buffer *buffer, uint32_t fourcc)
{
	struct cen_cpu_map_plane planes[2] = {{.size = sizeof(planes[0])}, {.size = sizeof(planes[1])}};

	CEN_CPU_MAP_SCOPE(map, buffer, CEN_CPU_MAP_WRITE, NULL);
	if (!map)
		return -EIO;
	cen_cpu_map_get_plane(map, 0, &planes[0]);
	if (fourcc == DRM_FORMAT_NV12 && cen_cpu_map_get_plane(map, 1, &planes[1]) == 0)
		fill_nv12(test, planes[0].data, planes[0].stride, planes[1].data, planes[1].stride);
	else
		fill_rgb(test, planes[0].data, planes[0].stride);
	return 0;
}

/* Whether a plane is said to take it. */
static bool has_scanout(const struct cen_offer *offer, uint32_t fourcc)
{
	struct cen_offer_tranche tranche = {.size = sizeof(tranche)};
	bool found = false;
	uint32_t size;
	int fd = cen_offer_get_table(offer, &size);
	const uint8_t *table = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	for (size_t i = 0; table != MAP_FAILED && cen_offer_get_tranche(offer, i, 4, &tranche) == 0; i++) {
		for (size_t j = 0; tranche.flags & CEN_TRANCHE_SCANOUT && j < tranche.index_count; j++)
			found |= memcmp(table + tranche.indices[j] * 16, &fourcc, 4) == 0;
	}
	munmap((void *)table, size);
	return found;
}

/* The first plan that the display does not refuse. */
static int allocate(const struct cen_solution *solution, struct cen_buffer **out)
{
	struct cen_plan *plan;
	int ret = -ENOTSUP;

	for (size_t i = 0; ret < 0 && (plan = cen_solution_get_plan(solution, i)); i++)
		ret = cen_plan_allocate(plan, 1, CEN_ALLOCATE_VERIFY, out, NULL);
	return ret;
}

/* A buffer as a client would have made it: for the CPU and, where it may be shown as it is, this display. */
static int make_buffer(const struct test *test, uint32_t fourcc, struct cen_buffer **out)
{
	const struct cen_constraint one = {CEN_CONSTRAINT_OBJECTS, 0, CEN_OBJECTS_ONE, CEN_PROVENANCE_POLICY, 0, NULL};
	const struct cen_device *cpu, *display;
	struct cen_context *context = NULL;
	struct cen_machine *machine = NULL;
	struct cen_request *request = NULL;
	struct cen_solution *solution = NULL;
	int ret;

	*out = NULL;
	ret = cen_context_create(0, &context, NULL);
	if (ret == 0)
		ret = cen_machine_create_live(context, 0, &machine, NULL);
	if (ret == 0)
		ret = cen_request_create(machine, &request);
	if (ret == 0)
		ret = cen_machine_find_device(machine, "cpu", &cpu, NULL);
	if (ret == 0)
		ret = cen_request_set_size(request, test->width, test->height, NULL);
	if (ret == 0)
		ret = cen_request_add_format(request, fourcc, NULL);
	if (ret == 0)
		ret = cen_request_add_constraint(request, &one, NULL);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CPU_WRITE, cpu, NULL);
	if (ret == 0 && has_scanout(output_get_offer(test->output), fourcc)) {
		ret = cen_machine_find_device(machine, test->display, &display, NULL);
		if (ret == 0)
			ret = cen_request_add_usage(request, CEN_USAGE_SCANOUT, display, NULL);
	}
	if (ret == 0)
		ret = cen_solve(request, 0, &solution, NULL);
	if (ret == 0)
		ret = allocate(solution, out);
	cen_solution_unref(solution);
	cen_request_destroy(request);
	cen_machine_destroy(machine);
	cen_context_destroy(context);
	return ret == 0 ? fill(test, *out, fourcc) : ret;
}

static struct output_view whole_screen(const struct test *test, struct output_image *image)
{
	return (struct output_view){.image = image, .width = test->width, .height = test->height, .acquire_fence = -1};
}

static int wait_for_flip(struct test *test)
{
	struct pollfd fds = {.fd = output_get_fd(test->output), .events = POLLIN};
	unsigned before = test->flips;

	while (test->flips == before) {
		if (poll(&fds, 1, WAIT_MS) <= 0)
			return -ETIMEDOUT;
		if (output_dispatch(test->output) < 0)
			return -EIO;
	}
	return 0;
}

static bool present(struct test *test, const char *what, const struct output_view *views, size_t count, bool is_direct)
{
	int ret = output_present(test->output, views, count);

	check(ret == 0 && output_is_busy(test->output) && output_present(test->output, views, count) == -EBUSY,
	      "%s: is committed, and a second commit has to wait (%d)", what, ret);
	ret = ret == 0 ? wait_for_flip(test) : ret;
	return check(ret == 0 && test->flip.is_direct == is_direct && test->flip.time_ns && test->flip.refresh_ns,
		     "%s: is shown, %s", what, is_direct ? "directly" : "drawn");
}

/* One buffer over the whole screen. */
static void test_picture(struct test *test, const char *name, uint32_t fourcc, bool is_direct, int tolerance)
{
	struct cen_buffer *buffer;
	struct output_image *image = NULL;
	struct output_view view;
	struct capture shot;
	int ret;

	ret = make_buffer(test, fourcc, &buffer);
	if (check(ret == 0, "%s: a buffer (%d)", name, ret)) {
		ret = output_import_buffer(test->output, buffer, &image);
		check(ret == 0, "%s: is imported (%d)", name, ret);
	}
	if (image) {
		view = whole_screen(test, image);
		present(test, name, &view, 1, is_direct);
		present(test, name, &view, 1, is_direct);
		shot = capture(test, name);
		if (shot.rgb) {
			ret = compare_picture(test, &shot, fourcc == DRM_FORMAT_NV12 ? 2 : 1);
			check(ret <= tolerance, "%s: the screen shows it (off by %d of 255)", name, ret);
		}
		free(shot.rgb);
		present(test, "nothing", NULL, 0, false);
		check(test->released == image, "%s: is released once it is off the screen", name);
	}
	output_image_destroy(image);
	cen_buffer_unref(buffer);
}

/* A quarter of a buffer off the corner, as it is: some planes can do that. It looks the same drawn. */
static void test_part(struct test *test, const char *how)
{
	uint32_t width = test->width / 2, height = test->height / 2, wrong = 0;
	struct output_image *image = NULL;
	struct cen_buffer *buffer;
	struct output_view view;
	struct capture shot;

	if (!check(make_buffer(test, DRM_FORMAT_XRGB8888, &buffer) == 0 &&
			   output_import_buffer(test->output, buffer, &image) == 0,
		   "part %s: a buffer", how))
		return;
	view = (struct output_view){image, 100, 60, width, height, 64, 32, width, height, -1};
	check(output_present(test->output, &view, 1) == 0 && wait_for_flip(test) == 0, "part %s: is shown", how);
	printf("# a part of a buffer is %s\n", test->flip.is_direct ? "shown directly" : "drawn");
	shot = capture(test, "part");
	for (uint32_t y = 0; shot.rgb && y < test->height; y++) {
		for (uint32_t x = 0; x < test->width; x++) {
			uint8_t rgb[3] = {0, 0, 0};

			if (x >= 100 && x < 100 + width && y >= 60 && y < 60 + height)
				get_colour(test, x - 100 + 64, y - 60 + 32, rgb);
			wrong += memcmp(rgb, shot.rgb + ((size_t)y * test->width + x) * 3, 3) != 0;
		}
	}
	check(wrong == 0, "part %s: every pixel is in its place (%u are not)", how, wrong);
	free(shot.rgb);
	output_image_destroy(image);
	cen_buffer_unref(buffer);
}

/* A scaled part of a buffer, and half transparent pixels over it. */
static void test_views(struct test *test)
{
	static const uint32_t blue[4] = {0x80000080, 0x80000080, 0x80000080, 0x80000080};
	struct output_image *image = NULL, *pixels = NULL;
	struct cen_buffer *buffer;
	struct output_view views[2];
	struct capture shot;
	unsigned releases = test->releases;

	if (!check(make_buffer(test, DRM_FORMAT_XRGB8888, &buffer) == 0 &&
			   output_import_buffer(test->output, buffer, &image) == 0 &&
			   output_import_pixels(test->output, blue, 2, 2, 8, DRM_FORMAT_ARGB8888, &pixels) == 0,
		   "views: a buffer and pixels"))
		return;
	/* The white corner, to the middle of the screen; half of it covered. */
	views[0] = (struct output_view){image, 100, 100, 200, 100, 0, 0, test->width / 4.0, test->height / 8.0, -1};
	views[1] = (struct output_view){pixels, 200, 100, 200, 100, 0, 0, 0, 0, -1};
	present(test, "views", views, 2, false);
	shot = capture(test, "views");
	if (shot.rgb)
		check(is_colour(&shot, 102, 102, 255, 255, 255) && is_colour(&shot, 198, 198, 255, 255, 255) &&
			      is_colour(&shot, 202, 150, 127, 127, 255) && is_colour(&shot, 390, 150, 0, 0, 128) &&
			      is_colour(&shot, 98, 150, 0, 0, 0) && is_colour(&shot, 150, 202, 0, 0, 0),
		      "views: scaled, cut and blended to the right places");
	free(shot.rgb);
	/* Destroyed on the screen: nobody is told, nothing breaks. */
	output_image_destroy(pixels);
	present(test, "one view less", views, 1, false);
	check(test->releases == releases, "views: nothing is released that is shown or destroyed");
	output_image_destroy(image);
	cen_buffer_unref(buffer);
}

#define FENCE_DELAY_US 400000

/* A client whose picture is not ready when it is committed. */
static void test_fence(struct test *test, const char *how)
{
	int timeline = sw_sync_open(), fence = timeline < 0 ? -1 : sw_sync_create_fence(timeline, 1);
	struct output_image *image = NULL;
	struct cen_buffer *buffer = NULL;
	struct output_view view;
	double start;
	pid_t child;

	if (!check(fence >= 0 && make_buffer(test, DRM_FORMAT_XRGB8888, &buffer) == 0 &&
			   output_import_buffer(test->output, buffer, &image) == 0,
		   "fence %s: a buffer and a fence", how))
		return;
	view = whole_screen(test, image);
	view.acquire_fence = fence;
	child = fork();
	if (child == 0) {
		usleep(FENCE_DELAY_US);
		_exit(sw_sync_increment(timeline, 1) != 0);
	}
	start = now_ms();
	check(child > 0 && output_present(test->output, &view, 1) == 0 && wait_for_flip(test) == 0 &&
		      now_ms() - start >= FENCE_DELAY_US / 1e3 - 50,
	      "fence %s: the picture is shown when the client says that it is ready", how);
	waitpid(child, NULL, 0);
	present(test, "nothing", NULL, 0, false);
	output_image_destroy(image);
	cen_buffer_unref(buffer);
	close(fence);
	close(timeline);
}

/* As many a client exports its buffers. The pixels stay mapped. */
static int make_read_only(const struct test *test, struct cen_buffer **out, uint8_t **map, uint64_t *size)
{
	struct drm_mode_create_dumb dumb = {.width = test->width, .height = test->height, .bpp = 32};
	struct drm_mode_map_dumb place = {0};
	struct cen_params *params = NULL;
	struct cen_refusal refusal;
	int device = open(test->display, O_RDWR | O_CLOEXEC), fd = -1, ret = -EIO;

	*out = NULL;
	*map = MAP_FAILED;
	if (device >= 0 && drmIoctl(device, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) == 0) {
		place.handle = dumb.handle;
		if (drmIoctl(device, DRM_IOCTL_MODE_MAP_DUMB, &place) == 0)
			*map = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)place.offset);
	}
	if (*map != MAP_FAILED && drmPrimeHandleToFD(device, dumb.handle, O_CLOEXEC, &fd) == 0) {
		fill_rgb(test, *map, dumb.pitch);
		ret = cen_params_create(output_get_offer(test->output), 4, 0, &params);
	}
	if (ret == 0)
		ret = cen_params_add(params, fd, 0, 0, dumb.pitch, 0, &refusal);
	if (ret == 0)
		ret = cen_params_finish(params, (int32_t)test->width, (int32_t)test->height, DRM_FORMAT_XRGB8888, out,
					&refusal);
	cen_params_destroy(params);
	if (device >= 0)
		close(device);
	*size = dumb.size;
	return ret;
}

static uint64_t count_uploads(const struct test *test)
{
	struct output_counts counts;

	output_get_counts(test->output, &counts);
	return counts.uploaded;
}

/* Mesa's software would map it read-write, fail, and crash when it draws: its pixels are copied, once per change. */
static void test_read_only(struct test *test, bool never_direct, bool is_copied)
{
	const char *how = never_direct ? "drawn" : "direct";
	struct cen_buffer *buffer = NULL;
	struct output_image *image = NULL;
	struct output_view view;
	struct capture shot;
	uint64_t size, before = count_uploads(test);
	uint8_t *map;
	int ret;

	ret = make_read_only(test, &buffer, &map, &size);
	ret = ret == 0 ? output_import_buffer(test->output, buffer, &image) : ret;
	if (check(ret == 0, "read-only %s: a buffer is imported (%d)", how, ret)) {
		view = whole_screen(test, image);
		present(test, "read-only", &view, 1, !never_direct);
		present(test, "read-only, the same again", &view, 1, !never_direct);
		shot = capture(test, "read-only");
		check(!shot.rgb || compare_picture(test, &shot, 1) == 0, "read-only %s: the screen shows it", how);
		free(shot.rgb);
		memset(map, 0xff, size);
		output_image_set_changed(image);
		present(test, "read-only, changed", &view, 1, !never_direct);
		shot = capture(test, "read-only-changed");
		check(!shot.rgb || is_colour(&shot, test->width - 1, test->height - 1, 255, 255, 255),
		      "read-only %s: the screen shows the change", how);
		free(shot.rgb);
		check(count_uploads(test) - before == (is_copied ? 2 : 0), "read-only %s: %u copies", how,
		      (unsigned)(count_uploads(test) - before));
		present(test, "nothing", NULL, 0, false);
	}
	if (map != MAP_FAILED)
		munmap(map, size);
	output_image_destroy(image);
	cen_buffer_unref(buffer);
}

/* A buffer that was drawn is not kept by GL once its image is gone. */
static void test_forgetting(struct test *test, const char *how)
{
	struct output_image *image = NULL;
	struct cen_buffer *buffer;
	struct output_view view;
	int buffers;

	if (!check(make_buffer(test, DRM_FORMAT_NV12, &buffer) == 0 &&
			   output_import_buffer(test->output, buffer, &image) == 0,
		   "forgetting %s: a buffer", how))
		return;
	view = (struct output_view){image, 10, 10, 100, 100, 0, 0, 0, 0, -1};
	present(test, "forgetting", &view, 1, false);
	present(test, "nothing", NULL, 0, false);
	output_image_destroy(image);
	cen_buffer_unref(buffer);
	buffers = count_buffers();
	for (int i = 0; i < 100 && buffers > test->buffers; i++) {
		usleep(20000);
		buffers = count_buffers();
	}
	check(buffers == test->buffers, "forgetting %s: %d dma-bufs, %d at first", how, buffers, test->buffers);
}

static void test_second_output(const struct test *test)
{
	const struct output_options options = {.display = test->display};
	const struct output_listener listener = {0};
	struct output *output;
	int ret;

	ret = output_create(&options, &listener, &output);
	check(ret == -EBUSY || ret == -EACCES, "a display that another program has is refused (%d)", ret);
}

static void test_output(struct test *test, bool never_direct)
{
	const char *how = never_direct ? "drawn" : "direct";
	struct output_counts counts;
	const struct cen_offer *offer;
	char name[32];
	int ret;

	ret = open_output(test, never_direct);
	if (!check(ret == 0, "%s: the display is opened (%d)", how, ret))
		return;
	offer = output_get_offer(test->output);
	printf("# %s\n", output_get_description(test->output));
	check(cen_offer_has_pair(offer, DRM_FORMAT_XRGB8888, 0) && cen_offer_has_pair(offer, DRM_FORMAT_NV12, 0) &&
		      has_scanout(offer, DRM_FORMAT_XRGB8888) == !never_direct,
	      "%s: XR24 and NV12 are offered", how);
	snprintf(name, sizeof(name), "XR24 %s", how);
	test_picture(test, name, DRM_FORMAT_XRGB8888, has_scanout(offer, DRM_FORMAT_XRGB8888), 0);
	snprintf(name, sizeof(name), "NV12 %s", how);
	test_picture(test, name, DRM_FORMAT_NV12, has_scanout(offer, DRM_FORMAT_NV12), 6);
	test_part(test, how);
	test_fence(test, how);
	test_forgetting(test, how);
	/* Only software cannot import it, and implies that buffers are linear. */
	test_read_only(test, never_direct, never_direct && output_implies_linear(test->output));
	if (never_direct)
		test_views(test);
	else
		test_second_output(test);
	output_get_counts(test->output, &counts);
	check(counts.direct + counts.drawn == test->flips && (counts.direct == 0) == never_direct,
	      "%s: frames are counted (%u direct, %u drawn)", how, (unsigned)counts.direct, (unsigned)counts.drawn);
	output_destroy(test->output);
	test->flips = 0;
}

static void test_display(const char *display, const char *folder)
{
	struct test test = {.display = display, .folder = folder};
	size_t fds;

	/* What Mesa keeps open after its first use is no leak. */
	test_output(&test, true);
	fds = balance_count_fds();
	test_output(&test, false);
	check(balance_check_fds(fds), "no fd is left");
	/* The kernel frees what a commit replaced a little later. */
	for (int i = 0; i < 100 && count_buffers() > 0; i++)
		usleep(20000);
	check(count_buffers() == 0, "no dma-buf is left (%d)", count_buffers());
}

/* All cards with a connector that is not made of metal: vkms, virtio-gpu. */
static void test_all_displays(const char *folder)
{
	glob_t found = {0};
	char path[32], last[32] = "";
	unsigned card;

	glob("/sys/class/drm/card*-Virtual-*", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (sscanf(found.gl_pathv[i], "/sys/class/drm/card%u-", &card) != 1)
			continue;
		snprintf(path, sizeof(path), "/dev/dri/card%u", card);
		if (strcmp(path, last) != 0)
			test_display(path, folder);
		memcpy(last, path, sizeof(last));
	}
	globfree(&found);
	check(*last, "there is a display");
}

int main(int argc, char **argv)
{
	const char *folder = argc > 2 ? argv[2] : "/tmp";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		test_display(argv[1], folder);
	else
		test_all_displays(folder);
	return check_end();
}
