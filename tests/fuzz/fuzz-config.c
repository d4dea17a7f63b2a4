/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Configuration files: any bytes. What is taken keeps its bounds, what is refused leaves nothing. */

#include "config.h"
#include "fuzz.h"
#include "map.h"

static void check_region(const struct config_region *region)
{
	FUZZ_CHECK(region->name[0] && strlen(region->name) <= CEN_MAP_MAX_WORD && region->bytes > 0);
	FUZZ_CHECK((region->alignment & (region->alignment - 1)) == 0);
	FUZZ_CHECK(region->has_start || region->start == 0);
	FUZZ_CHECK(!region->alignment || region->start % region->alignment == 0);
	FUZZ_CHECK(strncmp(region->place, "/f:", 3) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size);
	struct config_regions regions = {0};
	struct cen_map *map = NULL, *again = NULL;
	struct cen_error *err = NULL;
	int ret = _cen_config_parse("/f", text, size, &regions, &map, &err);

	FUZZ_CHECK((ret == 0) == (err == NULL));
	if (err) {
		FUZZ_CHECK(regions.count == 0 && !map && cen_error_get_code(err) == CEN_ERROR_SYNTAX);
		FUZZ_CHECK(strncmp(cen_error_get_message(err), "/f:", 3) == 0);
	}
	for (size_t i = 0; i < regions.count; i++)
		check_region(&regions.items[i]);
	if (map) {
		FUZZ_CHECK(cen_map_get_rule_count(map) > 0);
		FUZZ_CHECK(cen_map_parse(cen_map_to_string(map), &again, NULL) == 0);
		FUZZ_CHECK(strcmp(cen_map_to_string(map), cen_map_to_string(again)) == 0);
	}
	cen_map_unref(again);
	cen_map_unref(map);
	cen_error_destroy(err);
	_cen_config_regions_finish(&regions);
	free(text);
	return 0;
}
