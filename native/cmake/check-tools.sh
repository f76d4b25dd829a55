#!/usr/bin/env bash
# Says in one line which tool the build lacks and what to install.
missing=()
command -v cmake >/dev/null || missing+=(cmake)
command -v ninja >/dev/null || missing+=(ninja-build)
command -v g++ >/dev/null || missing+=(g++)
if [ ${#missing[@]} -gt 0 ]; then
  echo "trireme: the native build needs ${missing[*]}; install with: apt-get install ${missing[*]}" >&2
  exit 1
fi
