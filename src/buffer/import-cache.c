/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Imports by the identity of what was imported. A callback may change the cache: nothing is looked at across one. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cenalloc/import-cache.h>

#include "error.h"
#include "util.h"

#define CAPACITY_MAX 4096u
#define KEY_SIZE_V1 (offsetof(struct cen_import_key, planes) + sizeof(((struct cen_import_key *)0)->planes))
#define INFO_SIZE_V1 (offsetof(struct cen_import_cache_info, evictions) + sizeof(uint64_t))

/* A key as numbers, without what has no meaning: planes that are not there, fds, padding. */
#define PLANE_WORDS 4u
#define PLANES_AT 5u
#define KEY_WORDS (PLANES_AT + PLANE_WORDS * CEN_MAX_PLANES)

struct entry {
	uint64_t words[KEY_WORDS];
	uint64_t serial; /* when it was added */
	void *import;
	int held[CEN_MAX_PLANES]; /* -1: none */
	struct entry *chain; /* in its bucket */
	struct entry *newer, *older; /* by use */
};

struct cen_import_cache {
	uint32_t capacity, count, bucket_count, flags;
	bool is_closing;
	void (*destroy)(void *import, void *data);
	void *data;
	struct entry *newest, *oldest;
	uint64_t serial, hits, misses, evictions;
	struct entry *buckets[];
};

int cen_import_key_set_fd(struct cen_import_key *key, int fd)
{
	size_t size = key->size;
	struct stat st;

	if (size < KEY_SIZE_V1)
		return -EINVAL;
	if (fstat(fd, &st) < 0)
		return -errno;
	memset(key, 0, size);
	key->size = size;
	key->plane_count = 1;
	key->planes[0] = (struct cen_import_plane){.dev = st.st_dev, .ino = st.st_ino, .fd = fd};
	return 0;
}

int cen_import_key_set_buffer(struct cen_import_key *key, const struct cen_buffer *buffer)
{
	struct cen_buffer_info info = {.size = sizeof(info)};
	struct cen_buffer_object object;
	struct cen_buffer_plane plane;
	size_t size = key->size;

	if (size < KEY_SIZE_V1)
		return -EINVAL;
	cen_buffer_get_info(buffer, &info);
	memset(key, 0, size);
	key->size = size;
	key->fourcc = info.fourcc;
	key->width = info.width;
	key->height = info.height;
	key->modifier = info.modifier;
	key->plane_count = info.plane_count;
	for (uint32_t n = 0; n < info.plane_count; n++) {
		if (cen_buffer_get_plane(buffer, n, &plane) < 0 ||
		    cen_buffer_get_object(buffer, plane.object, &object) < 0)
			return -EINVAL;
		key->planes[n] = (struct cen_import_plane){
			.dev = object.dev,
			.ino = object.ino,
			.offset = plane.offset,
			.stride = plane.stride,
			.fd = plane.fd,
		};
	}
	return 0;
}

/* Returns false for a key that cannot be. */
static bool read_key(const struct cen_import_key *key, uint64_t words[KEY_WORDS])
{
	if (key->size < KEY_SIZE_V1 || key->plane_count < 1 || key->plane_count > CEN_MAX_PLANES)
		return false;
	memset(words, 0, KEY_WORDS * sizeof(*words));
	words[0] = key->fourcc;
	words[1] = key->width;
	words[2] = key->height;
	words[3] = key->modifier;
	words[4] = key->plane_count;
	for (uint32_t n = 0; n < key->plane_count; n++) {
		uint64_t *to = words + PLANES_AT + n * PLANE_WORDS;

		to[0] = key->planes[n].dev;
		to[1] = key->planes[n].ino;
		to[2] = key->planes[n].offset;
		to[3] = key->planes[n].stride;
	}
	return true;
}

static struct entry **get_bucket(struct cen_import_cache *cache, const uint64_t words[KEY_WORDS])
{
	uint64_t hash = 0;

	for (uint32_t n = 0; n < KEY_WORDS; n++)
		hash = (hash ^ words[n]) * UINT64_C(0x9e3779b97f4a7c15);
	return &cache->buckets[(hash >> 32) % cache->bucket_count];
}

static struct entry *find_entry(struct cen_import_cache *cache, const uint64_t words[KEY_WORDS])
{
	struct entry *entry = *get_bucket(cache, words);

	while (entry && memcmp(entry->words, words, sizeof(entry->words)) != 0)
		entry = entry->chain;
	return entry;
}

static void unlink_use(struct cen_import_cache *cache, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cen_import_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
	cache->newest = entry;
}

static void free_entry(struct entry *entry)
{
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++) {
		if (entry->held[n] >= 0)
			close(entry->held[n]);
	}
	free(entry);
}

static void free_entry_cleanup(struct entry **entry)
{
	if (*entry)
		free_entry(*entry);
}

/* Out of the cache first, then the callback, which may look for it, and last the fds. */
static void end_entry(struct cen_import_cache *cache, struct entry *entry)
{
	struct entry **at = get_bucket(cache, entry->words);

	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	unlink_use(cache, entry);
	cache->count--;
	if (cache->destroy)
		cache->destroy(entry->import, cache->data);
	free_entry(entry);
}

int cen_import_cache_create(uint32_t capacity, uint32_t flags, void (*destroy)(void *import, void *data), void *data,
			    struct cen_import_cache **out, struct cen_error **err)
{
	struct cen_import_cache *cache;

	*out = NULL;
	if (flags & ~CEN_IMPORT_CACHE_HOLD)
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
				      "import cache flags 0x%x: the bits 0x%x are not known", flags,
				      flags & ~CEN_IMPORT_CACHE_HOLD);
	if (capacity == 0 || capacity > CAPACITY_MAX)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "an import cache of %u: 1 to %u", capacity,
				      CAPACITY_MAX);
	cache = calloc(1, sizeof(*cache) + capacity * sizeof(cache->buckets[0]));
	if (!cache)
		return _cen_error_no_memory(err);
	cache->capacity = capacity;
	cache->bucket_count = capacity;
	cache->flags = flags;
	cache->destroy = destroy;
	cache->data = data;
	*out = cache;
	return 0;
}

void cen_import_cache_destroy(struct cen_import_cache *cache)
{
	if (!cache)
		return;
	cache->is_closing = true;
	cen_import_cache_clear(cache);
	free(cache);
}

int cen_import_cache_find(struct cen_import_cache *cache, const struct cen_import_key *key, void **import)
{
	uint64_t words[KEY_WORDS];
	struct entry *entry;

	*import = NULL;
	if (!read_key(key, words))
		return -EINVAL;
	entry = find_entry(cache, words);
	if (!entry) {
		cache->misses++;
		return -ENOENT;
	}
	cache->hits++;
	unlink_use(cache, entry);
	link_newest(cache, entry);
	*import = entry->import;
	return 0;
}

/* One fd for all planes of a dma-buf. */
static int hold_planes(struct entry *entry, const struct cen_import_key *key)
{
	struct stat st;

	for (uint32_t n = 0; n < key->plane_count; n++) {
		const struct cen_import_plane *plane = &key->planes[n];
		uint32_t first = 0;

		while (key->planes[first].dev != plane->dev || key->planes[first].ino != plane->ino)
			first++;
		if (first < n)
			continue;
		entry->held[n] = fcntl(plane->fd, F_DUPFD_CLOEXEC, 0);
		if (entry->held[n] < 0 || fstat(entry->held[n], &st) < 0)
			return -errno;
		if (st.st_dev != plane->dev || st.st_ino != plane->ino)
			return -EINVAL;
	}
	return 0;
}

static int make_entry(const struct cen_import_key *key, const uint64_t words[KEY_WORDS], bool must_hold,
		      struct entry **out)
{
	_cleanup_(free_entry_cleanup) struct entry *entry = calloc(1, sizeof(*entry));
	int ret;

	if (!entry)
		return -ENOMEM;
	memcpy(entry->words, words, sizeof(entry->words));
	for (uint32_t n = 0; n < CEN_MAX_PLANES; n++)
		entry->held[n] = -1;
	ret = must_hold ? hold_planes(entry, key) : 0;
	if (ret == 0)
		*out = STEAL(entry);
	return ret;
}

int cen_import_cache_add(struct cen_import_cache *cache, const struct cen_import_key *key, void *import)
{
	uint64_t words[KEY_WORDS];
	struct entry *entry = NULL, **bucket;
	int ret;

	if (!import || !read_key(key, words))
		return -EINVAL;
	if (cache->is_closing)
		return -ESHUTDOWN;
	if (find_entry(cache, words))
		return -EEXIST;
	ret = make_entry(key, words, cache->flags & CEN_IMPORT_CACHE_HOLD, &entry);
	if (ret < 0)
		return ret;
	bucket = get_bucket(cache, words);
	entry->import = import;
	entry->serial = ++cache->serial;
	entry->chain = *bucket;
	*bucket = entry;
	link_newest(cache, entry);
	cache->count++;
	/* Nothing can fail any more. A callback may add, too, so it can be more than one. */
	while (cache->count > cache->capacity) {
		cache->evictions++;
		end_entry(cache, cache->oldest);
	}
	return 0;
}

int cen_import_cache_remove(struct cen_import_cache *cache, const struct cen_import_key *key)
{
	uint64_t words[KEY_WORDS];
	struct entry *entry;

	if (!read_key(key, words))
		return -EINVAL;
	entry = find_entry(cache, words);
	if (!entry)
		return -ENOENT;
	end_entry(cache, entry);
	return 0;
}

static bool lies_in(const struct entry *entry, dev_t dev, ino_t ino)
{
	for (uint32_t n = 0; n < entry->words[PLANES_AT - 1]; n++) {
		const uint64_t *plane = entry->words + PLANES_AT + n * PLANE_WORDS;

		if (plane[0] == dev && plane[1] == ino)
			return true;
	}
	return false;
}

/* End what is there now: any, or what lies in a dma-buf. */
static uint32_t end_all(struct cen_import_cache *cache, bool is_any, dev_t dev, ino_t ino)
{
	struct entry *entry = cache->oldest;
	uint64_t last = cache->serial;
	uint32_t count = 0;

	while (entry) {
		if (entry->serial > last || (!is_any && !lies_in(entry, dev, ino))) {
			entry = entry->newer;
			continue;
		}
		end_entry(cache, entry);
		count++;
		/* From the beginning: the callback may have ended the next one. */
		entry = cache->oldest;
	}
	return count;
}

uint32_t cen_import_cache_forget(struct cen_import_cache *cache, dev_t dev, ino_t ino)
{
	return end_all(cache, false, dev, ino);
}

void cen_import_cache_clear(struct cen_import_cache *cache)
{
	end_all(cache, true, 0, 0);
}

int cen_import_cache_get_info(const struct cen_import_cache *cache, struct cen_import_cache_info *out)
{
	const struct cen_import_cache_info info = {
		.size = sizeof(info),
		.capacity = cache->capacity,
		.count = cache->count,
		.hits = cache->hits,
		.misses = cache->misses,
		.evictions = cache->evictions,
	};

	return _cen_copy_sized(out, out->size, &info, sizeof(info), INFO_SIZE_V1) < 0 ? -EINVAL : 0;
}
