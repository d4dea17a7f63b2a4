# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Shared by the scripts that build and boot the guest. Sourced, never run.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache_dir=${CENALLOC_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/cenalloc}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# The folder of a built kernel. Its name carries a checksum of the configuration, so a changed one is rebuilt.
kernel_dir() {
	local sum
	sum=$(sha256sum <"$vm_dir/kernel.config")
	printf '%s/kernel-%s-%s\n' "$cache_dir" "$1" "${sum:0:12}"
}

# Busybox and the guest's first process as a compressed cpio archive, cached under a checksum of the two.
make_initramfs() {
	local busybox sum tree image
	busybox=$(command -v busybox)
	sum=$(cat "$busybox" "$vm_dir/initramfs-init" | sha256sum)
	image=$cache_dir/initramfs-${sum:0:12}.gz
	if [ ! -e "$image" ]; then
		mkdir -p "$cache_dir"
		tree=$(mktemp -d "$cache_dir/initramfs.XXXXXX")
		mkdir "$tree"/{bin,dev,proc,sys,ro,rw,new}
		cp "$busybox" "$tree/bin/busybox"
		cp "$vm_dir/initramfs-init" "$tree/init"
		chmod 755 "$tree/init" "$tree/bin/busybox"
		(cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$image.$$" && mv "$image.$$" "$image"
		rm -rf "$tree"
	fi
	printf '%s\n' "$image"
}
