/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/*
 * From a commit to what is current. A commit and those of synchronised subsurfaces that wait for it are a transaction,
 * which is applied as a whole once all its acquire points are signalled. The transactions of a client are applied in
 * their order, so a client that never signals stops itself and nobody else.
 */
#include <stdlib.h>

#include "presentation.h"
#include "scene.h"
#include "surface.h"

struct commit {
	struct surface *surface;
	struct wl_list surface_link;
	struct surface_state state;
	struct sync_wait *wait; /* NULL: ready */
	struct transaction *transaction; /* NULL: cached */
	struct wl_list link; /* of the transaction */
};

struct transaction {
	struct client *client;
	struct wl_list link;
	struct wl_list commits;
	unsigned int waits;
};

void surface_state_init(struct surface_state *state)
{
	*state = (struct surface_state){.scale = 1};
	state->viewport.width = -1;
	state->viewport.target_width = -1;
	wl_list_init(&state->callbacks);
	wl_list_init(&state->feedbacks);
}

void surface_state_finish(struct surface_state *state)
{
	struct wl_resource *callback, *next;

	use_retire(state->use);
	state->use = NULL;
	presentation_discard(&state->feedbacks);
	wl_resource_for_each_safe(callback, next, &state->callbacks) wl_resource_destroy(callback);
}

/* from follows into. It is empty afterwards, but for what stays set. */
static void state_merge(struct surface_state *into, struct surface_state *from)
{
	struct use *old = into->use;

	if (from->has_buffer) {
		into->has_buffer = true;
		into->use = from->use;
		from->use = NULL;
		use_retire(old);
	}
	into->scale = from->scale;
	into->transform = from->transform;
	into->viewport = from->viewport;
	wl_list_insert_list(into->callbacks.prev, &from->callbacks);
	wl_list_init(&from->callbacks);
	presentation_discard(&into->feedbacks);
	wl_list_insert_list(&into->feedbacks, &from->feedbacks);
	wl_list_init(&from->feedbacks);
	from->has_buffer = false;
}

static void commit_end_wait(struct commit *commit)
{
	if (!commit->wait)
		return;
	sync_wait_destroy(commit->wait);
	commit->wait = NULL;
	if (commit->transaction)
		commit->transaction->waits--;
}

static void commit_destroy(struct commit *commit)
{
	commit_end_wait(commit);
	if (commit->transaction)
		wl_list_remove(&commit->link);
	wl_list_remove(&commit->surface_link);
	surface_state_finish(&commit->state);
	free(commit);
}

/* The size in surface coordinates, of which the viewport has the last word. */
static void update_size(struct surface *surface)
{
	const struct surface_state *state = &surface->current;
	const struct content *content = state->use ? state->use->content : NULL;
	bool is_turned = state->transform & 1; /* by 90 or 270 degrees */

	surface->width = 0;
	surface->height = 0;
	if (!content)
		return;
	surface->width = (int32_t)(is_turned ? content->height : content->width) / state->scale;
	surface->height = (int32_t)(is_turned ? content->width : content->height) / state->scale;
	if (state->viewport.target_width > 0) {
		surface->width = state->viewport.target_width;
		surface->height = state->viewport.target_height;
	} else if (state->viewport.width > 0) {
		surface->width = (int32_t)state->viewport.width;
		surface->height = (int32_t)state->viewport.height;
	}
}

static void commit_apply(struct commit *commit)
{
	struct surface *surface = commit->surface;

	if (commit->state.use)
		output_image_set_changed(commit->state.use->content->image);
	state_merge(&surface->current, &commit->state);
	update_size(surface);
	surface_apply_children(surface);
	if (surface->role)
		surface->role->applied(surface);
	scene_schedule(surface->server);
}

static void transaction_apply(struct transaction *transaction)
{
	struct client *client = transaction->client;
	struct commit *commit, *next;

	wl_list_remove(&transaction->link);
	wl_list_for_each_safe(commit, next, &transaction->commits, link)
	{
		commit_apply(commit);
		commit_destroy(commit);
	}
	free(transaction);
	client_discharge(client, 1, 0);
}

/* The caller keeps the client. */
static void run_transactions(struct client *client)
{
	while (!wl_list_empty(&client->transactions)) {
		struct transaction *first = wl_container_of(client->transactions.next, first, link);

		if (first->waits)
			return;
		transaction_apply(first);
	}
}

static void handle_acquired(void *data)
{
	struct commit *commit = data;
	struct client *client = commit->surface->client;

	commit_end_wait(commit);
	run_transactions(client);
}

static void transaction_add(struct transaction *transaction, struct commit *commit)
{
	commit->transaction = transaction;
	wl_list_insert(transaction->commits.prev, &commit->link);
	transaction->waits += commit->wait != NULL;
}

/* What the children keep back for this commit. The depth is bounded by SURFACE_MAX_DEPTH. */
static void add_children(struct transaction *transaction, struct surface *surface) // NOLINT(misc-no-recursion)
{
	struct wl_list *lists[] = {&surface->pending_below, &surface->pending_above};
	struct subsurface *child;

	for (int i = 0; i < 2; i++) {
		wl_list_for_each(child, lists[i], pending_link)
		{
			struct commit *commit = child->surface->cached;

			if (!commit)
				continue;
			child->surface->cached = NULL;
			transaction_add(transaction, commit);
			add_children(transaction, child->surface);
		}
	}
}

static void submit(struct commit *commit)
{
	struct client *client = commit->surface->client;
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (!transaction || client_charge(client, 1, 0) < 0) {
		wl_resource_post_no_memory(commit->surface->resource);
		free(transaction);
		commit_destroy(commit);
		return;
	}
	transaction->client = client;
	wl_list_init(&transaction->commits);
	wl_list_insert(client->transactions.prev, &transaction->link);
	transaction_add(transaction, commit);
	add_children(transaction, commit->surface);
	run_transactions(client);
}

/* What the client has set since its last commit. NULL after an error that the client is told. */
static struct commit *commit_create(struct surface *surface)
{
	struct commit *commit = calloc(1, sizeof(*commit));
	bool is_waiting = surface->acquire.timeline != NULL;

	if (!commit) {
		wl_resource_post_no_memory(surface->resource);
		return NULL;
	}
	commit->surface = surface;
	wl_list_insert(&surface->commits, &commit->surface_link);
	surface_state_init(&commit->state);
	state_merge(&commit->state, &surface->pending);
	if (surface->attached) {
		commit->state.use = use_create(surface->server, surface->attached, &surface->release);
		if (!commit->state.use)
			goto failed;
		surface->latest_width = commit->state.use->content->width;
		surface->latest_height = commit->state.use->content->height;
	} else if (commit->state.has_buffer) {
		surface->latest_width = 0;
		surface->latest_height = 0;
	}
	if (is_waiting &&
	    sync_wait_create(surface->server, &surface->acquire, handle_acquired, commit, &commit->wait) < 0) {
		wl_resource_post_no_memory(surface->resource);
		goto failed;
	}
	return commit;
failed:
	commit_destroy(commit);
	return NULL;
}

/* Until the parent commits: a second commit is added to the first. */
static void keep_back(struct commit *commit)
{
	struct commit *old = commit->surface->cached;

	if (!old) {
		commit->surface->cached = commit;
		return;
	}
	if (commit->state.has_buffer) {
		commit_end_wait(old);
		old->wait = commit->wait;
		commit->wait = NULL;
		if (old->wait)
			sync_wait_set_data(old->wait, old);
	}
	state_merge(&old->state, &commit->state);
	commit_destroy(commit);
}

void surface_commit(struct surface *surface)
{
	struct commit *commit = commit_create(surface);

	sync_point_clear(&surface->acquire);
	sync_point_clear(&surface->release);
	if (surface->attached) {
		wl_list_remove(&surface->attached_destroyed.link);
		surface->attached = NULL;
	}
	if (!commit)
		return;
	if (surface_is_synchronised(surface))
		keep_back(commit);
	else
		submit(commit);
}

void surface_flush(struct surface *surface)
{
	struct commit *commit = surface->cached;

	surface->cached = NULL;
	if (commit)
		submit(commit);
}

void surface_drop_commits(struct surface *surface)
{
	struct commit *commit, *next;

	surface->cached = NULL;
	wl_list_for_each_safe(commit, next, &surface->commits, surface_link) commit_destroy(commit);
	run_transactions(surface->client);
}
