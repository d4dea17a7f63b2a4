/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Frames go round from a camera to a display while everything around them changes. A round runs all steps of the table
 * below, one after the other, and then lets go of everything: each round must leave the process and the machine as the
 * rounds before it did, and the last one as they were at the beginning. Prints a line per round, and TAP.
 *
 *	soak [SECONDS]            or SOAK_SECONDS; 60 by default
 *	SOAK_STEP_MS=500          how long frames go round between two steps
 *	SOAK_FPS=30               of the cameras
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "arguments.h"
#include "setup.h"
#include "soak-census.h"
#include "soak-stream.h"
#include "tap.h"

#define WIDTH 640
#define HEIGHT 360
#define BUFFERS 5
#define XR24 0x34325258u
/* The allocators of libraries and of the kernel have what they keep after so many rounds: both cameras were used. */
#define WARM_ROUNDS 4
#define LEAST_ROUNDS 8

/* What the figures that are bounded may grow by, from the last warm round on, however long it takes. */
#define HEAP_GROWTH 4096u
#define RSS_GROWTH (1024u * 1024u)
#define MACHINE_GROWTH (16u * 1024u * 1024u)

static const char *const cameras[] = {"/dev/video0", "/dev/video1"};

struct soak {
	struct cen_context *ctx;
	struct cen_machine *machine;
	const char *camera, *idle_camera, *display;
	struct cen_solution *solution;
	size_t plan;
	struct cen_pool *pool;
	struct stream stream;
	uint32_t fps, step_ms;
	uint64_t shown, captured, replans, bytes_allocated;
	struct census most; /* of all rounds, while frames went round */
};

/* The capture and scanout of one camera's frames, which the CPU looks at too. The caller unrefs. */
static int solve(struct soak *soak, const char *camera, struct cen_solution **out)
{
	const struct cen_device *capture = NULL, *scanout = NULL, *cpu = NULL;
	struct cen_request *request = NULL;
	struct cen_error *error = NULL;
	int ret;

	*out = NULL;
	ret = cen_machine_find_device(soak->machine, camera, &capture, &error);
	if (ret == 0)
		ret = find_device(soak->machine, NULL, CEN_USAGE_SCANOUT, &scanout, &error);
	if (ret == 0)
		ret = cen_machine_find_device(soak->machine, "cpu", &cpu, &error);
	if (ret == 0)
		ret = cen_request_create(soak->machine, &request);
	if (ret == 0)
		ret = cen_request_set_size(request, WIDTH, HEIGHT, &error);
	if (ret == 0)
		ret = cen_request_set_count(request, BUFFERS, &error);
	if (ret == 0)
		ret = cen_request_add_format(request, XR24, &error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CAPTURE, capture, &error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_SCANOUT, scanout, &error);
	if (ret == 0)
		ret = cen_request_add_usage(request, CEN_USAGE_CPU_READ, cpu, &error);
	if (ret == 0)
		ret = cen_solve(request, 0, out, &error);
	cen_request_destroy(request);
	if (ret == 0 && !cen_solution_get_plan(*out, 0)) {
		warnx("%s", cen_conflict_get_text(cen_solution_get_conflict(*out)));
		ret = -ENOENT;
	}
	if (ret == 0)
		soak->display = cen_device_get_path(scanout);
	return explain(error, ret);
}

static struct cen_plan *get_plan(const struct soak *soak)
{
	return cen_solution_get_plan(soak->solution, soak->plan);
}

/* The camera keeps its format: only the memory is another. Its own allocator is of no use while it streams. */
static bool can_follow(struct cen_plan *plan, struct cen_plan *next)
{
	struct cen_plan_info a = {.size = sizeof(a)}, b = {.size = sizeof(b)};
	struct cen_plane_layout first, second;

	return cen_plan_get_info(plan, &a) == 0 && cen_plan_get_info(next, &b) == 0 && b.source[0] != '/' &&
	       cen_plan_get_plane(plan, 0, &first) == 0 && cen_plan_get_plane(next, 0, &second) == 0 &&
	       a.fourcc == b.fourcc && a.modifier == b.modifier && first.stride == second.stride &&
	       first.offset == second.offset;
}

static int step_replan(struct soak *soak)
{
	size_t count = cen_solution_get_plan_count(soak->solution), next = soak->plan;
	struct cen_error *error = NULL;
	int ret;

	/* Where one source only suits, new buffers of this one. */
	do
		next = (next + 1) % count;
	while (next != soak->plan && !can_follow(get_plan(soak), cen_solution_get_plan(soak->solution, next)));
	soak->replans += next != soak->plan;
	soak->plan = next;
	ret = cen_pool_replan(soak->pool, get_plan(soak), BUFFERS, 0, &error);
	return explain(error, ret);
}

/* A new pool under the stream; what is in flight lives on without one. */
static int step_pool(struct soak *soak)
{
	struct cen_error *error = NULL;
	int ret;

	soak->stream.pool = NULL;
	cen_pool_destroy(soak->pool);
	ret = cen_pool_create(get_plan(soak), BUFFERS, 0, &soak->pool, &error);
	soak->stream.pool = soak->pool;
	return explain(error, ret);
}

/* The same question again. The plan in use is kept by the pool. */
static int step_solve(struct soak *soak)
{
	struct cen_solution *solution;
	int ret = solve(soak, soak->camera, &solution);

	if (ret < 0)
		return ret;
	if (!can_follow(get_plan(soak), cen_solution_get_plan(solution, 0))) {
		warnx("%s: another layout than before", soak->camera);
		cen_solution_unref(solution);
		return -EINVAL;
	}
	cen_solution_unref(soak->solution);
	soak->solution = solution;
	soak->plan = 0;
	return 0;
}

/* A buffer for the other camera, which nobody uses now, shown to all of its devices by the library. */
static int step_verify(struct soak *soak)
{
	struct cen_solution *solution;
	struct cen_buffer *buffer = NULL;
	struct cen_error *error = NULL;
	int ret = solve(soak, soak->idle_camera, &solution);

	if (ret < 0)
		return ret;
	ret = cen_plan_allocate(cen_solution_get_plan(solution, 0), 1, CEN_ALLOCATE_VERIFY, &buffer, &error);
	cen_buffer_unref(buffer);
	cen_solution_unref(solution);
	return explain(error, ret);
}

/* A picture has more than one colour. */
static int look_at(struct cen_buffer *buffer)
{
	CEN_CPU_MAP_SCOPE(map, buffer, CEN_CPU_MAP_READ, NULL);
	struct cen_cpu_map_plane plane = {.size = sizeof(plane)};
	const uint32_t *pixels;
	size_t same = 1;

	if (!map || cen_cpu_map_get_plane(map, 0, &plane) < 0)
		return -EIO;
	pixels = plane.data;
	while (same < plane.bytes / sizeof(*pixels) && pixels[same] == pixels[0])
		same++;
	return same < plane.bytes / sizeof(*pixels) ? 0 : -ENODATA;
}

/* The CPU reads what is on the screen. */
static int step_read(struct soak *soak)
{
	int ret = soak->stream.showing ? look_at(soak->stream.showing) : -ENODATA;

	if (ret < 0)
		warnx("what is shown is not a picture that can be read: %s", strerror(-ret));
	return ret;
}

/* Plain memory of every source that has some, written and let go of. */
static int step_bytes(struct soak *soak)
{
	struct cen_source_info info = {.size = sizeof(info)};
	struct cen_error *error = NULL;
	const struct cen_source *source;
	uint64_t length;
	void *bytes;
	int fd, ret = 0;

	for (size_t i = 0; ret == 0 && (source = cen_machine_get_source(soak->machine, i)); i++) {
		if (cen_source_get_info(source, &info) < 0 || !info.has_bytes || info.access < 0)
			continue;
		ret = cen_heap_alloc(source, 100000, CEN_HEAP_READ_WRITE | CEN_HEAP_CLOEXEC, &fd, &length, &error);
		if (ret < 0)
			break;
		bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (bytes == MAP_FAILED) {
			ret = -errno;
		} else {
			memset(bytes, 0xff, length);
			munmap(bytes, length);
		}
		soak->bytes_allocated += length;
		close(fd);
	}
	return explain(error, ret);
}

/* The display alone gets pages, which the CPU fills; for the contiguous camera, which comes late, the buffer moves. */
static int live_late(const struct soak *soak, struct cen_buffer *buffer)
{
	struct cen_attachment *shown = NULL, *filled = NULL;
	const struct cen_device *display = NULL, *camera = NULL;
	struct cen_error *error = NULL;
	int ret;

	ret = cen_machine_find_device(soak->machine, soak->display, &display, &error);
	if (ret == 0)
		ret = cen_machine_find_device(soak->machine, cameras[1], &camera, &error);
	if (ret == 0)
		ret = cen_buffer_attach(buffer, CEN_USAGE_SCANOUT, display, &shown, &error);
	if (ret == 0)
		ret = cen_attachment_map(shown, CEN_DIRECTION_TO_DEVICE, -1, &error);
	if (ret == 0)
		ret = cen_attachment_unmap(shown, &error);
	if (ret == 0)
		ret = cen_buffer_attach(buffer, CEN_USAGE_CAPTURE, camera, &filled, &error);
	if (ret == 0 && cen_buffer_get_generation(buffer) != 2) {
		warnx("the late buffer did not move");
		ret = -EPROTO;
	}
	if (filled)
		cen_attachment_detach(filled, NULL);
	if (shown)
		cen_attachment_detach(shown, NULL);
	return explain(error, ret);
}

static int step_late(struct soak *soak)
{
	struct cen_request *request = NULL;
	struct cen_buffer *buffer = NULL;
	struct cen_error *error = NULL;
	int ret = cen_request_create(soak->machine, &request);

	if (ret == 0)
		ret = cen_request_set_size(request, WIDTH, HEIGHT, &error);
	if (ret == 0)
		ret = cen_request_add_format(request, XR24, &error);
	if (ret == 0)
		ret = cen_buffer_create(request, CEN_BUFFER_MIGRATE, &buffer, &error);
	ret = explain(error, ret);
	if (ret == 0)
		ret = live_late(soak, buffer);
	cen_buffer_unref(buffer);
	cen_request_destroy(request);
	return ret;
}

/* What happens in a round, in this order. A step leaves the stream able to go on. */
static struct step {
	const char *name;
	int (*run)(struct soak *soak);
	uint64_t count;
} steps[] = {
	{"read", step_read, 0},   {"replan", step_replan, 0}, {"verify", step_verify, 0},
	{"pool", step_pool, 0},   {"replan", step_replan, 0}, {"solve", step_solve, 0},
	{"bytes", step_bytes, 0}, {"late", step_late, 0},     {"read", step_read, 0},
};

static int begin_round(struct soak *soak)
{
	struct cen_error *error = NULL;
	int ret;

	ret = cen_machine_create_live(soak->ctx, 0, &soak->machine, &error);
	if (ret == 0)
		ret = solve(soak, soak->camera, &soak->solution);
	soak->plan = 0;
	if (ret == 0)
		ret = cen_pool_create(get_plan(soak), BUFFERS, 0, &soak->pool, &error);
	if (ret < 0)
		return explain(error, ret);
	return stream_open(&soak->stream, soak->camera, soak->display, get_plan(soak), soak->pool, soak->fps);
}

static void end_round(struct soak *soak)
{
	stream_stop(&soak->stream);
	soak->shown += soak->stream.shown;
	soak->captured += soak->stream.captured;
	cen_pool_destroy(soak->pool);
	soak->pool = NULL;
	stream_close(&soak->stream);
	cen_solution_unref(soak->solution);
	soak->solution = NULL;
	cen_machine_destroy(soak->machine);
	soak->machine = NULL;
}

/* A figure that is always 0 would end where it began. */
static void note_most(struct soak *soak)
{
	struct census now;

	census_take(&now);
	if (now.dma_bufs > soak->most.dma_bufs)
		soak->most.dma_bufs = now.dma_bufs;
	if (now.dma_buf_bytes > soak->most.dma_buf_bytes)
		soak->most.dma_buf_bytes = now.dma_buf_bytes;
	if (now.cma_pages > soak->most.cma_pages)
		soak->most.cma_pages = now.cma_pages;
	if (now.fds > soak->most.fds)
		soak->most.fds = now.fds;
}

static int run_round(struct soak *soak, unsigned int round)
{
	const char *failed = "begin";
	int ret;

	soak->camera = cameras[round % 2];
	soak->idle_camera = cameras[1 - round % 2];
	ret = begin_round(soak);
	if (ret == 0)
		ret = stream_run(&soak->stream, soak->step_ms);
	for (size_t n = 0; ret == 0 && n < sizeof(steps) / sizeof(steps[0]); n++) {
		failed = steps[n].name;
		ret = steps[n].run(soak);
		steps[n].count += ret == 0;
		if (ret == 0)
			ret = stream_run(&soak->stream, soak->step_ms);
	}
	note_most(soak);
	end_round(soak);
	if (ret < 0)
		warnx("round %u: %s: %s", round, failed, strerror(-ret));
	return ret;
}

static double now(void)
{
	struct timespec clock;

	clock_gettime(CLOCK_MONOTONIC, &clock);
	return (double)clock.tv_sec + (double)clock.tv_nsec / 1e9;
}

static bool is_same(const struct census *a, const struct census *b)
{
	return a->fds == b->fds && a->dma_bufs == b->dma_bufs && a->dma_buf_bytes == b->dma_buf_bytes &&
	       a->cma_pages == b->cma_pages;
}

static bool has_grown(uint64_t before, uint64_t after, uint64_t bound)
{
	return after > before && after - before > bound;
}

/* The rounds, until the time is over. warm and last are what is held at rest. Returns how many came through. */
static unsigned int run_rounds(struct soak *soak, double seconds, struct census *warm, struct census *last,
			       bool *is_steady)
{
	double start = now();
	unsigned int round;

	*is_steady = true;
	for (round = 0; round < LEAST_ROUNDS || now() - start < seconds; round++) {
		if (run_round(soak, round) < 0)
			break;
		census_settle(last, warm);
		census_print(now() - start, soak->shown, last);
		if (round + 1 == WARM_ROUNDS)
			*warm = *last;
		if (round + 1 > WARM_ROUNDS)
			*is_steady = *is_steady && is_same(warm, last);
	}
	return round;
}

static void check_steps(unsigned int rounds)
{
	for (size_t n = 0; n < sizeof(steps) / sizeof(steps[0]); n++)
		check(steps[n].count == rounds, "step %zu, %s: %" PRIu64 " times", n + 1, steps[n].name,
		      steps[n].count);
}

static void check_figures(const struct census *begin, const struct census *warm, const struct census *last,
			  const struct census *end)
{
	check(end->fds == begin->fds, "fds: %" PRIu64 " at the beginning, %" PRIu64 " at the end", begin->fds,
	      end->fds);
	check(end->dma_bufs == begin->dma_bufs && end->dma_buf_bytes == begin->dma_buf_bytes,
	      "dma-bufs: %" PRIu64 " of %" PRIu64 " bytes at the beginning, %" PRIu64 " of %" PRIu64 " at the end",
	      begin->dma_bufs, begin->dma_buf_bytes, end->dma_bufs, end->dma_buf_bytes);
	check(end->cma_pages == begin->cma_pages,
	      "contiguous memory: %" PRIu64 " pages at the beginning, %" PRIu64 " at the end", begin->cma_pages,
	      end->cma_pages);
	check(!has_grown(warm->heap_bytes, last->heap_bytes, HEAP_GROWTH),
	      "malloc: %" PRIu64 " bytes when warm, %" PRIu64 " at the end", warm->heap_bytes, last->heap_bytes);
	check(!has_grown(warm->rss_bytes, last->rss_bytes, RSS_GROWTH),
	      "memory of the process: %" PRIu64 " bytes when warm, %" PRIu64 " at the end", warm->rss_bytes,
	      last->rss_bytes);
	check(!has_grown(last->available_bytes, warm->available_bytes, MACHINE_GROWTH),
	      "memory of the machine: %" PRIu64 " bytes available when warm, %" PRIu64 " at the end",
	      warm->available_bytes, last->available_bytes);
	check(!has_grown(warm->slab_bytes, last->slab_bytes, MACHINE_GROWTH),
	      "memory of the kernel: %" PRIu64 " bytes when warm, %" PRIu64 " at the end", warm->slab_bytes,
	      last->slab_bytes);
}

static void run(struct soak *soak, double seconds)
{
	struct census begin, warm, last, end;
	unsigned int rounds;
	double start = now();
	bool is_steady;

	census_print_heading();
	census_take(&begin);
	census_print(0, 0, &begin);
	warm = last = begin;
	if (cen_context_create(0, &soak->ctx, NULL) < 0)
		errx(2, "no context");
	rounds = run_rounds(soak, seconds, &warm, &last, &is_steady);
	cen_context_destroy(soak->ctx);
	census_settle(&end, &begin);
	seconds = now() - start;
	census_print(seconds, soak->shown, &end);
	printf("# %u rounds, %" PRIu64 " frames captured, %" PRIu64 " shown (%.1f a second), %" PRIu64
	       " changes of source, %" PRIu64 " bytes of plain memory\n",
	       rounds, soak->captured, soak->shown, (double)soak->shown / seconds, soak->replans,
	       soak->bytes_allocated);
	check(rounds >= LEAST_ROUNDS, "%u rounds", rounds);
	check_steps(rounds);
	check(soak->replans >= rounds, "the source changed %" PRIu64 " times under the frames", soak->replans);
	check(soak->most.dma_bufs >= BUFFERS && soak->most.dma_buf_bytes >= BUFFERS * WIDTH * HEIGHT * 4 &&
		      soak->most.cma_pages && soak->most.fds > last.fds,
	      "meanwhile up to %" PRIu64 " fds, %" PRIu64 " dma-bufs of %" PRIu64 " bytes, %" PRIu64
	      " pages of contiguous memory",
	      soak->most.fds, soak->most.dma_bufs, soak->most.dma_buf_bytes, soak->most.cma_pages);
	check(is_steady, "every round ends with the same fds, dma-bufs and contiguous memory");
	check_figures(&begin, &warm, &last, &end);
}

static uint32_t read_number(const char *name, const char *text, uint32_t usual)
{
	uint32_t number = usual;

	if (text && argument_parse_number(name, text, 1, 1000000, &number) < 0)
		exit(2);
	return number;
}

/* Without malloc()'s caches, which look like memory in use: what is left is exact to the byte. */
static void start_without_caches(char **argv)
{
	if (getenv("GLIBC_TUNABLES"))
		return;
	setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
	execv("/proc/self/exe", argv);
	err(2, "/proc/self/exe");
}

int main(int argc, char **argv)
{
	struct soak soak = {.stream.display.fd = -1};
	uint32_t seconds = read_number("SECONDS", argc > 1 ? argv[1] : getenv("SOAK_SECONDS"), 60);

	start_without_caches(argv);
	soak.step_ms = read_number("SOAK_STEP_MS", getenv("SOAK_STEP_MS"), 500);
	soak.fps = read_number("SOAK_FPS", getenv("SOAK_FPS"), 30);
	if (system("modprobe -r vivid; modprobe vivid n_devs=2 node_types=0x1,0x1 allocators=0,1"))
		errx(2, "no vivid");
	run(&soak, seconds);
	check(system("modprobe -r vivid") == 0, "nothing holds the cameras");
	return check_end();
}
