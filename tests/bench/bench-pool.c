/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * bench-pool acquire|release|quiet COUNT, or bench-pool time
 * acquire, release: one call in a pool of COUNT buffers that has gone round, for counting instructions. Run under
 * callgrind with --toggle-collect=measured; bench-pool.sh does. quiet: a million pairs in a process that a system call
 * ends. time: nanoseconds of a pair for one thread and for two, of the pool and of two peers: an array under a mutex,
 * and a bit in a word, swapped, which is the least that any such thing does.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cenalloc/cenalloc.h>

#include "fake.h"
#include "result.h"

#define COUNT_MAX 64
#define QUIET_PAIRS 1000000
#define TIMED_PAIRS 200000
#define RUNS 21
#define THREADS_MAX 2

static const char script[] = "device /dev/fake usages=capture\n"
			     "cap /dev/fake capture XR24 LINEAR\n"
			     "source pages\n";

static void check(bool is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "bench-pool: %s\n", what);
	exit(2);
}

/* What a pool needs: it outlives all of this. */
static struct cen_pool *make_pool(uint32_t count)
{
	const struct cen_backend *fake;
	const struct cen_device *device;
	struct cen_solution *solution;
	struct cen_machine *machine;
	struct cen_request *request;
	struct cen_context *ctx;
	struct cen_pool *pool;

	fake_set_script(script);
	check(cen_context_create(CEN_CONTEXT_NO_PLUGINS | CEN_CONTEXT_NO_ENVIRONMENT, &ctx, NULL) == 0, "context");
	check(cen_backend_entry_v1_fake(CEN_BACKEND_ABI, &fake) == 0, "backend");
	check(cen_context_add_backend(ctx, fake, NULL) == 0, "backend");
	check(cen_machine_create_live(ctx, CEN_MACHINE_PASSIVE, &machine, NULL) == 0, "machine");
	check(cen_machine_find_device(machine, "/dev/fake", &device, NULL) == 0, "device");
	check(cen_request_create(machine, &request) == 0, "request");
	check(cen_request_set_size(request, 64, 64, NULL) == 0, "size");
	check(cen_request_add_usage(request, CEN_USAGE_CAPTURE, device, NULL) == 0, "usage");
	check(cen_request_add_format(request, cen_format_from_string("XR24"), NULL) == 0, "format");
	check(cen_solve(request, 0, &solution, NULL) == 0, "solve");
	check(cen_solution_get_plan(solution, 0) != NULL, "plan");
	check(cen_pool_create(cen_solution_get_plan(solution, 0), count, 0, &pool, NULL) == 0, "pool");
	cen_solution_unref(solution);
	cen_request_destroy(request);
	cen_machine_destroy(machine);
	cen_context_destroy(ctx);
	return pool;
}

/* Out of order, so that nothing is where it was first. */
static void go_round(struct cen_pool *pool, uint32_t count)
{
	struct cen_buffer *buffers[COUNT_MAX];

	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t n = 0; n < count; n++)
			check(cen_pool_acquire(pool, &buffers[n]) == 0, "acquire");
		for (uint32_t n = count; n-- > 0;)
			check(cen_pool_release(pool, buffers[n]) == 0, "release");
	}
}

typedef int (*measured_call)(struct cen_pool *pool, struct cen_buffer **buffer);

int measured(measured_call call, struct cen_pool *pool, struct cen_buffer **buffer);

/* Not inlined, so that its name can be told apart. */
__attribute__((noinline)) int measured(measured_call call, struct cen_pool *pool, struct cen_buffer **buffer)
{
	int ret = call(pool, buffer);

	atomic_signal_fence(memory_order_seq_cst);
	return ret;
}

static int release(struct cen_pool *pool, struct cen_buffer **buffer)
{
	return cen_pool_release(pool, *buffer);
}

/* Each buffer is measured, so that the dearest one counts, too. */
static void count_instructions(bool is_acquire, uint32_t count)
{
	struct cen_pool *pool = make_pool(count);
	struct cen_buffer *buffers[COUNT_MAX];

	go_round(pool, count);
	for (uint32_t n = 0; n < count; n++)
		check((is_acquire ? measured(cen_pool_acquire, pool, &buffers[n])
				  : cen_pool_acquire(pool, &buffers[n])) == 0,
		      "acquire");
	for (uint32_t n = 0; n < count; n++)
		check((is_acquire ? release(pool, &buffers[n]) : measured(release, pool, &buffers[n])) == 0, "release");
	cen_pool_destroy(pool);
}

/* From here on all system calls but write() and the end of the process kill it. */
static void check_quiet(uint32_t count)
{
	struct cen_pool *pool = make_pool(count);
	struct cen_buffer *buffer;
	long ret = 0;

	/* With an fd and after a failed acquire, so that there is something that could write. */
	check(cen_pool_get_fd(pool) >= 0, "fd");
	go_round(pool, count);
	check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0, "seccomp");
	for (int n = 0; n < QUIET_PAIRS && ret == 0; n++) {
		ret = cen_pool_acquire(pool, &buffer);
		ret = ret == 0 ? cen_pool_release(pool, buffer) : ret;
	}
	/* Strict mode knows exit(), and not the exit_group() of the library. */
	syscall(SYS_exit, ret == 0 ? 0 : 1);
}

/* The peers. */
struct locked {
	pthread_mutex_t lock;
	uint32_t first, count;
	void *items[COUNT_MAX];
};

static struct locked locked = {.lock = PTHREAD_MUTEX_INITIALIZER};
static _Atomic uint64_t word = 0xff;
static struct cen_pool *pool_timed;

static void pair_pool(void)
{
	struct cen_buffer *buffer;

	if (cen_pool_acquire(pool_timed, &buffer) < 0 || cen_pool_release(pool_timed, buffer) < 0)
		abort();
}

static void *locked_take(void)
{
	void *item = NULL;

	pthread_mutex_lock(&locked.lock);
	if (locked.count) {
		item = locked.items[locked.first];
		locked.first = (locked.first + 1) % COUNT_MAX;
		locked.count--;
	}
	pthread_mutex_unlock(&locked.lock);
	return item;
}

static void locked_put(void *item)
{
	pthread_mutex_lock(&locked.lock);
	locked.items[(locked.first + locked.count++) % COUNT_MAX] = item;
	pthread_mutex_unlock(&locked.lock);
}

static void pair_locked(void)
{
	void *item = locked_take();

	if (!item)
		abort();
	locked_put(item);
}

static void pair_word(void)
{
	uint64_t old = atomic_load(&word), bit;

	do
		bit = old & -old;
	while (!atomic_compare_exchange_weak(&word, &old, old & ~bit));
	atomic_fetch_or(&word, bit);
}

struct timed {
	void (*pair)(void);
	pthread_barrier_t *start;
};

static void *run_pairs(void *data)
{
	struct timed *timed = data;

	pthread_barrier_wait(timed->start);
	for (int n = 0; n < TIMED_PAIRS; n++)
		timed->pair();
	return NULL;
}

/* Nanoseconds of the clock until all threads are done, for a pair of each of them. */
static double time_pairs(void (*pair)(void), unsigned int threads)
{
	pthread_t ids[THREADS_MAX];
	pthread_barrier_t barrier;
	struct timed timed = {pair, &barrier};
	uint64_t start;

	check(pthread_barrier_init(&barrier, NULL, threads + 1) == 0, "barrier");
	for (unsigned int n = 0; n < threads; n++)
		check(pthread_create(&ids[n], NULL, run_pairs, &timed) == 0, "thread");
	pthread_barrier_wait(&barrier);
	start = get_ns();
	for (unsigned int n = 0; n < threads; n++)
		pthread_join(ids[n], NULL);
	pthread_barrier_destroy(&barrier);
	return (double)(get_ns() - start) / TIMED_PAIRS;
}

/* The three take turns, so that other work on the machine meets all of them. */
static void time_peers(unsigned int threads)
{
	static const struct {
		const char *name;
		void (*pair)(void);
	} peers[] = {{"pool", pair_pool}, {"mutex", pair_locked}, {"word", pair_word}};
	double times[3][RUNS];
	char name[64];

	for (int run = 0; run < RUNS; run++) {
		for (int n = 0; n < 3; n++)
			times[n][run] = time_pairs(peers[n].pair, threads);
	}
	for (int n = 0; n < 3; n++) {
		snprintf(name, sizeof(name), "pool-pair-%s-%u-thread%s", peers[n].name, threads,
			 threads > 1 ? "s" : "");
		print_result(name, get_median(times[n], RUNS), "ns", 0);
	}
}

static void time_all(void)
{
	static char items[8];

	pool_timed = make_pool(8);
	for (int n = 0; n < 8; n++)
		locked_put(&items[n]);
	for (unsigned int threads = 1; threads <= THREADS_MAX; threads++)
		time_peers(threads);
	cen_pool_destroy(pool_timed);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int count = argc > 2 ? atoi(argv[2]) : 0;

	if (strcmp(what, "time") == 0) {
		time_all();
		return 0;
	}
	check(count >= 1 && count <= COUNT_MAX, "COUNT, 1 to 64");
	if (strcmp(what, "quiet") == 0)
		check_quiet((uint32_t)count);
	check(strcmp(what, "acquire") == 0 || strcmp(what, "release") == 0, "acquire, release, quiet or time");
	count_instructions(what[0] == 'a', (uint32_t)count);
	return 0;
}
