/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The report as JUnit XML, for what collects results of many boards. */
#include <string.h>

#include "board.h"
#include "clean.h"

/* Texts have no control characters but line breaks already; XML 1.0 has no U+FFFE and U+FFFF either. */
void board_markup_text(FILE *out, const char *text)
{
	for (const char *c = text; c && *c; c++) {
		if (strncmp(c, "\xef\xbf\xbe", 3) == 0 || strncmp(c, "\xef\xbf\xbf", 3) == 0) {
			fputc('?', out);
			c += 2;
			continue;
		}
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*c, out);
		}
	}
}

static void write_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	board_markup_text(out, value);
	fputc('"', out);
}

/* What a failure is of: the errno's name is the most telling that every board has. */
static void write_failure(FILE *out, const struct board_result *result)
{
	fputs("<failure", out);
	write_attribute(out, "message", result->texts[BOARD_SUMMARY]);
	write_attribute(out, "type", result->errnum ? strerror(result->errnum) : "failed");
	fputc('>', out);
	if (result->texts[BOARD_DEVICE])
		fputs("device: ", out), board_markup_text(out, result->texts[BOARD_DEVICE]), fputc('\n', out);
	if (result->texts[BOARD_CALL])
		fputs("call: ", out), board_markup_text(out, result->texts[BOARD_CALL]), fputc('\n', out);
	if (result->errnum)
		fprintf(out, "errno: %d\n", result->errnum);
	if (result->wanted || result->held)
		fprintf(out, "bytes: wanted %llu, held %llu\n", (unsigned long long)result->wanted,
			(unsigned long long)result->held);
	board_markup_text(out, result->texts[BOARD_DETAIL]);
	fputs("</failure>", out);
}

/* "capture=... NV12: plan 1, from system": the case is the class, so that viewers group by it. */
static void write_result(FILE *out, const struct board_result *result)
{
	const char *name = result->texts[BOARD_NAME], *last = strrchr(name, ':');
	_cleanup_free_ char *group = last && last[1] == ' ' ? strndup(name, (size_t)(last - name)) : strdup("board");

	fputs("  <testcase", out);
	write_attribute(out, "classname", group);
	write_attribute(out, "name", last && last[1] == ' ' ? last + 2 : name);
	fprintf(out, " time=\"%u.%03u\">", result->ms / 1000, result->ms % 1000);
	if (result->outcome == BOARD_FAILED) {
		write_failure(out, result);
	} else if (result->outcome != BOARD_PASSED) {
		fputs("<skipped", out);
		write_attribute(out, "message", result->texts[BOARD_SUMMARY]);
		fputs("/>", out);
	}
	if (result->outcome != BOARD_FAILED && result->texts[BOARD_DETAIL]) {
		fputs("<system-out>", out);
		board_markup_text(out, result->texts[BOARD_DETAIL]);
		fputs("</system-out>", out);
	}
	fputs("</testcase>\n", out);
}

static void write_property(FILE *out, const char *name, const char *value)
{
	fputs("   <property", out);
	write_attribute(out, "name", name);
	write_attribute(out, "value", value);
	fputs("/>\n", out);
}

/* The attribute hostname is left out on purpose. */
void board_write_junit(const struct board *board, FILE *out)
{
	uint32_t skipped = board->counts[BOARD_SKIPPED] + board->counts[BOARD_NO_PLAN] + board->counts[BOARD_TODO];
	uint64_t seconds = board->ended - board->started;
	struct board_facts facts;
	char counts[160];

	board_facts_read(board, &facts);
	snprintf(counts, sizeof(counts), "tests=\"%zu\" failures=\"%u\" errors=\"0\" skipped=\"%u\" time=\"%llu\"",
		 board->result_count, board->counts[BOARD_FAILED], skipped, (unsigned long long)seconds);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	fprintf(out, "<testsuites %s>\n <testsuite name=\"cenalloc board-test\" %s", counts, counts);
	/* Without the zone, as the schema of the format has it. */
	facts.date[strcspn(facts.date, "Z")] = '\0';
	write_attribute(out, "timestamp", facts.date);
	fputs(">\n  <properties>\n", out);
	write_property(out, "cenalloc", cen_version());
	write_property(out, "model", facts.model);
	write_property(out, "kernel", facts.kernel);
	write_property(out, "architecture", facts.architecture);
	fputs("  </properties>\n", out);
	for (size_t i = 0; i < board->result_count; i++)
		write_result(out, &board->results[i]);
	fputs(" </testsuite>\n</testsuites>\n", out);
}
