/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Maps: the first line is a map, the others are names to look up, "DEVICE" or "DEVICE/TYPE". */

#include <errno.h>

#include "fuzz.h"
#include "map.h"

/* The rule that decides is the first with a pattern that says yes, and the match says what the trial says. */
static void check_lookup(const struct cen_map *map, const char *name, const char *type)
{
	struct cen_map_match match = {.size = sizeof(match)};
	struct cen_map_trial trial = {.size = sizeof(trial)};
	int ret = cen_map_lookup(map, &name, 1, type, &match);

	for (size_t r = 0; r < cen_map_get_rule_count(map); r++) {
		for (size_t p = 0; p < cen_map_get_pattern_count(map, r); p++) {
			int hit = cen_map_try_pattern(map, r, p, &name, 1, type, &trial);

			FUZZ_CHECK(hit == (trial.matched && trial.is_type_matched) && trial.device[0]);
			if (!hit)
				continue;
			FUZZ_CHECK(ret == 0 && match.rule == r && match.pattern == p && match.matched == name);
			FUZZ_CHECK(match.name_count == cen_map_get_name_count(map, r) && match.name_count > 0);
			return;
		}
	}
	FUZZ_CHECK(ret == -ENOENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size), *rest = text, *line = strsep(&rest, "\n");
	struct cen_map *map = NULL, *again = NULL;
	struct cen_error *err = NULL;
	int ret = cen_map_parse(line, &map, &err);

	FUZZ_CHECK((ret == 0) == (map != NULL) && (ret == 0) == (err == NULL));
	if (map) {
		FUZZ_CHECK(cen_map_parse(cen_map_to_string(map), &again, NULL) == 0);
		FUZZ_CHECK(_cen_map_equal(map, again) && strlen(cen_map_to_string(map)) <= strlen(line));
	}
	while (map && (line = strsep(&rest, "\n"))) {
		char *slash = strchr(line, '/');

		if (slash)
			*slash = '\0';
		check_lookup(map, line, slash ? slash + 1 : NULL);
	}
	cen_map_unref(again);
	cen_map_unref(map);
	cen_error_destroy(err);
	free(text);
	return 0;
}
