# docker build -t bids_vlint .                       everything but networks (precomputed features): 1 GB, no torch
# docker build --target processor -t bids_vlint .    and networks, on processors: torch of Debian, or another one:
#                                                    --build-arg TORCH=ADDRESS, an index of processor-only wheels
# docker build --target cuda -t bids_vlint .         and networks, on NVIDIA's cards: torch as pip finds it
# docs/containers.md has sizes and reasons. The base is Debian, or has Python 3.11 or newer with venv.
ARG BASE_IMAGE=docker.io/library/debian:trixie-slim

# Packages lie in layers of their own, which a change of the program leaves as they are.
FROM ${BASE_IMAGE} AS python
COPY containers/install.sh /recipe/
RUN sh /recipe/install.sh python
# Any user may run it, without a home, without network, with nothing to write to but the results: what libraries keep
# goes to /tmp.
ENV HOME=/tmp/home \
    USER=bids_vlint \
    LANG=C.UTF-8 \
    PATH=/opt/bids_vlint/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLBACKEND=agg \
    MPLCONFIGDIR=/tmp/matplotlib \
    NILEARN_DATA=/tmp/nilearn \
    NUMBA_CACHE_DIR=/tmp/numba \
    DENO_DIR=/tmp/deno \
    MNE_DONTWRITE_HOME=true \
    HF_HUB_OFFLINE=1 \
    BIDS_VLINT_CONTAINER=bids_vlint:0.1.0
WORKDIR /tmp
ENTRYPOINT ["bids_vlint"]
LABEL org.opencontainers.image.title="bids_vlint" \
      org.opencontainers.image.description="Find where the human brain integrates vision and language: a BIDS-App for intracranial EEG recorded during movies" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.authors="The bids_vlint developers" \
      org.opencontainers.image.licenses="Apache-2.0"

# What else pyproject.toml says must not make the packages anew.
FROM python AS lists
COPY pyproject.toml containers/constraints.txt /recipe/
RUN sh /recipe/install.sh lists

FROM python AS statistics-packages
COPY --from=lists /recipe/ /recipe/
RUN sh /recipe/install.sh statistics

FROM statistics-packages AS processor-packages
ARG TORCH=debian
RUN sh /recipe/install.sh processor "$TORCH"

FROM statistics-packages AS cuda-packages
RUN sh /recipe/install.sh cuda

FROM statistics-packages AS program
COPY pyproject.toml README.md LICENSE /src/
COPY bids_vlint /src/bids_vlint
RUN sh /recipe/install.sh program /src /program

FROM cuda-packages AS cuda
COPY --from=program /program /opt/bids_vlint

FROM processor-packages AS processor
COPY --from=program /program /opt/bids_vlint

FROM statistics-packages AS statistics
COPY --from=program /program /opt/bids_vlint
