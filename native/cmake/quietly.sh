#!/usr/bin/env bash
# Runs a command and keeps what it prints to itself unless it fails.
text=$("$@" 2>&1) && exit
status=$?
printf '%s\n' "$text" >&2
exit "$status"
