/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * The program of docs/pools.md: a producer with a poll loop, and a consumer in a thread of its own that maps what it is
 * handed, once for each dma-buf. usage: pool [FRAMES]
 */
#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#define TRY(call) ((call) < 0 ? errx(3, "%s", error ? cen_error_get_message(error) : #call) : (void)0)
#define BYTES (64 * 64 * 4)

static struct cen_pool *pool;
static int queue[2]; /* a pipe of buffers, from producer to consumer */

static struct cen_plan *find_plan(struct cen_solution **solution)
{
	struct cen_error *error = NULL;
	const struct cen_device *cpu;
	struct cen_context *context;
	struct cen_machine *machine;
	struct cen_request *request;

	TRY(cen_context_create(0, &context, &error));
	TRY(cen_machine_create_live(context, 0, &machine, &error));
	TRY(cen_machine_find_device(machine, "cpu", &cpu, &error));
	TRY(cen_request_create(machine, &request));
	TRY(cen_request_set_size(request, 64, 64, &error));
	TRY(cen_request_add_format(request, cen_format_from_string("XR24"), &error));
	TRY(cen_request_add_usage(request, CEN_USAGE_CPU_WRITE, cpu, &error));
	TRY(cen_request_add_usage(request, CEN_USAGE_CPU_READ, cpu, &error));
	TRY(cen_solve(request, 0, solution, &error));
	cen_request_destroy(request);
	cen_machine_destroy(machine);
	cen_context_destroy(context);
	if (cen_solution_get_plan_count(*solution) == 0)
		errx(1, "%s", cen_conflict_get_text(cen_solution_get_conflict(*solution)));
	return cen_solution_get_plan(*solution, 0);
}

static void unmap(void *import, void *data)
{
	(void)data;
	munmap(import, BYTES);
}

/* What this consumer makes of a buffer: a mapping, which keeps the dma-buf itself. */
static void *import_buffer(struct cen_import_cache *cache, const struct cen_buffer *buffer)
{
	struct cen_import_key key = {.size = sizeof(key)};
	void *pixels;

	cen_import_key_set_buffer(&key, buffer);
	if (cen_import_cache_find(cache, &key, &pixels) == 0)
		return pixels;
	pixels = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, key.planes[0].fd, 0);
	if (pixels == MAP_FAILED)
		err(3, "mmap");
	if (cen_import_cache_add(cache, &key, pixels) < 0)
		errx(3, "no memory for an import");
	return pixels;
}

static void *consume(void *data)
{
	struct cen_import_cache_info info = {.size = sizeof(info)};
	struct cen_import_cache *cache;
	struct cen_error *error = NULL;
	struct cen_buffer *buffer;

	(void)data;
	TRY(cen_import_cache_create(8, 0, unmap, NULL, &cache, &error));
	while (read(queue[0], &buffer, sizeof(buffer)) == sizeof(buffer)) {
		import_buffer(cache, buffer);
		cen_pool_release(pool, buffer);
	}
	cen_import_cache_get_info(cache, &info);
	printf("%u imports, found %llu times\n", info.count, (unsigned long long)info.hits);
	cen_import_cache_destroy(cache);
	return NULL;
}

static int produce(void)
{
	struct cen_buffer *buffer;

	if (cen_pool_acquire(pool, &buffer) < 0)
		return 0;
	/* Here it would be filled. */
	return write(queue[1], &buffer, sizeof(buffer)) == sizeof(buffer) ? 1 : -1;
}

static void run(int frames)
{
	struct pollfd room = {.fd = cen_pool_get_fd(pool), .events = POLLIN};
	int made;

	while (frames > 0) {
		made = produce();
		if (made < 0)
			err(3, "write");
		frames -= made;
		/* Only after an acquire that found nothing. A real loop waits for other things here, too. */
		if (made == 0 && poll(&room, 1, -1) < 0)
			err(3, "poll");
	}
}

int main(int argc, char **argv)
{
	int frames = argc > 1 ? atoi(argv[1]) : 1000;
	struct cen_error *error = NULL;
	struct cen_solution *solution;
	pthread_t consumer;

	TRY(cen_pool_create(find_plan(&solution), 3, 0, &pool, &error));
	cen_solution_unref(solution);
	if (pipe(queue) < 0 || pthread_create(&consumer, NULL, consume, NULL) != 0)
		errx(3, "no consumer");
	run(frames);
	close(queue[1]);
	pthread_join(consumer, NULL);
	cen_pool_destroy(pool);
	return 0;
}
