/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A buffer that gets its memory at the first map, and moves when a device comes late that it does not suit. */
#include <err.h>
#include <stdio.h>

#include <cenalloc/cenalloc.h>

#define TRY(call) ((call) < 0 ? errx(3, "%s", error ? cen_error_get_message(error) : #call) : (void)0)

static void tell(struct cen_buffer *buffer, const char *when)
{
	struct cen_buffer_memory memory = {.size = sizeof(memory)};
	struct cen_attachment_info user = {.size = sizeof(user)};

	printf("%s: generation %u", when, cen_buffer_get_generation(buffer));
	if (cen_buffer_get_memory(buffer, &memory) == 0)
		printf(", memory of %s%s", memory.source, memory.segments == 1 ? ", contiguous" : "");
	for (uint32_t n = 0; cen_buffer_get_attachment_info(buffer, n, &user) == 0; n++)
		printf("%s%s (%s)", n ? ", " : "; attached: ", user.name, cen_usage_get_name(user.usage));
	putchar('\n');
}

static void on_moved(struct cen_attachment *attachment, uint32_t generation, void *data)
{
	(void)attachment;
	printf("%s: the buffer moved, generation %u\n", (const char *)data, generation);
}

static void use(struct cen_buffer *buffer, struct cen_attachment *attachment, const char *who)
{
	struct cen_error *error = NULL;
	struct cen_buffer_plane plane;

	TRY(cen_attachment_map(attachment, CEN_DIRECTION_BOTH, -1, &error));
	if (cen_buffer_get_plane(buffer, 0, &plane) == 0)
		printf("%s uses fd %d, stride %llu\n", who, plane.fd, (unsigned long long)plane.stride);
	TRY(cen_attachment_unmap(attachment, &error));
}

static struct cen_request *make_request(struct cen_machine *machine)
{
	struct cen_request *request;
	struct cen_error *error = NULL;

	TRY(cen_request_create(machine, &request));
	TRY(cen_request_set_size(request, 640, 360, &error));
	TRY(cen_request_add_format(request, cen_format_from_string("XR24"), &error));
	return request;
}

static void run(struct cen_machine *machine, char **paths)
{
	const struct cen_device *display, *camera;
	struct cen_attachment *shown, *filled;
	struct cen_error *error = NULL;
	struct cen_request *request;
	struct cen_buffer *buffer;

	TRY(cen_machine_find_device(machine, paths[1], &display, &error));
	TRY(cen_machine_find_device(machine, paths[2], &camera, &error));
	request = make_request(machine);
	TRY(cen_buffer_create(request, CEN_BUFFER_MIGRATE, &buffer, &error));
	TRY(cen_buffer_attach(buffer, CEN_USAGE_SCANOUT, display, &shown, &error));
	cen_attachment_set_moved_handler(shown, on_moved, paths[1]);
	tell(buffer, "before the first map");
	use(buffer, shown, paths[1]);
	tell(buffer, "after it");
	TRY(cen_buffer_attach(buffer, CEN_USAGE_CAPTURE, camera, &filled, &error));
	use(buffer, filled, paths[2]);
	tell(buffer, "with the camera");
	TRY(cen_attachment_detach(filled, &error));
	TRY(cen_attachment_detach(shown, &error));
	cen_buffer_unref(buffer);
	cen_request_destroy(request);
}

int main(int argc, char **argv)
{
	struct cen_error *error = NULL;
	struct cen_context *context;
	struct cen_machine *machine;

	if (argc != 3)
		errx(2, "usage: %s DISPLAY CAMERA, for example /dev/dri/card0 /dev/video0", argv[0]);
	TRY(cen_context_create(0, &context, &error));
	TRY(cen_machine_create_live(context, 0, &machine, &error));
	run(machine, argv);
	printf("calls at the wrong time: %u\n", cen_context_get_violation_count(context));
	cen_machine_destroy(machine);
	cen_context_destroy(context);
	return 0;
}
