/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "region-try.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "args.h"

/* "4096", "20M". Strict: no sign, no space, nothing behind the unit. */
static bool parse_bytes(const char *text, uint64_t *out)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (!*end)
		return true;
	unit = strchr(units, *end);
	return unit && !end[1] && !__builtin_mul_overflow(*out, UINT64_C(1) << 10 * (unit - units + 1), out);
}

static int read_word(struct region_try *trial, const struct tool *tool, const char *word)
{
	const char *value = strchr(word, '=');

	if (value && strncmp(word, "source=", 7) == 0) {
		trial->desc.source = value + 1;
		return TOOL_DONE;
	}
	if (value && strncmp(word, "algorithm=", 10) == 0) {
		trial->desc.algorithm = value + 1;
		return TOOL_DONE;
	}
	if (!value || strncmp(word, "align=", 6) != 0)
		return args_fail(tool, "--try: '%s': align=N, source=S or algorithm=A is wanted", word);
	if (parse_bytes(value + 1, &trial->desc.alignment))
		return TOOL_DONE;
	return args_fail(tool, "--try: '%s': a number of bytes is wanted, as in 4096, 64K or 20M", word);
}

int region_try_read(struct region_try *trial, const struct tool *tool, const char *text)
{
	char *rest, *word, *bytes;

	region_try_finish(trial);
	trial->text = rest = strdup(text);
	if (!trial->text) {
		args_complain(tool, "out of memory");
		return TOOL_MACHINE_FAILED;
	}
	trial->desc = (struct cen_region_desc)CEN_REGION_DESC_INIT;
	word = strsep(&rest, ",");
	bytes = strchr(word, '=');
	if (!bytes || bytes == word)
		return args_fail(tool, "--try %s: NAME=BYTES is wanted, as in camera=20M", text);
	*bytes++ = '\0';
	trial->desc.name = word;
	if (!parse_bytes(bytes, &trial->desc.bytes))
		return args_fail(tool, "--try: '%s': a number of bytes is wanted, as in 4096, 64K or 20M", bytes);
	while ((word = strsep(&rest, ","))) {
		int status = read_word(trial, tool, word);

		if (status != TOOL_DONE)
			return status;
	}
	return TOOL_DONE;
}

/* Make it of the first source that takes it where none is named. The first failure is told. */
static int make_region(struct region_try *trial, const struct tool *tool)
{
	_cleanup_error_ struct cen_error *err = NULL;
	const struct cen_source *source;
	int ret = -ENODEV;

	if (trial->desc.source)
		ret = cen_region_create(tool->machine, &trial->desc, &trial->region, &err);
	for (size_t n = 0; !trial->desc.source && ret < 0; n++) {
		struct cen_region_desc desc = trial->desc;
		struct cen_source_info info = {.size = sizeof(info)};

		source = cen_machine_get_source(tool->machine, n);
		if (!source)
			break;
		if (cen_source_get_info(source, &info) < 0 || info.access)
			continue;
		desc.source = info.name;
		ret = cen_region_create(tool->machine, &desc, &trial->region, &err);
	}
	if (ret == 0)
		return TOOL_DONE;
	if (err)
		return args_report(tool, ret, err);
	args_complain(tool, "no source of memory on this machine is open to this user");
	return TOOL_MACHINE_FAILED;
}

static int take(struct region_try *trial, const struct tool *tool, uint64_t bytes, struct cen_chunk *out)
{
	_cleanup_error_ struct cen_error *err = NULL;
	int ret;

	*out = (struct cen_chunk){.size = sizeof(*out)};
	ret = cen_region_alloc(trial->region, bytes, trial->desc.alignment, out, &err);
	if (ret == 0)
		return TOOL_DONE;
	return ret == -ENOMEM && trial->chunk_count ? TOOL_NO_PLAN : args_report(tool, ret, err);
}

/* An eighth of the region each, so that there is room between them whatever the alignment. */
int region_try_run(struct region_try *trial, const struct tool *tool)
{
	struct cen_region_info info = {.size = sizeof(info)};
	int status = make_region(trial, tool);
	struct cen_chunk again;

	if (status != TOOL_DONE)
		return status;
	cen_region_get_info(trial->region, &info);
	while (trial->chunk_count < REGION_TRY_CHUNKS) {
		status = take(trial, tool, info.total < 8 ? 1 : info.total / 8, &trial->chunks[trial->chunk_count]);
		if (status == TOOL_NO_PLAN)
			break;
		if (status != TOOL_DONE)
			return status;
		trial->chunk_count++;
	}
	if (cen_region_free(trial->region, trial->chunks[0].start) < 0) {
		args_complain(tool, "%s: a chunk could not be given back", trial->desc.name);
		return TOOL_MACHINE_FAILED;
	}
	memmove(&trial->chunks[0], &trial->chunks[1], --trial->chunk_count * sizeof(trial->chunks[0]));
	status = take(trial, tool, info.total < 8 ? 1 : info.total / 8, &again);
	if (status != TOOL_DONE)
		return status == TOOL_NO_PLAN ? TOOL_MACHINE_FAILED : status;
	trial->chunks[trial->chunk_count++] = again;
	return TOOL_DONE;
}

int region_try_give_back(struct region_try *trial, const struct tool *tool)
{
	struct cen_region_info info = {.size = sizeof(info)};

	while (trial->chunk_count > 0) {
		if (cen_region_free(trial->region, trial->chunks[--trial->chunk_count].start) < 0) {
			args_complain(tool, "%s: chunk %zu could not be given back", trial->desc.name,
				      trial->chunk_count);
			return TOOL_MACHINE_FAILED;
		}
	}
	cen_region_get_info(trial->region, &info);
	if (info.free == info.total && info.largest_free == info.total && !info.chunk_count)
		return TOOL_DONE;
	args_complain(tool,
		      "%s: %" PRIu64 " bytes, of which %" PRIu64 " are free, the largest piece %" PRIu64
		      ", where all should be",
		      trial->desc.name, info.total, info.free, info.largest_free);
	return TOOL_MACHINE_FAILED;
}

void region_try_finish(struct region_try *trial)
{
	for (size_t n = 0; n < trial->chunk_count; n++)
		cen_region_free(trial->region, trial->chunks[n].start);
	cen_region_unref(trial->region);
	free(trial->text);
	*trial = (struct region_try){0};
}
