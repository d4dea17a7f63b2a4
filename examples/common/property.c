/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Finding, setting and restoring atomic KMS properties. */
#include "property.h"

#include <err.h>
#include <string.h>

#include <xf86drm.h>

#include "util.h"

int property_find(int fd, uint32_t object, const char *name, struct property *out)
{
	drmModeObjectProperties *all = drmModeObjectGetProperties(fd, object, DRM_MODE_OBJECT_ANY);
	int ret = -ENOENT;

	for (uint32_t i = 0; all && i < all->count_props && ret < 0; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, all->props[i]);

		if (property && strcmp(property->name, name) == 0) {
			*out = (struct property){all->props[i], property->flags, all->prop_values[i]};
			ret = 0;
		}
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(all);
	return ret;
}

int property_find_enum(int fd, uint32_t id, const char *name, uint64_t *value)
{
	drmModePropertyRes *property = drmModeGetProperty(fd, id);
	int ret = -ENOENT;

	for (int i = 0; property && i < property->count_enums; i++) {
		if (strcmp(property->enums[i].name, name) == 0) {
			*value = property->enums[i].value;
			ret = 0;
		}
	}
	drmModeFreeProperty(property);
	return ret;
}

/* A blob lives as long as a state refers to it: the old mode would be gone once another one is set. */
static void keep_blob(int fd, struct saved_property *saved)
{
	drmModePropertyBlobRes *blob = drmModeGetPropertyBlob(fd, (uint32_t)saved->value);
	uint32_t copy = 0;

	if (!blob)
		return;
	if (drmModeCreatePropertyBlob(fd, blob->data, blob->length, &copy) == 0) {
		saved->old_blob = (uint32_t)saved->value;
		saved->value = copy;
	}
	drmModeFreePropertyBlob(blob);
}

/* Returns 0 with *out set, which has id 0 where there is no such property, or -E2BIG. */
static int look_up(struct property_state *state, uint32_t object, const char *name, struct saved_property **out)
{
	struct property property = {0};

	for (size_t i = 0; i < state->count; i++) {
		*out = &state->saved[i];
		if ((*out)->object == object && strcmp((*out)->name, name) == 0)
			return 0;
	}
	if (state->count == MAX_SAVED)
		return -E2BIG;
	property_find(state->fd, object, name, &property);
	*out = &state->saved[state->count++];
	**out = (struct saved_property){.object = object, .id = property.id, .name = name, .value = property.value};
	if (property.flags & DRM_MODE_PROP_BLOB && property.value)
		keep_blob(state->fd, *out);
	return 0;
}

bool property_exists(struct property_state *state, uint32_t object, const char *name)
{
	struct saved_property *saved;

	return look_up(state, object, name, &saved) == 0 && saved->id;
}

int property_add(struct property_state *state, drmModeAtomicReq *request, uint32_t object, const char *name,
		 uint64_t value)
{
	struct saved_property *saved;
	int ret;

	ret = look_up(state, object, name, &saved);
	if (ret == 0 && !saved->id)
		ret = -ENOENT;
	if (ret == 0)
		ret = drmModeAtomicAddProperty(request, object, saved->id, value);
	if (ret < 0)
		warnx("property %s of KMS object %u: %s", name, object, strerror(-ret));
	return ret < 0 ? ret : 0;
}

int property_restore(struct property_state *state)
{
	drmModeAtomicReq *request;
	int ret = 0;

	if (state->count == 0)
		return 0;
	request = drmModeAtomicAlloc();
	for (size_t i = 0; request && i < state->count && ret >= 0; i++) {
		const struct saved_property *saved = &state->saved[i];

		if (!saved->id)
			continue;
		ret = drmModeAtomicAddProperty(request, saved->object, saved->id, saved->value);
	}
	if (!request)
		ret = -ENOMEM;
	if (ret >= 0)
		ret = drmModeAtomicCommit(state->fd, request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeAtomicFree(request);
	for (size_t i = 0; i < state->count; i++)
		if (state->saved[i].old_blob)
			drmModeDestroyPropertyBlob(state->fd, (uint32_t)state->saved[i].value);
	state->count = 0;
	return ret;
}
