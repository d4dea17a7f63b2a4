/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Imports by the identity of a dma-buf. Memfds have one, too. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "pool-world.h"

#define FILES 5

/* Imports are letters here: what was ended stands in their order. */
static char ended[64];
static char imports[] = "abcdefghij";

static void note_end(void *import, void *data)
{
	assert_ptr_equal(data, ended);
	strncat(ended, import, 1);
}

struct scene {
	size_t fds;
	int files[FILES];
	struct cen_import_cache *cache;
};

static void scene_start(struct scene *scene, uint32_t capacity, uint32_t flags)
{
	scene->fds = balance_count_fds();
	ended[0] = '\0';
	for (int n = 0; n < FILES; n++) {
		scene->files[n] = memfd_create("test", MFD_CLOEXEC);
		assert_true(scene->files[n] >= 0);
	}
	assert_int_equal(cen_import_cache_create(capacity, flags, note_end, ended, &scene->cache, NULL), 0);
}

static void scene_stop(struct scene *scene)
{
	cen_import_cache_destroy(scene->cache);
	for (int n = 0; n < FILES; n++) {
		if (scene->files[n] >= 0)
			close(scene->files[n]);
	}
	assert_true(balance_check_fds(scene->fds));
}

static struct cen_import_key get_key(int fd)
{
	struct cen_import_key key = {.size = sizeof(key)};

	assert_int_equal(cen_import_key_set_fd(&key, fd), 0);
	return key;
}

static int add(struct scene *scene, int file)
{
	struct cen_import_key key = get_key(scene->files[file]);

	return cen_import_cache_add(scene->cache, &key, &imports[file]);
}

/* The letter, or ' ' where there is none. */
static char find_key(struct scene *scene, const struct cen_import_key *key)
{
	void *import = scene;
	int ret = cen_import_cache_find(scene->cache, key, &import);

	assert_true(ret == 0 ? import != NULL : ret == -ENOENT && !import);
	if (!import)
		return ' ';
	return *(char *)import;
}

static char find(struct scene *scene, int file)
{
	struct cen_import_key key = get_key(scene->files[file]);

	return find_key(scene, &key);
}

static void check_info(struct scene *scene, uint32_t count, uint64_t hits, uint64_t misses, uint64_t evictions)
{
	struct cen_import_cache_info info = {.size = sizeof(info)};

	assert_int_equal(cen_import_cache_get_info(scene->cache, &info), 0);
	assert_int_equal(info.count, count);
	assert_int_equal(info.hits, hits);
	assert_int_equal(info.misses, misses);
	assert_int_equal(info.evictions, evictions);
}

static void test_eviction(void **state)
{
	struct scene scene;

	(void)state;
	scene_start(&scene, 3, 0);
	assert_int_equal(find(&scene, 0), ' ');
	for (int n = 0; n < 3; n++)
		assert_int_equal(add(&scene, n), 0);
	assert_int_equal(add(&scene, 1), -EEXIST);
	check_info(&scene, 3, 0, 1, 0);
	/* Found again: it is not the one to go. */
	assert_int_equal(find(&scene, 0), 'a');
	assert_int_equal(add(&scene, 3), 0);
	assert_string_equal(ended, "b");
	assert_int_equal(find(&scene, 1), ' ');
	assert_int_equal(find(&scene, 2), 'c');
	assert_int_equal(add(&scene, 4), 0);
	assert_string_equal(ended, "ba");
	check_info(&scene, 3, 2, 2, 2);
	assert_int_equal(find(&scene, 3), 'd');
	/* What is left goes in the same order: c, e, d. */
	cen_import_cache_destroy(scene.cache);
	assert_string_equal(ended, "baced");
	scene.cache = NULL;
	scene_stop(&scene);
}

/* The dma-buf counts, and where in it the image lies; not the fd. */
static void test_identity(void **state)
{
	struct cen_import_key key, other;
	struct scene scene;
	int copy;

	(void)state;
	scene_start(&scene, 8, 0);
	assert_int_equal(add(&scene, 0), 0);
	copy = fcntl(scene.files[0], F_DUPFD_CLOEXEC, 100);
	key = get_key(copy);
	assert_int_equal(find_key(&scene, &key), 'a');
	close(copy);
	assert_int_equal(find_key(&scene, &key), 'a');
	other = key;
	other.planes[0].offset = 4096;
	assert_int_equal(find_key(&scene, &other), ' ');
	assert_int_equal(cen_import_cache_add(scene.cache, &other, &imports[1]), 0);
	other.planes[0].stride = 64;
	assert_int_equal(find_key(&scene, &other), ' ');
	other.planes[0].stride = 0;
	other.fourcc = XR24;
	assert_int_equal(find_key(&scene, &other), ' ');
	other.fourcc = 0;
	other.modifier = 1;
	assert_int_equal(find_key(&scene, &other), ' ');
	other.modifier = 0;
	other.width = 1;
	assert_int_equal(find_key(&scene, &other), ' ');
	other.width = 0;
	other.height = 1;
	assert_int_equal(find_key(&scene, &other), ' ');
	other.height = 0;
	other.planes[0].dev++;
	assert_int_equal(find_key(&scene, &other), ' ');
	other.planes[0].dev--;
	/* Planes that are not there, and numbers that are no part of it. */
	other.planes[1].ino = 5;
	other.planes[0].fd = -1;
	other.planes[0].reserved = 1;
	assert_int_equal(find_key(&scene, &other), 'b');
	assert_int_equal(find_key(&scene, &key), 'a');
	assert_int_equal(cen_import_cache_remove(scene.cache, &key), 0);
	assert_int_equal(cen_import_cache_remove(scene.cache, &key), -ENOENT);
	assert_string_equal(ended, "a");
	assert_int_equal(find_key(&scene, &other), 'b');
	scene_stop(&scene);
	assert_string_equal(ended, "ab");
}

static void test_buffer(void **state)
{
	struct cen_import_key key = {.size = sizeof(key)}, small = {.size = sizeof(key) - 1};
	struct cen_buffer *buffers[2];
	struct cen_buffer_object object;
	struct world world;
	struct scene scene;

	(void)state;
	world_start(&world);
	assert_int_equal(cen_plan_allocate(world.plan, 2, 0, buffers, NULL), 0);
	scene_start(&scene, 4, CEN_IMPORT_CACHE_HOLD);
	for (int n = 0; n < 2; n++) {
		assert_int_equal(cen_import_key_set_buffer(&key, buffers[n]), 0);
		assert_int_equal(key.plane_count, 2);
		assert_int_equal(key.fourcc, NV12);
		assert_int_equal(cen_import_cache_add(scene.cache, &key, &imports[n]), 0);
	}
	assert_int_equal(find_key(&scene, &key), 'b');
	/* The same fd as a whole is another thing. */
	assert_int_equal(cen_import_key_set_fd(&key, key.planes[0].fd), 0);
	assert_int_equal(find_key(&scene, &key), ' ');
	assert_int_equal(cen_import_cache_add(scene.cache, &key, &imports[2]), 0);
	assert_int_equal(cen_buffer_get_object(buffers[1], 0, &object), 0);
	assert_int_equal(cen_import_cache_forget(scene.cache, object.dev, object.ino + 1000), 0);
	assert_int_equal(cen_import_cache_forget(scene.cache, object.dev, object.ino), 2);
	assert_string_equal(ended, "bc");
	assert_int_equal(cen_import_key_set_buffer(&key, buffers[0]), 0);
	assert_int_equal(find_key(&scene, &key), 'a');
	assert_int_equal(cen_import_key_set_buffer(&small, buffers[0]), -EINVAL);
	scene_stop(&scene);
	cen_buffer_unref(buffers[0]);
	cen_buffer_unref(buffers[1]);
	world_stop(&world);
}

/* What is held keeps its number: nothing new is taken for it. */
static void test_hold(void **state)
{
	struct cen_import_key key, two;
	struct scene scene;
	size_t fds;

	(void)state;
	scene_start(&scene, 2, CEN_IMPORT_CACHE_HOLD);
	fds = balance_count_fds();
	assert_int_equal(add(&scene, 0), 0);
	assert_int_equal(balance_count_fds(), fds + 1);
	close(scene.files[0]);
	scene.files[0] = -1;
	for (int n = 0; n < 100; n++) {
		int fd = memfd_create("test", MFD_CLOEXEC);

		key = get_key(fd);
		assert_int_equal(find_key(&scene, &key), ' ');
		close(fd);
	}
	/* Two planes of one dma-buf and one of another: two fds. */
	two = get_key(scene.files[1]);
	two.plane_count = 3;
	two.planes[1] = two.planes[0];
	two.planes[1].offset = 64;
	two.planes[2] = get_key(scene.files[2]).planes[0];
	fds = balance_count_fds();
	assert_int_equal(cen_import_cache_add(scene.cache, &two, &imports[1]), 0);
	assert_int_equal(balance_count_fds(), fds + 2);
	assert_int_equal(cen_import_cache_forget(scene.cache, two.planes[2].dev, two.planes[2].ino), 1);
	assert_int_equal(balance_count_fds(), fds);
	/* An fd that is something else by now, or nothing. */
	key = get_key(scene.files[1]);
	key.planes[0].fd = scene.files[2];
	assert_int_equal(cen_import_cache_add(scene.cache, &key, &imports[2]), -EINVAL);
	key.planes[0].fd = -1;
	assert_int_equal(cen_import_cache_add(scene.cache, &key, &imports[2]), -EBADF);
	assert_int_equal(balance_count_fds(), fds);
	assert_string_equal(ended, "b");
	cen_import_cache_clear(scene.cache);
	assert_string_equal(ended, "ba");
	assert_int_equal(balance_count_fds(), fds - 1);
	scene_stop(&scene);
}

static void test_refusals(void **state)
{
	struct cen_import_key key, wrong;
	struct cen_import_cache_info info = {.size = sizeof(info) - 1};
	struct cen_import_cache *cache;
	struct cen_error *err = NULL;
	struct scene scene;
	void *import;

	(void)state;
	scene_start(&scene, 1, 0);
	assert_int_equal(cen_import_cache_create(0, 0, NULL, NULL, &cache, &err), -EINVAL);
	assert_null(cache);
	assert_error_says(err, "an import cache of 0: 1 to 4096");
	assert_int_equal(cen_import_cache_create(4097, 0, NULL, NULL, &cache, &err), -EINVAL);
	assert_error_says(err, "4097");
	assert_int_equal(cen_import_cache_create(1, 6, NULL, NULL, &cache, &err), -EINVAL);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_UNKNOWN_FLAG);
	assert_error_says(err, "0x6");
	key = get_key(scene.files[0]);
	assert_int_equal(cen_import_key_set_fd(&key, -1), -EBADF);
	assert_int_equal(cen_import_cache_add(scene.cache, &key, NULL), -EINVAL);
	for (uint32_t n = 0; n < 3; n++) {
		wrong = key;
		wrong.plane_count = n == 0 ? 0 : n == 1 ? 5 : 1;
		wrong.size -= n == 2;
		assert_int_equal(cen_import_cache_add(scene.cache, &wrong, imports), -EINVAL);
		assert_int_equal(cen_import_cache_find(scene.cache, &wrong, &import), -EINVAL);
		assert_null(import);
		assert_int_equal(cen_import_cache_remove(scene.cache, &wrong), -EINVAL);
	}
	wrong.size = sizeof(wrong) - 1;
	assert_int_equal(cen_import_key_set_fd(&wrong, scene.files[0]), -EINVAL);
	assert_int_equal(cen_import_cache_get_info(scene.cache, &info), -EINVAL);
	check_info(&scene, 0, 0, 0, 0);
	cen_import_cache_destroy(NULL);
	/* Without a callback imports are only forgotten. */
	assert_int_equal(cen_import_cache_create(1, 0, NULL, NULL, &cache, NULL), 0);
	assert_int_equal(cen_import_cache_add(cache, &key, imports), 0);
	cen_import_cache_destroy(cache);
	scene_stop(&scene);
}

/* A callback that uses the cache it is called from. */
static struct {
	struct scene scene;
	int adds, removes, depth;
} visit;

static void visit_end(void *import, void *data)
{
	int file = (int)((char *)import - imports);
	struct cen_import_key key;

	(void)data;
	strncat(ended, import, 1);
	/* It is gone already. */
	assert_int_equal(find(&visit.scene, file), ' ');
	if (visit.removes > 0) {
		visit.removes--;
		key = get_key(visit.scene.files[(file + 1) % FILES]);
		cen_import_cache_remove(visit.scene.cache, &key);
	}
	if (visit.adds > 0) {
		visit.adds--;
		assert_int_equal(add(&visit.scene, file), 0);
	}
}

static void visit_start(uint32_t capacity)
{
	memset(&visit, 0, sizeof(visit));
	scene_start(&visit.scene, capacity, CEN_IMPORT_CACHE_HOLD);
	cen_import_cache_destroy(visit.scene.cache);
	assert_int_equal(
		cen_import_cache_create(capacity, CEN_IMPORT_CACHE_HOLD, visit_end, NULL, &visit.scene.cache, NULL), 0);
}

static void test_visit(void **state)
{
	(void)state;
	visit_start(2);
	assert_int_equal(add(&visit.scene, 0), 0);
	assert_int_equal(add(&visit.scene, 1), 0);
	/* c ends a, whose end adds it again, which ends b. */
	visit.adds = 1;
	assert_int_equal(add(&visit.scene, 2), 0);
	assert_string_equal(ended, "ab");
	assert_int_equal(find(&visit.scene, 2), 'c');
	assert_int_equal(find(&visit.scene, 0), 'a');
	/* All that is there ends; what the callbacks add stays. */
	ended[0] = '\0';
	visit.adds = 1;
	cen_import_cache_clear(visit.scene.cache);
	assert_string_equal(ended, "ca");
	assert_int_equal(find(&visit.scene, 2), 'c');
	scene_stop(&visit.scene);

	visit_start(FILES);
	for (int n = 0; n < FILES; n++)
		assert_int_equal(add(&visit.scene, n), 0);
	/* Each ends the next one. */
	visit.removes = FILES;
	cen_import_cache_clear(visit.scene.cache);
	assert_string_equal(ended, "abcde");
	assert_int_equal(add(&visit.scene, 0), 0);
	scene_stop(&visit.scene);
}

static void refuse_end(void *import, void *data)
{
	struct cen_import_key key = get_key(visit.scene.files[1]);

	(void)data;
	strncat(ended, import, 1);
	assert_int_equal(cen_import_cache_add(visit.scene.cache, &key, &imports[1]), -ESHUTDOWN);
}

static void test_end(void **state)
{
	(void)state;
	memset(&visit, 0, sizeof(visit));
	scene_start(&visit.scene, 2, 0);
	cen_import_cache_destroy(visit.scene.cache);
	assert_int_equal(cen_import_cache_create(2, 0, refuse_end, NULL, &visit.scene.cache, NULL), 0);
	assert_int_equal(add(&visit.scene, 0), 0);
	scene_stop(&visit.scene);
	assert_string_equal(ended, "a");
}

static void test_faults(void **state)
{
	struct cen_import_cache *cache;
	struct scene scene;
	unsigned long n;

	(void)state;
	scene_start(&scene, 1, CEN_IMPORT_CACHE_HOLD);
	assert_int_equal(add(&scene, 0), 0);
	for (n = 1;; n++) {
		size_t fds = balance_count_fds(), alive = fault_alive();
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = add(&scene, 1);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			break;
		}
		assert_true(ret == -ENOMEM || ret == -EMFILE);
		assert_int_equal(fault_alive(), alive);
		assert_true(balance_check_fds(fds));
		/* Nothing was evicted for what did not come. */
		assert_int_equal(find(&scene, 0), 'a');
		assert_string_equal(ended, "");
	}
	assert_int_equal(n, 3);
	assert_string_equal(ended, "a");
	fault_arm(FAULT_MEMORY, 1);
	assert_int_equal(cen_import_cache_create(1, 0, NULL, NULL, &cache, NULL), -ENOMEM);
	assert_null(cache);
	fault_arm(FAULT_ALL, 1);
	assert_int_equal(find(&scene, 1), 'b');
	assert_false(fault_disarm());
	scene_stop(&scene);
}

/* Against a list: random finds, adds and removes of images in few dma-bufs. */
static void test_random(void **state)
{
	static char model[8][2];
	uint32_t seed = 1, count = 0, capacity = 5;
	struct scene scene;
	int order[16];

	(void)state;
	scene_start(&scene, capacity, 0);
	for (int n = 0; n < 8; n++)
		model[n][0] = (char)('a' + n);
	for (int step = 0; step < 20000; step++) {
		uint32_t image, at = 0;
		struct cen_import_key key;
		char found;

		seed = seed * 1103515245u + 12345u;
		image = seed >> 16 & 7;
		key = get_key(scene.files[image % 2]);
		key.planes[0].offset = image / 2 * 4096;
		ended[0] = '\0';
		while (at < count && order[at] != (int)image)
			at++;
		if (seed >> 20 & 7) {
			found = find_key(&scene, &key);
			assert_int_equal(found, at < count ? model[image][0] : ' ');
			if (found == ' ') {
				assert_int_equal(cen_import_cache_add(scene.cache, &key, model[image]), 0);
				order[count++] = (int)image;
				at = count - 1;
			}
		} else {
			assert_int_equal(cen_import_cache_remove(scene.cache, &key), at < count ? 0 : -ENOENT);
			if (at == count)
				continue;
		}
		/* The one that was touched is the last now, or gone. */
		memmove(order + at, order + at + 1, (count - at - 1) * sizeof(*order));
		if (seed >> 20 & 7)
			order[count - 1] = (int)image;
		else
			count--;
		if (count > capacity) {
			assert_int_equal(ended[0], model[order[0]][0]);
			memmove(order, order + 1, --count * sizeof(*order));
		}
	}
	scene_stop(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_eviction), cmocka_unit_test(test_identity), cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_hold),     cmocka_unit_test(test_refusals), cmocka_unit_test(test_visit),
		cmocka_unit_test(test_end),      cmocka_unit_test(test_faults),   cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
