/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The wayland backend against compositors that are right, wrong, hostile, silent or gone. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "flow.h"
#include "wayland-server.h"

#define YUYV 0x56595559u
#define NOWHERE makedev(4000, 77) /* no major number of Linux */
#define NULL_DEVICE makedev(1, 3)

static const struct server_pair good_pairs[] = {
	{XR24, 0, CEN_MODIFIER_LINEAR},          {NV12, 0, CEN_MODIFIER_LINEAR},
	{XR24, 0, UINT64_C(0x0123456789abcdef)}, /* of a vendor that nobody knows */
	{0x20202020, 0, CEN_MODIFIER_LINEAR}, /* a format that nobody knows */
	{YUYV, 0, CEN_MODIFIER_INVALID},
};
static const uint16_t all[] = {0, 1, 2, 3, 4};

static void say_good(struct wl_resource *feedback)
{
	server_send_table(feedback, good_pairs, 5);
	server_send_main_device(feedback, NULL_DEVICE);
	server_send_tranche(feedback, NULL_DEVICE, 1, all, 2);
	server_send_tranche(feedback, NOWHERE, 0, all, 5);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

/* A compositor may send a round at any time. */
static void say_twice(struct wl_resource *feedback)
{
	say_good(feedback);
	server_send_tranche(feedback, NOWHERE, 0, all, 1);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_short_table(struct wl_resource *feedback)
{
	server_send_lying_table(feedback, 160, 32);
	server_send_main_device(feedback, NULL_DEVICE);
	server_send_tranche(feedback, NULL_DEVICE, 0, all, 5);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_long_table(struct wl_resource *feedback)
{
	server_send_lying_table(feedback, 65537 * 16, 65537 * 16);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_odd_table(struct wl_resource *feedback)
{
	server_send_lying_table(feedback, 33, 64);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_index_past_table(struct wl_resource *feedback)
{
	server_send_table(feedback, good_pairs, 2);
	server_send_main_device(feedback, NULL_DEVICE);
	server_send_tranche(feedback, NULL_DEVICE, 0, all, 3);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_no_table(struct wl_resource *feedback)
{
	server_send_tranche(feedback, NULL_DEVICE, 0, all, 1);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_short_device(struct wl_resource *feedback)
{
	uint32_t device = 1;
	struct wl_array array = {.size = sizeof(device), .data = &device};

	server_send_table(feedback, good_pairs, 2);
	zwp_linux_dmabuf_feedback_v1_send_main_device(feedback, &array);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_long_device(struct wl_resource *feedback)
{
	dev_t devices[2] = {1, 2};
	struct wl_array array = {.size = sizeof(devices), .data = devices};

	server_send_table(feedback, good_pairs, 2);
	zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(feedback, &array);
	zwp_linux_dmabuf_feedback_v1_send_tranche_done(feedback);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_no_formats(struct wl_resource *feedback)
{
	server_send_table(feedback, good_pairs, 5);
	server_send_main_device(feedback, NULL_DEVICE);
	server_send_tranche(feedback, NULL_DEVICE, 1, NULL, 0);
	server_send_tranche(feedback, NULL_DEVICE, 0x80000000, all, 1);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_many_tranches(struct wl_resource *feedback)
{
	server_send_table(feedback, good_pairs, 5);
	server_send_main_device(feedback, NULL_DEVICE);
	for (int n = 0; n < 65; n++)
		server_send_tranche(feedback, NULL_DEVICE, 0, all, 1);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_nothing(struct wl_resource *feedback)
{
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
}

static void say_half(struct wl_resource *feedback)
{
	server_send_table(feedback, good_pairs, 5);
	server_send_tranche(feedback, NULL_DEVICE, 0, all, 5);
}

static void end_client(struct wl_resource *feedback)
{
	/* wl_client_destroy() is not for a request under way. */
	shutdown(wl_client_get_fd(wl_resource_get_client(feedback)), SHUT_RDWR);
}

static void post_error(struct wl_resource *resource)
{
	wl_resource_post_error(resource, 7, "not today");
}

static void crash(struct wl_resource *feedback)
{
	(void)feedback;
	_exit(3);
}

static void list_modifiers(struct wl_resource *dmabuf)
{
	zwp_linux_dmabuf_v1_send_format(dmabuf, XR24);
	zwp_linux_dmabuf_v1_send_modifier(dmabuf, XR24, 0, 0);
	zwp_linux_dmabuf_v1_send_modifier(dmabuf, NV12, 0x00ffffff, 0xffffffff);
}

static void list_formats(struct wl_resource *dmabuf)
{
	zwp_linux_dmabuf_v1_send_format(dmabuf, XR24);
	zwp_linux_dmabuf_v1_send_format(dmabuf, NV12);
}

/* What a run says: ret of describe(), words of its error or of its notes, the number of alternatives. */
struct telling {
	const char *what;
	struct server_script script;
	uint32_t usage;
	int ret;
	const char *text; /* NULL: no matter */
	size_t count;
};

#define TEXTURE CEN_USAGE_TEXTURE
/* clang-format off */
#define FEEDBACK(function) {.version = 5, .on_feedback = (function)}
/* clang-format on */

static const struct telling tellings[] = {
	/* XR24 and NV12 linear, XR24 of a vendor, YUYV with any modifier and so linear. */
	{"good", FEEDBACK(say_good), TEXTURE, 0, "main device: /dev/null (1:3)", 5},
	{"a device that is not here", FEEDBACK(say_good), TEXTURE, 0, "tranche 2: for 4000:77, which is no device", 5},
	{"planes", FEEDBACK(say_good), CEN_USAGE_SCANOUT, 0, "tranche 1: scanout, for /dev/null", 2},
	{"version 4", {.version = 4, .on_feedback = say_good}, TEXTURE, 0, "main device", 5},
	{"two rounds at once", FEEDBACK(say_twice), TEXTURE, 0, "main device: /dev/null (1:3)", 5},
	{"a table larger than its file", FEEDBACK(say_short_table), TEXTURE, -EINVAL, "160 bytes, the file has 32", 0},
	{"a table that is too large", FEEDBACK(say_long_table), TEXTURE, -EINVAL, "more than 1048576", 0},
	{"an odd table", FEEDBACK(say_odd_table), TEXTURE, -EINVAL, "33 bytes, no multiple of 16", 0},
	{"an index past the table", FEEDBACK(say_index_past_table), TEXTURE, -EINVAL, "index 2", 0},
	{"no table", FEEDBACK(say_no_table), TEXTURE, -EINVAL, "there is no format table", 0},
	{"a short device", FEEDBACK(say_short_device), TEXTURE, -EINVAL, "main device: a device number of 4 bytes", 0},
	{"a long device", FEEDBACK(say_long_device), TEXTURE, -EINVAL, "a device number of 16 bytes", 0},
	{"a tranche without formats, a flag of the future", FEEDBACK(say_no_formats), TEXTURE, 0, NULL, 1},
	{"no formats for planes", FEEDBACK(say_no_formats), CEN_USAGE_SCANOUT, 0, NULL, 0},
	{"too many tranches", FEEDBACK(say_many_tranches), TEXTURE, -EINVAL, "more than 64", 0},
	{"nothing, complete", FEEDBACK(say_nothing), TEXTURE, 0, NULL, 0},
	{"feedback that never ends", FEEDBACK(say_half), TEXTURE, -ETIMEDOUT, "no answer within 1000 ms", 0},
	{"no feedback", FEEDBACK(NULL), TEXTURE, -ETIMEDOUT, "no answer within 1000 ms", 0},
	{"a connection that is closed", FEEDBACK(end_client), TEXTURE, -ENODEV, "closed the connection", 0},
	{"a crash", FEEDBACK(crash), TEXTURE, -ENODEV, "closed the connection", 0},
	{"a protocol error", FEEDBACK(post_error), TEXTURE, -EPROTO, "protocol error 7", 0},
	/* XR24 linear, NV12 with any modifier and so linear. */
	{"version 3", {.version = 3, .on_bind = list_modifiers}, TEXTURE, 0, "version 3 names no device", 3},
	{"version 1", {.version = 1, .on_bind = list_formats}, TEXTURE, 0, "version 1 names no device", 4},
	{"version 3 and nothing", {.version = 3}, TEXTURE, 0, NULL, 0},
	{"version 3, a protocol error", {.version = 3, .on_bind = post_error}, TEXTURE, -EPROTO, "error 7", 0},
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A machine, with the devices of a script besides where it is not NULL. Fails the test when it takes long. */
static void start_machine(struct flow *flow, const char *script)
{
	double start = now();

	flow_start_context(flow, 0, script);
	assert_int_equal(cen_machine_create_live(flow->ctx, 0, &flow->machine, NULL), 0);
	if (now() - start > 3)
		fail_msg("the machine took %.1f s", now() - start);
}

static void check_description(const struct telling *telling, const struct flow *flow)
{
	struct cen_capabilities *caps = NULL;
	const struct cen_device *device;
	struct cen_error *err = NULL;
	char *notes = NULL;
	double start = now();
	const char *text;
	int ret;

	if (cen_machine_find_device(flow->machine, SERVER_DISPLAY, &device, NULL) < 0)
		fail_msg("%s: there is no device:\n%s", telling->what, flow->log);
	ret = cen_machine_describe(flow->machine, device, telling->usage, 64, 64, NULL, 0, &caps, &notes, &err);
	text = err ? cen_error_get_message(err) : notes ? notes : "";
	if (ret != telling->ret || (telling->text && !strstr(text, telling->text)))
		fail_msg("%s: %d, \"%s\"", telling->what, ret, text);
	if (caps && cen_capabilities_get_count(caps) != telling->count)
		fail_msg("%s: %zu alternatives", telling->what, cen_capabilities_get_count(caps));
	if (now() - start > 3)
		fail_msg("%s: it took %.1f s", telling->what, now() - start);
	cen_capabilities_unref(caps);
	cen_error_destroy(err);
	free(notes);
}

static void test_tellings(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(tellings) / sizeof(tellings[0]); n++) {
		struct server server;
		struct flow flow;

		server_start(&server, &tellings[n].script);
		start_machine(&flow, NULL);
		check_description(&tellings[n], &flow);
		flow_stop(&flow);
		server_stop(&server);
	}
}

/* The fds of a compositor are given back, whether it is right or wrong. */
static size_t count_fds(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void test_fds(void **state)
{
	size_t before = count_fds();

	test_tellings(state);
	assert_int_equal(count_fds(), before);
}

static void send_garbage(int fd)
{
	/* For the display, of 8 bytes, about an event that it does not have. */
	static const uint32_t garbage[] = {1, 8 << 16 | 99};

	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0 && write(client, garbage, sizeof(garbage)) < 0)
			close(client);
	}
}

static void hang_up(int fd)
{
	for (;;)
		close(accept(fd, NULL, NULL));
}

static void wait_for_ever(int fd)
{
	(void)fd;
	for (;;)
		pause();
}

/* Takes the places that a socket without a backlog has. */
static void fill_backlog(const struct server *server, int clients[2])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" SERVER_DISPLAY, server->folder);
	for (int n = 0; n < 2; n++) {
		clients[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(clients[n], (const void *)&address, sizeof(address));
	}
}

static int get_access(const struct flow *flow, const char **help)
{
	const struct cen_device *device;

	if (cen_machine_find_device(flow->machine, SERVER_DISPLAY, &device, NULL) < 0)
		return 1;
	*help = cen_device_get_access_help(device);
	return cen_device_get_access(device);
}

/* A compositor that cannot be asked is listed with the reason; one that is not there, or takes no dma-bufs, is not. */
static void test_list(void **state)
{
	static const struct server_script no_dmabuf = {.version = 0};
	static const struct {
		void (*serve)(int fd);
		int backlog, access;
		const char *text;
	} rows[] = {
		{wait_for_ever, 16, -ETIMEDOUT, "no answer within 1000 ms"},
		{wait_for_ever, 0, -ETIMEDOUT, "takes no more connections"},
		{send_garbage, 16, -EPROTO, "is no message"},
		{hang_up, 16, 1, "closed the connection"},
	};
	const char *help = NULL;
	struct server server;
	struct flow flow;

	(void)state;
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		int clients[2] = {-1, -1}, access;

		server_start_raw(&server, rows[n].backlog, rows[n].serve);
		if (!rows[n].backlog)
			fill_backlog(&server, clients);
		start_machine(&flow, NULL);
		access = get_access(&flow, &help);
		if (access != rows[n].access || !strstr(access < 0 ? help : flow.log, rows[n].text))
			fail_msg("row %zu: access %d, %s\n%s", n, access, access < 0 ? help : "", flow.log);
		flow_stop(&flow);
		server_stop(&server);
		close(clients[0]);
		close(clients[1]);
	}
	server_start(&server, &no_dmabuf);
	start_machine(&flow, NULL);
	assert_int_equal(get_access(&flow, &help), 1);
	assert_logged(&flow, "offers no linux-dmabuf: only wl_shm, a copy per frame");
	flow_stop(&flow);
	server_stop(&server);
	setenv("WAYLAND_DISPLAY", SERVER_DISPLAY, 1);
	start_machine(&flow, NULL);
	assert_int_equal(get_access(&flow, &help), 1);
	assert_logged(&flow, "no compositor can be reached at /tmp/");
	flow_stop(&flow);
	unsetenv("WAYLAND_DISPLAY");
}

/* A compositor that uses the library does not wait for itself. */
static void test_own_socket(void **state)
{
	struct server server = {.folder = "/tmp/cenalloc-flow-XXXXXX"};
	const char *help = NULL;
	struct flow flow;
	char path[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(server.folder));
	setenv("XDG_RUNTIME_DIR", server.folder, 1);
	setenv("WAYLAND_DISPLAY", SERVER_DISPLAY, 1);
	fd = server_listen(&server, 4);
	assert_true(fd >= 0);
	start_machine(&flow, NULL);
	assert_int_equal(get_access(&flow, &help), 1);
	assert_logged(&flow, "this process itself");
	flow_stop(&flow);
	close(fd);
	snprintf(path, sizeof(path), "%s/" SERVER_DISPLAY, server.folder);
	unlink(path);
	rmdir(server.folder);
	unsetenv("WAYLAND_DISPLAY");
}

/* Which compositor: the option, else WAYLAND_DISPLAY; never the fd of WAYLAND_SOCKET, which is the application's. */
static void test_variables(void **state)
{
	static const struct server_script script = FEEDBACK(say_good);
	const char *help = NULL;
	struct server server;
	struct flow flow;
	int pair[2];
	char text[16];

	(void)state;
	server_start(&server, &script);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	snprintf(text, sizeof(text), "%d", pair[0]);
	setenv("WAYLAND_SOCKET", text, 1);
	start_machine(&flow, NULL);
	assert_int_equal(get_access(&flow, &help), 0);
	flow_stop(&flow);
	assert_string_equal(getenv("WAYLAND_SOCKET"), text);
	assert_int_equal(recv(pair[1], text, sizeof(text), MSG_DONTWAIT), -1);
	assert_int_equal(fcntl(pair[0], F_GETFD), 0);
	setenv("WAYLAND_DISPLAY", "not-there", 1);
	setenv("CENALLOC_WAYLAND_DISPLAY", SERVER_DISPLAY, 1);
	setenv("XDG_RUNTIME_DIR", "/nowhere", 1);
	setenv("CENALLOC_WAYLAND_RUNTIME_DIR", server.folder, 1);
	start_machine(&flow, NULL);
	assert_int_equal(get_access(&flow, &help), 0);
	flow_stop(&flow);
	setenv("CENALLOC_WAYLAND_DISPLAY", "", 1);
	setenv("WAYLAND_DISPLAY", SERVER_DISPLAY, 1);
	start_machine(&flow, NULL);
	assert_int_equal(get_access(&flow, &help), 1);
	flow_stop(&flow);
	unsetenv("CENALLOC_WAYLAND_DISPLAY");
	unsetenv("CENALLOC_WAYLAND_RUNTIME_DIR");
	unsetenv("WAYLAND_SOCKET");
	close(pair[0]);
	close(pair[1]);
	server_stop(&server);
}

static void answer_created(struct wl_client *client, struct wl_resource *params)
{
	struct wl_resource *buffer = wl_resource_create(client, &wl_buffer_interface, 1, 0);

	zwp_linux_buffer_params_v1_send_created(params, buffer);
}

static void answer_failed(struct wl_client *client, struct wl_resource *params)
{
	(void)client;
	zwp_linux_buffer_params_v1_send_failed(params);
}

static void answer_error(struct wl_client *client, struct wl_resource *params)
{
	(void)client;
	wl_resource_post_error(params, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS, "too far");
}

static void answer_end(struct wl_client *client, struct wl_resource *params)
{
	(void)params;
	shutdown(wl_client_get_fd(client), SHUT_RDWR);
}

/* What a compositor answers to a real buffer is what cen_plan_allocate() says. */
static void test_import(void **state)
{
	static const char source[] = "source pages\n";
	static const struct {
		void (*on_create)(struct wl_client *client, struct wl_resource *params);
		int ret;
		const char *text;
	} rows[] = {
		{answer_created, 0, NULL},
		{answer_failed, -EINVAL, "the compositor could not import it"},
		{answer_error, -EPROTO, "protocol error 6: offset or stride"},
		{answer_end, -ENODEV, "the compositor closed the connection"},
		{NULL, -ETIMEDOUT, "no answer within 1000 ms"},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		const struct server_script script = {
			.version = 5, .on_feedback = say_good, .on_create = rows[n].on_create};
		struct cen_buffer *buffers[2] = {NULL, NULL};
		struct cen_solution *solution;
		struct cen_error *err = NULL;
		struct server server;
		struct flow flow;
		int ret;

		server_start(&server, &script);
		start_machine(&flow, source);
		solution = flow_solve(&flow, 64, 64, 2, NV12, CEN_USAGE_TEXTURE, SERVER_DISPLAY, 0, NULL);
		assert_non_null(cen_solution_get_plan(solution, 0));
		ret = cen_plan_allocate(cen_solution_get_plan(solution, 0), 2, CEN_ALLOCATE_VERIFY, buffers, &err);
		if (ret != rows[n].ret || !err != !rows[n].text)
			fail_msg("row %zu: %d, \"%s\"", n, ret, err ? cen_error_get_message(err) : "");
		if (rows[n].text)
			assert_error_says(err, rows[n].text);
		cen_buffer_unref(buffers[0]);
		cen_buffer_unref(buffers[1]);
		cen_solution_unref(solution);
		flow_stop(&flow);
		server_stop(&server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fds),       cmocka_unit_test(test_list),   cmocka_unit_test(test_own_socket),
		cmocka_unit_test(test_variables), cmocka_unit_test(test_import),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
