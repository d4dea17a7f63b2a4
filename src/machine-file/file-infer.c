/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "file-infer.h"

#include "util.h"

/* Pixels and rows that hardware rounds to. */
static const uint16_t steps[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};
/* Bytes: powers of two, and three times those, which 24-bit formats bring. */
static const uint32_t aligns[] = {1,   2,   4,   8,   16,   32,   48,   64,   96,    128,  192,
				  256, 384, 512, 768, 1024, 2048, 4096, 8192, 16384, 65536};

_Static_assert(ARRAY_LENGTH(steps) * ARRAY_LENGTH(steps) * ARRAY_LENGTH(aligns) == FILE_INFER_MAX,
	       "the bound is that of the kind with the most candidates");

/* How many values each part of a rule may have; 0 steps: there is no rule. */
struct space {
	enum file_rule_form form;
	size_t step_count, width_count, align_count;
};

static struct space get_space(uint32_t kind)
{
	switch (kind) {
	case CEN_CONSTRAINT_STRIDE_EXACT:
	case CEN_CONSTRAINT_STRIDE_MIN:
	case CEN_CONSTRAINT_SIZE_TAIL:
		return (struct space){FILE_RULE_ROW, ARRAY_LENGTH(steps), 1, ARRAY_LENGTH(aligns)};
	case CEN_CONSTRAINT_CHROMA_ROWS:
		return (struct space){FILE_RULE_HEIGHT, ARRAY_LENGTH(steps), 1, 1};
	case CEN_CONSTRAINT_SIZE_MIN:
		return (struct space){FILE_RULE_IMAGE, ARRAY_LENGTH(steps), ARRAY_LENGTH(steps), ARRAY_LENGTH(aligns)};
	default:
		return (struct space){0};
	}
}

size_t _cen_file_infer_count(uint32_t kind)
{
	struct space space = get_space(kind);

	return space.step_count * space.width_count * space.align_count;
}

struct file_rule _cen_file_infer_get(const struct cen_constraint *constraint, size_t index)
{
	struct space space = get_space(constraint->kind);
	struct file_rule rule = {.constraint = *constraint, .form = space.form};

	/* Of two that fit the first is taken: bytes are rounded rather than pixels, and the width rather than the height. */
	rule.align = aligns[index % space.align_count];
	index /= space.align_count;
	rule.width_step = steps[index % space.width_count];
	rule.step = steps[index / space.width_count];
	rule.constraint.value = 0;
	return rule;
}

bool _cen_file_infer_fits(const struct file_rule *rule, const struct cen_format_info *format,
			  const struct file_sample *samples, size_t count)
{
	struct cen_constraint constraint;

	for (size_t i = 0; i < count; i++) {
		if (!_cen_file_rule_evaluate(rule, format, samples[i].width, samples[i].height, &constraint) ||
		    constraint.value != samples[i].value)
			return false;
	}
	return true;
}
