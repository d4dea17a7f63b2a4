/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Trying all alternatives, strides, numbers of objects and sources; and for a plan that is there, all alternatives. */
#include "brute-force.h"

#include <string.h>

#include <cenalloc/format.h>

/* More choices for one plan are not gone through: then it counts as good. Only a fuzzer comes up with so many. */
#define MAX_TRIES 1000000u

/* A search under way. When every usage has an alternative, done() is called; it returns true to end the search. */
struct attempt {
	struct brute_image image;
	bool (*done)(struct attempt *attempt);
	size_t order[CEN_MAX_USAGES]; /* in which usages choose */
	size_t own_count; /* the first so many are the source's own device: what they choose says what the source is */
	bool is_check; /* the image is there: behind the own ones, only alternatives that it satisfies are of interest */
	uint32_t tries; /* that are left */
	const char *wrong; /* with the last choice */
	uint64_t max_stride;
	struct brute_answer *answers;
	size_t answer_count, answer_max;
	size_t first_answer; /* of this format and modifier */
	uint32_t sources; /* bit n: source n may be one for the alternatives under way */
};

static bool is_candidate(const struct attempt *attempt, size_t n, const struct capability_entry *entry)
{
	const struct brute_image *image = &attempt->image;

	return entry->fourcc == image->format->fourcc && entry->modifier == image->modifier &&
	       (!attempt->is_check || n < attempt->own_count || _brute_set_holds(image, entry->set));
}

/* Whether each usage from the n-th on has an alternative: without, going through those before it is of no use. */
static bool each_has_one(const struct attempt *attempt, size_t n)
{
	for (; n < attempt->image.problem->usage_count; n++) {
		const struct cen_capabilities *caps = attempt->image.problem->usages[attempt->order[n]].caps;
		bool has_one = false;

		for (size_t e = 0; !has_one && e < caps->count; e++)
			has_one = is_candidate(attempt, n, &caps->entries[e]);
		if (!has_one)
			return false;
	}
	return true;
}

/* Go through the alternatives of the n-th usage and all behind it. Returns whether the search is at its end. */
static bool choose(struct attempt *attempt, size_t n)
{
	struct brute_image *image = &attempt->image;
	const struct cen_capabilities *caps;

	if (n == attempt->own_count && !each_has_one(attempt, n))
		return false;
	if (n == image->problem->usage_count)
		return attempt->tries-- == 0 || attempt->done(attempt);
	caps = image->problem->usages[attempt->order[n]].caps;
	for (size_t e = 0; e < caps->count; e++) {
		if (!is_candidate(attempt, n, &caps->entries[e]))
			continue;
		image->chosen[attempt->order[n]] = caps->entries[e].set;
		if (choose(attempt, n + 1))
			return true;
	}
	return false;
}

/* The source's own device first. */
static void put_in_order(struct attempt *attempt)
{
	const struct brute_image *image = &attempt->image;
	size_t count = 0;

	for (int is_own = 1; is_own >= 0; is_own--) {
		for (size_t u = 0; u < image->problem->usage_count; u++) {
			if ((image->source && _brute_is_own(image, u)) == is_own)
				attempt->order[count++] = u;
		}
		attempt->own_count = is_own ? count : attempt->own_count;
	}
}

static bool is_good(struct attempt *attempt)
{
	attempt->wrong = _brute_judge(&attempt->image);
	return !attempt->wrong;
}

/* Whether what the plan says of itself agrees: the total is that of the objects. */
static bool is_total_right(const struct brute_image *image, const struct cen_plan_info *info)
{
	uint64_t total = 0;

	for (uint32_t o = 0; o < image->object_count; o++)
		total += image->objects[o];
	return info->total_bytes == total && info->padding_bytes <= total && info->width == image->problem->width &&
	       info->height == image->problem->height && info->placement == image->source->placement;
}

/* The image of a plan. Returns what is wrong with it. */
static const char *read_plan(const struct solver_problem *problem, const struct cen_plan *plan,
			     struct brute_image *image)
{
	struct cen_plan_info info = {.size = sizeof(info)};

	if (cen_plan_get_info(plan, &info) < 0)
		return "there is no info";
	image->problem = problem;
	image->format = cen_format_get_info(info.fourcc);
	for (size_t s = 0; s < problem->source_count; s++) {
		if (strcmp(problem->sources[s].desc->name, info.source) == 0)
			image->source = problem->sources[s].desc;
	}
	if (!image->format || !image->source)
		return "the format or the source is unknown";
	image->modifier = info.modifier;
	image->count = info.count;
	image->is_final = info.is_layout_final;
	image->object_count = info.object_count;
	if (image->is_final && (info.plane_count != image->format->plane_count || info.modifier))
		return "a layout without all planes, or of a vendor modifier";
	for (uint32_t p = 0; p < info.plane_count; p++)
		cen_plan_get_plane(plan, p, &image->planes[p]);
	for (uint32_t o = 0; o < info.object_count; o++)
		image->objects[o] = cen_plan_get_object_size(plan, o);
	return is_total_right(image, &info) ? NULL : "the total, the size or the placement is wrong";
}

static uint32_t get_rank(const struct brute_image *image)
{
	uint32_t rank = image->object_count > 1 ? BRUTE_SEVERAL_OBJECTS : 0;

	for (uint32_t p = 1; image->is_final && p < image->format->plane_count; p++) {
		if (!_brute_follows_first(image, p))
			rank |= BRUTE_FREE_STRIDES;
	}
	return rank;
}

const char *brute_check_plan(const struct solver_problem *problem, const struct cen_plan *plan, uint32_t *rank)
{
	struct attempt attempt = {
		.done = is_good,
		.is_check = true,
		.tries = MAX_TRIES,
		.wrong = "a usage has no alternative that it suits",
	};
	const char *wrong = read_plan(problem, plan, &attempt.image);

	if (wrong)
		return wrong;
	*rank = get_rank(&attempt.image);
	put_in_order(&attempt);
	return choose(&attempt, 0) ? NULL : attempt.wrong;
}

static bool all_hold(const struct brute_image *image,
		     bool (*holds)(const struct brute_image *image, const struct constraint_set *set))
{
	for (size_t n = 0; n <= image->problem->usage_count; n++) {
		const struct constraint_set *set = _brute_nth_set(image, n);

		if (set && !holds(image, set))
			return false;
	}
	return true;
}

static bool divides_all(const struct brute_image *image, uint32_t kind, uint32_t plane, uint64_t value)
{
	for (size_t n = 0; n <= image->problem->usage_count; n++) {
		if (value % _brute_value(_brute_nth_set(image, n), kind, plane, 1))
			return false;
	}
	return true;
}

/* The first number from there on that everybody can divide: one try after the other. */
static uint64_t next_multiple(const struct brute_image *image, uint32_t kind, uint32_t plane, uint64_t from)
{
	uint64_t step = _brute_most(image, kind, plane);

	if (step)
		from = (from + step - 1) / step * step;
	while (!divides_all(image, kind, plane, from))
		from += step;
	return from;
}

/* The smallest that everybody takes, whatever the other planes have: one try after the other. */
static uint64_t find_stride(const struct attempt *attempt, uint32_t plane)
{
	const struct brute_image *image = &attempt->image;
	uint64_t least = _brute_most(image, CEN_CONSTRAINT_STRIDE_MIN, plane);
	uint64_t row = _brute_row_bytes(image->format, plane, image->problem->width);

	return next_multiple(image, CEN_CONSTRAINT_STRIDE_ALIGN, plane, least > row ? least : row);
}

/* As the format has it, from the first plane's. Returns false where that is no whole number. */
static bool derive_stride(struct brute_image *image, uint32_t plane)
{
	const struct cen_format_plane *a = &image->format->planes[0], *b = &image->format->planes[plane];

	image->planes[plane].stride = image->planes[0].stride * b->block_bytes * a->block_width * a->hsub /
				      ((uint64_t)a->block_bytes * b->block_width * b->hsub);
	return _brute_follows_first(image, plane);
}

/*
 * Strides of the other planes: fixed, or following the first one's, or free, which is a wish less fulfilled. Returns
 * false where the first plane's leaves none.
 */
static bool place_strides(struct attempt *attempt, bool is_free)
{
	struct brute_image *image = &attempt->image;

	for (uint32_t p = 1; p < image->format->plane_count; p++) {
		uint64_t exact = _brute_most(image, CEN_CONSTRAINT_STRIDE_EXACT, p);

		if (exact)
			image->planes[p].stride = exact;
		else if (is_free)
			image->planes[p].stride = find_stride(attempt, p);
		else if (!derive_stride(image, p))
			return false;
	}
	for (uint32_t p = 0; p < image->format->plane_count; p++) {
		if (image->planes[p].stride < _brute_row_bytes(image->format, p, image->problem->width))
			return false;
	}
	return all_hold(image, _brute_strides_hold);
}

/*
 * Rows that somebody touches are a multiple for all at once, as the document's table of merge rules has it. Where the
 * chroma's place follows from the padded height of a device, they are as many as that, and those touched among them.
 */
static bool place_rows(struct brute_image *image)
{
	uint64_t rows = next_multiple(image, CEN_CONSTRAINT_HEIGHT_ALIGN, 0, image->problem->height);
	uint64_t derived = _brute_most(image, CEN_CONSTRAINT_CHROMA_ROWS, 0);

	if (derived && image->object_count == 1 && image->format->plane_count > 1) {
		if (derived < rows)
			return false;
		rows = derived;
	}
	for (uint32_t p = 0; p < image->format->plane_count; p++) {
		uint64_t vsub = image->format->planes[p].vsub;

		image->planes[p].rows = (uint32_t)((rows + vsub - 1) / vsub);
		image->planes[p].size = image->planes[p].rows * image->planes[p].stride;
	}
	return true;
}

/* Each as early as it can be, behind the one before it. Where a device takes it to be without a gap, that shows. */
static bool place_offsets(struct brute_image *image)
{
	uint64_t end = 0;

	for (uint32_t p = 0; p < image->format->plane_count; p++) {
		struct cen_plane_layout *plane = &image->planes[p];

		plane->object = image->object_count > 1 ? p : 0;
		plane->offset = plane->object ? 0 : next_multiple(image, CEN_CONSTRAINT_OFFSET_ALIGN, p, end);
		end = plane->offset + plane->size;
	}
	return all_hold(image, _brute_places_hold);
}

static void place_sizes(struct brute_image *image)
{
	for (uint32_t o = 0; o < image->object_count; o++) {
		/* The last plane of the object. */
		const struct cen_plane_layout *plane =
			&image->planes[image->object_count > 1 ? o : image->format->plane_count - 1u];
		uint64_t tail = _brute_most(image, CEN_CONSTRAINT_SIZE_TAIL, o);
		uint64_t rows = _brute_most(image, CEN_CONSTRAINT_TAIL_ROWS, 0) * plane->stride;
		uint64_t size = plane->offset + plane->size + (tail > rows ? tail : rows);
		uint64_t least = _brute_most(image, CEN_CONSTRAINT_SIZE_MIN, o);

		image->objects[o] = next_multiple(image, CEN_CONSTRAINT_SIZE_ALIGN, o, size > least ? size : least);
	}
}

static uint64_t get_total(const struct brute_image *image)
{
	uint64_t total = 0;

	for (uint32_t o = 0; o < image->object_count; o++)
		total += image->objects[o];
	return total;
}

/* The wishes in their order: one object, strides that follow the first plane's; and then the fewest bytes. */
static bool is_better(const struct attempt *attempt, const struct brute_answer *answer)
{
	uint32_t rank = get_rank(&attempt->image);

	if (rank != answer->rank)
		return rank < answer->rank;
	return get_total(&attempt->image) < answer->least_bytes;
}

static struct brute_answer *find_answer(const struct attempt *attempt, size_t source)
{
	for (size_t i = attempt->first_answer; i < attempt->answer_count; i++) {
		if (attempt->answers[i].source == source)
			return &attempt->answers[i];
	}
	return NULL;
}

static bool is_news(const struct attempt *attempt, size_t source)
{
	const struct brute_answer *answer = find_answer(attempt, source);

	return !answer || is_better(attempt, answer);
}

/* Note an answer, or in place of the one that is known. */
static void note(struct attempt *attempt, size_t source)
{
	const struct brute_image *image = &attempt->image;
	struct brute_answer *answer = find_answer(attempt, source);

	if (!answer) {
		if (attempt->answer_count == attempt->answer_max)
			return;
		answer = &attempt->answers[attempt->answer_count++];
	}
	*answer = (struct brute_answer){
		.fourcc = image->format->fourcc,
		.modifier = image->modifier,
		.source = source,
		.rank = get_rank(image),
		.least_bytes = get_total(image),
		.image = *image,
	};
}

static void try_sources(struct attempt *attempt)
{
	struct brute_image *image = &attempt->image;

	for (size_t s = 0; s < image->problem->source_count; s++) {
		image->source = image->problem->sources[s].desc;
		if (attempt->sources >> s & 1 && is_news(attempt, s) && !_brute_judge(image))
			note(attempt, s);
	}
}

/* The sources that are out of the question for no reason but the layout. */
static uint32_t find_sources(struct attempt *attempt)
{
	struct brute_image *image = &attempt->image;
	uint32_t sources = 0;

	for (size_t s = 0; s < image->problem->source_count; s++) {
		image->source = image->problem->sources[s].desc;
		if (!_brute_judge_facts(image))
			sources |= 1u << s;
	}
	return sources;
}

/* Whether a source is left without an answer of a better rank. */
static bool is_worth_it(const struct attempt *attempt, uint32_t rank)
{
	for (size_t s = 0; s < attempt->image.problem->source_count; s++) {
		const struct brute_answer *answer = find_answer(attempt, s);

		if (attempt->sources >> s & 1 && !(answer && answer->rank < rank))
			return true;
	}
	return false;
}

/* All strides of the first plane, with one object or several, and all strides bound to it or free. */
static void try_layouts(struct attempt *attempt)
{
	struct brute_image *image = &attempt->image;
	uint32_t ranks = image->format->plane_count > 1 ? BRUTE_RANKS : 1;

	for (uint32_t rank = 0; rank < ranks && is_worth_it(attempt, rank); rank++) {
		image->object_count = rank & BRUTE_SEVERAL_OBJECTS ? image->format->plane_count : 1;
		for (image->planes[0].stride = 1; image->planes[0].stride <= attempt->max_stride;
		     image->planes[0].stride++) {
			if (!place_strides(attempt, rank & BRUTE_FREE_STRIDES) || !place_rows(image) ||
			    !place_offsets(image))
				continue;
			place_sizes(image);
			try_sources(attempt);
		}
	}
}

/* With one alternative of each usage. Never ends the search. */
static bool try_choice(struct attempt *attempt)
{
	struct brute_image *image = &attempt->image;
	uint64_t needed = _brute_most(image, CEN_CONSTRAINT_COUNT_MIN, 0);

	image->count = needed > image->problem->count ? (uint32_t)needed : image->problem->count;
	image->is_final = image->modifier == CEN_MODIFIER_LINEAR;
	image->object_count = 0;
	attempt->sources = find_sources(attempt);
	if (!attempt->sources)
		return false;
	if (image->is_final) {
		try_layouts(attempt);
	} else {
		try_sources(attempt);
	}
	return false;
}

/* All formats and modifiers that the first usage has, once each: its alternatives are in their order. */
size_t brute_find_answers(const struct solver_problem *problem, uint64_t max_stride, struct brute_answer *answers,
			  size_t max)
{
	const struct cen_capabilities *caps = problem->usages[0].caps;
	struct attempt attempt = {
		.image.problem = problem,
		.done = try_choice,
		.max_stride = max_stride,
		.answers = answers,
		.answer_max = max,
		.tries = UINT32_MAX,
	};

	put_in_order(&attempt);
	for (size_t e = 0; e < caps->count; e++) {
		const struct capability_entry *entry = &caps->entries[e];

		if (e > 0 && entry->fourcc == entry[-1].fourcc && entry->modifier == entry[-1].modifier)
			continue;
		attempt.image.format = cen_format_get_info(entry->fourcc);
		attempt.image.modifier = entry->modifier;
		attempt.first_answer = attempt.answer_count;
		choose(&attempt, 0);
	}
	return attempt.answer_count;
}
