/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#include "file-secrets.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "json-text.h"
#include "util.h"

#define STAND_IN "serial"
#define WORD_MIN 4
/*
 * A word of so many letters and digits, so many of them digits, is a number of one specimen, as names of models are not.
 * Of a number in hexadecimal, fewer digits will do.
 */
#define SERIAL_LENGTH 8
#define SERIAL_DIGITS 5
#define SERIAL_HEX_DIGITS 2

static bool is_word(char c)
{
	return isalnum((unsigned char)c);
}

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (is_word(text[length]))
		length++;
	return length;
}

static int keep(struct file_secrets *secrets, const char *word, size_t length, const char *instead)
{
	char *copy;

	for (size_t i = 0; i < secrets->count; i++) {
		if (strlen(secrets->items[i].word) == length && memcmp(secrets->items[i].word, word, length) == 0)
			return 0;
	}
	if (_cen_arena_grow(secrets->arena, &secrets->items, &secrets->capacity, secrets->count,
			    sizeof(*secrets->items)) < 0)
		return -ENOMEM;
	copy = _cen_arena_alloc(secrets->arena, length + 1, 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, word, length);
	secrets->items[secrets->count++] = (struct file_secret){copy, instead};
	return 0;
}

int _cen_file_secrets_add(struct file_secrets *secrets, const char *word)
{
	size_t length = strlen(word);

	return length < WORD_MIN ? 0 : keep(secrets, word, length, STAND_IN);
}

/* Groups of hexadecimal digits of these lengths, 0 at the end, with the separator between them. Returns the length. */
static size_t match_groups(const char *text, const uint8_t *groups, char separator)
{
	size_t at = 0;

	for (size_t g = 0; groups[g]; g++) {
		if (g && text[at++] != separator)
			return 0;
		for (size_t i = 0; i < groups[g]; i++) {
			if (!isxdigit((unsigned char)text[at++]))
				return 0;
		}
	}
	return is_word(text[at]) ? 0 : at;
}

/* "fe060000.isp", "video@fe060000": where a device is on its board, which all boards have in common. */
static bool is_unit_address(const char *name, const char *word, size_t length)
{
	return (word > name && word[-1] == '@') || (word[length] == '.' && isalpha((unsigned char)word[length + 1]));
}

/* "0x3fffffff", "3840x2160" */
static bool is_number(const char *word, size_t length)
{
	size_t digits = strspn(word, "0123456789");

	return digits && word[digits] == 'x' &&
	       digits + 1 + strspn(word + digits + 1, digits == 1 ? "0123456789abcdefABCDEF" : "0123456789") >= length;
}

static bool looks_like_serial(const char *name, const char *word, size_t length)
{
	size_t digits = 0, hex_digits = 0;

	for (size_t i = 0; i < length; i++) {
		digits += isdigit((unsigned char)word[i]) ? 1 : 0;
		hex_digits += isxdigit((unsigned char)word[i]) ? 1 : 0;
	}
	if (length < SERIAL_LENGTH || is_number(word, length))
		return false;
	if (hex_digits == length)
		return digits >= SERIAL_HEX_DIGITS && !is_unit_address(name, word, length);
	return digits >= SERIAL_DIGITS;
}

/* The length of a word that looks like the number of one specimen; 0: it does not. */
static size_t match_serial(const char *name, const char *word)
{
	static const uint8_t uuid[] = {8, 4, 4, 4, 12, 0}, mac[] = {2, 2, 2, 2, 2, 2, 0};
	size_t length = match_groups(word, uuid, '-');

	if (!length)
		length = match_groups(word, mac, ':');
	if (!length)
		length = match_groups(word, mac, '-');
	if (length)
		return length;
	length = word_length(word);
	return looks_like_serial(name, word, length) ? length : 0;
}

int _cen_file_secrets_learn(struct file_secrets *secrets, const char *name)
{
	int ret = 0;

	for (const char *c = name; ret == 0 && *c;) {
		size_t length = is_word(*c) ? match_serial(name, c) : 0;

		if (length)
			ret = keep(secrets, c, length, STAND_IN);
		else
			length = is_word(*c) ? word_length(c) : 1;
		c += length;
	}
	return ret;
}

static int learn_owner(struct file_secrets *secrets, const char *name)
{
	static const char *const known[] = {"root", "video", "render", "audio", "input",   "kvm",
					    "disk", "tty",   "users",  "wheel", "plugdev", "nobody"};

	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		if (strcmp(known[i], name) == 0)
			return 0;
	}
	return strcmp(name, "?") == 0 ? 0 : keep(secrets, name, strlen(name), "user");
}

int _cen_file_secrets_learn_help(struct file_secrets *secrets, const char *help)
{
	const char *is = strstr(help, " is ");
	char owner[33], group[33];
	int end = 0, ret;

	if (!is || sscanf(is, " is %32[^: ]:%32[^: ] %*4[0-7]%n", owner, group, &end) != 2 || !end)
		return 0;
	ret = learn_owner(secrets, owner);
	return ret < 0 ? ret : learn_owner(secrets, group);
}

/* A piece of text that something else stands for. */
struct piece {
	size_t length; /* 0: there is none here */
	const char *instead;
};

/* The last word of what names a specimen in "/by-id/usb-046d_Webcam_8B3C2A1F-video-index0". */
static struct piece match_by_id(const char *text, const char *at)
{
	const char *folder = strstr(text, "/by-id/"), *end, *last = NULL;

	if (!folder || at <= folder)
		return (struct piece){0};
	end = folder + strlen("/by-id/");
	end += strcspn(end, "/");
	for (const char *c = folder + strlen("/by-id/"); c < end; c++)
		last = *c == '_' ? c + 1 : last;
	if (!last || at != last)
		return (struct piece){0};
	return (struct piece){strcspn(last, "-/"), STAND_IN};
}

static struct piece match_home(const char *at)
{
	static const struct {
		const char *folder, *instead;
	} homes[] = {{"/home/", "/home/user"}, {"/run/user/", "/run/user/uid"}};

	for (size_t i = 0; i < ARRAY_LENGTH(homes); i++) {
		size_t length = strlen(homes[i].folder);

		if (strncmp(at, homes[i].folder, length) == 0)
			return (struct piece){length + strcspn(at + length, "/ "), homes[i].instead};
	}
	return (struct piece){0};
}

static struct piece match_word(const struct file_secrets *secrets, const char *text, const char *at)
{
	if (at > text && is_word(at[-1]))
		return (struct piece){0};
	for (size_t i = 0; i < secrets->count; i++) {
		size_t length = strlen(secrets->items[i].word);

		if (strncmp(at, secrets->items[i].word, length) == 0 && !is_word(at[length]))
			return (struct piece){length, secrets->items[i].instead};
	}
	return (struct piece){0};
}

static struct piece match_any(const struct file_secrets *secrets, const char *text, const char *at)
{
	struct piece piece = match_by_id(text, at);

	if (!piece.length)
		piece = match_home(at);
	return piece.length ? piece : match_word(secrets, text, at);
}

/* The bytes of the UTF-8 sequence that begins here; 0: there is none. */
static size_t sequence_length(const char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)*text;
	size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
	uint32_t code = length > 1 ? first & (0xffu >> (length + 1)) : first;

	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

static bool is_control(const char *text)
{
	unsigned char first = (unsigned char)text[0];

	return first < 0x20 || first == 0x7f || (first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

char *_cen_file_secrets_clean(const struct file_secrets *secrets, const char *text)
{
	/* What stands in for a word of one letter has four, for that of a home a few more. */
	size_t used = 0, bound = strnlen(text, JSON_MAX_STRING) * 4 + 16;
	char *copy;

	bound = bound < JSON_MAX_STRING ? bound : JSON_MAX_STRING;
	copy = _cen_arena_alloc(secrets->arena, bound + 1, 1);
	if (!copy)
		return NULL;
	for (const char *c = text; *c;) {
		struct piece piece = match_any(secrets, text, c);
		size_t length = piece.length ? piece.length : sequence_length(c);
		const char *from = piece.length ? piece.instead : !length ? "?" : is_control(c) ? " " : c;
		size_t bytes = from == c ? length : strlen(from);

		if (used + bytes > bound)
			break;
		for (size_t i = 0; i < bytes; i++)
			copy[used++] = from[i];
		c += length ? length : 1;
	}
	return copy;
}
