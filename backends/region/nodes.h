/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * Nodes of one size. Those that are given back wait here: a region that keeps its size asks the C library for nothing,
 * and what will be needed can be had in advance, where a failure may still be told.
 */
#pragma once

#include <stddef.h>

struct spare_node;

struct nodes {
	size_t bytes; /* of one node; as large as a pointer at least */
	size_t used;
	size_t spare_count;
	struct spare_node *spares;
};

/* Make sure that count nodes can be taken. Returns 0, or -ENOMEM with all nodes as they were. */
int _cen_nodes_reserve(struct nodes *nodes, size_t count);

/* One that was reserved; its content is undefined. */
void *_cen_nodes_take(struct nodes *nodes);

void _cen_nodes_give(struct nodes *nodes, void *node);

/* Give memory back that is beyond a fair stock and beyond what is reserved: count nodes can still be taken. */
void _cen_nodes_trim(struct nodes *nodes, size_t count);

/* Free the spare ones. */
void _cen_nodes_finish(struct nodes *nodes);
