/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What machines, pools, sources and devices are: two recorded documents, member by member. */
#include "diff.h"

#include <stdio.h>
#include <string.h>

#include "clean.h"

struct json_object *diff_add(struct diff *diff, struct json_object *to, const char *key, struct json_object *value)
{
	int ret = -1;

	if (to && value)
		ret = key ? json_object_object_add(to, key, value) : json_object_array_add(to, value);
	if (ret == 0)
		return value;
	json_object_put(value);
	diff->has_no_memory = true;
	return NULL;
}

void diff_add_text(struct diff *diff, struct json_object *to, const char *key, const char *text)
{
	_cleanup_free_ char *copy = text ? strdup(text) : NULL;

	if (text)
		diff_add(diff, to, key, copy ? json_object_new_string(clean_text(copy)) : NULL);
	else if (!to || json_object_object_add(to, key, NULL) < 0)
		diff->has_no_memory = true;
}

struct json_object *diff_get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	return object && json_object_object_get_ex(object, key, &value) ? value : NULL;
}

const char *diff_get_text(struct json_object *object, const char *key)
{
	struct json_object *value = diff_get(object, key);

	return value ? json_object_get_string(value) : NULL;
}

/* A value in words: strings as they are, lists with commas. NULL stays NULL. The caller frees. */
static char *say(struct json_object *value)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (!value || !json_object_is_type(value, json_type_array))
		return value ? strdup(json_object_get_string(value)) : NULL;
	out = open_memstream(&text, &size);
	for (size_t i = 0; out && i < json_object_array_length(value); i++)
		fprintf(out, "%s%s", i ? ", " : "", json_object_get_string(json_object_array_get_idx(value, i)));
	if (out)
		fclose(out);
	return text;
}

static bool is_skipped(const char *const *skipped, const char *key)
{
	for (; *skipped; skipped++) {
		if (strcmp(*skipped, key) == 0)
			return true;
	}
	return false;
}

/* list is made when the first fact is found. */
static void add_fact(struct diff *diff, struct json_object *to, const char *key, struct json_object *a,
		     struct json_object *b)
{
	_cleanup_free_ char *old = say(a);
	_cleanup_free_ char *new = say(b);
	struct json_object *list = diff_get(to, "facts"), *fact;

	if (!list)
		list = diff_add(diff, to, "facts", json_object_new_array());
	fact = diff_add(diff, list, NULL, json_object_new_object());
	diff_add_text(diff, fact, "what", key);
	diff_add_text(diff, fact, "a", old);
	diff_add_text(diff, fact, "b", new);
	diff->has_no_memory = diff->has_no_memory || (a && !old) || (b && !new);
}

void diff_members(struct diff *diff, struct json_object *to, struct json_object *a, struct json_object *b,
		  const char *const *skipped)
{
	json_object_object_foreach(a, key, value)
	{
		struct json_object *other = diff_get(b, key);

		if (!is_skipped(skipped, key) && !json_object_equal(value, other))
			add_fact(diff, to, key, value, other);
	}
	json_object_object_foreach(b, new_key, new_value)
	{
		if (!is_skipped(skipped, new_key) && !diff_get(a, new_key))
			add_fact(diff, to, new_key, NULL, new_value);
	}
}

static struct json_object *find_named(struct json_object *list, const char *name)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (strcmp(diff_get_text(item, "name"), name) == 0)
			return item;
	}
	return NULL;
}

/* One that is on one side only. */
static void add_whole(struct diff *diff, struct json_object *list, struct json_object *item, const char *change)
{
	struct json_object *entry = diff_add(diff, list, NULL, json_object_new_object());

	diff_add_text(diff, entry, "name", diff_get_text(item, "name"));
	diff_add_text(diff, entry, "change", change);
}

/* The layouts of a source as single words: "NV12 0x0800000000000051". */
static struct json_object *list_layouts(struct diff *diff, struct json_object *source)
{
	struct json_object *set = json_object_new_object(), *products = diff_get(source, "formats");

	for (size_t i = 0; set && products && i < json_object_array_length(products); i++) {
		struct json_object *product = json_object_array_get_idx(products, i);
		struct json_object *formats = diff_get(product, "formats"), *modifiers = diff_get(product, "modifiers");

		for (size_t f = 0; f < json_object_array_length(formats); f++) {
			for (size_t m = 0; m < json_object_array_length(modifiers); m++) {
				char word[64];

				snprintf(word, sizeof(word), "%s %s",
					 json_object_get_string(json_object_array_get_idx(formats, f)),
					 json_object_get_string(json_object_array_get_idx(modifiers, m)));
				diff_add(diff, set, word, json_object_new_boolean(true));
			}
		}
	}
	diff->has_no_memory = diff->has_no_memory || !set;
	return set;
}

/* A list of those that the other does not have; NULL where there are none. */
static struct json_object *list_missing(struct diff *diff, struct json_object *set, struct json_object *other)
{
	struct json_object *list = json_object_new_array();

	json_object_object_foreach(set, key, value)
	{
		(void)value;
		if (!diff_get(other, key))
			diff_add_text(diff, list, NULL, key);
	}
	if (list && json_object_array_length(list))
		return list;
	json_object_put(list);
	return NULL;
}

static void diff_layouts(struct diff *diff, struct json_object *entry, struct json_object *a, struct json_object *b)
{
	struct json_object *old = list_layouts(diff, a), *new = list_layouts(diff, b);
	struct json_object *gone = old && new ? list_missing(diff, old, new) : NULL;
	struct json_object *come = old && new ? list_missing(diff, new, old) : NULL;

	if (gone || come)
		add_fact(diff, entry, "formats", gone, come);
	json_object_put(gone);
	json_object_put(come);
	json_object_put(old);
	json_object_put(new);
}

static void diff_named(struct diff *diff, const char *key)
{
	static const char *const skipped[] = {"name", "formats", NULL};
	struct json_object *list = diff_add(diff, diff->document, key, json_object_new_array());
	struct json_object *a = diff_get(diff->a.record, key), *b = diff_get(diff->b.record, key);

	for (size_t i = 0; i < json_object_array_length(a); i++) {
		struct json_object *item = json_object_array_get_idx(a, i), *entry;
		struct json_object *other = find_named(b, diff_get_text(item, "name"));

		if (!other) {
			add_whole(diff, list, item, "removed");
			continue;
		}
		entry = json_object_new_object();
		diff_add_text(diff, entry, "name", diff_get_text(item, "name"));
		diff_add_text(diff, entry, "change", "changed");
		diff_members(diff, entry, item, other, skipped);
		diff_layouts(diff, entry, item, other);
		if (diff_get(entry, "facts"))
			diff_add(diff, list, NULL, entry);
		else
			json_object_put(entry);
	}
	for (size_t i = 0; i < json_object_array_length(b); i++) {
		struct json_object *item = json_object_array_get_idx(b, i);

		if (!find_named(a, diff_get_text(item, "name")))
			add_whole(diff, list, item, "added");
	}
}

void diff_facts(struct diff *diff)
{
	static const char *const skipped[] = {"name", "title", "notes", "pools", "sources", "devices", NULL};
	struct json_object *machine = diff_add(diff, diff->document, "machine", json_object_new_object());

	diff_members(diff, machine, diff->a.record, diff->b.record, skipped);
	diff_named(diff, "pools");
	diff_named(diff, "sources");
}
