/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The parts of the reader of quirks. Each returns 0, or -EINVAL (CEN_ERROR_SYNTAX) or -ENOMEM with the error set. */
#pragma once

#include "arena.h"
#include "json-text.h"
#include "quirk.h"

struct quirk_reader {
	const struct json_text *json;
	struct arena *arena; /* of what is read */
	struct cen_error **err;
};

/* Refuse what is at a place. */
#define _cen_quirk_refuse(reader, place, ...) _cen_json_fail((reader)->json, place, (reader)->err, __VA_ARGS__)

/* Text of at most max bytes, copied into the arena. */
int _cen_quirk_read_text(const struct quirk_reader *reader, const struct json_place *place, size_t max,
			 const char **out);

/* The length of a list that is there: 1 to max. 0 where there is none. */
int _cen_quirk_read_count(const struct quirk_reader *reader, const struct json_place *place, size_t max, size_t *count);

/* A list of quirks, of a file of them or of a machine file; *out is empty where there is none. Its arena is not set. */
int _cen_quirk_read_list(const struct quirk_reader *reader, const struct json_place *list, struct quirk_file *out);

/* The member "match". */
int _cen_quirk_read_match(const struct quirk_reader *reader, const struct json_place *place, struct quirk_match *out);

/* The members "add" and "set", which need not be there: an object of constraints. note is that of all of them. */
int _cen_quirk_read_constraints(const struct quirk_reader *reader, const struct json_place *place, const char *note,
				struct quirk_constraints *out);

/* The member "remove", which need not be there: names of constraints, as slots. */
int _cen_quirk_read_slots(const struct quirk_reader *reader, const struct json_place *place, uint64_t *out);
