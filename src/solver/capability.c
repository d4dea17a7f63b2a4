/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Capability sets: alternatives sorted by fourcc and modifier, with shared constraint sets. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <drm_fourcc.h>

#include <cenalloc/format.h>

#include "capability.h"
#include "error.h"
#include "util.h"

/* As many sets are looked at for one that is there already. */
#define RECENT_SETS 4

/* Added to the preference of a number that a device did not list itself: more than any driver lists. */
#define BEHIND_ALL 256u

int cen_capabilities_create(struct cen_capabilities **out)
{
	struct cen_capabilities *caps = calloc(1, sizeof(*caps));

	*out = caps;
	if (!caps)
		return -ENOMEM;
	atomic_init(&caps->refs, 1);
	atomic_init(&caps->is_frozen, false);
	return 0;
}

struct cen_capabilities *cen_capabilities_ref(struct cen_capabilities *caps)
{
	atomic_fetch_add_explicit(&caps->refs, 1, memory_order_relaxed);
	return caps;
}

void cen_capabilities_unref(struct cen_capabilities *caps)
{
	if (!caps || atomic_fetch_sub_explicit(&caps->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < caps->set_count; i++)
		free(caps->sets[i]);
	free(caps->sets);
	free(caps->entries);
	free(caps);
}

void _cen_capabilities_freeze(struct cen_capabilities *caps)
{
	atomic_store(&caps->is_frozen, true);
}

static bool is_after(const struct capability_entry *entry, uint32_t fourcc, uint64_t modifier)
{
	return entry->fourcc > fourcc || (entry->fourcc == fourcc && entry->modifier > modifier);
}

/* The first entry behind all that have this fourcc and modifier or smaller ones. */
static size_t find_end(const struct cen_capabilities *caps, uint32_t fourcc, uint64_t modifier)
{
	size_t low = 0, high = caps->count;

	/* Most callers add in order. */
	if (high && !is_after(&caps->entries[high - 1], fourcc, modifier))
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_after(&caps->entries[middle], fourcc, modifier))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void _cen_capabilities_find(const struct cen_capabilities *caps, uint32_t fourcc, size_t *first, size_t *end)
{
	size_t low = 0, high = caps->count, step = 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (caps->entries[middle].fourcc < fourcc)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	/* A format has few entries as a rule: the steps grow from 1, and are halved again. */
	while (low + step <= caps->count && caps->entries[low + step - 1].fourcc == fourcc) {
		low += step;
		step *= 2;
	}
	for (; step; step /= 2) {
		if (low + step <= caps->count && caps->entries[low + step - 1].fourcc == fourcc)
			low += step;
	}
	*end = low;
}

/* Fields that this version does not know must be zero: their meaning is not ours to ignore. */
static int check_size(const struct cen_capability *capability, struct cen_error **err)
{
	const unsigned char *bytes = (const unsigned char *)capability;

	if (capability->size < sizeof(*capability))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL, "capability: size is %zu, less than %zu",
				      capability->size, sizeof(*capability));
	for (size_t i = sizeof(*capability); i < capability->size; i++)
		if (bytes[i] != 0)
			return _cen_error_set(err, CEN_ERROR_UNKNOWN_FLAG, EINVAL, NULL,
					      "capability: byte %zu is 0x%02x; this version knows %zu bytes", i,
					      bytes[i], sizeof(*capability));
	return 0;
}

static int check(const struct cen_capabilities *caps, const struct cen_capability *capability, struct cen_error **err)
{
	char letters[8];
	int ret;

	if (atomic_load(&caps->is_frozen))
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EBUSY, NULL,
				      "the capability set is in use and takes no more alternatives");
	ret = check_size(capability, err);
	if (ret < 0)
		return ret;
	if (!cen_format_get_info(capability->fourcc))
		return _cen_error_set(err, CEN_ERROR_UNKNOWN_FORMAT, EINVAL, NULL,
				      "capability: the format %s (0x%08" PRIx32 ") is unknown",
				      cen_format_to_string(capability->fourcc, letters), capability->fourcc);
	if (capability->constraint_count && !capability->constraints)
		return _cen_error_set(err, CEN_ERROR_ARGUMENT, EINVAL, NULL,
				      "capability: constraints is NULL, with a count of %zu",
				      capability->constraint_count);
	return 0;
}

/*
 * A set that the new one equals: of the last that came, or the neighbours of its place. Modifiers that a device treats
 * alike alternate with others, so that the last one alone is not enough: a solve would wait for memory most of its time.
 */
static const struct constraint_set *find_equal(const struct cen_capabilities *caps, size_t place,
					       const struct constraint_set *set)
{
	for (size_t i = caps->set_count; i-- > 0 && i + RECENT_SETS >= caps->set_count;) {
		if (_cen_constraint_set_equal(caps->sets[i], set))
			return caps->sets[i];
	}
	if (place > 0 && _cen_constraint_set_equal(caps->entries[place - 1].set, set))
		return caps->entries[place - 1].set;
	if (place < caps->count && _cen_constraint_set_equal(caps->entries[place].set, set))
		return caps->entries[place].set;
	return NULL;
}

static void insert(struct cen_capabilities *caps, size_t place, const struct capability_entry *entry)
{
	memmove(&caps->entries[place + 1], &caps->entries[place], (caps->count - place) * sizeof(*caps->entries));
	caps->entries[place] = *entry;
	caps->count++;
}

/*
 * NVIDIA's block-linear layout of the generic page kind has an older number, without a kind. drm_fourcc.h has drivers
 * take the old one for the new one; the other way round nothing is said, and display drivers of Tegra know the old one
 * only. So who lists the new number takes the old one, too, and two devices that list one each have it in common.
 */
static bool find_older(uint64_t modifier, uint64_t *older)
{
	if (modifier >> 56 != DRM_FORMAT_MOD_VENDOR_NVIDIA)
		return false;
	*older = modifier & ~(UINT64_C(0xff) << 12);
	return *older != modifier && drm_fourcc_canonicalize_nvidia_format_mod(*older) == modifier;
}

/* Whether the device has the same alternative under this number already. */
static bool has_entry(const struct cen_capabilities *caps, size_t end, const struct capability_entry *entry)
{
	while (end > 0 && caps->entries[end - 1].fourcc == entry->fourcc &&
	       caps->entries[end - 1].modifier == entry->modifier) {
		if (caps->entries[--end].set == entry->set)
			return true;
	}
	return false;
}

/* There is room for one entry more. */
static void add_older(struct cen_capabilities *caps, struct capability_entry entry)
{
	size_t place;

	if (!find_older(entry.modifier, &entry.modifier))
		return;
	place = find_end(caps, entry.fourcc, entry.modifier);
	if (__builtin_add_overflow(entry.preference, BEHIND_ALL, &entry.preference))
		entry.preference = UINT32_MAX;
	if (!has_entry(caps, place, &entry))
		insert(caps, place, &entry);
}

int cen_capabilities_add(struct cen_capabilities *caps, const struct cen_capability *capability, struct cen_error **err)
{
	struct capability_entry entry = {
		.fourcc = capability->fourcc, .preference = capability->preference, .modifier = capability->modifier};
	_cleanup_free_ struct constraint_set *set = NULL;
	size_t place;
	int ret;

	ret = check(caps, capability, err);
	if (ret < 0)
		return ret;
	ret = _cen_constraint_set_create(capability->constraints, capability->constraint_count, &set, err);
	if (ret < 0)
		return ret;
	if (_cen_grow(&caps->entries, &caps->capacity, caps->count + 1, sizeof(*caps->entries)) < 0 ||
	    _cen_grow(&caps->sets, &caps->set_capacity, caps->set_count, sizeof(void *)) < 0)
		return _cen_error_no_memory(err);

	place = find_end(caps, entry.fourcc, entry.modifier);
	entry.set = find_equal(caps, place, set);
	if (!entry.set) {
		entry.set = set;
		caps->sets[caps->set_count++] = STEAL(set);
	}
	insert(caps, place, &entry);
	add_older(caps, entry);
	return 0;
}

int _cen_capabilities_add_set(struct cen_capabilities *caps, const struct cen_constraint *constraints, size_t count,
			      const struct constraint_set **out, struct cen_error **err)
{
	struct constraint_set *set;
	int ret;

	*out = NULL;
	if (_cen_grow(&caps->sets, &caps->set_capacity, caps->set_count, sizeof(void *)) < 0)
		return _cen_error_no_memory(err);
	ret = _cen_constraint_set_create(constraints, count, &set, err);
	if (ret < 0)
		return ret;
	caps->sets[caps->set_count++] = set;
	*out = set;
	return 0;
}

int _cen_capabilities_append(struct cen_capabilities *caps, const struct capability_entry *entry)
{
	if (_cen_grow(&caps->entries, &caps->capacity, caps->count, sizeof(*caps->entries)) < 0)
		return -ENOMEM;
	caps->entries[caps->count++] = *entry;
	return 0;
}

size_t cen_capabilities_get_count(const struct cen_capabilities *caps)
{
	return caps->count;
}

int cen_capabilities_get(const struct cen_capabilities *caps, size_t index, struct cen_capability *out)
{
	const struct capability_entry *entry;
	struct cen_capability known;

	if (index >= caps->count)
		return -EINVAL;
	entry = &caps->entries[index];
	known = (struct cen_capability){
		.fourcc = entry->fourcc,
		.preference = entry->preference,
		.modifier = entry->modifier,
		.constraints = entry->set->items,
		.constraint_count = entry->set->count,
	};
	return _cen_copy_sized(out, out->size, &known, sizeof(known), sizeof(known)) < 0 ? -EINVAL : 0;
}
