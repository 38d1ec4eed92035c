# docker build -t bids_vlint .
# The base needs python3 (3.11 or newer) with venv; another one: --build-arg BASE_IMAGE=...
ARG BASE_IMAGE=docker.io/library/python:3.12-slim-bookworm
FROM ${BASE_IMAGE}

LABEL org.opencontainers.image.title="bids_vlint" \
      org.opencontainers.image.description="Find where the human brain integrates vision and language: a BIDS-App for intracranial EEG recorded during movies" \
      org.opencontainers.image.licenses="Apache-2.0"

# Any user may run it (docker run --user, Apptainer): HOME and the caches of matplotlib, nilearn, numba and MNE are
# writable for everybody. Nothing is fetched at run time.
ENV HOME=/tmp/home \
    USER=bids_vlint \
    LANG=C.UTF-8 \
    PATH=/opt/bids_vlint/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLBACKEND=agg \
    MPLCONFIGDIR=/tmp/matplotlib \
    NILEARN_DATA=/tmp/nilearn \
    NUMBA_CACHE_DIR=/tmp/numba \
    MNE_DONTWRITE_HOME=true \
    HF_HUB_OFFLINE=1 \
    BIDS_VLINT_CONTAINER=bids_vlint

COPY pyproject.toml README.md LICENSE /src/
COPY bids_vlint /src/bids_vlint
RUN python3 -m venv /opt/bids_vlint \
    && /opt/bids_vlint/bin/python -m pip install --no-cache-dir --disable-pip-version-check "/src[demo]" \
    && rm -rf /src/build /src/*.egg-info \
    && mkdir -p /tmp/home && chmod 1777 /tmp /tmp/home

WORKDIR /tmp
ENTRYPOINT ["bids_vlint"]
