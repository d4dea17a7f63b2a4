/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a queue accepts, format by format. */
#include "v4l2.h"

#include <sys/sysmacros.h>

/* A codec's macroblocks are at most this large: more is another size, not padding. */
#define MAX_PADDING 128

/* Spellings of one fourcc that were described already. */
struct seen {
	uint32_t drm, memory_planes;
};

/* The formats so far. */
struct progress {
	struct seen seen[128];
	size_t count;
	int err; /* the last question that got no answer; 0: none */
	const char *call; /* and what it was asked with */
};

/* One attribute of the device that the node belongs to. */
static bool read_attribute(uint64_t devnum, const char *name, char *buf, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/%s", major(devnum), minor(devnum), name);
	return read_line(path, buf, size);
}

static struct queue_facts learn_facts(struct session *session, bool is_passive)
{
	struct queue_facts facts = {
		.caps = _cen_v4l2_buffer_caps(session, is_passive),
		.least_count = _cen_v4l2_least_count(session),
		.memory = _cen_v4l2_memory_learn(session, is_passive),
	};
	char line[64];

	if (!facts.caps.is_known)
		note_session(session, "buffer capabilities: not told; import of dma-bufs is assumed");
	/* "DMA" and "DMA-FQ" translate; "identity" and the others do not. */
	facts.is_translated =
		read_attribute(session->devnum, "iommu_group/type", line, sizeof(line)) && strncmp(line, "DMA", 3) == 0;
	if (read_attribute(session->devnum, "dma_mask_bits", line, sizeof(line))) {
		unsigned long bits = strtoul(line, NULL, 10);

		facts.address_bits = bits < 64 ? (uint32_t)bits : 0;
	}
	snprintf(facts.count_note, sizeof(facts.count_note), "REQBUFS made %u when asked for 1",
		 facts.memory.least_count);
	return facts;
}

/*
 * A codec rounds the picture up to its blocks: the picture lies in the upper left of a larger buffer, and the
 * application tells the rest with S_SELECTION.
 */
static bool is_padding(const struct session *session, const struct picture *wish, const struct picture *got)
{
	return (session->usage == CEN_USAGE_ENCODE || session->usage == CEN_USAGE_DECODE) &&
	       (got->width != wish->width || got->height != wish->height) && got->width >= wish->width &&
	       got->width - wish->width < MAX_PADDING && got->height >= wish->height &&
	       got->height - wish->height < MAX_PADDING;
}

/*
 * What TRY_FMT makes of a format. Returns 1, 0 for a format that is left out (a driver that does not have it, or not at
 * this moment, gives another one), or a negative errno.
 */
static int try_format(const struct session *session, const struct format_row *row, const struct picture *wish,
		      struct picture *got)
{
	int ret = _cen_v4l2_try_picture(session, wish, got);

	if (ret < 0)
		return ret == -EINVAL ? 0 : ret;
	return got->pixelformat == row->v4l2 && got->plane_count == row->memory_planes;
}

/* Returns 1, 0 for a format that is left out, or a negative errno of *call; NULL there: the host's. */
static int describe_format(const struct session *session, const struct format_row *row, const struct picture *size,
			   const struct queue_facts *facts, const char **call)
{
	struct picture wish = {
		.pixelformat = row->v4l2,
		.width = size->width,
		.height = size->height,
		.field = V4L2_FIELD_ANY,
		.plane_count = row->memory_planes,
	};
	struct stride_answer answers[CEN_MAX_PLANES] = {0};
	struct constraint_list list = {.count = 0};
	struct picture got;
	struct cen_capability capability;
	bool is_padded;
	int ret;

	*call = "VIDIOC_TRY_FMT";
	ret = try_format(session, row, &wish, &got);
	if (ret <= 0)
		return ret;
	is_padded = is_padding(session, &wish, &got);
	_cen_v4l2_add_size(session, &wish, &got, is_padded, &list);
	/* The layout of another size would only hide what is wrong: the size. */
	if (is_padded || (got.width == wish.width && got.height == wish.height)) {
		if (_cen_v4l2_stride_learn(session, &got, answers) < 0)
			note_session(session, "stride: the driver gave no steady answers; its own stride is required");
		_cen_v4l2_add_layout(session, row, &wish, &got, answers, &list);
	}
	_cen_v4l2_add_memory(session, facts, &list);
	capability = (struct cen_capability){
		.size = sizeof(capability),
		.fourcc = row->drm,
		/* One dma-buf for all planes suits more devices than one for each. */
		.preference = row->memory_planes > 1,
		.modifier = CEN_MODIFIER_LINEAR,
		.constraints = list.items,
		.constraint_count = list.count,
	};
	*call = NULL;
	ret = session->state->host->add_capability(session->call, &capability);
	return ret < 0 ? ret : 1;
}

static int asked_size(const struct session *session, const struct cen_query *query, struct picture *out)
{
	int ret;

	*out = (struct picture){.width = query->width, .height = query->height};
	if (query->width && query->height)
		return 0;
	ret = _cen_v4l2_get_picture(session, out);
	if (ret < 0)
		return fail_session(session, "VIDIOC_G_FMT", -ret, "%s: the size it has now: %s", session->path,
				    strerror(-ret));
	return 0;
}

static bool is_seen(const struct progress *progress, const struct format_row *row)
{
	for (size_t i = 0; i < progress->count; i++) {
		if (progress->seen[i].drm == row->drm && progress->seen[i].memory_planes == row->memory_planes)
			return true;
	}
	return false;
}

/* One row of the table, if the queue has it. Returns 0, or a negative errno that ends it all. */
static int describe_row(const struct session *session, const struct format_row *row, const struct picture *size,
			const struct queue_facts *facts, struct progress *progress)
{
	const char *call = "VIDIOC_ENUM_FMT";
	int ret = _cen_v4l2_has_format(session, row->v4l2);

	if (ret > 0)
		ret = describe_format(session, row, size, facts, &call);
	if (ret > 0 && progress->count < ARRAY_LENGTH(progress->seen))
		progress->seen[progress->count++] = (struct seen){row->drm, row->memory_planes};
	/* One format that gives no answer, or one that the host does not take, hides no other. */
	if (ret < 0) {
		progress->err = ret;
		progress->call = call;
	}
	return ret == -ENOMEM || ret == -ENODEV ? ret : 0;
}

static int describe_formats(const struct session *session, const struct cen_query *query, const struct picture *size,
			    const struct queue_facts *facts)
{
	struct progress progress = {.count = 0};
	const struct format_row *row;
	int ret = 0;

	for (size_t i = 0; ret == 0 && (row = _cen_v4l2_format_nth(i)); i++) {
		if (is_wanted(query, row->drm) && !is_seen(&progress, row) &&
		    session->state->host->get_format_info(row->drm))
			ret = describe_row(session, row, size, facts, &progress);
	}
	if (!progress.err)
		return 0;
	/* With no format at all the answer would say that the queue has none of these. */
	if (ret < 0 || progress.count == 0)
		return fail_session(session, progress.call, -progress.err, "%s: its formats: %s", session->path,
				    strerror(-progress.err));
	note_session(session, "formats: some are left out: %s: %s", progress.call ? progress.call : "not valid",
		     strerror(-progress.err));
	return 0;
}

int _cen_v4l2_describe(void *state, struct cen_call *call, const struct cen_device_desc *device,
		       const struct cen_query *query)
{
	_cleanup_session_ struct session session = {.fd = -1};
	bool is_passive = query->flags & CEN_QUERY_PASSIVE;
	struct queue_facts facts;
	struct picture size;
	int ret;

	ret = _cen_v4l2_session_open(state, call, device->path, device->devnum, query->usage, &session);
	if (ret < 0)
		return ret;
	ret = asked_size(&session, query, &size);
	if (ret < 0)
		return ret;
	facts = learn_facts(&session, is_passive);
	if (session.device_caps & V4L2_CAP_IO_MC)
		note_session(&session,
			     "formats: a media controller sets the pipeline; which of them it can carry depends on "
			     "its links");
	return describe_formats(&session, query, &size, &facts);
}
