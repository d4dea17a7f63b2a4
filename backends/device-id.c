/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The identity of hardware, from the uevent files of sysfs. */
#include "device-id.h"

#include <ctype.h>
#include <sys/sysmacros.h>

#include "backend-util.h"

/* A uevent file of the kernel is at most 2 KiB (UEVENT_BUFFER_SIZE). */
#define UEVENT_SIZE 4096

struct value {
	const char *text;
	size_t bytes;
};

/* The value of a key of the text, "PCI_ID" of "...\nPCI_ID=10DE:2684\n...". */
static bool find_value(const char *uevent, const char *key, struct value *out)
{
	size_t length = strlen(key);

	for (const char *line = uevent; *line;) {
		size_t bytes = strcspn(line, "\n");

		if (bytes > length && strncmp(line, key, length) == 0 && line[length] == '=') {
			*out = (struct value){line + length + 1, bytes - length - 1};
			return out->bytes > 0;
		}
		line += bytes + (line[bytes] == '\n');
	}
	return false;
}

static bool has_prefix(struct value value, const char *prefix)
{
	return value.bytes > strlen(prefix) && strncmp(value.text, prefix, strlen(prefix)) == 0;
}

/* "10DE:2684" and "46d/825/10": numbers in hexadecimal without "0x", of 16 bits each. The third one is a revision. */
static bool read_pair(struct value value, char between, unsigned int *vendor, unsigned int *product)
{
	unsigned int numbers[2] = {0, 0};
	size_t digits = 0, which = 0;

	for (size_t i = 0; i < value.bytes; i++) {
		unsigned char c = (unsigned char)value.text[i];

		if (c == (unsigned char)between) {
			if (!digits)
				return false;
			if (which++ == 1)
				break;
			digits = 0;
			continue;
		}
		if (!isxdigit(c) || ++digits > 4)
			return false;
		numbers[which] = numbers[which] * 16 + (unsigned int)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	*vendor = numbers[0];
	*product = numbers[1];
	return which > 0 && digits > 0;
}

/* Text that goes to terminals: no blanks and no control characters. */
static bool is_plain(struct value value)
{
	for (size_t i = 0; i < value.bytes; i++) {
		unsigned char c = (unsigned char)value.text[i];

		if (c <= 0x20 || c >= 0x7f)
			return false;
	}
	return true;
}

static const char *write_name(const char *bus, struct value name, char buf[DEVICE_ID_SIZE])
{
	if (!is_plain(name) || strlen(bus) + 1 + name.bytes >= DEVICE_ID_SIZE)
		return NULL;
	snprintf(buf, DEVICE_ID_SIZE, "%s:%.*s", bus, (int)name.bytes, name.text);
	return buf;
}

const char *_cen_device_id_parse(const char *uevent, char buf[DEVICE_ID_SIZE])
{
	static const char platform[] = "platform:";
	struct value value, alias = {"", 0};
	unsigned int vendor, product;

	/* A PCI or USB device may be described by a device tree, too: its own numbers say more. */
	if (find_value(uevent, "PCI_ID", &value) && read_pair(value, ':', &vendor, &product)) {
		snprintf(buf, DEVICE_ID_SIZE, "pci:%04x:%04x", vendor, product);
		return buf;
	}
	find_value(uevent, "MODALIAS", &alias);
	/* Input devices have a PRODUCT that is another thing. */
	if (has_prefix(alias, "usb:") && find_value(uevent, "PRODUCT", &value) &&
	    read_pair(value, '/', &vendor, &product)) {
		snprintf(buf, DEVICE_ID_SIZE, "usb:%04x:%04x", vendor, product);
		return buf;
	}
	if (find_value(uevent, "OF_COMPATIBLE_0", &value))
		return write_name("of", value, buf);
	if (has_prefix(alias, platform))
		return write_name("platform",
				  (struct value){alias.text + strlen(platform), alias.bytes - strlen(platform)}, buf);
	return NULL;
}

static bool read_uevent(const char *path, char text[UEVENT_SIZE])
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file)
		return false;
	text[fread(text, 1, UEVENT_SIZE - 1, file)] = '\0';
	return true;
}

const char *_cen_device_id_read(uint64_t devnum, char buf[DEVICE_ID_SIZE])
{
	char path[96], text[UEVENT_SIZE];
	struct value alias;

	if (!devnum)
		return NULL;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/uevent", major((dev_t)devnum), minor((dev_t)devnum));
	if (!read_uevent(path, text))
		return NULL;
	if (find_value(text, "MODALIAS", &alias) && has_prefix(alias, "virtio:")) {
		snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/../uevent", major((dev_t)devnum),
			 minor((dev_t)devnum));
		if (!read_uevent(path, text))
			return NULL;
	}
	return _cen_device_id_parse(text, buf);
}
