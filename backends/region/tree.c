/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The balanced tree: see tree.h. The subtrees of every node differ in height by one at most. */
#include "tree.h"

static uint32_t get_height(const struct tree_node *node)
{
	return node ? node->height : 0;
}

static void update_height(struct tree_node *node)
{
	uint32_t left = get_height(node->left), right = get_height(node->right);

	node->height = (left > right ? left : right) + 1;
}

/* In the place of node, as seen from above, stands other, which may be NULL. */
static void replace(struct tree *tree, const struct tree_node *node, struct tree_node *other)
{
	struct tree_node *parent = node->parent;

	if (!parent)
		tree->root = other;
	else if (parent->left == node)
		parent->left = other;
	else
		parent->right = other;
	if (other)
		other->parent = parent;
}

/* The right child goes up, node becomes its left child. Returns the new top. */
static struct tree_node *rotate_left(struct tree *tree, struct tree_node *node)
{
	struct tree_node *top = node->right;

	replace(tree, node, top);
	node->right = top->left;
	if (node->right)
		node->right->parent = node;
	top->left = node;
	node->parent = top;
	update_height(node);
	update_height(top);
	return top;
}

static struct tree_node *rotate_right(struct tree *tree, struct tree_node *node)
{
	struct tree_node *top = node->left;

	replace(tree, node, top);
	node->left = top->right;
	if (node->left)
		node->left->parent = node;
	top->right = node;
	node->parent = top;
	update_height(node);
	update_height(top);
	return top;
}

/* One subtree is higher by two. Where its inner half is the higher one, that half is turned outwards first. */
static struct tree_node *level(struct tree *tree, struct tree_node *node)
{
	struct tree_node *left = node->left, *right = node->right;

	if (get_height(left) > get_height(right) + 1) {
		if (get_height(left->left) < get_height(left->right))
			rotate_left(tree, left);
		return rotate_right(tree, node);
	}
	if (get_height(right) > get_height(left) + 1) {
		if (get_height(right->right) < get_height(right->left))
			rotate_right(tree, right);
		return rotate_left(tree, node);
	}
	update_height(node);
	return node;
}

/* From the lowest node whose subtrees changed upwards, until a subtree is as high as it was. */
static void rebalance(struct tree *tree, struct tree_node *node)
{
	while (node) {
		uint32_t before = node->height;

		node = level(tree, node);
		if (node->height == before)
			return;
		node = node->parent;
	}
}

void _cen_tree_insert(struct tree *tree, struct tree_node *parent, struct tree_node **link, struct tree_node *node)
{
	*node = (struct tree_node){.parent = parent, .height = 1};
	if (parent)
		*link = node;
	else
		tree->root = node;
	rebalance(tree, parent);
}

/* A node with two children: the next larger one, which has no left child, takes its place. */
static void remove_inner(struct tree *tree, struct tree_node *node)
{
	struct tree_node *next = node->right, *changed;

	while (next->left)
		next = next->left;
	changed = next->parent == node ? next : next->parent;
	replace(tree, next, next->right);
	next->left = node->left;
	next->left->parent = next;
	next->right = node->right;
	if (next->right)
		next->right->parent = next;
	next->height = node->height;
	replace(tree, node, next);
	rebalance(tree, changed);
}

void _cen_tree_remove(struct tree *tree, struct tree_node *node)
{
	if (node->left && node->right) {
		remove_inner(tree, node);
		return;
	}
	replace(tree, node, node->left ? node->left : node->right);
	rebalance(tree, node->parent);
}

struct tree_node *_cen_tree_get_next(const struct tree_node *node)
{
	struct tree_node *next = node->right;

	if (next) {
		while (next->left)
			next = next->left;
		return next;
	}
	while (node->parent && node->parent->right == node)
		node = node->parent;
	return node->parent;
}

struct tree_node *_cen_tree_get_last(const struct tree *tree)
{
	struct tree_node *node = tree->root;

	while (node && node->right)
		node = node->right;
	return node;
}
