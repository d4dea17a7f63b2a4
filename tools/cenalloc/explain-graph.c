/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The graph of a pipeline as a picture. */
#include "explain-graph.h"

#include <inttypes.h>
#include <string.h>

#include "explain-hint.h"
#include "explain-matrix.h"
#include "explain-text.h"
#include "svg.h"
#include "table.h"
#include "words.h"

#define MARGIN 20
#define PAD 12
#define TOP 84 /* of the devices */
#define DEVICE_WIDTH 250 /* at least */
#define DEVICE_GAP 46
#define LEAST_WIDTH 720 /* of what stands below the devices */
#define ARROW 44 /* from one row to the next */
#define FORMATS_SHOWN 12
#define DEMANDS_SHOWN 7
#define LINES_SHOWN 8
#define WORDS 512

struct graph {
	const struct tool *tool;
	const struct solve_options *options;
	const struct cen_conflict *conflict; /* NULL: there is a plan */
	const struct cen_plan *plan; /* NULL: there is a conflict */
	struct cen_plan_info info;
	uint32_t fourcc; /* the plan's format, or the one that came nearest; 0: none */
	uint64_t culprits; /* bit n: usage n is in the conflict */
	const struct cen_device *devices[CEN_MAX_USAGES];
	struct cen_capabilities *caps[CEN_MAX_USAGES];
};

static void graph_cleanup(struct graph *graph)
{
	for (size_t u = 0; u < CEN_MAX_USAGES; u++)
		cen_capabilities_unref(graph->caps[u]);
}

/* "20 formats: NV12, XR24, ..." */
static void add_formats(struct svg_column *column, const struct cen_capabilities *caps)
{
	struct cen_capability entry = {.size = sizeof(entry)};
	char list[WORDS] = "", name[8];
	size_t count = 0, used = 0;
	uint32_t before = 0;

	for (size_t i = 0; cen_capabilities_get(caps, i, &entry) == 0; i++) {
		if (i > 0 && entry.fourcc == before)
			continue;
		before = entry.fourcc;
		if (count++ < FORMATS_SHOWN && used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
						 words_format(entry.fourcc, name));
	}
	svg_column_print(column, SVG_SMALL, SVG_MUTED, 2, "%zu format%s%s%s%s", count, count == 1 ? "" : "s",
			 count ? ": " : "", list, count > FORMATS_SHOWN ? ", ..." : "");
}

/* The alternative to speak of: of the plan's modifier, else linear, else the first. Returns false without one. */
static bool pick_alternative(const struct graph *graph, const struct cen_capabilities *caps, struct cen_capability *out,
			     size_t *modifiers)
{
	uint64_t wanted = graph->plan ? graph->info.modifier : CEN_MODIFIER_LINEAR, before = 0;
	struct cen_capability entry = {.size = sizeof(entry)};

	*modifiers = 0;
	for (size_t i = 0; cen_capabilities_get(caps, i, &entry) == 0; i++) {
		if (entry.fourcc != graph->fourcc)
			continue;
		if (!*modifiers || (entry.modifier == wanted && out->modifier != wanted))
			*out = entry;
		*modifiers += !*modifiers || entry.modifier != before;
		before = entry.modifier;
	}
	return *modifiers > 0;
}

/* Whether the device's own demand is what the plan has: what it decided stands out. */
static bool decides(const struct graph *graph, size_t usage, const struct cen_constraint *demand)
{
	struct cen_plan_constraint row = {.size = sizeof(row)};

	for (size_t i = 0; graph->plan && cen_plan_get_constraint(graph->plan, i, &row) == 0; i++) {
		if (row.constraint.kind == demand->kind && row.constraint.plane == demand->plane)
			return row.constraint.value == demand->value &&
			       strcmp(row.decided_by, cen_device_get_path(graph->devices[usage])) == 0;
	}
	return false;
}

/* The bounds of the picture's size are many and seldom matter; in a conflict they are told as its members. */
static bool is_worth_room(const struct cen_constraint *constraint, uint32_t kind)
{
	return constraint->kind == kind && strcmp(hint_part(kind), "size") != 0;
}

static void add_demand(const struct graph *graph, size_t usage, const struct cen_constraint *constraint,
		       struct svg_column *column)
{
	char demand[WORDS], known[WORDS];

	svg_column_print(column, SVG_SMALL, decides(graph, usage, constraint) ? SVG_GOOD : SVG_PLAIN, 2, "%s: %s (%s)",
			 hint_part(constraint->kind), hint_demand(constraint, demand, sizeof(demand)),
			 words_provenance(constraint, known, sizeof(known)));
}

/* What one alternative asks for, the most telling first. */
static void add_alternative(const struct graph *graph, size_t usage, const struct cen_capability *entry,
			    struct svg_column *column)
{
	size_t shown = 0;
	uint32_t kind;

	for (size_t k = 0; (kind = hint_kind(k)); k++) {
		for (size_t i = 0; i < entry->constraint_count; i++) {
			if (!is_worth_room(&entry->constraints[i], kind))
				continue;
			if (shown++ == DEMANDS_SHOWN) {
				svg_column_add(column, SVG_SMALL, SVG_MUTED, 1, "...");
				return;
			}
			add_demand(graph, usage, &entry->constraints[i], column);
		}
	}
}

static void add_demands(const struct graph *graph, size_t usage, struct svg_column *column)
{
	struct cen_capability entry = {.size = sizeof(entry)};
	char name[8], modifier[WORDS_MODIFIER_SIZE];
	size_t modifiers;

	if (!graph->fourcc)
		return;
	words_format(graph->fourcc, name);
	if (!pick_alternative(graph, graph->caps[usage], &entry, &modifiers)) {
		svg_column_print(column, SVG_BODY, SVG_BAD, 1, "does not take %s", name);
		return;
	}
	column->y += 4;
	words_modifier(entry.modifier, modifier);
	if (modifiers > 1)
		svg_column_print(column, SVG_BODY, SVG_ACCENT, 1, "%s %s, %zu more", name, modifier, modifiers - 1);
	else
		svg_column_print(column, SVG_BODY, SVG_ACCENT, 1, "%s %s", name, modifier);
	add_alternative(graph, usage, &entry, column);
}

/* What of the conflict this device says, of the format that came nearest. */
static void add_members(const struct graph *graph, size_t usage, struct svg_column *column)
{
	struct cen_conflict_member member = {.size = sizeof(member)};

	for (size_t i = 0; graph->conflict && cen_conflict_get_member(graph->conflict, i, &member) == 0; i++) {
		if (member.usage == (int32_t)usage && member.fourcc == graph->fourcc) {
			column->y += 4;
			svg_column_add(column, SVG_SMALL, SVG_BAD, 4, member.text);
		}
	}
}

static void add_device(const struct graph *graph, size_t usage, struct svg_column *column)
{
	const struct cen_device *device = graph->devices[usage];
	const char *driver = cen_device_get_driver(device);

	svg_column_add(column, SVG_HEAD, graph->culprits >> usage & 1 ? SVG_BAD : SVG_PLAIN, 1,
		       cen_usage_get_name(graph->options->usages[usage].usage));
	svg_column_add(column, SVG_BODY, SVG_PLAIN, 1, cen_device_get_path(device));
	svg_column_print(column, SVG_SMALL, SVG_MUTED, 1, "%s%s%s", cen_device_get_name(device), driver ? ", " : "",
			 driver ? driver : "");
	add_formats(column, graph->caps[usage]);
	add_demands(graph, usage, column);
	add_members(graph, usage, column);
}

/* A few devices share the room that there is anyway. */
static int device_width(const struct graph *graph)
{
	int count = (int)graph->options->usage_count;
	int width = (LEAST_WIDTH - (count - 1) * DEVICE_GAP) / count;

	return width > DEVICE_WIDTH ? width : DEVICE_WIDTH;
}

static int device_x(const struct graph *graph, size_t usage)
{
	return MARGIN + (int)usage * (device_width(graph) + DEVICE_GAP);
}

static struct svg_column column_in(FILE *out, struct svg_box box)
{
	return (struct svg_column){.out = out, .x = box.x + PAD, .y = box.y + PAD - 2, .width = box.width - 2 * PAD};
}

static int devices_height(const struct graph *graph)
{
	int most = 0;

	for (size_t u = 0; u < graph->options->usage_count; u++) {
		struct svg_column column = column_in(NULL, (struct svg_box){0, 0, device_width(graph), 0});

		add_device(graph, u, &column);
		most = column.y > most ? column.y : most;
	}
	return most + PAD;
}

static void put_devices(const struct graph *graph, int height, FILE *out)
{
	for (size_t u = 0; u < graph->options->usage_count; u++) {
		struct svg_box box = {device_x(graph, u), TOP, device_width(graph), height};
		struct svg_column column = column_in(out, box);
		bool is_culprit = graph->culprits >> u & 1;
		int middle = box.x + box.width / 2;

		svg_rect(out, box, graph->plan ? SVG_ACCENT : SVG_PLAIN);
		if (is_culprit)
			svg_frame(out, box, SVG_BAD);
		add_device(graph, u, &column);
		if (u + 1 < graph->options->usage_count)
			svg_arrow(out, box.x + box.width + 4, TOP + 20, device_x(graph, u + 1) - 4, TOP + 20,
				  SVG_PLAIN);
		if (graph->plan || is_culprit)
			svg_arrow(out, middle, TOP + height + 4, middle, TOP + height + ARROW - 4,
				  is_culprit ? SVG_BAD : SVG_GOOD);
	}
}

static void add_plane(const struct graph *graph, uint32_t index, struct svg_column *column)
{
	char stride[TEXT_NUMBER_SIZE], rows[TEXT_NUMBER_SIZE], offset[TEXT_NUMBER_SIZE];
	struct cen_plane_layout plane;

	if (cen_plan_get_plane(graph->plan, index, &plane) < 0)
		return;
	svg_column_print(column, SVG_BODY, SVG_PLAIN, 1,
			 "plane %" PRIu32 ": stride %s bytes, %s rows, at byte %s of dma-buf %" PRIu32, index,
			 text_number(plane.stride, stride), text_number(plane.rows, rows),
			 text_number(plane.offset, offset), plane.object);
}

static void add_decision(const struct cen_plan_constraint *row, struct svg_column *column)
{
	char demand[WORDS], known[WORDS];

	svg_column_print(column, SVG_SMALL, SVG_MUTED, 1, "%s: %s, by %s (%s)", hint_part(row->constraint.kind),
			 hint_demand(&row->constraint, demand, sizeof(demand)), row->decided_by,
			 words_provenance(&row->constraint, known, sizeof(known)));
}

static void add_decisions(const struct graph *graph, struct svg_column *column)
{
	struct cen_plan_constraint row = {.size = sizeof(row)};
	int shown = 0;
	uint32_t kind;

	for (size_t k = 0; (kind = hint_kind(k)) && shown < LINES_SHOWN; k++) {
		for (size_t i = 0; shown < LINES_SHOWN && cen_plan_get_constraint(graph->plan, i, &row) == 0; i++) {
			if (!is_worth_room(&row.constraint, kind))
				continue;
			add_decision(&row, column);
			shown++;
		}
	}
}

static void add_plan(const struct graph *graph, struct svg_column *column)
{
	const struct cen_plan_info *info = &graph->info;
	char name[8], modifier[WORDS_MODIFIER_SIZE], bytes[TEXT_NUMBER_SIZE];

	svg_column_print(column, SVG_HEAD, SVG_GOOD, 1, "%s %s, %" PRIu32 "x%" PRIu32, words_format(info->fourcc, name),
			 words_modifier(info->modifier, modifier), info->width, info->height);
	if (info->is_layout_final)
		svg_column_print(column, SVG_BODY, SVG_PLAIN, 1,
				 "%s bytes in %" PRIu32 " dma-buf%s, %" PRIu32 " buffer%s",
				 text_number(info->total_bytes, bytes), info->object_count,
				 info->object_count == 1 ? "" : "s", info->count, info->count == 1 ? "" : "s");
	else
		svg_column_print(column, SVG_BODY, SVG_PLAIN, 1,
				 "%" PRIu32 " buffer%s; the planes are decided when they are allocated", info->count,
				 info->count == 1 ? "" : "s");
	for (uint32_t p = 0; p < info->plane_count; p++)
		add_plane(graph, p, column);
	column->y += 4;
	add_decisions(graph, column);
}

static void add_memory(const struct graph *graph, struct svg_column *column)
{
	const struct cen_plan_info *info = &graph->info;
	const char *source, *text;

	svg_column_print(column, SVG_HEAD, SVG_GOOD, 1, "memory of %s", info->source);
	svg_column_print(column, SVG_BODY, SVG_PLAIN, 1, "%s memory (%s), from the backend %s",
			 info->segments ? "contiguous" : "any", words_placement(info->placement), info->backend);
	for (size_t i = 0; i < LINES_SHOWN && cen_plan_get_rejection(graph->plan, i, &source, &text) == 0; i++)
		svg_column_print(column, SVG_SMALL, SVG_MUTED, 1, "not %s: %s", source, text);
}

/* The other formats have reasons of their own, which may be why a device is in the conflict. */
static void add_other_formats(const struct graph *graph, struct svg_column *column)
{
	struct cen_conflict_member member;
	char line[WORDS * 2], name[8];
	size_t index = 0;

	column->y += 4;
	for (int shown = 0; explain_next_format(graph->conflict, &index, &member);) {
		if (member.fourcc == graph->fourcc)
			continue;
		if (shown++ == LINES_SHOWN) {
			svg_column_add(column, SVG_SMALL, SVG_MUTED, 1, "...");
			return;
		}
		svg_column_print(column, SVG_SMALL, SVG_MUTED, 2, "%s: %s",
				 member.fourcc ? words_format(member.fourcc, name) : "any",
				 explain_format_line(graph->conflict, member.fourcc, line, sizeof(line)));
	}
}

static void add_conflict(const struct graph *graph, struct svg_column *column)
{
	struct cen_conflict_member member = {.size = sizeof(member)};
	char name[8];

	svg_column_print(column, SVG_HEAD, SVG_BAD, 1, "no plan: %s%s%s",
			 cen_dimension_get_name(cen_conflict_get_dimension(graph->conflict)), graph->fourcc ? ", " : "",
			 graph->fourcc ? words_format(graph->fourcc, name) : "");
	for (size_t i = 0; cen_conflict_get_member(graph->conflict, i, &member) == 0; i++) {
		if (member.fourcc == graph->fourcc)
			svg_column_print(column, SVG_BODY, SVG_PLAIN, 3, "%s%s %s", member.who,
					 member.usage == CEN_MEMBER_SOURCE ? ":" : "", member.text);
	}
	add_other_formats(graph, column);
}

static void add_relaxations(const struct graph *graph, struct svg_column *column)
{
	const char *text;
	size_t i;

	svg_column_add(column, SVG_HEAD, SVG_GOOD, 1, "what would help");
	for (i = 0; (text = cen_conflict_get_relaxation(graph->conflict, i)); i++)
		svg_column_add(column, SVG_BODY, SVG_PLAIN, 3, text);
	if (!i)
		svg_column_add(column, SVG_BODY, SVG_MUTED, 1, "nothing that was tried, by itself");
}

/* A box as high as what stands in it. Returns where it ends. */
static int put_box(const struct graph *graph, int y, int width, enum svg_paint paint,
		   void (*add)(const struct graph *graph, struct svg_column *column), FILE *out)
{
	struct svg_box box = {MARGIN, y, width, 0};
	struct svg_column measure = column_in(NULL, box), column = column_in(out, box);

	add(graph, &measure);
	box.height = measure.y - y + PAD;
	if (out) {
		svg_rect(out, box, paint);
		add(graph, &column);
	}
	return y + box.height;
}

/* What stands below the devices; with out NULL only where it ends. */
static int put_answer(const struct graph *graph, int y, int width, FILE *out)
{
	int end = graph->plan ? put_box(graph, y, width, SVG_GOOD, add_plan, out)
			      : put_box(graph, y, width, SVG_BAD, add_conflict, out);
	int middle = MARGIN + width / 2;

	if (graph->plan && out)
		svg_arrow(out, middle, end + ARROW - 4, middle, end + 4, SVG_GOOD);
	if (graph->plan)
		return put_box(graph, end + ARROW, width, SVG_PLAIN, add_memory, out);
	return put_box(graph, end + PAD, width, SVG_MUTED, add_relaxations, out);
}

/* Of a conflict: the usages in it, and the format that came nearest, which its first member is about. */
static void look_at_conflict(struct graph *graph)
{
	struct cen_conflict_member member = {.size = sizeof(member)};

	for (size_t i = 0; i < cen_conflict_get_usage_count(graph->conflict); i++)
		graph->culprits |= UINT64_C(1) << cen_conflict_get_usage(graph->conflict, i);
	if (cen_conflict_get_member(graph->conflict, 0, &member) == 0)
		graph->fourcc = member.fourcc;
}

static int graph_fill(struct graph *graph, const struct cen_solution *solution)
{
	int status = TOOL_DONE;

	graph->conflict = cen_solution_get_conflict(solution);
	graph->plan = cen_solution_get_plan(solution, 0);
	graph->info.size = sizeof(graph->info);
	if (graph->plan) {
		cen_plan_get_info(graph->plan, &graph->info);
		graph->fourcc = graph->info.fourcc;
	} else {
		look_at_conflict(graph);
	}
	for (size_t u = 0; u < graph->options->usage_count && status == TOOL_DONE; u++)
		status = matrix_ask(graph->tool, graph->options, u, &graph->devices[u], &graph->caps[u]);
	return status;
}

/* "capture to scanout, 1920x1080" */
static void write_title(const struct graph *graph, char *buf, size_t size)
{
	size_t used = 0;

	for (size_t u = 0; u < graph->options->usage_count && used < size; u++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", u ? " to " : "",
					 cen_usage_get_name(graph->options->usages[u].usage));
	if (used < size)
		snprintf(buf + used, size - used, ", %" PRIu32 "x%" PRIu32, graph->options->width,
			 graph->options->height);
}

static void write_description(const struct graph *graph, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "Devices in the order of the pipeline:");

	for (size_t u = 0; u < graph->options->usage_count && used < size; u++)
		used += (size_t)snprintf(buf + used, size - used, "%s %s (%s)", u ? "," : "",
					 cen_device_get_path(graph->devices[u]),
					 cen_usage_get_name(graph->options->usages[u].usage));
}

int graph_write_svg(const struct tool *tool, const struct solve_options *options, const struct cen_solution *solution,
		    FILE *out)
{
	_cleanup_(graph_cleanup) struct graph graph = {.tool = tool, .options = options};
	int status = graph_fill(&graph, solution);
	int width = device_x(&graph, options->usage_count) - DEVICE_GAP - MARGIN, height, bottom;
	char title[WORDS], description[WORDS * 4];

	if (status != TOOL_DONE)
		return status;
	width = width > LEAST_WIDTH ? width : LEAST_WIDTH;
	height = devices_height(&graph);
	bottom = put_answer(&graph, TOP + height + ARROW, width, NULL);
	write_title(&graph, title, sizeof(title));
	write_description(&graph, description, sizeof(description));
	svg_begin(out, width + 2 * MARGIN, bottom + MARGIN, title, description);
	svg_text(out, MARGIN, 36, width, SVG_TITLE, SVG_PLAIN, title);
	svg_text(out, MARGIN, 58, width, SVG_BODY, SVG_MUTED,
		 graph.plan       ? "one buffer suits every device"
		 : graph.culprits ? "no buffer suits those in red together"
				  : "no such buffer can be made");
	put_devices(&graph, height, out);
	put_answer(&graph, TOP + height + ARROW, width, out);
	svg_end(out);
	return TOOL_DONE;
}
