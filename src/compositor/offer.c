/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a compositor offers its clients: a format table in a sealed file, and tranches of indices into it. */
#include "offer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "capability.h"
#include "error.h"
#include "util.h"

#define MAX_PAIRS 65535u /* what an index of 16 bits tells apart, less one */
#define MAX_OFFER_PLANES 16u

#define DESC_SIZE_V1 (offsetof(struct cen_offer_desc, plane_count) + sizeof(size_t))

/* An entry of the table, as the protocol has it. */
struct offer_pair {
	uint32_t fourcc;
	uint32_t padding;
	uint64_t modifier;
};
_Static_assert(sizeof(struct offer_pair) == 16, "an entry of the format table has 16 bytes");

/* Where a pair is in the table; sorted by fourcc and modifier. */
struct offer_place {
	uint32_t fourcc;
	uint32_t index;
	uint64_t modifier;
};

struct offer_tranche {
	uint64_t device;
	bool is_scanout; /* or else the renderer's, which samples */
	uint16_t *indices; /* the one liked best first, within a format */
	size_t count;
};

struct cen_offer {
	atomic_int refs;
	uint64_t main_device;
	int table_fd;
	uint32_t pair_count;
	struct offer_pair *pairs;
	struct offer_place *places;
	struct offer_tranche tranches[MAX_OFFER_PLANES + 1];
	size_t tranche_count;
};

/* A pair of a capability set. */
struct ranked_pair {
	uint32_t fourcc;
	uint32_t preference;
	uint64_t modifier;
	size_t place; /* among the pairs in the order of fourcc and modifier */
};

static void offer_destroy(struct cen_offer *offer)
{
	if (offer->table_fd >= 0)
		close(offer->table_fd);
	for (size_t n = 0; n < offer->tranche_count; n++)
		free(offer->tranches[n].indices);
	free(offer->pairs);
	free(offer->places);
	free(offer);
}

struct cen_offer *cen_offer_ref(struct cen_offer *offer)
{
	atomic_fetch_add_explicit(&offer->refs, 1, memory_order_relaxed);
	return offer;
}

void cen_offer_unref(struct cen_offer *offer)
{
	if (offer && atomic_fetch_sub_explicit(&offer->refs, 1, memory_order_acq_rel) == 1)
		offer_destroy(offer);
}

static void offer_cleanup(struct cen_offer **offer)
{
	cen_offer_unref(*offer);
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked_pair *left = a, *right = b;

	if (left->fourcc != right->fourcc)
		return left->fourcc < right->fourcc ? -1 : 1;
	if (left->preference != right->preference)
		return left->preference < right->preference ? -1 : 1;
	/* Between equals the order of the set, so that the result does not depend on qsort(). */
	return left->place < right->place ? -1 : left->place > right->place;
}

/* The pairs of a set, each once and with its best preference, in the set's order. NULL when there is no memory. */
static struct ranked_pair *collect_pairs(const struct cen_capabilities *caps, size_t *count)
{
	struct ranked_pair *pairs = calloc(caps->count + 1, sizeof(*pairs));

	*count = 0;
	for (size_t n = 0; pairs && n < caps->count; n++) {
		const struct capability_entry *entry = &caps->entries[n];
		struct ranked_pair *last = *count ? &pairs[*count - 1] : NULL;

		if (last && last->fourcc == entry->fourcc && last->modifier == entry->modifier) {
			if (entry->preference < last->preference)
				last->preference = entry->preference;
			continue;
		}
		pairs[*count] = (struct ranked_pair){entry->fourcc, entry->preference, entry->modifier, *count};
		(*count)++;
	}
	return pairs;
}

static void sort_pairs(struct ranked_pair *pairs, size_t count)
{
	if (count > 1)
		qsort(pairs, count, sizeof(*pairs), compare_ranked);
}

/* The place of a pair, or NULL. Binary search. */
static const struct offer_place *find_place(const struct cen_offer *offer, uint32_t fourcc, uint64_t modifier)
{
	size_t low = 0, high = offer->pair_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct offer_place *place = &offer->places[middle];

		if (place->fourcc == fourcc && place->modifier == modifier)
			return place;
		if (place->fourcc < fourcc || (place->fourcc == fourcc && place->modifier < modifier))
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* All that the renderer samples is the table: what is scanned out is part of it. */
static int fill_pairs(struct cen_offer *offer, const struct cen_capabilities *renderer, struct cen_error **err)
{
	_cleanup_free_ struct ranked_pair *ranked = NULL;
	size_t count;

	ranked = collect_pairs(renderer, &count);
	if (!ranked)
		return _cen_error_no_memory(err);
	if (!count || count > MAX_PAIRS)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "the renderer samples %zu formats with a modifier: an offer has 1 to %u", count,
				      MAX_PAIRS);
	offer->pairs = calloc(count, sizeof(*offer->pairs));
	offer->places = calloc(count, sizeof(*offer->places));
	if (!offer->pairs || !offer->places)
		return _cen_error_no_memory(err);
	sort_pairs(ranked, count);
	for (uint32_t n = 0; n < count; n++) {
		const struct ranked_pair *pair = &ranked[n];

		offer->pairs[n] = (struct offer_pair){.fourcc = pair->fourcc, .modifier = pair->modifier};
		offer->places[pair->place] =
			(struct offer_place){.fourcc = pair->fourcc, .index = n, .modifier = pair->modifier};
	}
	offer->pair_count = (uint32_t)count;
	return 0;
}

/* What earlier tranches of the same device and flags have. */
static void mark_told(const struct cen_offer *offer, uint64_t device, bool *is_told)
{
	for (size_t n = 0; n < offer->tranche_count; n++) {
		const struct offer_tranche *tranche = &offer->tranches[n];

		for (size_t i = 0; tranche->is_scanout && tranche->device == device && i < tranche->count; i++)
			is_told[tranche->indices[i]] = true;
	}
}

/* Append to the last tranche where it is of the same device, otherwise make a new one. Takes the indices. */
static int append_indices(struct cen_offer *offer, uint64_t device, uint16_t *indices, size_t count)
{
	struct offer_tranche *last = offer->tranche_count ? &offer->tranches[offer->tranche_count - 1] : NULL;
	uint16_t *all;

	if (!last || last->device != device) {
		offer->tranches[offer->tranche_count++] = (struct offer_tranche){
			.device = device, .is_scanout = true, .indices = indices, .count = count};
		return 0;
	}
	/* Each pair is in there once: the sum is not more than the table has. */
	all = reallocarray(last->indices, last->count + count, sizeof(*all));
	if (all) {
		memcpy(all + last->count, indices, count * sizeof(*all));
		last->indices = all;
		last->count += count;
	}
	free(indices);
	return all ? 0 : -ENOMEM;
}

static int add_plane(struct cen_offer *offer, const struct cen_offer_plane *plane, struct cen_error **err)
{
	_cleanup_free_ struct ranked_pair *ranked = NULL;
	_cleanup_free_ bool *is_told = NULL;
	_cleanup_free_ uint16_t *indices = NULL;
	size_t count, used = 0;

	ranked = collect_pairs(plane->scanout, &count);
	is_told = calloc(offer->pair_count, sizeof(*is_told));
	indices = calloc(offer->pair_count, sizeof(*indices));
	if (!ranked || !is_told || !indices)
		return _cen_error_no_memory(err);
	sort_pairs(ranked, count);
	mark_told(offer, plane->device, is_told);
	for (size_t n = 0; n < count; n++) {
		const struct offer_place *place = find_place(offer, ranked[n].fourcc, ranked[n].modifier);

		if (place && !is_told[place->index])
			indices[used++] = (uint16_t)place->index;
	}
	if (used && append_indices(offer, plane->device, STEAL(indices), used) < 0)
		return _cen_error_no_memory(err);
	return 0;
}

/* The renderer's tranche, the last: the whole table. */
static int add_renderer(struct cen_offer *offer, struct cen_error **err)
{
	struct offer_tranche *tranche = &offer->tranches[offer->tranche_count];

	*tranche = (struct offer_tranche){.device = offer->main_device, .count = offer->pair_count};
	tranche->indices = calloc(offer->pair_count, sizeof(*tranche->indices));
	if (!tranche->indices)
		return _cen_error_no_memory(err);
	for (uint32_t n = 0; n < offer->pair_count; n++)
		tranche->indices[n] = (uint16_t)n;
	offer->tranche_count++;
	return 0;
}

/* pwrite(): the file's position stays 0 for whoever reads it. */
static int write_table(int fd, const struct cen_offer *offer)
{
	const char *data = (const char *)offer->pairs;
	size_t size = offer->pair_count * sizeof(*offer->pairs), done = 0;

	while (done < size) {
		ssize_t bytes = pwrite(fd, data + done, size - done, (off_t)done);

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes <= 0)
			return bytes < 0 ? -errno : -EIO;
		done += (size_t)bytes;
	}
	return 0;
}

static int make_table(struct cen_offer *offer, struct cen_error **err)
{
	const char *call = "memfd_create";
	int ret = 0;

	offer->table_fd = memfd_create("format-table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (offer->table_fd < 0) {
		ret = -errno;
	} else {
		call = "pwrite";
		ret = write_table(offer->table_fd, offer);
	}
	if (ret == 0 &&
	    fcntl(offer->table_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
		call = "fcntl";
		ret = -errno;
	}
	if (ret < 0)
		return _cen_error_set(err, CEN_ERROR_SYSTEM, -ret, &(struct error_facts){.call = call},
				      "the file for the format table of %u entries: %s: %s", offer->pair_count, call,
				      strerror(-ret));
	return 0;
}

static int check_desc(const struct cen_offer_desc *desc, struct cen_error **err)
{
	if (desc->size < DESC_SIZE_V1)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "offer: size is %zu, less than %zu",
				      desc->size, DESC_SIZE_V1);
	if (!desc->main_device)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "offer: there is no main device");
	if (!desc->renderer)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "offer: the renderer has no capabilities");
	if (desc->plane_count > MAX_OFFER_PLANES || (desc->plane_count && !desc->planes))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "offer: %zu planes: NULL, or more than the bound of %u", desc->plane_count,
				      MAX_OFFER_PLANES);
	for (size_t n = 0; n < desc->plane_count; n++) {
		if (!desc->planes[n].device || !desc->planes[n].scanout)
			return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
					      "offer: plane %zu has no device or no capabilities", n);
	}
	return 0;
}

int cen_offer_create(const struct cen_offer_desc *desc, struct cen_offer **out, struct cen_error **err)
{
	_cleanup_(offer_cleanup) struct cen_offer *offer = NULL;
	int ret;

	*out = NULL;
	ret = check_desc(desc, err);
	if (ret < 0)
		return ret;
	offer = calloc(1, sizeof(*offer));
	if (!offer)
		return _cen_error_no_memory(err);
	atomic_init(&offer->refs, 1);
	offer->main_device = desc->main_device;
	offer->table_fd = -1;
	ret = fill_pairs(offer, desc->renderer, err);
	for (size_t n = 0; ret == 0 && n < desc->plane_count; n++)
		ret = add_plane(offer, &desc->planes[n], err);
	if (ret == 0)
		ret = add_renderer(offer, err);
	if (ret == 0)
		ret = make_table(offer, err);
	if (ret < 0)
		return ret;
	*out = STEAL(offer);
	return 0;
}

int cen_offer_get_table(const struct cen_offer *offer, uint32_t *size)
{
	*size = offer->pair_count * (uint32_t)sizeof(struct offer_pair);
	return offer->table_fd;
}

uint64_t cen_offer_get_main_device(const struct cen_offer *offer)
{
	return offer->main_device;
}

size_t cen_offer_get_tranche_count(const struct cen_offer *offer)
{
	return offer->tranche_count;
}

int cen_offer_get_tranche(const struct cen_offer *offer, size_t index, uint32_t version, struct cen_offer_tranche *out)
{
	const struct offer_tranche *tranche = &offer->tranches[index < offer->tranche_count ? index : 0];
	struct cen_offer_tranche own = {
		.size = sizeof(own),
		.device = tranche->device,
		.indices = tranche->indices,
		.index_count = tranche->count,
	};

	if (index >= offer->tranche_count)
		return -EINVAL;
	if (tranche->is_scanout)
		own.flags = CEN_TRANCHE_SCANOUT;
	else if (version >= 6)
		own.flags = CEN_TRANCHE_SAMPLING;
	return _cen_copy_sized(out, out->size, &own, sizeof(own), sizeof(own)) < 0 ? -EINVAL : 0;
}

size_t cen_offer_get_pair_count(const struct cen_offer *offer)
{
	return offer->pair_count;
}

int cen_offer_get_pair(const struct cen_offer *offer, size_t index, uint32_t *fourcc, uint64_t *modifier)
{
	if (index >= offer->pair_count)
		return -EINVAL;
	*fourcc = offer->pairs[index].fourcc;
	*modifier = offer->pairs[index].modifier;
	return 0;
}

bool cen_offer_has_pair(const struct cen_offer *offer, uint32_t fourcc, uint64_t modifier)
{
	return find_place(offer, fourcc, modifier) != NULL;
}

bool _cen_offer_has_format(const struct cen_offer *offer, uint32_t fourcc)
{
	size_t low = 0, high = offer->pair_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (offer->places[middle].fourcc < fourcc)
			low = middle + 1;
		else
			high = middle;
	}
	return low < offer->pair_count && offer->places[low].fourcc == fourcc;
}

static bool is_same_tranche(const struct offer_tranche *a, const struct offer_tranche *b)
{
	return a->device == b->device && a->is_scanout == b->is_scanout && a->count == b->count &&
	       memcmp(a->indices, b->indices, a->count * sizeof(*a->indices)) == 0;
}

bool cen_offer_is_equal(const struct cen_offer *a, const struct cen_offer *b)
{
	if (a->main_device != b->main_device || a->pair_count != b->pair_count ||
	    a->tranche_count != b->tranche_count || memcmp(a->pairs, b->pairs, a->pair_count * sizeof(*a->pairs)) != 0)
		return false;
	for (size_t n = 0; n < a->tranche_count; n++) {
		if (!is_same_tranche(&a->tranches[n], &b->tranches[n]))
			return false;
	}
	return true;
}
