/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A picture that the CPU draws, in plain memory of one source, in a window: cen_heap_alloc() and linux-dmabuf, nothing
 * between them. Who shares the memory with a camera or draws it with a GPU lets cen_solve() choose: camera-client,
 * gl-client.
 */
#include <err.h>
#include <getopt.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cenalloc/cenalloc.h>
#include <drm_fourcc.h>
#include <wayland-client.h>

#include "arguments.h"
#include "connection.h"
#include "linux-dmabuf-v1-client-protocol.h"
#include "setup.h"
#include "stats.h"
#include "surface.h"
#include "util.h"

#define EXIT_USAGE 2
#define EXIT_HEAP 3
#define EXIT_COMPOSITOR 4

/* GPUs want rows that begin at such a multiple, and no compositor tells. */
#define STRIDE_ALIGN 256u
#define SIZE_MAX_PIXELS 16384u

static const char usage[] = "usage: heap-client [OPTION]...\n"
			    "Shows colour bars, drawn by the CPU, in a Wayland window, from plain memory.\n"
			    "  --heap NAME     as 'cenalloc list' names it; system by default\n"
			    "  --size WxH      640x360 by default\n"
			    "  --seconds N     how long; 0: until it is closed or a signal comes; 10 by default\n"
			    "  --fullscreen\n"
			    "Exit status: 0 done, 2 wrong arguments, 3 no memory from this heap, 4 the compositor "
			    "failed.\n";

struct heap_client {
	const char *heap;
	uint32_t width, height, stride, seconds;
	bool is_fullscreen, is_seen;
	int fd; /* of the memory */
	uint64_t bytes;
	struct connection connection;
	struct surface surface;
	struct zwp_linux_buffer_params_v1 *params; /* while the compositor has not answered */
	struct wl_buffer *buffer;
};

/* Returns 0; 1 after --help; -EINVAL. */
static int parse_options(struct heap_client *client, int argc, char **argv)
{
	static const struct option table[] = {
		{"heap", required_argument, NULL, 'e'},    {"size", required_argument, NULL, 's'},
		{"seconds", required_argument, NULL, 't'}, {"fullscreen", no_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},          {0},
	};
	int option, ret = 0;

	while (ret == 0 && (option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (option == 'e')
			client->heap = optarg;
		else if (option == 's')
			ret = argument_parse_size(optarg, &client->width, &client->height);
		else if (option == 't')
			ret = argument_parse_number("seconds", optarg, 0, 86400, &client->seconds);
		else if (option == 'f')
			client->is_fullscreen = true;
		else if (option == 'h')
			return fputs(usage, stdout) < 0 ? -EINVAL : 1;
		else
			ret = -EINVAL;
	}
	if (ret == 0 && (client->width > SIZE_MAX_PIXELS || client->height > SIZE_MAX_PIXELS)) {
		warnx("--size %ux%u: at most %u each way", client->width, client->height, SIZE_MAX_PIXELS);
		ret = -EINVAL;
	}
	return ret == 0 ? argument_check_end(argc, argv) : ret;
}

/* The library is here only as long as this function runs: the fd needs it no more. */
static int allocate(struct heap_client *client)
{
	struct cen_machine *machine = NULL;
	struct cen_context *context = NULL;
	const struct cen_source *heap;
	struct cen_error *error = NULL;
	int ret;

	/* At most 16384 times 4, and 16384 of these: far from 32 bits. */
	client->stride = (client->width * 4 + STRIDE_ALIGN - 1) / STRIDE_ALIGN * STRIDE_ALIGN;
	ret = cen_context_create(0, &context, &error);
	if (ret == 0)
		ret = cen_machine_create_live(context, CEN_MACHINE_PASSIVE, &machine, &error);
	if (ret == 0)
		ret = cen_machine_find_source(machine, client->heap, &heap, &error);
	if (ret == 0)
		ret = cen_heap_alloc(heap, (uint64_t)client->stride * client->height,
				     CEN_HEAP_READ_WRITE | CEN_HEAP_CLOEXEC, &client->fd, &client->bytes, &error);
	cen_machine_destroy(machine);
	cen_context_destroy(context);
	return explain(error, ret);
}

/* White, yellow, cyan, green, magenta, red, blue, black: an eighth of the width each. */
static void draw_bars(const struct heap_client *client, uint32_t *pixels)
{
	static const uint32_t colours[] = {0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
					   0xff00ff, 0xff0000, 0x0000ff, 0x000000};

	for (uint32_t y = 0; y < client->height; y++) {
		for (uint32_t x = 0; x < client->width; x++)
			pixels[(size_t)y * (client->stride / 4) + x] = colours[x * 8 / client->width];
	}
}

static int sync_for_cpu(int fd, uint64_t flags)
{
	int ret;

	do
		ret = ioctl(fd, DMA_BUF_IOCTL_SYNC, &(struct dma_buf_sync){.flags = flags});
	while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

static int draw(const struct heap_client *client)
{
	uint32_t *pixels = mmap(NULL, client->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, client->fd, 0);
	int ret = pixels == MAP_FAILED ? -errno : sync_for_cpu(client->fd, DMA_BUF_SYNC_WRITE | DMA_BUF_SYNC_START);

	if (ret == 0) {
		draw_bars(client, pixels);
		ret = sync_for_cpu(client->fd, DMA_BUF_SYNC_WRITE | DMA_BUF_SYNC_END);
	}
	if (pixels != MAP_FAILED)
		munmap(pixels, client->bytes);
	if (ret < 0)
		warnx("%s: drawing: %s", client->heap, strerror(-ret));
	return ret;
}

static void handle_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	struct heap_client *client = data;

	zwp_linux_buffer_params_v1_destroy(params);
	client->params = NULL;
	client->buffer = buffer;
}

static void handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct heap_client *client = data;

	zwp_linux_buffer_params_v1_destroy(params);
	client->params = NULL;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = handle_created,
	.failed = handle_failed,
};

/* The memory as a wl_buffer. Returns 0 or a negative errno, explained on stderr. */
static int share(struct heap_client *client)
{
	struct connection *connection = &client->connection;
	struct stat status;
	int ret = 0;

	if (!connection->dmabuf) {
		warnx("the compositor has no linux-dmabuf");
		return -EOPNOTSUPP;
	}
	client->params = zwp_linux_dmabuf_v1_create_params(connection->dmabuf);
	if (!client->params)
		return -ENOMEM;
	zwp_linux_buffer_params_v1_add_listener(client->params, &params_listener, client);
	zwp_linux_buffer_params_v1_add(client->params, client->fd, 0, 0, client->stride, 0, DRM_FORMAT_MOD_LINEAR);
	zwp_linux_buffer_params_v1_create(client->params, (int32_t)client->width, (int32_t)client->height,
					  DRM_FORMAT_XRGB8888, 0);
	while (ret == 0 && client->params)
		ret = connection_wait(connection);
	if (ret == 0 && !client->buffer) {
		warnx("the compositor does not take memory of %s", client->heap);
		ret = -EOPNOTSUPP;
	}
	if (ret == 0 && fstat(client->fd, &status) == 0)
		printf("%ux%u XR24, stride %u, in dma-buf %ju of %s, %ju bytes\n", client->width, client->height,
		       client->stride, (uintmax_t)status.st_ino, client->heap, (uintmax_t)client->bytes);
	return ret;
}

static void handle_presented(void *data, const struct surface_seen *seen)
{
	struct heap_client *client = data;

	(void)seen;
	client->is_seen = true;
}

static void handle_discarded(void *data)
{
	(void)data;
}

/* Until the time is over, the window is closed, or a signal comes. The picture is committed once and stays. */
static int stay(struct heap_client *client, int signals)
{
	struct pollfd fds[] = {{.fd = wl_display_get_fd(client->connection.display)},
			       {.fd = signals, .events = POLLIN}};
	uint64_t end = stats_get_time() + client->seconds * 1000000000ull;
	int ret;

	while (!client->surface.is_closed && !fds[1].revents && (!client->seconds || stats_get_time() < end)) {
		ret = connection_prepare(&client->connection, &fds[0].events);
		if (ret < 0)
			return ret;
		fds[0].revents = 0;
		poll(fds, 2, 100);
		ret = connection_read(&client->connection, fds[0].revents);
		if (ret < 0)
			return ret;
		surface_resize(&client->surface);
	}
	return 0;
}

static int show(struct heap_client *client, int signals)
{
	const struct surface_handler handler = {handle_presented, handle_discarded, client};
	int ret = connection_open(&client->connection);

	if (ret == 0)
		ret = share(client);
	if (ret == 0)
		ret = surface_open(&client->surface, &client->connection, "heap-client", client->is_fullscreen,
				   &handler);
	if (ret < 0)
		return ret;
	surface_show(&client->surface, client->buffer, client->width, client->height, 0);
	fflush(stdout);
	ret = stay(client, signals);
	if (ret == 0 && client->connection.presentation && !client->is_seen) {
		warnx("the compositor has not shown the picture");
		ret = -ETIMEDOUT;
	}
	return ret;
}

static void client_cleanup(struct heap_client *client)
{
	if (client->surface.wl)
		surface_close(&client->surface);
	if (client->params)
		zwp_linux_buffer_params_v1_destroy(client->params);
	if (client->buffer)
		wl_buffer_destroy(client->buffer);
	connection_close(&client->connection);
	if (client->fd >= 0)
		close(client->fd);
}

int main(int argc, char **argv)
{
	_cleanup_(client_cleanup) struct heap_client client = {
		.heap = "system", .width = 640, .height = 360, .seconds = 10, .fd = -1};
	_cleanup_close_ int signals = -1;
	int ret = parse_options(&client, argc, argv);

	if (ret != 0)
		return ret < 0 ? EXIT_USAGE : 0;
	signals = open_signals();
	if (signals < 0 || allocate(&client) < 0 || draw(&client) < 0)
		return EXIT_HEAP;
	return show(&client, signals) < 0 ? EXIT_COMPOSITOR : 0;
}
