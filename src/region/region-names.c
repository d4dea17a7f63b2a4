/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A chunk from the first that can of several regions. */
#include <errno.h>
#include <inttypes.h>

#include "context.h"
#include "error.h"
#include "machine.h"
#include "region.h"
#include "util.h"

/* What the regions so far said: the first failure, and whether one was only full. */
struct refusals {
	struct cen_error *first;
	int ret;
	uint64_t largest; /* free piece of those that are full */
	bool is_any_full;
};

static void refusals_finish(struct refusals *refusals)
{
	cen_error_destroy(refusals->first);
}

static void note_refusal(struct refusals *refusals, int ret, struct cen_error *err)
{
	if (err && ret == -ENOMEM && cen_error_get_code(err) == CEN_ERROR_ALLOCATION) {
		uint64_t held = cen_error_get_held(err);

		refusals->is_any_full = true;
		refusals->largest = held > refusals->largest ? held : refusals->largest;
	}
	if (!refusals->ret) {
		refusals->ret = ret;
		refusals->first = STEAL(err);
	}
	cen_error_destroy(err);
}

/* A reference, so that it cannot go away meanwhile. */
static int find(struct cen_machine *machine, const char *name, struct cen_region **out, struct cen_error **err)
{
	_cleanup_context_lock_ struct cen_context *lock = _cen_context_lock(machine->ctx);
	int ret = cen_machine_find_region(machine, name, out, err);

	if (ret == 0)
		cen_region_ref(*out);
	return ret;
}

static int try_region(struct cen_machine *machine, const char *name, uint64_t bytes, uint64_t alignment,
		      struct cen_chunk *out, struct cen_error **err)
{
	_cleanup_region_ struct cen_region *region = NULL;
	int ret = find(machine, name, &region, err);

	return ret < 0 ? ret : cen_region_alloc(region, bytes, alignment, out, err);
}

static int check_names(const char *names, struct cen_error **err)
{
	const char *rest = names ? names : "";

	for (;; rest++) {
		size_t length = strcspn(rest, ",");

		if (!length)
			return _cen_error_set(err, CEN_ERROR_SYNTAX, EINVAL, NULL,
					      "regions \"%s\": the name at column %zu is empty", names ? names : "",
					      (size_t)(names ? rest - names : 0) + 1);
		rest += length;
		if (!*rest)
			return 0;
	}
}

static int report(struct refusals *refusals, const char *names, uint64_t bytes, struct cen_error **err)
{
	if (refusals->is_any_full)
		return _cen_error_set(
			err, CEN_ERROR_ALLOCATION, ENOMEM,
			&(struct error_facts){.device = names, .wanted = bytes, .held = refusals->largest},
			"regions %s: %" PRIu64 " bytes wanted, the largest free piece has %" PRIu64, names, bytes,
			refusals->largest);
	if (err && !*err)
		*err = STEAL(refusals->first);
	return refusals->ret;
}

int cen_region_alloc_from(struct cen_machine *machine, const char *names, uint64_t bytes, uint64_t alignment,
			  struct cen_chunk *out, struct cen_error **err)
{
	_cleanup_(refusals_finish) struct refusals refusals = {0};
	_cleanup_free_ char *copy = NULL;
	char *rest, *name;
	int ret = check_names(names, err);

	if (ret < 0)
		return ret;
	copy = rest = strdup(names);
	if (!copy)
		return _cen_error_no_memory(err);
	while ((name = strsep(&rest, ","))) {
		struct cen_error *own = NULL;

		ret = try_region(machine, name, bytes, alignment, out, &own);
		if (ret == 0)
			return 0;
		note_refusal(&refusals, ret, own);
	}
	return report(&refusals, names, bytes, err);
}
