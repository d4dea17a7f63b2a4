/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as a problem for the pure solver: what devices say, what sources are, what the request wants. Each answer
 * must be one: plans that hold against every device, or a conflict that names its reasons.
 */
#include <errno.h>

#include "brute-force.h"
#include "fuzz.h"
#include "problem.h"

/* Formats that meet often enough, of every shape. */
static const char *const fourccs[] = {"XR24", "NV12", "YU12", "YUYV", "RG24", "P030", "YUV9", "NV15"};
static const uint64_t modifiers[] = {
	CEN_MODIFIER_LINEAR,
	CEN_MODIFIER_LINEAR,
	UINT64_C(0x0100000000000001),
	CEN_MODIFIER_INVALID,
};
/* What sources make. */
/* Sorted, as the solver wants them. */
static const struct cen_source_format made[] = {
	{.fourcc = 0x3231564e, .modifier = CEN_MODIFIER_INVALID},
	{.fourcc = 0x3231564e, .modifier = UINT64_C(0x0100000000000001)},
	{.fourcc = 0x34325258, .modifier = UINT64_C(0x0100000000000001)},
};

struct input {
	const uint8_t *data;
	size_t left;
};

static uint8_t byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->data++;
}

/* A number as constraints have them: small, a power of two, next to one, or any. */
static uint64_t number(struct input *input)
{
	uint8_t form = byte(input);
	uint64_t value = byte(input);

	switch (form & 7) {
	case 0:
		return value;
	case 1:
		return value << 8 | byte(input);
	case 2:
		return UINT64_C(1) << (value & 63);
	case 3:
		return (UINT64_C(1) << (value & 63)) - 1;
	case 4:
		return (value + 1) << 16;
	case 5:
		return UINT64_MAX - value;
	case 6:
		return value * 16;
	default:
		for (int i = 0; i < 7; i++)
			value = value << 8 | byte(input);
		return value;
	}
}

static size_t constraints(struct input *input, struct cen_constraint *out, size_t most)
{
	size_t count = byte(input) % (most + 1);

	for (size_t i = 0; i < count; i++) {
		uint8_t kind = byte(input);

		out[i] = (struct cen_constraint){
			.kind = kind % 35,
			.plane = kind >= 210 ? kind & 3 : 0,
			.value = number(input),
			.provenance = kind % 8,
			.note = kind & 1 ? "noted" : NULL,
		};
	}
	return count;
}

/* What is not acceptable is refused, and left out here. */
static void add_alternative(struct input *input, struct cen_capabilities *caps)
{
	struct cen_constraint list[8];
	uint8_t which = byte(input);
	struct cen_capability capability = {
		.size = sizeof(capability),
		.fourcc = cen_format_from_string(fourccs[which & 7]),
		.preference = which >> 5,
		.modifier = modifiers[which >> 3 & 3],
		.constraints = list,
	};

	capability.constraint_count = constraints(input, list, 8);
	FUZZ_CHECK(cen_capabilities_add(caps, &capability, NULL) != -ENOMEM);
}

static void add_usages(struct input *input, struct problem *p)
{
	uint8_t shape = byte(input);
	size_t kinds = 1 + shape % 5, repeat = shape >= 240 ? 13 : 1;

	for (size_t k = 0; k < kinds; k++) {
		uint8_t alternatives = byte(input) % 6;
		size_t first = problem_usage(p, byte(input) % 11);

		for (int i = 0; i < alternatives; i++)
			add_alternative(input, p->caps[first]);
		/* Many devices of a kind. */
		for (size_t i = 1; i < repeat && p->problem.usage_count < CEN_MAX_USAGES; i++) {
			size_t next = problem_usage(p, CEN_USAGE_TEXTURE);

			cen_capabilities_unref(p->caps[next]);
			p->caps[next] = cen_capabilities_ref(p->caps[first]);
			p->usages[next].caps = p->caps[next];
		}
	}
}

static void add_sources(struct input *input, struct problem *p)
{
	static const char *const names[PROBLEM_SOURCES] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
	size_t count = byte(input) % (PROBLEM_SOURCES + 1);

	for (size_t i = 0; i < count; i++) {
		uint8_t bits = byte(input), more = byte(input);
		struct cen_source_desc *desc = problem_source(p, names[i], bits & 1, byte(input));

		desc->placement = 1u << (bits >> 1 & 3);
		desc->is_mappable = bits >> 3 & 1;
		desc->is_cached = bits >> 4 & 1;
		desc->fd_mode = (bits >> 5 & 3) % 3;
		desc->access = bits & 0x80 ? -EACCES : 0;
		desc->access_help = more & 1 ? "ask for it" : NULL;
		desc->exporter = more & 2 ? 1u + (more >> 6) : 0;
		desc->formats = made;
		desc->format_count = more & 4 ? sizeof(made) / sizeof(made[0]) : 0;
		desc->address_max = more & 8 ? number(input) : desc->address_max;
		desc->segment_bytes = more & 16 ? number(input) : desc->segment_bytes;
		desc->max_bytes = more & 32 ? number(input) : 0;
		desc->free_bytes = more & 32 ? number(input) : 0;
	}
}

static void read_problem(struct input *input, struct problem *p)
{
	struct cen_constraint policy[4];
	uint8_t wanted;
	size_t count;

	problem_init(p, 1, 1);
	p->problem.width = 1 + (uint32_t)(number(input) & 0xffff);
	p->problem.height = 1 + (uint32_t)(number(input) & 0xffff);
	p->problem.count = 1 + byte(input) % 64;
	p->problem.flags = p->problem.count & 1 ? CEN_SOLVE_ALL_REASONS : 0;
	wanted = byte(input);
	for (int i = 0; i < 8; i++) {
		if (wanted >> i & 1)
			problem_want(p, fourccs[i]);
	}
	if (byte(input) & 1) {
		p->problem.modifier_count = 2;
		p->modifiers[0] = CEN_MODIFIER_INVALID;
		p->modifiers[1] = UINT64_C(0x0100000000000001);
	}
	add_usages(input, p);
	add_sources(input, p);
	count = constraints(input, policy, 4);
	if (count && _cen_constraint_set_create(policy, count, &p->policy, NULL) == 0)
		p->problem.policy = p->policy;
}

static void check_words(const struct cen_plan *plan)
{
	struct cen_plan_constraint constraint = {.size = sizeof(constraint)};
	const char *source, *text;

	FUZZ_CHECK(cen_plan_get_reason_count(plan) > 0);
	for (size_t i = 0; i < cen_plan_get_reason_count(plan); i++)
		FUZZ_CHECK(cen_plan_get_reason(plan, i)[0] != '\0');
	for (size_t i = 0; i < cen_plan_get_rejection_count(plan); i++)
		FUZZ_CHECK(cen_plan_get_rejection(plan, i, &source, &text) == 0 && text[0] != '\0');
	for (size_t i = 0; i < cen_plan_get_constraint_count(plan); i++)
		FUZZ_CHECK(cen_plan_get_constraint(plan, i, &constraint) == 0 && constraint.decided_by[0] != '\0');
}

static void check_conflict(const struct solver_problem *problem, const struct cen_conflict *conflict)
{
	struct cen_conflict_member member = {.size = sizeof(member)};
	struct cen_relaxation relaxation = {.size = sizeof(relaxation)};
	struct cen_conflict_rejection rejection = {.size = sizeof(rejection)};

	FUZZ_CHECK(cen_conflict_get_text(conflict)[0] != '\0');
	FUZZ_CHECK(cen_conflict_get_usage_count(conflict) <= problem->usage_count);
	for (size_t i = 0; i < cen_conflict_get_usage_count(conflict); i++)
		FUZZ_CHECK(cen_conflict_get_usage(conflict, i) < problem->usage_count);
	FUZZ_CHECK(cen_conflict_get_member_count(conflict) > 0);
	FUZZ_CHECK(cen_conflict_get_dimension(conflict) != 0);
	for (size_t i = 0; i < cen_conflict_get_member_count(conflict); i++) {
		FUZZ_CHECK(cen_conflict_get_member(conflict, i, &member) == 0);
		FUZZ_CHECK(member.who[0] != '\0' && member.text[0] != '\0' && member.dimension != 0);
		FUZZ_CHECK(member.usage >= CEN_MEMBER_SOURCE && member.usage < (int)problem->usage_count);
	}
	for (size_t i = 0; i < cen_conflict_get_relaxation_count(conflict); i++) {
		FUZZ_CHECK(cen_conflict_get_relaxation_info(conflict, i, &relaxation) == 0);
		FUZZ_CHECK(relaxation.kind != 0 && relaxation.text[0] != '\0');
	}
	for (size_t i = 0; i < cen_conflict_get_rejection_count(conflict); i++) {
		FUZZ_CHECK(cen_conflict_get_rejection(conflict, i, &rejection) == 0);
		FUZZ_CHECK(rejection.dimension != 0 && rejection.source[0] != '\0' && rejection.text[0] != '\0');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct cen_solution *solution;
	struct problem p;
	uint32_t rank;

	read_problem(&input, &p);
	FUZZ_CHECK(_cen_solver_run(&p.problem, &solution, NULL) == 0);
	FUZZ_CHECK(!cen_solution_get_plan_count(solution) == !!cen_solution_get_conflict(solution));
	for (size_t i = 0; i < cen_solution_get_plan_count(solution); i++) {
		const struct cen_plan *plan = cen_solution_get_plan(solution, i);
		const char *wrong = brute_check_plan(&p.problem, plan, &rank);

		if (wrong)
			fprintf(stderr, "plan %zu: %s\n", i, wrong);
		FUZZ_CHECK(!wrong);
		check_words(plan);
	}
	if (cen_solution_get_conflict(solution))
		check_conflict(&p.problem, cen_solution_get_conflict(solution));
	cen_solution_unref(solution);
	problem_finish(&p);
	return 0;
}
