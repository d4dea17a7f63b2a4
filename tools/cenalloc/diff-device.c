/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which device of one machine is which of the other, and how they differ. */
#include <errno.h>
#include <string.h>

#include "diff.h"

/* A device as it is recorded, and as it is asked. */
struct place {
	struct json_object *record;
	const struct cen_device *device;
	struct place *other; /* NULL: it is on this side only */
};

struct places {
	struct place *items;
	size_t count;
};

static void places_cleanup(struct places *places)
{
	free(places->items);
}

/* The recorded devices are those of the machine in their order, without the CPU. Returns 0 or -ENOMEM. */
static int list_places(const struct diff_side *side, struct places *places)
{
	struct json_object *devices = diff_get(side->record, "devices");
	size_t count = json_object_array_length(devices);
	const struct cen_device *device;

	places->items = calloc(count ? count : 1, sizeof(*places->items));
	if (!places->items)
		return -ENOMEM;
	for (size_t i = 0; places->count < count && (device = cen_machine_get_device(side->machine, i)); i++) {
		if (strcmp(cen_device_get_path(device), "cpu") == 0)
			continue;
		places->items[places->count] =
			(struct place){.record = json_object_array_get_idx(devices, places->count), .device = device};
		places->count++;
	}
	return 0;
}

static bool is_same_text(const struct place *a, const struct place *b, const char *key)
{
	const char *one = diff_get_text(a->record, key), *two = diff_get_text(b->record, key);

	return one == two || (one && two && strcmp(one, two) == 0);
}

/* How surely two are one device: the numbers of nodes change from boot to boot, names do from kernel to kernel. */
static bool is_alike(const struct place *a, const struct place *b, int round)
{
	if (!is_same_text(a, b, "backend"))
		return false;
	switch (round) {
	case 0:
		return is_same_text(a, b, "path") && is_same_text(a, b, "name") && is_same_text(a, b, "driver");
	case 1:
		return is_same_text(a, b, "path") && is_same_text(a, b, "name");
	case 2:
		return is_same_text(a, b, "name") && is_same_text(a, b, "driver");
	default:
		return is_same_text(a, b, "path") && is_same_text(a, b, "usages");
	}
}

static void pair_places(struct places *a, struct places *b)
{
	for (int round = 0; round < 4; round++) {
		for (size_t i = 0; i < a->count; i++) {
			for (size_t n = 0; n < b->count && !a->items[i].other; n++) {
				if (b->items[n].other || !is_alike(&a->items[i], &b->items[n], round))
					continue;
				a->items[i].other = &b->items[n];
				b->items[n].other = &a->items[i];
			}
		}
	}
}

static struct json_object *create_entry(struct diff *diff, const struct place *place, const char *change)
{
	struct json_object *entry = json_object_new_object();

	diff->has_no_memory = diff->has_no_memory || !entry;
	diff_add_text(diff, entry, "path", diff_get_text(place->record, "path"));
	diff_add_text(diff, entry, "name", diff_get_text(place->record, "name"));
	diff_add_text(diff, entry, "backend", diff_get_text(place->record, "backend"));
	diff_add_text(diff, entry, "change", change);
	return entry;
}

static int compare_places(struct diff *diff, const struct place *a, struct json_object *list)
{
	/* How to get access depends on who asks. */
	static const char *const skipped[] = {"access-help", NULL};
	struct json_object *entry = create_entry(diff, a, "changed");
	int ret;

	diff_members(diff, entry, a->record, a->other->record, skipped);
	ret = diff_usages(diff, entry, a->device, a->other->device);
	if (diff_get(entry, "facts") || diff_get(entry, "usages"))
		diff_add(diff, list, NULL, entry);
	else
		json_object_put(entry);
	return ret;
}

int diff_devices(struct diff *diff)
{
	_cleanup_(places_cleanup) struct places a = {0};
	_cleanup_(places_cleanup) struct places b = {0};
	struct json_object *list = diff_add(diff, diff->document, "devices", json_object_new_array());
	int ret = list_places(&diff->a, &a);

	if (ret == 0)
		ret = list_places(&diff->b, &b);
	if (ret == 0)
		pair_places(&a, &b);
	for (size_t i = 0; ret == 0 && i < a.count; i++) {
		if (a.items[i].other)
			ret = compare_places(diff, &a.items[i], list);
		else
			diff_add(diff, list, NULL, create_entry(diff, &a.items[i], "removed"));
	}
	for (size_t i = 0; ret == 0 && i < b.count; i++) {
		if (!b.items[i].other)
			diff_add(diff, list, NULL, create_entry(diff, &b.items[i], "added"));
	}
	return ret;
}
