/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* From a driver's answers to constraints. */
#include "v4l2.h"

void _cen_v4l2_add(struct constraint_list *list, uint32_t kind, uint32_t plane, uint64_t value, uint32_t provenance,
		   const char *text)
{
	/* The largest alternative has about 40; the array has room for every kind and plane. */
	if (list->count == MAX_CONSTRAINTS)
		return;
	list->items[list->count++] = (struct cen_constraint){
		.kind = kind,
		.plane = plane,
		.value = value,
		.provenance = provenance,
		.note = text,
	};
}

static void add_range(struct constraint_list *list, uint32_t kind, uint32_t min, uint32_t max, const char *text)
{
	/* The kinds of a direction are min, max, step in this order. */
	_cen_v4l2_add(list, kind, 0, min, CEN_PROVENANCE_QUERIED, text);
	_cen_v4l2_add(list, kind + 1, 0, max, CEN_PROVENANCE_QUERIED, text);
}

static void add_step(struct constraint_list *list, uint32_t kind, uint32_t min, uint32_t step, uint32_t size)
{
	/* Steps count from the minimum; only where that is a multiple do they say something about the size itself. */
	if (step > 1 && min % step == 0 && size % step == 0)
		_cen_v4l2_add(list, kind + 2, 0, step, CEN_PROVENANCE_QUERIED, "VIDIOC_ENUM_FRAMESIZES");
}

void _cen_v4l2_add_size(const struct session *session, const struct picture *wish, const struct picture *got,
			bool is_padded, struct constraint_list *list)
{
	struct v4l2_frmsizeenum sizes = {.pixel_format = wish->pixelformat};
	const struct v4l2_frmsize_stepwise *s = &sizes.stepwise;
	bool is_same = is_padded || (got->width == wish->width && got->height == wish->height);
	bool is_listed = call_ioctl(session->fd, VIDIOC_ENUM_FRAMESIZES, &sizes) == 0;
	bool is_range = is_listed && sizes.type != V4L2_FRMSIZE_TYPE_DISCRETE;
	bool is_within = is_range && wish->width >= s->min_width && wish->width <= s->max_width &&
			 wish->height >= s->min_height && wish->height <= s->max_height;

	/* TRY_FMT decides: a range that contradicts its answer is not repeated. */
	if (is_range && is_within == is_same) {
		add_range(list, CEN_CONSTRAINT_WIDTH_MIN, s->min_width, s->max_width, "VIDIOC_ENUM_FRAMESIZES");
		add_range(list, CEN_CONSTRAINT_HEIGHT_MIN, s->min_height, s->max_height, "VIDIOC_ENUM_FRAMESIZES");
		/* A padded picture may have any size; only the buffer keeps to the step. */
		if (!is_padded) {
			add_step(list, CEN_CONSTRAINT_WIDTH_MIN, s->min_width, s->step_width, got->width);
			add_step(list, CEN_CONSTRAINT_HEIGHT_MIN, s->min_height, s->step_height, got->height);
		}
	}
	/* One of several sizes, or refused for a reason that no range tells: what the driver offers at this size. */
	if ((!is_same && (!is_range || is_within)) || (is_same && is_listed && !is_range && !is_padded)) {
		add_range(list, CEN_CONSTRAINT_WIDTH_MIN, got->width, got->width, "VIDIOC_TRY_FMT");
		add_range(list, CEN_CONSTRAINT_HEIGHT_MIN, got->height, got->height, "VIDIOC_TRY_FMT");
	}
}

static void add_stride(const struct stride_answer *answer, uint32_t p, struct constraint_list *list)
{
	if (!answer->align) {
		_cen_v4l2_add(list, CEN_CONSTRAINT_STRIDE_EXACT, p, answer->natural, CEN_PROVENANCE_QUERIED,
			      "TRY_FMT: fixed");
		return;
	}
	if (answer->align > 1)
		_cen_v4l2_add(list, CEN_CONSTRAINT_STRIDE_ALIGN, p, answer->align, CEN_PROVENANCE_PROBED,
			      "TRY_FMT: divides every stride it gave");
	_cen_v4l2_add(list, CEN_CONSTRAINT_STRIDE_MIN, p, answer->min, CEN_PROVENANCE_QUERIED, "TRY_FMT");
	_cen_v4l2_add(list, CEN_CONSTRAINT_STRIDE_MAX, p, answer->max, CEN_PROVENANCE_PROBED,
		      "TRY_FMT: largest it gave");
}

static uint64_t page_align(uint64_t size)
{
	uint64_t page = page_bytes();

	return size > UINT64_MAX - page ? size : (size + page - 1) / page * page;
}

/*
 * In one buffer V4L2 derives the chroma: it begins after the luma rows of the driver's own, maybe padded, height.
 * That height is not reported. It is read off sizeimage, which is the layout of the padded height: the paddings in
 * use are tried, smallest first, until one gives exactly sizeimage, or sizeimage once rounded up to a page.
 */
uint64_t _cen_v4l2_padded_rows(const struct cen_format_info *info, const struct picture *got)
{
	static const uint32_t alignments[] = {1, 2, 4, 8, 16, 32, 64, 128};

	for (int is_rounded = 0; is_rounded < 2; is_rounded++) {
		for (size_t i = 0; i < ARRAY_LENGTH(alignments); i++) {
			uint64_t rows = ((uint64_t)got->height + alignments[i] - 1) / alignments[i] * alignments[i];
			uint64_t size = _cen_v4l2_format_size(info, got->stride[0], rows);

			if ((is_rounded ? page_align(size) : size) == got->size[0])
				return rows;
		}
	}
	return 0;
}

static void add_chroma(const struct session *session, const struct cen_format_info *info, const struct picture *got,
		       struct constraint_list *list)
{
	uint64_t rows = _cen_v4l2_padded_rows(info, got);
	char name[5] = {(char)(info->fourcc & 0xff), (char)(info->fourcc >> 8 & 0xff),
			(char)(info->fourcc >> 16 & 0xff), (char)(info->fourcc >> 24 & 0x7f)};

	if (rows) {
		_cen_v4l2_add(list, CEN_CONSTRAINT_CHROMA_ROWS, 0, rows, CEN_PROVENANCE_DERIVED,
			      "sizeimage and bytesperline");
		return;
	}
	note_session(session,
		     "%s: sizeimage %u fits no padded height at a stride of %u: the chroma is assumed to follow "
		     "%u rows of luma",
		     name, got->size[0], got->stride[0], got->height);
	_cen_v4l2_add(list, CEN_CONSTRAINT_CHROMA_ROWS, 0, got->height, CEN_PROVENANCE_ASSUMED, "the picture's height");
}

/*
 * A multi-planar capture driver may begin the picture at a data_offset, which it tells with each dequeued buffer only.
 * sizeimage includes it.
 */
static void note_data_offset(const struct session *session, const struct cen_format_info *info, uint32_t p,
			     const struct picture *got)
{
	uint64_t rows = ((uint64_t)got->height + info->planes[p].vsub - 1) / info->planes[p].vsub;
	uint64_t least =
		got->plane_count > 1 ? rows * got->stride[p] : _cen_v4l2_format_size(info, got->stride[0], got->height);
	char name[5] = {(char)(info->fourcc & 0xff), (char)(info->fourcc >> 8 & 0xff),
			(char)(info->fourcc >> 16 & 0xff), (char)(info->fourcc >> 24 & 0x7f)};

	if (!session->is_multiplanar || session->is_output || got->size[p] <= least ||
	    page_align(least) == got->size[p])
		return;
	/* Less than a row cannot be padding of the height. */
	if (got->size[p] - least < got->stride[p])
		note_session(session,
			     "%s: plane %u: sizeimage has %llu bytes more than the picture: the driver may begin "
			     "it at a data_offset, which is told with dequeued buffers only",
			     name, p, (unsigned long long)(got->size[p] - least));
}

void _cen_v4l2_add_layout(const struct session *session, const struct format_row *row, const struct picture *wish,
			  const struct picture *got, const struct stride_answer *answers, struct constraint_list *list)
{
	const struct cen_format_info *info = session->state->host->get_format_info(row->drm);

	for (uint32_t p = 0; p < got->plane_count; p++) {
		uint64_t least = _cen_v4l2_format_stride(info, p, wish->width);

		add_stride(&answers[p], p, list);
		/* bytesperline 0 is a driver's way to say that it has none. */
		if (got->stride[p] < least)
			note_session(session, "plane %u: the driver's stride of %u bytes is less than a row's %llu", p,
				     got->stride[p], (unsigned long long)least);
		_cen_v4l2_add(list, CEN_CONSTRAINT_SIZE_MIN, p, got->size[p], CEN_PROVENANCE_QUERIED, "sizeimage");
		/* Every V4L2 plane begins at byte 0 of its dma-buf: capture has no way to ask for another place. */
		_cen_v4l2_add(list, CEN_CONSTRAINT_OFFSET_MAX, p, 0, CEN_PROVENANCE_DERIVED,
			      "V4L2 planes have no offset");
		note_data_offset(session, info, p, got);
	}
	if (info->plane_count == 1)
		return;
	_cen_v4l2_add(list, CEN_CONSTRAINT_OBJECTS, 0,
		      row->memory_planes == 1 ? CEN_OBJECTS_ONE : CEN_OBJECTS_PER_PLANE, CEN_PROVENANCE_QUERIED,
		      row->memory_planes == 1 ? "contiguous planes format" : "non-contiguous planes format");
	if (row->memory_planes == 1)
		add_chroma(session, info, got, list);
}

static void add_class(const struct queue_facts *facts, struct constraint_list *list)
{
	bool is_contiguous = facts->memory.class == MEMORY_CONTIGUOUS;

	/* vmalloc reads and writes by the CPU, dma-sg takes pieces: neither asks for anything. */
	if (facts->memory.class == MEMORY_MAPPED || facts->memory.class == MEMORY_SCATTERED)
		return;
	if (is_contiguous && facts->is_translated)
		_cen_v4l2_add(list, CEN_CONSTRAINT_IOVA_SEGMENTS, 0, 1, CEN_PROVENANCE_DERIVED,
			      "vb2 dma-contig behind an IOMMU");
	else if (is_contiguous)
		_cen_v4l2_add(list, CEN_CONSTRAINT_SEGMENTS, 0, 1, CEN_PROVENANCE_PROBED, "vb2 dma-contig");
	else
		_cen_v4l2_add(list, CEN_CONSTRAINT_SEGMENTS, 0, 1, CEN_PROVENANCE_ASSUMED, "memory class not known");
}

static void add_reach(const struct queue_facts *facts, struct constraint_list *list)
{
	if (facts->address_bits && facts->memory.class != MEMORY_MAPPED && !facts->is_translated)
		_cen_v4l2_add(list, CEN_CONSTRAINT_ADDRESS_BITS, 0, facts->address_bits, CEN_PROVENANCE_QUERIED,
			      "dma_mask_bits of the PCI device");
}

/*
 * No FD_MODE: vb2 takes the dma-buf behind an fd and never asks how the fd was opened, not even for capture. No
 * CPU_MAPPABLE for vmalloc: it maps in the kernel, which is another matter than mmap().
 */
void _cen_v4l2_add_memory(const struct session *session, const struct queue_facts *facts, struct constraint_list *list)
{
	bool is_limit_queried = facts->caps.flags & V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS;

	if (facts->caps.is_known && !(facts->caps.flags & V4L2_BUF_CAP_SUPPORTS_DMABUF)) {
		/* Its own buffers are by construction where it reaches them and as it wants them. */
		_cen_v4l2_add(list, CEN_CONSTRAINT_EXPORTER, 0, session->devnum, CEN_PROVENANCE_QUERIED,
			      "the queue does not import dma-bufs");
	} else {
		add_class(facts, list);
		add_reach(facts, list);
	}
	if (facts->least_count)
		_cen_v4l2_add(list, CEN_CONSTRAINT_COUNT_MIN, 0, facts->least_count, CEN_PROVENANCE_QUERIED,
			      "V4L2_CID_MIN_BUFFERS_FOR_*");
	if (facts->memory.least_count > 1)
		_cen_v4l2_add(list, CEN_CONSTRAINT_COUNT_MIN, 0, facts->memory.least_count, CEN_PROVENANCE_PROBED,
			      facts->count_note);
	_cen_v4l2_add(list, CEN_CONSTRAINT_COUNT_MAX, 0, facts->caps.max_count,
		      is_limit_queried ? CEN_PROVENANCE_QUERIED : CEN_PROVENANCE_DERIVED,
		      is_limit_queried ? "max_num_buffers" : "VIDEO_MAX_FRAME");
	_cen_v4l2_add(list, CEN_CONSTRAINT_SYNC, 0, CEN_SYNC_NONE, CEN_PROVENANCE_DERIVED, "vb2 uses no fences");
}
