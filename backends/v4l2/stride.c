/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Which strides a driver takes. V4L2 has no query for it, and TRY_FMT may ignore what is asked, so the driver is asked
 * for a row of strides and the rule is read off its answers:
 *
 *   fixed      every answer is the natural stride
 *   aligned    answers are multiples of A: the greatest common divisor of all of them
 *   any        A is 1
 *
 * All planes of a multi-planar format are asked at once, each relative to its own natural stride.
 */
#include "v4l2.h"

#define STEPS 13 /* natural + 1, 2, 4, ... 4096 */
#define HUGE_STRIDE                                                                                                    \
	(1u << 20) /* more than any row; small enough that times a height fits a careless driver's 32 bits */

static uint32_t gcd(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static int ask(const struct session *session, const struct picture *base, uint32_t more, struct picture *out)
{
	struct picture wish = *base;
	int ret;

	for (uint32_t p = 0; p < base->plane_count; p++)
		wish.stride[p] = more == HUGE_STRIDE ? HUGE_STRIDE : base->stride[p] + more;
	ret = _cen_v4l2_try_picture(session, &wish, out);
	if (ret < 0)
		return ret;
	/* An answer about another picture says nothing about this one. */
	if (out->pixelformat != base->pixelformat || out->width != base->width || out->height != base->height ||
	    out->plane_count != base->plane_count)
		return -EINVAL;
	return 0;
}

/* Whether a stride that the rule promises is really taken. */
static bool is_taken(const struct session *session, const struct picture *base, uint32_t p, uint32_t stride)
{
	struct picture wish = *base, got;

	wish.stride[p] = stride;
	return _cen_v4l2_try_picture(session, &wish, &got) == 0 && got.pixelformat == base->pixelformat &&
	       got.stride[p] == stride;
}

static void conclude(const struct session *session, const struct picture *base, uint32_t p, uint32_t common,
		     uint32_t largest, struct stride_answer *answer)
{
	uint32_t rest = base->stride[p] % common, next = base->stride[p] - rest + common;

	/*
	 * A natural stride that is no multiple is an exception of the driver's: the multiples are described, for they
	 * are what another device may want too.
	 */
	if (largest < next || !is_taken(session, base, p, next))
		return;
	answer->align = common;
	answer->min = rest ? next : base->stride[p];
	answer->max = largest;
}

int _cen_v4l2_stride_learn(const struct session *session, const struct picture *base, struct stride_answer *answers)
{
	uint32_t common[CEN_MAX_PLANES] = {0}, largest[CEN_MAX_PLANES] = {0};
	struct picture got;
	bool is_fixed = true;
	int ret;

	for (uint32_t p = 0; p < base->plane_count; p++) {
		answers[p] = (struct stride_answer){.natural = base->stride[p]};
	}
	/* From the largest down: two answers tell a fixed stride, which spares a webcam many slow transfers. */
	for (int step = STEPS - 1; step >= 0; step--) {
		ret = ask(session, base, 1u << step, &got);
		if (ret < 0)
			return ret;
		for (uint32_t p = 0; p < base->plane_count; p++) {
			if (got.stride[p] <= base->stride[p])
				continue;
			is_fixed = false;
			common[p] = gcd(common[p], got.stride[p]);
		}
		if (is_fixed && step == STEPS - 2)
			return 0;
	}
	ret = ask(session, base, HUGE_STRIDE, &got);
	if (ret < 0)
		return ret;
	for (uint32_t p = 0; p < base->plane_count; p++) {
		largest[p] = got.stride[p];
		if (common[p])
			conclude(session, base, p, common[p], largest[p], &answers[p]);
	}
	return 0;
}
