/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Constraints, verdicts and sizes in words, for reasons and conflicts. Pure. */
#pragma once

#include "plan.h"

#define PHRASE_SIZE 320

/* The dimension that a kind of constraint bounds. */
uint32_t _cen_dimension_of(uint32_t kind);

/* "stride a multiple of 64 bytes". Returns buf. */
char *_cen_phrase_constraint(const struct cen_constraint *constraint, char buf[PHRASE_SIZE]);

/* "probed: vb2 dma-contig", or "queried" without a note. Returns buf. */
char *_cen_phrase_provenance(const struct cen_constraint *constraint, char buf[PHRASE_SIZE]);

/* "/dev/video4", or "the request" for MERGE_REQUEST. Borrowed. */
const char *_cen_phrase_who(const struct plan_shared *shared, int usage);

/*
 * Why a source was ruled out: "memory is scattered; contiguous memory required by /dev/video4 (probed: ...)". Without
 * merged only the first half. Returns buf.
 */
char *_cen_phrase_verdict(const struct plan_shared *shared, const struct cen_source_desc *source,
			  const struct match_verdict *verdict, const struct merged *merged, char buf[PHRASE_SIZE]);

/*
 * What the map says to a usage that it denies a source: "gives /dev/dri/card0 (scanout) only gbm (rule 2:
 * gpu/scanout=gbm)", or that it has no rule. Behind "the map". Returns buf.
 */
char *_cen_phrase_map(const struct plan_shared *shared, size_t usage, char buf[PHRASE_SIZE]);

/* 3110400 as "3,110,400". Returns buf. */
char *_cen_phrase_number(uint64_t number, char buf[32]);
