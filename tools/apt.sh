# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# apt with package sources of our own, so that those of the system stay as they are. Sourced, never run.

# The system's own mirror when it names one.
debian_archive() {
	local url
	url=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/ 2>/dev/null |
		head -n 1 | tr -d ' ' || true)
	printf '%s\n' "${url:-http://deb.debian.org/debian}"
}

# The newer name first: Debian 13 has both.
debian_keyring() {
	local keyring
	for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
		[ ! -r "$keyring" ] || { printf '%s\n' "$keyring" && return; }
	done
	printf '%s: no Debian archive keyring; the package debian-archive-keyring has it\n' "${0##*/}" >&2
	return 1
}

# private_sources DIR SUITE...: prepare DIR for private_apt.
private_sources() {
	local dir=$1 archive keyring suite
	shift
	archive=$(debian_archive)
	keyring=$(debian_keyring) || return
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	for suite in "$@"; do
		echo "deb [signed-by=$keyring] $archive $suite main"
	done >"$dir/sources.list"
}

# private_apt_options DIR: prints the options that make apt use DIR, a line each.
private_apt_options() {
	printf '%s\n' -o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$1/lists" -o Dir::Cache="$1/cache" -o APT::Sandbox::User= -o Acquire::Retries=3
}
