/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Nodes of one size: see nodes.h. */
#include "nodes.h"

#include <errno.h>
#include <stdlib.h>

/* A stock that is kept whatever happens: a few frames that come and go cause no call of malloc(). */
#define STOCK 16

struct spare_node {
	struct spare_node *next;
};

int _cen_nodes_reserve(struct nodes *nodes, size_t count)
{
	while (nodes->spare_count < count) {
		void *node = malloc(nodes->bytes);

		if (!node)
			return -ENOMEM;
		nodes->used++;
		_cen_nodes_give(nodes, node);
	}
	return 0;
}

void *_cen_nodes_take(struct nodes *nodes)
{
	struct spare_node *node = nodes->spares;

	nodes->spares = node->next;
	nodes->spare_count--;
	nodes->used++;
	return node;
}

void _cen_nodes_give(struct nodes *nodes, void *node)
{
	struct spare_node *spare = node;

	spare->next = nodes->spares;
	nodes->spares = spare;
	nodes->spare_count++;
	nodes->used--;
}

/* As many spare nodes as used ones are fair: memory follows use, and no single step frees more than a few. */
void _cen_nodes_trim(struct nodes *nodes, size_t count)
{
	for (int n = 0; n < 2 && nodes->spare_count > count + nodes->used + STOCK; n++) {
		void *node = _cen_nodes_take(nodes);

		nodes->used--;
		free(node);
	}
}

void _cen_nodes_finish(struct nodes *nodes)
{
	while (nodes->spare_count) {
		free(_cen_nodes_take(nodes));
		nodes->used--;
	}
}
