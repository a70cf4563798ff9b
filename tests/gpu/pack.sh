#!/usr/bin/env bash
# Collects, in the ignored folder .gpu, the Debian packages that the executor and its tests are built
# with, for a machine with a GPU that has CUDA, PyTorch and CMake, but nothing to download from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rm -rf .gpu && mkdir -p .gpu/partial
groups='^\[(build|executor|test)\]'
named=$(awk -v groups="$groups" '/^\[/ {on = ($1 ~ groups)} on && /^[a-z]/ {print $1}' packages.txt)
# What it compiles against and links: libraries alone, without those that every machine has.
skip='^(libc6|libc6-dev|libgcc|gcc|g\+\+|cpp|libstdc|linux-libc|libgomp|libtorch|libopenblas|python3|perl|ca-cert|cmake|ninja|pkg-config|zstd$|libc-dev|debconf|dpkg|libcrypt|libpython|openssl|tzdata)'
all=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
  --no-replaces --no-enhances $(grep -vE "$skip" <<<"$named") |
  grep -E '^[a-z]' | grep -E '^(lib|nlohmann|cppzmq|coinor|googletest)' | grep -vE "$skip" | sort -u)
(cd .gpu && apt-get download -qq $(dpkg-query -W -f='${Package} ${Status}\n' $all 2>/dev/null |
  awk '$NF == "installed" {print $1}'))
rm -rf .gpu/partial
du -sh .gpu
