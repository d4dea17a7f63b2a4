/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The program of README.md: buffers that a camera fills and a display shows. */
#include <cenalloc/cenalloc.h>
#include <err.h>
#include <stdio.h>
#define TRY(call) ((call) < 0 ? errx(3, "%s", error ? cen_error_get_message(error) : #call) : (void)0)

int main(int argc, char **argv)
{
	struct cen_error *error = NULL;
	struct cen_context *context;
	struct cen_machine *machine;
	const struct cen_device *camera, *display;
	struct cen_request *request;
	struct cen_solution *solution;
	struct cen_buffer *buffers[4];
	struct cen_buffer_plane plane;

	if (argc != 3)
		errx(2, "usage: %s CAMERA DISPLAY, for example /dev/video0 /dev/dri/card0", argv[0]);
	TRY(cen_context_create(0, &context, &error));
	TRY(cen_machine_create_live(context, 0, &machine, &error));
	TRY(cen_machine_find_device(machine, argv[1], &camera, &error));
	TRY(cen_machine_find_device(machine, argv[2], &display, &error));
	TRY(cen_request_create(machine, &request));
	TRY(cen_request_set_size(request, 640, 360, &error));
	TRY(cen_request_set_count(request, 4, &error));
	TRY(cen_request_add_format(request, cen_format_from_string("XR24"), &error));
	TRY(cen_request_add_usage(request, CEN_USAGE_CAPTURE, camera, &error));
	TRY(cen_request_add_usage(request, CEN_USAGE_SCANOUT, display, &error));
	TRY(cen_solve(request, 0, &solution, &error));
	if (cen_solution_get_plan_count(solution) == 0)
		errx(1, "%s", cen_conflict_get_text(cen_solution_get_conflict(solution)));
	TRY(cen_plan_allocate(cen_solution_get_plan(solution, 0), 4, 0, buffers, &error));
	for (int i = 0; i < 4 && cen_buffer_get_plane(buffers[i], 0, &plane) == 0; i++)
		printf("buffer %d: fd %d, stride %llu\n", i, plane.fd, (unsigned long long)plane.stride);
	return 0; /* a program that lives on calls cen_*_unref() and cen_*_destroy(), in any order */
}
