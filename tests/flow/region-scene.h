/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What the tests of regions share: an algorithm that is easy to see through, and short ways to make regions. */
#pragma once

#include "flow.h"

#define PAGE 4096u

/* First fit over a map of pages. Its init() fails for a region of scene_bad_bytes. */
extern const struct cen_region_algorithm scene_algorithm;
/* The same under another name. */
extern const struct cen_region_algorithm scene_other_algorithm;
/* A backend without devices that has scene_algorithm, twice, and one without a name. */
extern const struct cen_backend scene_backend;

#define SCENE_BAD_BYTES (13u * PAGE)

/* Calls of init() and cleanup() so far, in any thread. */
int scene_get_begun(void);
int scene_get_ended(void);

/* A machine with these sources: "plain" (an fd and an offset each) and "cuttable" (a dma-buf of its own each). */
void scene_start(struct flow *flow);

/* A descriptor of a region of a source. */
struct cen_region_desc scene_desc(const char *name, const char *source, uint64_t bytes);

/* A registered region; the caller unrefs. */
struct cen_region *scene_region(struct flow *flow, const char *name, const char *source, uint64_t bytes);

struct cen_region_info scene_info(struct cen_region *region);

/* A sealed memfd of so many bytes, the caller's. */
int scene_memfd(uint64_t bytes);
