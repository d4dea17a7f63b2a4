/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_CONSTRAINT_H
#define CENALLOC_CONSTRAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cenalloc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The catalogue: every bound on layout or memory that cenalloc understands. docs/constraints.md explains each with
 * its source. The letter behind a kind says how two values merge: L least common multiple, > the larger wins,
 * < the smaller wins, = must be equal, & what both sets hold, r recorded per usage and never merged.
 * Kinds marked [p] exist once per plane; all others belong to plane 0.
 */
enum cen_constraint_kind {
	CEN_CONSTRAINT_WIDTH_MIN = 1, /* > pixels */
	CEN_CONSTRAINT_WIDTH_MAX = 2, /* < pixels */
	CEN_CONSTRAINT_WIDTH_STEP = 3, /* L pixels */
	CEN_CONSTRAINT_HEIGHT_MIN = 4, /* > pixels */
	CEN_CONSTRAINT_HEIGHT_MAX = 5, /* < pixels */
	CEN_CONSTRAINT_HEIGHT_STEP = 6, /* L pixels */
	CEN_CONSTRAINT_STRIDE_ALIGN = 7, /* L bytes [p] */
	CEN_CONSTRAINT_STRIDE_MIN = 8, /* > bytes [p] */
	CEN_CONSTRAINT_STRIDE_MAX = 9, /* < bytes [p] */
	CEN_CONSTRAINT_STRIDE_EXACT = 10, /* = bytes [p]; a set of strides is a set of capabilities */
	CEN_CONSTRAINT_OFFSET_ALIGN = 11, /* L bytes [p] */
	CEN_CONSTRAINT_OFFSET_MAX = 12, /* < bytes [p] */
	/* Strides of planes 1.. that nothing fixes follow that of plane 0 where they can; else they are as small as can be. */
	/* Sizes: of the object that plane p begins; with one object, plane 0 stands for the whole image. */
	CEN_CONSTRAINT_SIZE_ALIGN = 13, /* L bytes [p] */
	CEN_CONSTRAINT_SIZE_MIN = 14, /* > bytes [p]; V4L2's sizeimage */
	CEN_CONSTRAINT_SIZE_TAIL = 15, /* > bytes [p] that the device reads past the last row */
	CEN_CONSTRAINT_HEIGHT_ALIGN = 16, /* L rows that the device touches, for example 1088 for 1080 */
	CEN_CONSTRAINT_CHROMA_ROWS = 17, /* = rows of luma after which the device derives the chroma to begin */
	CEN_CONSTRAINT_OBJECTS = 18, /* & CEN_OBJECTS_* */
	CEN_CONSTRAINT_SEGMENTS = 19, /* < physical pieces per object; 1: contiguous */
	CEN_CONSTRAINT_IOVA_SEGMENTS =
		20, /* < pieces behind the device's IOMMU, where any pages do: rules out nothing */
	CEN_CONSTRAINT_ADDRESS_BITS = 21, /* < bits */
	CEN_CONSTRAINT_ADDRESS_MAX = 22, /* < highest physical address of a byte */
	CEN_CONSTRAINT_GRANULARITY = 23, /* L bytes: page or segment size */
	CEN_CONSTRAINT_PLACEMENT = 24, /* & CEN_PLACEMENT_* */
	CEN_CONSTRAINT_HEAP = 25, /* = a source by name: the value is cen_heap_hash(), the note is the name */
	CEN_CONSTRAINT_EXPORTER = 26, /* = st_rdev of the device node that must export the buffer */
	CEN_CONSTRAINT_FD_MODE = 27, /* > CEN_FD_* */
	CEN_CONSTRAINT_CPU_MAPPABLE = 28, /* > 1: mmap() of the dma-buf must work */
	CEN_CONSTRAINT_CPU_ACCESS = 29, /* > CEN_CPU_*; for the application to know: rules out nothing */
	CEN_CONSTRAINT_CACHE = 30, /* > 1: CPU mappings must be cached */
	CEN_CONSTRAINT_COUNT_MIN = 31, /* > buffers */
	CEN_CONSTRAINT_COUNT_MAX = 32, /* < buffers */
	CEN_CONSTRAINT_SYNC = 33, /* r CEN_SYNC_* */
	CEN_CONSTRAINT_TAIL_ROWS = 34, /* > rows that the device reads past the last row; SIZE_TAIL may ask for more */
	CEN_CONSTRAINT_IOVA_MAX = 35, /* < highest address that it reaches behind its IOMMU: rules out nothing */
	CEN_CONSTRAINT_EXPORTERS = 36, /* & CEN_EXPORTER_*: whose dma-bufs the device takes */
};

#define CEN_EXPORTER_HEAP (1u << 0) /* dma-buf heaps */
#define CEN_EXPORTER_UDMABUF (1u << 1)
#define CEN_EXPORTER_DRM (1u << 2) /* dumb buffers and buffers of GPUs */
#define CEN_EXPORTER_V4L2 (1u << 3) /* VIDIOC_EXPBUF */
#define CEN_EXPORTER_OTHER (1u << 4)

#define CEN_OBJECTS_ONE (1u << 0) /* all planes in one dma-buf */
#define CEN_OBJECTS_PER_PLANE (1u << 1) /* a dma-buf per plane */

#define CEN_PLACEMENT_SYSTEM (1u << 0) /* any pages */
#define CEN_PLACEMENT_CMA (1u << 1) /* a CMA area */
#define CEN_PLACEMENT_DEVICE (1u << 2) /* a device's own memory */
#define CEN_PLACEMENT_PROTECTED (1u << 3) /* memory that the CPU cannot read */

#define CEN_FD_ANY 0u
#define CEN_FD_READ_ONLY 1u
#define CEN_FD_READ_WRITE 2u

#define CEN_CPU_NONE 0u
#define CEN_CPU_RARELY 1u
#define CEN_CPU_OFTEN 2u

#define CEN_SYNC_NONE (1u << 0) /* no fences: queue and dequeue order is all there is (V4L2) */
#define CEN_SYNC_IMPLICIT (1u << 1) /* fences in the dma-buf's reservation object */
#define CEN_SYNC_EXPLICIT (1u << 2) /* sync_file or drm_syncobj beside the buffer */

/** How a constraint is known, the strongest first. */
enum cen_provenance {
	CEN_PROVENANCE_QUERIED = 1, /* the kernel said so */
	CEN_PROVENANCE_DERIVED = 2, /* follows from something queried */
	CEN_PROVENANCE_PROBED = 3, /* observed by trying */
	CEN_PROVENANCE_QUIRK = 4, /* a data file says so */
	CEN_PROVENANCE_POLICY = 5, /* the application or the administrator wants it */
	CEN_PROVENANCE_DECLARED = 6, /* a machine file or a described device says so */
	CEN_PROVENANCE_ASSUMED = 7, /* nobody said; the safe guess */
};

/** One constraint. A plain value: this struct never grows. */
struct cen_constraint {
	uint32_t kind; /* enum cen_constraint_kind */
	uint32_t plane; /* 0 for kinds without [p] */
	uint64_t value; /* in the unit of the kind */
	uint32_t provenance; /* enum cen_provenance */
	uint32_t reserved; /* 0 */
	const char *note; /* how exactly it is known, "vb2 dma-contig"; may be NULL */
};

/** Facts about a kind. Static data. */
struct cen_constraint_info {
	uint32_t kind;
	bool per_plane;
	const char *name; /* as in the text form, "stride-align" */
	const char *unit; /* "bytes", "pixels", "rows", "count", "bits", or "" */
	const char *merge; /* in words, "least common multiple" */
	const char *meaning; /* one sentence */
};

/** Facts about a kind, or NULL for a number that is no kind of this version. Any thread. */
const struct cen_constraint_info *cen_constraint_kind_get_info(uint32_t kind);

/** "queried", "derived", ...; "unknown" for a number that is none. */
const char *cen_provenance_get_name(uint32_t provenance);

/**
 * The text form: kind, plane where it is not 0, value, and provenance where it is not 0, for example
 * "stride-align.1=64@probed", "objects=one|per-plane", "segments=1". The note is not part of it.
 * Returns what snprintf() would.
 */
int cen_constraint_to_string(const struct cen_constraint *constraint, char *buf, size_t size);

/**
 * Read the text form; the note becomes NULL, except for "heap=NAME" where it points into text, with the provenance
 * still behind the name. A heap whose name is not known is "heap=#" and 16 hexadecimal digits.
 * Returns 0, or -EINVAL (CEN_ERROR_SYNTAX with the column; CEN_ERROR_UNKNOWN_FLAG for an unknown kind or set member;
 * CEN_ERROR_ARGUMENT for a value that the kind cannot have).
 */
int cen_constraint_from_string(const char *text, struct cen_constraint *out, struct cen_error **err);

/** The value of CEN_CONSTRAINT_HEAP for a heap's name. */
uint64_t cen_heap_hash(const char *name);

#ifdef __cplusplus
}
#endif

#endif
