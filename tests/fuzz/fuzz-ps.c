/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the kernel prints about dma-bufs, with names in it that any process may choose: bufinfo, fdinfo, maps, stat. */
#include "clean.h"
#include "fuzz.h"
#include "ps-text.h"

static void check_text(const char text[PS_TEXT_SIZE])
{
	FUZZ_CHECK(memchr(text, '\0', PS_TEXT_SIZE));
	FUZZ_CHECK(!strchr(text, '\n'));
}

static void read_bufinfo(const char *text)
{
	const char *at = text;
	struct ps_bufinfo_row row;
	uint64_t total;
	char device[PS_TEXT_SIZE];

	while (ps_bufinfo_next(&at, &row)) {
		FUZZ_CHECK(at > text && at <= text + strlen(text));
		check_text(row.name);
		check_text(row.exporter);
		FUZZ_CHECK(row.exporter[0]);
		while (ps_bufinfo_next_device(&row, device)) {
			check_text(device);
			FUZZ_CHECK(device[0] && row.devices <= text + strlen(text));
		}
	}
	ps_bufinfo_total(text, &total);
}

static void read_process(const char *text)
{
	struct ps_fdinfo info;
	struct ps_mapping mapping;
	struct ps_stat stat;

	if (ps_fdinfo_parse(text, &info)) {
		check_text(info.name);
		check_text(info.exporter);
		FUZZ_CHECK(info.exporter[0]);
	}
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!ps_mapping_parse(line, &mapping))
			continue;
		check_text(mapping.name);
		FUZZ_CHECK(mapping.end > mapping.start);
	}
	ps_stat_parse(text, &stat);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_dup_text(data, size);

	read_bufinfo(text);
	read_process(text);
	clean_text(text);
	for (const char *c = text; *c;) {
		size_t length = clean_sequence_length(c);

		FUZZ_CHECK(length > 0 && !clean_is_control(c));
		c += length;
	}
	free(text);
	return 0;
}
