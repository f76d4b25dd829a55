#!/usr/bin/env bash
# Formats the C++ code, with the one version of clang-format whose line breaks are ours, which it installs once.
#
#   native/cmake/format.sh          rewrites what is not formatted
#   native/cmake/format.sh check    fails on it
set -euo pipefail
cd "$(dirname "$0")/../.."
version=22.1.8
sha256=b00cff6bfd1f1686f073a4fdf1cb937dbd58bf7510c659477805c03afdea0816
folder=$HOME/.cache/trireme/clang-format-$version
if [ ! -x "$folder/clang_format/data/bin/clang-format" ]; then
  rm -rf "$folder" "$folder.new"
  echo "clang-format==$version --hash=sha256:$sha256" |
    python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
      --require-hashes --target "$folder.new" -r /dev/stdin || {
    echo "trireme: pip could not install clang-format==$version; install it into $folder" >&2
    exit 1
  }
  mv "$folder.new" "$folder"
fi
mode=(-i)
[ "${1:-}" != check ] || mode=(--dry-run -Werror)
find native -name '*.h' -print0 -o -name '*.cpp' -print0 | xargs -0 "$folder/clang_format/data/bin/clang-format" "${mode[@]}" || {
  echo "trireme: C++ is not formatted; run native/cmake/format.sh" >&2
  exit 1
}
