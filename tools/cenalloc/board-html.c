/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The report as one page that needs nothing else: no script, no font, no picture from elsewhere. */
#include <inttypes.h>
#include <string.h>

#include "board-style.h"
#include "board.h"
#include "table.h"
#include "words.h"

/* Of what was left out; a line each. */
#define LEFT_OUT_SHOWN 1000
/* One cause makes many failures: the first are shown whole. */
#define FAILURES_OPEN 4

static const char *const classes[BOARD_OUTCOMES] = {"passed", "failed", "skipped", "noplan", "todo"};
static const char *const labels[BOARD_OUTCOMES] = {"passed", "failed", "skipped", "no plan", "too careful"};

/* <tag>text</tag> */
static void write_element(FILE *out, const char *tag, const char *text)
{
	fprintf(out, "<%s>", tag);
	board_markup_text(out, text);
	fprintf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

static void write_fact(FILE *out, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	write_element(out, "dt", name);
	write_element(out, "dd", value);
	fputc('\n', out);
}

static void write_bytes(FILE *out, const char *name, uint64_t bytes)
{
	char text[TEXT_NUMBER_SIZE + 8], number[TEXT_NUMBER_SIZE];

	snprintf(text, sizeof(text), "%s MiB", text_number(bytes >> 20, number));
	write_fact(out, name, bytes ? text : NULL);
}

static void write_head(const struct board *board, const struct board_facts *facts, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'; img-src data:\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Board test: ",
	      out);
	board_markup_text(out, facts->model[0] ? facts->model : facts->kernel);
	fputs("</title>\n<style>\n", out);
	fputs(board_style, out);
	fputs("</style>\n</head>\n<body>\n<header><h1>Board test</h1>\n<p>", out);
	board_markup_text(out, facts->model);
	fprintf(out, "%s", facts->model[0] ? " &middot; " : "");
	board_markup_text(out, facts->kernel);
	fputc(' ', out);
	board_markup_text(out, facts->architecture);
	fputs(" &middot; cenalloc ", out);
	board_markup_text(out, cen_version());
	fputs(" &middot; ", out);
	board_markup_text(out, facts->date);
	fputs("</p></header>\n<main>\n", out);
	if (board->stopped)
		fputs("<p class=\"stopped\">The run was stopped: what follows is a part.</p>\n", out);
}

static void write_tiles(const struct board *board, FILE *out)
{
	static const enum board_outcome order[] = {BOARD_FAILED, BOARD_PASSED, BOARD_NO_PLAN, BOARD_SKIPPED,
						   BOARD_TODO};

	fputs("<ul class=\"tiles\">\n", out);
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		uint32_t count = board->counts[order[i]];

		if (order[i] == BOARD_TODO && !count)
			continue;
		fprintf(out, "<li class=\"%s%s\"><b>%" PRIu32 "</b> %s</li>\n", classes[order[i]], count ? "" : " none",
			count, labels[order[i]]);
	}
	fputs("</ul>\n", out);
}

static void write_machine(const struct board *board, const struct board_facts *facts, FILE *out)
{
	char text[160];

	fputs("<section><h2>Machine</h2>\n<dl>\n", out);
	write_fact(out, "model", facts->model);
	write_fact(out, "kernel", facts->kernel);
	write_fact(out, "architecture", facts->architecture);
	write_bytes(out, "memory", facts->memory_bytes);
	write_bytes(out, "CMA", facts->cma_bytes);
	snprintf(text, sizeof(text), "%zu of %zu combinations in %llu s", board->chosen, board->case_count,
		 (unsigned long long)(board->ended - board->started));
	write_fact(out, "tried", text);
	fputs("</dl>\n", out);
}

static void write_devices(const struct cen_machine *machine, FILE *out)
{
	const struct cen_device *device;
	char usages[256];

	fputs("<div "
	      "class=\"wide\"><table>\n<caption>Devices</caption><thead><tr><th>device<th>name<th>driver<th>backend"
	      "<th>usages<th>access</tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; (device = cen_machine_get_device(machine, i)); i++) {
		const char *driver = cen_device_get_driver(device);

		fputs("<tr>", out);
		write_element(out, "td class=\"code\"", cen_device_get_path(device));
		write_element(out, "td", cen_device_get_name(device));
		write_element(out, "td", driver ? driver : "");
		write_element(out, "td", cen_device_get_backend(device));
		write_element(out, "td",
			      cen_device_get_usages(device)
				      ? words_usages(cen_device_get_usages(device), usages, sizeof(usages))
				      : "");
		write_element(out, "td", words_access(cen_device_get_access(device)));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void write_sources(const struct cen_machine *machine, FILE *out)
{
	struct cen_source_info info = {.size = sizeof(info)};
	const struct cen_source *source;
	char number[TEXT_NUMBER_SIZE];

	fputs("<div class=\"wide\"><table>\n<caption>Sources of buffers</caption><thead><tr><th>source<th>backend"
	      "<th>memory<th>pieces<th class=\"right\">largest buffer<th class=\"right\">free<th>access</tr></thead>\n"
	      "<tbody>\n",
	      out);
	for (size_t i = 0; (source = cen_machine_get_source(machine, i)); i++) {
		if (cen_source_get_info(source, &info) < 0)
			continue;
		fputs("<tr>", out);
		write_element(out, "td class=\"code\"", info.name);
		write_element(out, "td", info.backend);
		write_element(out, "td", words_placement(info.placement));
		write_element(out, "td", info.segments == 1 ? "one" : "any");
		write_element(out, "td class=\"right\"", text_bytes_or_dash(info.max_bytes, number));
		write_element(out, "td class=\"right\"", text_bytes_or_dash(info.free_bytes, number));
		write_element(out, "td", words_access(info.access));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n</section>\n", out);
}

static void write_facts(const struct board_result *result, FILE *out)
{
	char text[160], wanted[TEXT_NUMBER_SIZE], held[TEXT_NUMBER_SIZE];

	fputs("<dl>\n", out);
	write_fact(out, "device", result->texts[BOARD_DEVICE]);
	write_fact(out, "call", result->texts[BOARD_CALL]);
	snprintf(text, sizeof(text), "%d (%s)", result->errnum, strerror(result->errnum));
	write_fact(out, "errno", result->errnum ? text : NULL);
	snprintf(text, sizeof(text), "wanted %s, held %s", text_number(result->wanted, wanted),
		 text_number(result->held, held));
	write_fact(out, "bytes", result->wanted || result->held ? text : NULL);
	fputs("</dl>\n", out);
}

static void write_detail(const struct board_result *result, FILE *out)
{
	if (result->texts[BOARD_DETAIL])
		write_element(out, "pre", result->texts[BOARD_DETAIL]);
}

static void write_failure(const struct board_result *result, bool is_open, FILE *out)
{
	fputs(is_open ? "<article>" : "<details class=\"failure\"><summary>", out);
	write_element(out, is_open ? "h3" : "span", result->texts[BOARD_NAME]);
	fputs(is_open ? "" : "</summary>", out);
	write_element(out, "p", result->texts[BOARD_SUMMARY]);
	write_facts(result, out);
	write_detail(result, out);
	fputs(is_open ? "</article>\n" : "</details>\n", out);
}

static void write_failures(const struct board *board, FILE *out)
{
	size_t written = 0;

	if (!board->counts[BOARD_FAILED])
		return;
	fputs("<section><h2>Failures</h2>\n", out);
	for (size_t i = 0; i < board->result_count; i++) {
		if (board->results[i].outcome == BOARD_FAILED)
			write_failure(&board->results[i], written++ < FAILURES_OPEN, out);
	}
	fputs("</section>\n", out);
}

/* The radio buttons stand before the table: which one is checked decides in the style what is shown. */
static void write_filter(const struct board *board, FILE *out)
{
	fprintf(out,
		"<input type=\"radio\" name=\"show\" id=\"show-all\" checked><label for=\"show-all\">all %zu</label>\n",
		board->result_count);
	for (enum board_outcome i = 0; i < BOARD_OUTCOMES; i++)
		if (board->counts[i])
			fprintf(out,
				"<input type=\"radio\" name=\"show\" id=\"show-%s\"><label for=\"show-%s\">%s %" PRIu32
				"</label>\n",
				classes[i], classes[i], labels[i], board->counts[i]);
}

static void write_tests(const struct board *board, FILE *out)
{
	fputs("<section class=\"tests\"><h2>Tests</h2>\n", out);
	write_filter(board, out);
	fputs("<div class=\"wide\"><table>\n<thead><tr><th>result<th>test<th>what<th class=\"right\">ms</tr></thead>\n"
	      "<tbody>\n",
	      out);
	for (size_t i = 0; i < board->result_count; i++) {
		const struct board_result *result = &board->results[i];

		fprintf(out, "<tr class=\"%s\"><td><span>%s</span></td>", classes[result->outcome],
			labels[result->outcome]);
		write_element(out, "td", result->texts[BOARD_NAME]);
		fputs("<td>", out);
		board_markup_text(out, result->texts[BOARD_SUMMARY]);
		if (result->texts[BOARD_DETAIL]) {
			fputs("<details><summary>details</summary>", out);
			write_detail(result, out);
			fputs("</details>", out);
		}
		fprintf(out, "</td><td class=\"right\">%" PRIu32 "</td></tr>\n", result->ms);
	}
	fputs("</tbody></table></div>\n</section>\n", out);
}

static void write_left_out(const struct board *board, FILE *out)
{
	size_t left = board->case_count - board->chosen;
	char name[BOARD_NAME_SIZE];

	if (!left)
		return;
	fprintf(out,
		"<section><h2>Left out</h2>\n<details><summary>%zu of %zu combinations were not tried</summary>\n"
		"<ul class=\"code\">\n",
		left, board->case_count);
	for (size_t i = 0; i < left && i < LEFT_OUT_SHOWN; i++) {
		write_element(out, "li", board_case_name(board, &board->cases[board->chosen + i], name));
		fputc('\n', out);
	}
	if (left > LEFT_OUT_SHOWN)
		fprintf(out, "<li>and %zu more</li>\n", left - LEFT_OUT_SHOWN);
	fputs("</ul></details></section>\n", out);
}

void board_write_html(const struct board *board, FILE *out)
{
	struct board_facts facts;

	board_facts_read(board, &facts);
	write_head(board, &facts, out);
	write_tiles(board, out);
	write_failures(board, out);
	board_write_pictures(board, out);
	write_tests(board, out);
	board_write_matrix(board, out);
	write_machine(board, &facts, out);
	write_devices(board->tool->machine, out);
	write_sources(board->tool->machine, out);
	write_left_out(board, out);
	fputs("</main>\n<footer><p>Written by cenalloc board-test. It has no serial numbers and no names of people or "
	      "hosts.</p></footer>\n</body>\n</html>\n",
	      out);
}
