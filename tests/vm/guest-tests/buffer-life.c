/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Late memory on real devices: vkms takes any pages, one vivid camera only contiguous ones. Everybody attached first, and
 * the camera that comes late: sent away, or the reason to move, with the pixels. Prints TAP.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cenalloc/cenalloc.h>

#include "balance.h"
#include "tap.h"

#define WIDTH 640u
#define HEIGHT 360u
#define FORMAT "XR24"
#define CAMERA "/dev/video1"

struct scene {
	struct cen_machine *machine;
	const struct cen_device *camera, *display, *cpu;
};

static const struct cen_device *find_display(const struct cen_machine *machine)
{
	const struct cen_device *device;

	for (size_t n = 0; (device = cen_machine_get_device(machine, n)); n++) {
		if (strcmp(cen_device_get_backend(device), "kms") == 0 && cen_device_get_driver(device) &&
		    strcmp(cen_device_get_driver(device), "vkms") == 0)
			return device;
	}
	return NULL;
}

static bool find_devices(struct scene *scene)
{
	scene->display = find_display(scene->machine);
	return scene->display && cen_machine_find_device(scene->machine, CAMERA, &scene->camera, NULL) == 0 &&
	       cen_machine_find_device(scene->machine, "cpu", &scene->cpu, NULL) == 0;
}

static struct cen_buffer *make_buffer(const struct scene *scene, uint32_t flags)
{
	struct cen_request *request = NULL;
	struct cen_buffer *buffer = NULL;

	if (cen_request_create(scene->machine, &request) == 0 &&
	    cen_request_set_size(request, WIDTH, HEIGHT, NULL) == 0 &&
	    cen_request_add_format(request, cen_format_from_string(FORMAT), NULL) == 0)
		cen_buffer_create(request, flags, &buffer, NULL);
	cen_request_destroy(request);
	return buffer;
}

/* Returns 0 or the negative errno, with the reason told. */
static int attach(struct cen_buffer *buffer, uint32_t usage, const struct cen_device *device,
		  struct cen_attachment **out)
{
	struct cen_error *err = NULL;
	int ret = cen_buffer_attach(buffer, usage, device, out, &err);

	if (err)
		printf("# %s\n", cen_error_get_message(err));
	cen_error_destroy(err);
	return ret;
}

static int map(struct cen_attachment *attachment)
{
	struct cen_error *err = NULL;
	int ret = attachment ? cen_attachment_map(attachment, CEN_DIRECTION_BOTH, -1, &err) : -EINVAL;

	if (err)
		printf("# %s\n", cen_error_get_message(err));
	cen_error_destroy(err);
	return ret;
}

static void detach(struct cen_attachment *attachment)
{
	if (attachment)
		cen_attachment_detach(attachment, NULL);
}

static bool is_contiguous(const struct cen_buffer *buffer)
{
	struct cen_buffer_memory memory = {.size = sizeof(memory)};

	if (cen_buffer_get_memory(buffer, &memory) < 0)
		return false;
	printf("# memory of %s\n", memory.source);
	return memory.segments == 1;
}

/* Write or compare a picture that is different in every word. */
static bool use_pixels(struct cen_buffer *buffer, bool is_check)
{
	CEN_CPU_MAP_SCOPE(cpu_map, buffer, is_check ? CEN_CPU_MAP_READ : CEN_CPU_MAP_WRITE, NULL);
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
	bool is_good = cpu_map && cen_cpu_map_get_plane(cpu_map, 0, &plane) == 0;

	for (uint32_t y = 0; is_good && y < HEIGHT; y++) {
		void *start = (char *)plane.data + y * plane.stride;
		uint32_t *row = start;

		for (uint32_t x = 0; x < WIDTH; x++) {
			uint32_t pixel = (y << 16 | x) * 2654435761u;

			if (!is_check)
				row[x] = pixel;
			else if (row[x] != pixel)
				is_good = false;
		}
	}
	return is_good;
}

/* Everybody attaches, then the first map allocates what suits all; each device is shown it. */
static void check_in_order(const struct scene *scene)
{
	struct cen_buffer *buffer = make_buffer(scene, CEN_BUFFER_VERIFY);
	struct cen_attachment *display = NULL, *camera = NULL;
	int buffers = count_buffers();

	check(buffer && attach(buffer, CEN_USAGE_SCANOUT, scene->display, &display) == 0 &&
		      attach(buffer, CEN_USAGE_CAPTURE, scene->camera, &camera) == 0,
	      "in order: display and camera attach");
	check(count_buffers() == buffers, "in order: and nothing is allocated");
	check(map(display) == 0 && count_buffers() == buffers + 1, "in order: the first map allocates one dma-buf");
	check(is_contiguous(buffer), "in order: contiguous, as the camera needs it");
	check(map(camera) == 0 && cen_buffer_get_generation(buffer) == 1, "in order: the camera maps the same");
	check(cen_buffer_get_violation_count(buffer) == 0, "in order: no call came at the wrong time");
	cen_attachment_unmap(camera, NULL);
	cen_attachment_unmap(display, NULL);
	detach(camera);
	detach(display);
	cen_buffer_unref(buffer);
	check(count_buffers() == buffers, "in order: the last reference frees it");
}

static void count_moves(struct cen_attachment *attachment, uint32_t generation, void *data)
{
	(void)attachment;
	*(uint32_t *)data = generation;
}

/* The display alone, with pages; then the camera comes. */
static void check_late(const struct scene *scene, uint32_t flags, int expected)
{
	const char *name = expected ? "late" : "late, may move";
	struct cen_buffer *buffer = make_buffer(scene, flags);
	struct cen_attachment *display = NULL, *cpu = NULL, *camera = NULL;
	uint32_t moved = 0;

	check(buffer && attach(buffer, CEN_USAGE_SCANOUT, scene->display, &display) == 0 &&
		      attach(buffer, CEN_USAGE_CPU_WRITE, scene->cpu, &cpu) == 0 && map(cpu) == 0,
	      "%s: display and CPU get memory", name);
	check(buffer && !is_contiguous(buffer), "%s: scattered", name);
	check(buffer && use_pixels(buffer, false), "%s: the CPU writes a picture", name);
	cen_attachment_unmap(cpu, NULL);
	cen_attachment_set_moved_handler(display, count_moves, &moved);
	check(attach(buffer, CEN_USAGE_CAPTURE, scene->camera, &camera) == expected, "%s: the camera is answered %d",
	      name, expected);
	check(cen_buffer_get_violation_count(buffer) == 1, "%s: it came too late, which is counted", name);
	check(moved == (expected ? 0 : 2), "%s: the display heard of generation %u", name, moved);
	check(is_contiguous(buffer) == !expected, "%s: the memory is what it has to be", name);
	check(use_pixels(buffer, true), "%s: the picture is there", name);
	detach(camera);
	detach(cpu);
	detach(display);
	cen_buffer_unref(buffer);
}

int main(void)
{
	size_t fds = balance_count_fds();
	int buffers = count_buffers();
	struct cen_context *ctx = NULL;
	struct scene scene = {0};

	if (system("modprobe -r vivid; modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1") != 0)
		return 1;
	cen_context_create(0, &ctx, NULL);
	cen_machine_create_live(ctx, 0, &scene.machine, NULL);
	if (check(find_devices(&scene), "camera, display and CPU are there")) {
		check_in_order(&scene);
		check_late(&scene, CEN_BUFFER_VERIFY, -EBUSY);
		check_late(&scene, CEN_BUFFER_VERIFY | CEN_BUFFER_MIGRATE, 0);
	}
	cen_machine_destroy(scene.machine);
	cen_context_destroy(ctx);
	check(count_buffers() == buffers, "no dma-buf is left");
	check(balance_count_fds() == fds, "no fd is left");
	return check_end();
}
