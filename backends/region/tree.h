/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A balanced tree (AVL) whose nodes are parts of what they sort. The tree knows no keys: who uses it walks down by its
 * own comparison, which the compiler can inline, and hangs the new node in where the walk ended.
 *
 * AVL, because its height stays below 1.45 log2(n + 2) in the worst case and because searching is what regions do most:
 * a red-black tree is cheaper to change but may be a third higher. With the height in each node there is one rule for
 * insertion and removal alike.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tree_node {
	struct tree_node *parent, *left, *right;
	uint32_t height; /* of the subtree; 1 for a leaf */
};

struct tree {
	struct tree_node *root;
};

/* Hang node in below parent (NULL: the tree is empty) at link, which is &parent->left or &parent->right and NULL. */
void _cen_tree_insert(struct tree *tree, struct tree_node *parent, struct tree_node **link, struct tree_node *node);

void _cen_tree_remove(struct tree *tree, struct tree_node *node);

/* The next larger one; NULL at the end. */
struct tree_node *_cen_tree_get_next(const struct tree_node *node);

/* The largest; NULL in an empty tree. */
struct tree_node *_cen_tree_get_last(const struct tree *tree);
