/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What clients are told: all that GL samples, and before it what a plane could show as it is. */
#include "output-private.h"

static void capabilities_cleanup(struct cen_capabilities **caps)
{
	cen_capabilities_unref(*caps);
}

/*
 * cenalloc describes the card as a whole, this is about one of its planes, and what is shown on it as it is. Linear comes
 * without a name, too, for clients that know no modifiers.
 */
static int describe_plane(const struct output *output, const struct output_plane *plane,
			  const struct cen_capabilities *card, struct cen_capabilities **out)
{
	struct cen_capability capability = {.size = sizeof(capability)};
	int ret = cen_capabilities_create(out);

	for (size_t i = 0; ret == 0 && i < cen_capabilities_get_count(card); i++) {
		ret = cen_capabilities_get(card, i, &capability);
		if (ret == 0 && output_is_opaque(capability.fourcc) &&
		    output_plane_has(plane, capability.fourcc, capability.modifier))
			ret = cen_capabilities_add(*out, &capability, NULL);
		else
			continue;
		if (ret < 0 || capability.modifier != CEN_MODIFIER_LINEAR ||
		    !(output_implies_linear(output) ||
		      output_plane_has(plane, capability.fourcc, CEN_MODIFIER_INVALID)))
			continue;
		capability.modifier = CEN_MODIFIER_INVALID;
		capability.preference++;
		ret = cen_capabilities_add(*out, &capability, NULL);
	}
	return ret;
}

static int make_offer(struct output *output, const struct cen_capabilities *renderer,
		      const struct cen_capabilities *card)
{
	struct cen_capabilities *caps[OUTPUT_MAX_PLANES] = {NULL};
	struct cen_offer_plane planes[OUTPUT_MAX_PLANES];
	uint64_t devnum = renderer_get_devnum(output->renderer);
	struct cen_error *error = NULL;
	int ret = 0;

	for (size_t i = 0; i < output->plane_count && ret == 0; i++) {
		ret = describe_plane(output, &output->planes[i], card, &caps[i]);
		planes[i] = (struct cen_offer_plane){output->devnum, caps[i]};
	}
	if (ret == 0)
		ret = cen_offer_create(
			&(struct cen_offer_desc){
				.size = sizeof(struct cen_offer_desc),
				/* Software has no node: the display's is the nearest that there is. */
				.main_device = devnum ? devnum : output->devnum,
				.renderer = renderer,
				.planes = planes,
				.plane_count = output->never_direct ? 0 : output->plane_count,
			},
			&output->offer, &error);
	if (ret < 0)
		output_explain(error, ret);
	for (size_t i = 0; i < output->plane_count; i++)
		cen_capabilities_unref(caps[i]);
	return ret;
}

int output_offer_create(struct output *output)
{
	_cleanup_(capabilities_cleanup) struct cen_capabilities *renderer = NULL;
	_cleanup_(capabilities_cleanup) struct cen_capabilities *card = NULL;
	struct cen_error *error = NULL;
	int ret;

	ret = renderer_describe(output->renderer, CEN_USAGE_TEXTURE, &renderer);
	if (ret < 0)
		return ret;
	ret = cen_machine_describe(output->machine, output->device, CEN_USAGE_SCANOUT, 0, 0, NULL, 0, &card, NULL,
				   &error);
	if (ret < 0)
		return output_explain(error, ret);
	return make_offer(output, renderer, card);
}
