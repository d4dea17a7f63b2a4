/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Clients that do what they must not, against examples/wayland/kiosk: each gets the protocol error of its mistake, or
 * "failed" where it could not know better, the next one is served, and nothing of it is left in the compositor.
 * Prints TAP.
 */
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "kiosk-client.h"

/* Pictures of 64x64: XR24 fills the dma-buf. */
#define SIZE 64
#define STRIDE (SIZE * 4)
#define BYTES (STRIDE * SIZE)

/* What is sent as a dma-buf. */
enum memory { DMA_BUF, READ_ONLY, MEMFD, PIPE, NULL_DEVICE, DIRECTORY, PATH_ONLY, EVENTFD };

struct plane {
	enum memory memory;
	uint32_t index, offset, stride;
	uint64_t modifier;
};

struct row {
	const char *name;
	uint32_t version;
	size_t plane_count;
	struct plane planes[3];
	int32_t width, height;
	uint32_t fourcc, flags;
	bool is_immed;
	int expected;
};

/* A row is a line, however long: clang-format would make five of it. */
/* clang-format off */
#define XR24 DRM_FORMAT_XRGB8888
#define NO_MODIFIER DRM_FORMAT_MOD_INVALID
#define NV12 DRM_FORMAT_NV12
#define ERROR(name) ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_##name
/* Planes of 64x64. */
#define GOOD {DMA_BUF, 0, 0, STRIDE, 0}
#define NV12_Y {DMA_BUF, 0, 0, 64, 0}
#define NV12_UV(index, modifier) {DMA_BUF, index, 4096, 64, modifier}
#define ODD {DMA_BUF, 0, 0, STRIDE, 0x123456789}
#define AS_DMA_BUF(memory) 5, 1, {{memory, 0, 0, STRIDE, 0}}, 64, 64, XR24, 0
static const struct row rows[] = {
	{"a good buffer", 5, 1, {GOOD}, 64, 64, XR24, 0, false, CREATED},
	{"a good buffer at once", 5, 1, {GOOD}, 64, 64, XR24, 0, true, NOTHING},
	{"a good buffer of version 3", 3, 1, {GOOD}, 64, 64, XR24, 0, false, CREATED},
	{"a good buffer of two planes", 5, 2, {NV12_UV(1, 0), NV12_Y}, 64, 64, NV12, 0, false, CREATED},
	{"plane 4", 5, 1, {{DMA_BUF, 4, 0, STRIDE, 0}}, 64, 64, XR24, 0, false, ERROR(PLANE_IDX)},
	{"the greatest plane", 5, 1, {{DMA_BUF, UINT32_MAX, 0, STRIDE, 0}}, 64, 64, XR24, 0, false, ERROR(PLANE_IDX)},
	{"a plane twice", 5, 2, {GOOD, GOOD}, 64, 64, XR24, 0, false, ERROR(PLANE_SET)},
	{"no plane", 5, 0, {GOOD}, 64, 64, XR24, 0, false, ERROR(INCOMPLETE)},
	{"no plane, at once", 5, 0, {GOOD}, 64, 64, XR24, 0, true, ERROR(INCOMPLETE)},
	{"NV12 without plane 1", 5, 1, {NV12_Y}, 64, 64, NV12, 0, false, ERROR(INCOMPLETE)},
	{"NV12 without plane 0", 5, 1, {NV12_UV(1, 0)}, 64, 64, NV12, 0, false, ERROR(INCOMPLETE)},
	{"NV12 with planes 0 and 2", 5, 2, {NV12_Y, NV12_UV(2, 0)}, 64, 64, NV12, 0, false, ERROR(INCOMPLETE)},
	{"XR24 with two planes", 5, 2, {GOOD, NV12_UV(1, 0)}, 64, 64, XR24, 0, false, ERROR(INCOMPLETE)},
	{"an unknown format", 5, 1, {GOOD}, 64, 64, 0x5a5a5a5a, 0, false, ERROR(INVALID_FORMAT)},
	{"format 0", 5, 1, {GOOD}, 64, 64, 0, 0, true, ERROR(INVALID_FORMAT)},
	{"unequal modifiers", 5, 2, {NV12_Y, NV12_UV(1, 1)}, 64, 64, NV12, 0, false, ERROR(INVALID_FORMAT)},
	{"unequal modifiers in version 4", 4, 2, {NV12_Y, NV12_UV(1, 1)}, 64, 64, NV12, 0, false, FAILED},
	{"a modifier that was not offered", 4, 1, {ODD}, 64, 64, XR24, 0, false, ERROR(INVALID_FORMAT)},
	{"a modifier that was not offered, in version 3", 3, 1, {ODD}, 64, 64, XR24, 0, false, FAILED},
	{"width 0", 5, 1, {GOOD}, 0, 64, XR24, 0, false, ERROR(INVALID_DIMENSIONS)},
	{"height 0, at once", 5, 1, {GOOD}, 64, 0, XR24, 0, true, ERROR(INVALID_DIMENSIONS)},
	{"a negative width", 5, 1, {GOOD}, INT32_MIN, 64, XR24, 0, false, ERROR(INVALID_DIMENSIONS)},
	{"a negative height", 5, 1, {GOOD}, 64, -1, XR24, 0, false, ERROR(INVALID_DIMENSIONS)},
	{"one row too many", 5, 1, {GOOD}, 64, 65, XR24, 0, false, ERROR(OUT_OF_BOUNDS)},
	{"a stride that is too small", 5, 1, {{DMA_BUF, 0, 0, 255, 0}}, 64, 64, XR24, 0, false, ERROR(OUT_OF_BOUNDS)},
	{"an offset at the end", 5, 1, {{DMA_BUF, 0, BYTES, STRIDE, 0}}, 64, 64, XR24, 0, false, ERROR(OUT_OF_BOUNDS)},
	{"the greatest offset", 5, 1, {{DMA_BUF, 0, UINT32_MAX, STRIDE, 0}}, 64, 64, XR24, 0, false, ERROR(OUT_OF_BOUNDS)},
	{"a product beyond 32 bits", 5, 1, {{DMA_BUF, 0, 0, 1u << 26, 0}}, 64, 64, XR24, 0, true, ERROR(OUT_OF_BOUNDS)},
	{"the greatest stride", 5, 1, {{DMA_BUF, 0, 4096, UINT32_MAX, 0}}, 64, 64, XR24, 0, false, ERROR(OUT_OF_BOUNDS)},
	{"a memfd", AS_DMA_BUF(MEMFD), false, FAILED},
	{"a memfd, at once", AS_DMA_BUF(MEMFD), true, ERROR(INVALID_WL_BUFFER)},
	{"a pipe", AS_DMA_BUF(PIPE), false, FAILED},
	{"/dev/null", AS_DMA_BUF(NULL_DEVICE), false, FAILED},
	{"a directory", AS_DMA_BUF(DIRECTORY), false, FAILED},
	{"a file that is not open", AS_DMA_BUF(PATH_ONLY), false, FAILED},
	{"an eventfd, at once", AS_DMA_BUF(EVENTFD), true, ERROR(INVALID_WL_BUFFER)},
	{"one plane of two a memfd", 5, 2, {NV12_Y, {MEMFD, 1, 4096, 64, 0}}, 64, 64, NV12, 0, false, FAILED},
	{"a dma-buf that can only be read", AS_DMA_BUF(READ_ONLY), false, CREATED},
	{"a dma-buf that can only be read, and whose format is not copied", 5, 2, {{READ_ONLY, 0, 0, 64, 0}, NV12_UV(1, 0)}, 64, 64, NV12, 0, false, FAILED},
	{"a good buffer without a modifier", 5, 1, {{DMA_BUF, 0, 0, STRIDE, NO_MODIFIER}}, 64, 64, XR24, 0, false, CREATED},
	{"one row too many, without a modifier", 5, 1, {{DMA_BUF, 0, 0, STRIDE, NO_MODIFIER}}, 64, 65, XR24, 0, false, ERROR(OUT_OF_BOUNDS)},
	{"an inverted picture", 5, 1, {GOOD}, 64, 64, XR24, 1, false, FAILED},
	{"flags that nobody knows", 5, 1, {GOOD}, 64, 64, XR24, 0x80000000, false, FAILED},
};
/* clang-format on */

static int make_memfd(void)
{
	int fd = memfd_create("kiosk-hostile", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, BYTES) < 0)
		fprintf(stderr, "a memfd of %d bytes: %m\n", BYTES);
	return fd;
}

static int make_fd(enum memory memory)
{
	int fds[2];

	switch (memory) {
	case DMA_BUF:
		return allocate(BYTES, O_RDWR);
	case READ_ONLY:
		return allocate(BYTES, O_RDONLY);
	case MEMFD:
		return make_memfd();
	case PIPE:
		if (pipe2(fds, O_CLOEXEC) < 0)
			return -1;
		close(fds[1]);
		return fds[0];
	case NULL_DEVICE:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case DIRECTORY:
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	case PATH_ONLY:
		return open("/etc/passwd", O_PATH | O_CLOEXEC);
	default:
		return eventfd(0, EFD_CLOEXEC);
	}
}

static void add_plane(struct zwp_linux_buffer_params_v1 *params, const struct plane *plane)
{
	int fd = make_fd(plane->memory);

	zwp_linux_buffer_params_v1_add(params, fd, plane->index, plane->offset, plane->stride,
				       (uint32_t)(plane->modifier >> 32), (uint32_t)plane->modifier);
	close(fd);
}

static void send_row(struct session *session, const struct row *row)
{
	struct zwp_linux_buffer_params_v1 *params = create_params(session);

	for (size_t i = 0; i < row->plane_count; i++)
		add_plane(params, &row->planes[i]);
	if (row->is_immed)
		zwp_linux_buffer_params_v1_create_immed(params, row->width, row->height, row->fourcc, row->flags);
	else
		zwp_linux_buffer_params_v1_create(params, row->width, row->height, row->fourcc, row->flags);
}

static void check_row(const struct row *row, size_t fds, int buffers)
{
	struct session session;
	int outcome = NOTHING;

	if (session_open(&session, row->version)) {
		send_row(&session, row);
		wl_display_roundtrip(session.display);
		outcome = get_outcome(&session);
	} else {
		outcome = OTHER_ERROR;
	}
	session_close(&session);
	check(outcome == row->expected && is_alive() && settles(fds, buffers),
	      "%s: %d is the answer, and nothing is left", row->name, outcome);
}

static bool send_twice(struct session *session)
{
	struct zwp_linux_buffer_params_v1 *params = create_params(session);

	add_plane(params, &(struct plane)GOOD);
	zwp_linux_buffer_params_v1_create(params, SIZE, SIZE, XR24, 0);
	zwp_linux_buffer_params_v1_create(params, SIZE, SIZE, XR24, 0);
	wl_display_roundtrip(session->display);
	return get_outcome(session) == ERROR(ALREADY_USED);
}

static bool send_late(struct session *session)
{
	struct zwp_linux_buffer_params_v1 *params = create_params(session);

	add_plane(params, &(struct plane)GOOD);
	zwp_linux_buffer_params_v1_create(params, SIZE, SIZE, XR24, 0);
	add_plane(params, &(struct plane){DMA_BUF, 1, 0, STRIDE, 0});
	wl_display_roundtrip(session->display);
	return get_outcome(session) == ERROR(ALREADY_USED);
}

/* The bytes of "add" without a file descriptor. */
static bool send_no_fd(struct session *session)
{
	struct zwp_linux_buffer_params_v1 *params = create_params(session);
	const uint32_t message[] = {wl_proxy_get_id((struct wl_proxy *)params), 28u << 16 | 1, 0, 0, STRIDE, 0, 0};

	wl_display_flush(session->display);
	if (write(wl_display_get_fd(session->display), message, sizeof(message)) != sizeof(message))
		return false;
	wl_display_roundtrip(session->display);
	return wl_display_get_error(session->display) != 0;
}

/* Parameters that are never used keep their fds. */
static bool send_too_many(struct session *session)
{
	for (int i = 0; i < 2000 && wl_display_get_error(session->display) == 0; i++) {
		struct zwp_linux_buffer_params_v1 *params = create_params(session);

		add_plane(params, &(struct plane){NULL_DEVICE, 0, 0, STRIDE, 0});
		wl_display_roundtrip(session->display);
	}
	return get_outcome(session) == NO_MEMORY;
}

static bool send_too_many_buffers(struct session *session)
{
	for (int i = 0; i < 2000 && wl_display_get_error(session->display) == 0; i++) {
		struct zwp_linux_buffer_params_v1 *params = create_params(session);

		add_plane(params, &(struct plane)GOOD);
		zwp_linux_buffer_params_v1_create_immed(params, SIZE, SIZE, XR24, 0);
		zwp_linux_buffer_params_v1_destroy(params);
		wl_display_roundtrip(session->display);
	}
	return get_outcome(session) == NO_MEMORY;
}

/* libwayland takes it: 64 pixels in 64 bytes. */
static bool send_short_rows(struct session *session)
{
	int fd = make_memfd();
	struct wl_shm_pool *pool = wl_shm_create_pool(session->shm, fd, BYTES);
	struct wl_buffer *buffer =
		wl_shm_pool_create_buffer(pool, BYTES - SIZE * SIZE, SIZE, SIZE, SIZE, WL_SHM_FORMAT_XRGB8888);
	struct wl_surface *surface = wl_compositor_create_surface(session->compositor);

	close(fd);
	wl_surface_attach(surface, buffer, 0, 0);
	wl_surface_commit(surface);
	wl_display_roundtrip(session->display);
	return has_error(session, &wl_buffer_interface, WL_SHM_ERROR_INVALID_STRIDE);
}

/* The file of a pool is cut short before the picture is read. */
static bool send_cut_file(struct session *session)
{
	int fd = make_memfd();
	struct wl_shm_pool *pool = wl_shm_create_pool(session->shm, fd, BYTES);
	struct wl_buffer *buffer = wl_shm_pool_create_buffer(pool, 0, SIZE, SIZE, STRIDE, WL_SHM_FORMAT_XRGB8888);
	struct wl_surface *surface = wl_compositor_create_surface(session->compositor);
	bool is_cut = wl_display_roundtrip(session->display) >= 0 && ftruncate(fd, 0) == 0;

	close(fd);
	wl_surface_attach(surface, buffer, 0, 0);
	wl_surface_commit(surface);
	wl_display_roundtrip(session->display);
	return is_cut && wl_display_get_error(session->display) == EPROTO;
}

static bool send_hasty(struct session *session)
{
	struct wl_surface *surface = create_window(session);

	wl_surface_attach(surface, create_buffer(session, SIZE, SIZE), 0, 0);
	wl_surface_commit(surface);
	wl_display_roundtrip(session->display);
	return has_error(session, &xdg_surface_interface, XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER);
}

static bool show(struct session *session, struct wl_surface *surface, struct wl_buffer *buffer)
{
	wl_surface_attach(surface, buffer, 0, 0);
	wl_surface_damage(surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(surface);
	for (int i = 0; i < 5; i++) {
		sleep_tenth();
		if (wl_display_roundtrip(session->display) < 0)
			return false;
	}
	return true;
}

/* A window with pictures on the screen and on their way; does not end well. */
static void stream(int report)
{
	struct session session;
	struct wl_surface *surface;
	struct wl_buffer *buffers[3];
	bool is_good = session_open(&session, 3);

	surface = is_good ? create_window(&session) : NULL;
	if (surface)
		wl_surface_commit(surface);
	while (is_good && !session.is_configured)
		is_good = wl_display_dispatch(session.display) >= 0;
	for (int i = 0; is_good && i < 3; i++) {
		buffers[i] = create_buffer(&session, session.width, session.height);
		is_good = show(&session, surface, buffers[i]);
	}
	if (is_good) {
		wl_surface_attach(surface, buffers[0], 0, 0);
		wl_surface_commit(surface);
		wl_display_flush(session.display);
	}
	if (write(report, is_good ? "y" : "n", 1) == 1)
		raise(SIGKILL);
	_exit(1);
}

static void check_killed(size_t fds, int buffers)
{
	int report[2];
	char answer = 'n';
	pid_t child;

	if (pipe2(report, O_CLOEXEC) < 0)
		return;
	fflush(stdout);
	child = fork();
	if (child == 0)
		stream(report[1]);
	close(report[1]);
	if (read(report[0], &answer, 1) != 1)
		answer = 'n';
	close(report[0]);
	waitpid(child, NULL, 0);
	check(answer == 'y', "a client shows three buffers and is killed");
	check(is_alive() && settles(fds, buffers), "nothing of it is left: no dma-buf, no fd");
}

static void check_behaviour(const char *name, bool (*send)(struct session *), size_t fds, int buffers)
{
	struct session session;
	bool is_good = session_open(&session, 5) && send(&session);

	session_close(&session);
	check(is_good && is_alive() && settles(fds, buffers), "%s: the right error, and nothing is left", name);
}

static bool serves(void)
{
	struct session session;
	bool is_good = session_open(&session, 5);

	session_close(&session);
	return is_good;
}

static void check_all(void)
{
	size_t fds = count_fds(kiosk);
	int buffers = count_buffers();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i], fds, buffers);
	check_behaviour("parameters used twice", send_twice, fds, buffers);
	check_behaviour("a plane after the use", send_late, fds, buffers);
	check_behaviour("a plane without a file descriptor", send_no_fd, fds, buffers);
	check_behaviour("parameters without end", send_too_many, fds, buffers);
	check_behaviour("buffers without end", send_too_many_buffers, fds, buffers);
	check_behaviour("wl_shm rows longer than the stride", send_short_rows, fds, buffers);
	check_behaviour("wl_shm memory that is cut off", send_cut_file, fds, buffers);
	check_behaviour("a buffer before the first configure", send_hasty, fds, buffers);
	check_killed(fds, buffers);
	check(serves(), "the next client is served");
}

int main(void)
{
	int buffers = count_buffers();

	if (start_kiosk(NULL)) {
		sleep_tenth();
		check_all();
	}
	stop_kiosk(buffers);
	return check_end();
}
