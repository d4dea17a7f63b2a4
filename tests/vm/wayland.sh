# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Real compositors for the scripts of guest-tests/: start one, wait until it answers, take a picture, stop it. Sourced,
# never run. One compositor at a time. Every wait has a time limit; a compositor that fails has its log shown as TAP
# comments. A start sets
#   WAYLAND_DISPLAY  the name of its socket in $XDG_RUNTIME_DIR (both exported)
#   wayland_pid      its process, for a test that stops or kills it
#   wayland_log      the file with what it wrote
#   wayland_globals  the file with what wayland-info saw when it came up

wayland_dir=$(mktemp -d)
chmod 755 "$wayland_dir"
wayland_log=$wayland_dir/log
wayland_globals=$wayland_dir/globals
wayland_pid=''
wayland_kind=''
wayland_seatd=''
# wlroots refuses to run as root. Clients stay root, and may use any user's socket.
wayland_user=65534
export XDG_RUNTIME_DIR=$wayland_dir/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
unset WAYLAND_DISPLAY WAYLAND_SOCKET DISPLAY

# The end of the log as TAP comments.
wayland_show_log() {
	printf '# the last lines of %s:\n' "${wayland_kind:-the compositor}"
	tail -n 40 "$wayland_log" | sed 's/^/#   /'
}

# wayland_wait SECONDS COMMAND...: run the command until it succeeds. Fails after the time, or when the compositor is
# gone.
wayland_wait() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		kill -0 "$wayland_pid" 2>/dev/null || return 1
		sleep 0.1
	done
}

wayland_sockets() {
	find "$XDG_RUNTIME_DIR" -maxdepth 1 -type s -name 'wayland-*' -printf '%f\n' | sort
}

# wlroots chooses the name itself: it is the one that was not there before.
wayland_find_socket() {
	local found
	found=$(wayland_sockets | grep -vxF -f "$wayland_dir/before" | head -n 1)
	[ -n "$found" ] && export WAYLAND_DISPLAY=$found
}

wayland_answers() { timeout 10 wayland-info >"$wayland_globals" 2>/dev/null; }

# Drawing the first pictures may take seconds here, in which nobody is served.
wayland_is_calm() { timeout 1 wayland-info >/dev/null 2>&1 && sleep 0.5 && timeout 1 wayland-info >/dev/null 2>&1; }

# wayland_launch KIND COMMAND...: start it in the background and wait until it serves a client.
wayland_launch() {
	wayland_kind=$1
	shift
	unset WAYLAND_DISPLAY
	case $wayland_kind in
	weston) chown 0 "$XDG_RUNTIME_DIR" ;;
	*) chown "$wayland_user" "$XDG_RUNTIME_DIR" ;;
	esac
	# The empty name is none: grep -f wants at least one line to leave out.
	{ wayland_sockets && echo; } >"$wayland_dir/before"
	"$@" >"$wayland_log" 2>&1 </dev/null &
	wayland_pid=$!
	if ! wayland_wait 60 wayland_find_socket || ! wayland_wait 60 wayland_answers ||
		! wayland_wait 60 wayland_is_calm; then
		printf '# %s did not come up\n' "$wayland_kind"
		wayland_show_log
		wayland_stop
		return 1
	fi
}

# Weston's kiosk-shell would need no settings, but that of weston 14 reads the window that was active after its client is
# gone, and dies of it now and then.
cat >"$wayland_dir/weston.ini" <<'EOF'
[shell]
panel-position=none
background-color=0xff204060
animation=none
startup-animation=none
close-animation=none
focus-animation=none
locking=false
EOF

# wayland_start_weston RENDERER [OPTION]...: weston 10 and later without a display; RENDERER: gl or pixman.
wayland_start_weston() {
	local renderer=$1
	shift
	wayland_launch weston weston --backend=headless "--renderer=$renderer" --width=1280 --height=720 \
		"--config=$wayland_dir/weston.ini" --socket=wayland-weston --idle-time=0 --debug "$@"
}

# wayland_start_weston_drm RENDERER [OPTION]...: weston on the display of vkms.
wayland_start_weston_drm() {
	local renderer=$1 card
	card=$(wayland_card) || return 1
	shift
	wayland_start_seatd || return 1
	wayland_launch weston env LIBSEAT_BACKEND=seatd weston --backend=drm "--drm-device=${card##*/}" \
		--continue-without-input "--renderer=$renderer" "--config=$wayland_dir/weston.ini" \
		--socket=wayland-weston --idle-time=0 --debug "$@"
}

# The card of vkms: the one with a virtual connector.
wayland_card() {
	local connector
	connector=$(compgen -G '/sys/class/drm/card*-Virtual-*' | head -n 1)
	[ -n "$connector" ] || { echo '# there is no card with a virtual connector' && return 1; }
	connector=${connector##*/}
	printf '/dev/dri/%s\n' "${connector%%-*}"
}

wayland_seatd_runs() { [ -S /run/seatd.sock ]; }

# A seat without a virtual terminal, so that no console is needed. Runs until wayland_stop.
wayland_start_seatd() {
	local end=$((SECONDS + 10))
	[ -z "$wayland_seatd" ] || return 0
	SEATD_VTBOUND=0 seatd -u "$(id -nu "$wayland_user")" >"$wayland_dir/seatd.log" 2>&1 </dev/null &
	wayland_seatd=$!
	until wayland_seatd_runs; do
		if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$wayland_seatd" 2>/dev/null; then
			echo '# seatd did not come up'
			sed 's/^/#   /' "$wayland_dir/seatd.log"
			return 1
		fi
		sleep 0.1
	done
}

# What every wlroots compositor needs here: wayland_wlroots RENDERER COMMAND... It opens the display's node itself, too,
# and has group root for it.
wayland_wlroots() {
	local renderer=$1 card
	shift
	card=$(wayland_card) || return 1
	chmod g+rw /dev/dri/*[0-9]
	exec setpriv "--reuid=$wayland_user" "--regid=$wayland_user" --groups=0 env "HOME=$XDG_RUNTIME_DIR" WLR_BACKENDS=drm "WLR_DRM_DEVICES=$card" "WLR_RENDERER=$renderer" WLR_RENDERER_ALLOW_SOFTWARE=1 \
		WLR_LIBINPUT_NO_DEVICES=1 LIBSEAT_BACKEND=seatd "$@"
}

# wayland_start_sway RENDERER [CONFIG-LINE]...: sway on the display of vkms; RENDERER: gles2 or pixman.
wayland_start_sway() {
	local renderer=$1
	shift
	wayland_start_seatd || return 1
	printf '%s\n' 'xwayland disable' 'default_border none' 'output * bg #204060 solid_color' "$@" \
		>"$wayland_dir/sway.conf"
	wayland_launch sway wayland_wlroots "$renderer" sway --verbose --config "$wayland_dir/sway.conf"
}

# wayland_start_cage RENDERER CLIENT...: cage on the display of vkms; it ends with its client, which is not root. cage
# does not start without a program to run when an X client comes; none comes.
wayland_start_cage() {
	local renderer=$1
	shift
	wayland_start_seatd || return 1
	wayland_launch cage wayland_wlroots "$renderer" env "WLR_XWAYLAND=$(command -v false)" cage -- "$@"
}

# wayland_has INTERFACE [VERSION]: whether the compositor offers it, in at least this version.
wayland_has() {
	local version
	version=$(sed -nE "s/^interface: '$1', +version: +([0-9]+),.*/\1/p" "$wayland_globals" | head -n 1)
	[ "${version:-0}" -ge "${2:-1}" ]
}

# wayland_screenshot FILE: a PNG of what a person would see.
wayland_screenshot() {
	local folder=$wayland_dir/shot status=0
	rm -rf "$folder"
	mkdir "$folder"
	case $wayland_kind in
	weston) (cd "$folder" && HOME=$folder timeout 30 weston-screenshooter) >"$folder/log" 2>&1 || status=$? ;;
	*) timeout 30 grim "$folder/shot.png" >"$folder/log" 2>&1 || status=$? ;;
	esac
	if [ "$status" -ne 0 ] || ! mv "$folder"/*.png "$1" 2>>"$folder/log"; then
		printf '# no screenshot of %s (exit status %d)\n' "$wayland_kind" "$status"
		sed 's/^/#   /' "$folder/log"
		wayland_show_log
		return 1
	fi
}

# wayland_runs: whether the compositor is still there.
wayland_runs() { [ -n "$wayland_pid" ] && kill -0 "$wayland_pid" 2>/dev/null; }

# End a process within five seconds, also one that is stopped. A crash is no reason to wait.
wayland_end() {
	local pid=$1 end=$((SECONDS + 5))
	kill -TERM "$pid"
	kill -CONT "$pid"
	while kill -0 "$pid"; do
		[ "$SECONDS" -lt "$end" ] || kill -KILL "$pid"
		sleep 0.1
	done
	wait "$pid"
} 2>/dev/null

# Ends the compositor and its seat, and removes the socket of one that was killed. Safe to call at any time.
wayland_stop() {
	[ -z "$wayland_pid" ] || wayland_end "$wayland_pid"
	[ -z "$wayland_seatd" ] || wayland_end "$wayland_seatd"
	[ -z "${WAYLAND_DISPLAY:-}" ] || rm -f "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY.lock"
	wayland_pid='' wayland_seatd=''
	unset WAYLAND_DISPLAY
}
