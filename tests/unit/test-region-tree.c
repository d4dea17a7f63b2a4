/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The balanced tree of the region backend: after each of many random changes it is in order, linked and level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tree.h"

#define ITEMS 300

struct item {
	struct tree_node node;
	uint32_t key;
	int is_in;
};

static struct item items[ITEMS];
static uint32_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % bound;
}

static struct item *get_item(const struct tree_node *node)
{
	void *item = (char *)node - offsetof(struct item, node);

	return item;
}

/* Returns how many nodes there are below and with this one. */
static size_t check_subtree(const struct tree_node *node, const struct tree_node *parent)
{
	uint32_t left, right;

	if (!node)
		return 0;
	assert_ptr_equal(node->parent, parent);
	assert_true(get_item(node)->is_in);
	left = node->left ? node->left->height : 0;
	right = node->right ? node->right->height : 0;
	assert_int_equal(node->height, (left > right ? left : right) + 1);
	assert_true(left <= right + 1 && right <= left + 1);
	return check_subtree(node->left, node) + check_subtree(node->right, node) + 1;
}

static void check(const struct tree *tree, size_t count)
{
	const struct tree_node *node = tree->root, *last = NULL;
	size_t seen = 0;

	assert_int_equal(check_subtree(tree->root, NULL), count);
	while (node && node->left)
		node = node->left;
	for (; node; last = node, node = _cen_tree_get_next(node), seen++)
		assert_true(!last || get_item(last)->key <= get_item(node)->key);
	assert_int_equal(seen, count);
	assert_ptr_equal(_cen_tree_get_last(tree), last);
}

static void insert(struct tree *tree, struct item *item)
{
	struct tree_node *parent = NULL, **link = &tree->root;

	while (*link) {
		parent = *link;
		link = item->key < get_item(parent)->key ? &parent->left : &parent->right;
	}
	item->is_in = 1;
	_cen_tree_insert(tree, parent, link, &item->node);
}

static void test_random_changes(void **unused)
{
	struct tree tree = {0};
	size_t count = 0;

	(void)unused;
	for (uint32_t n = 0; n < 40000; n++) {
		struct item *item = &items[random_below(ITEMS)];

		/* Fuller and emptier in turns. */
		if (random_below(4) == 0 && item->is_in == (int)(n / 2000 % 2))
			continue;
		if (item->is_in) {
			_cen_tree_remove(&tree, &item->node);
			item->is_in = 0;
			count--;
		} else {
			item->key = random_below(1000);
			insert(&tree, item);
			count++;
		}
		check(&tree, count);
	}
	while (tree.root) {
		struct item *item = get_item(tree.root);

		_cen_tree_remove(&tree, tree.root);
		item->is_in = 0;
		check(&tree, --count);
	}
}

/* Keys that come in order are what makes a tree a list that does not balance itself. */
static void test_ascending(void **unused)
{
	struct tree tree = {0};

	(void)unused;
	for (uint32_t n = 0; n < ITEMS; n++) {
		items[n].key = n;
		insert(&tree, &items[n]);
		check(&tree, n + 1);
	}
	/* 300 nodes fill 9 levels; an AVL tree has 11 at most. */
	assert_in_range(tree.root->height, 9, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_changes),
		cmocka_unit_test(test_ascending),
	};

	return cmocka_run_group_tests_name("region-tree", tests, NULL, NULL);
}
