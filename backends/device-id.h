/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which hardware is behind a device node, for cen_device_desc.id: what kind it is, never which piece. */
#pragma once

#include <stdint.h>

#define DEVICE_ID_SIZE 128

/*
 * The identity in the text of a uevent file of sysfs: "pci:10de:2684", "usb:046d:0825", "of:rockchip,rk3399-vop-big",
 * "platform:vivid". The first of these that the device has. Returns buf, or NULL where the text names none of them or
 * the name does not fit. Pure.
 */
const char *_cen_device_id_parse(const char *uevent, char buf[DEVICE_ID_SIZE]);

/*
 * The identity of the device behind the character device of this number, from /sys/dev/char. A virtio device goes by
 * what carries it. Returns buf, or NULL where sysfs does not tell.
 */
const char *_cen_device_id_read(uint64_t devnum, char buf[DEVICE_ID_SIZE]);
