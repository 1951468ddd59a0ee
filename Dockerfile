# The bot in a container. Build:  docker build -t vmdump .
# The base is pinned by release; whoever builds for production pins the digest that their registry shows:
#   docker build --build-arg BASE=python:3.11.14-slim-bookworm@sha256:… -t vmdump .
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.lock ./
# The lock names the build backend too: nothing is fetched that has no hash.
RUN python3 -m venv /opt/vmdump \
 && /opt/vmdump/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY config ./config
COPY bot ./bot
RUN /opt/vmdump/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/vmdump/bin/pip install --no-deps --no-index --find-links /dist vmdump \
 && /opt/vmdump/bin/pip uninstall --yes hatchling \
 && /opt/vmdump/bin/python -m compileall -q /opt/vmdump/lib

FROM ${BASE}
COPY --from=build /opt/vmdump /opt/vmdump
# A fixed number, so that whoever mounts a volume knows whom it must belong to.
RUN groupadd --gid 64100 vmdump \
 && useradd --uid 64100 --gid 64100 --no-create-home --home-dir /var/lib/vmdump --shell /usr/sbin/nologin vmdump \
 && install -d -m 700 -o vmdump -g vmdump /var/lib/vmdump
ENV PATH=/opt/vmdump/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 64100:64100
WORKDIR /var/lib/vmdump
# The database lives here; nothing else is written, so the rest may be mounted read-only.
VOLUME ["/var/lib/vmdump"]
STOPSIGNAL SIGTERM
# Asks ops.listen, which has to be set to this port for it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9109/healthz', timeout=4)"]
ENTRYPOINT ["vmdump"]
CMD ["serve", "--log-format", "json"]
