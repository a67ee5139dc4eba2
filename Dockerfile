# --- Build: a wheel of the gateway and of everything it needs, in the tested versions --------------------------------
FROM python:3.11-slim AS build

WORKDIR /source
COPY constraints.txt ./
RUN pip install --no-cache-dir --constraint constraints.txt hatchling

COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY simulators simulators
COPY rules rules
COPY checklists checklists
COPY device_profiles device_profiles
RUN pip wheel --no-cache-dir --no-build-isolation --constraint constraints.txt --wheel-dir /wheels . \
    && python -m venv /opt/facility-gateway \
    && /opt/facility-gateway/bin/pip install --no-cache-dir --no-index --find-links /wheels facility-gateway

# --- Run: no compiler, no root --------------------------------------------------------------------------------------
FROM python:3.11-slim

RUN groupadd --gid 10001 gateway \
    && useradd --uid 10001 --gid gateway --no-create-home --home-dir /data --shell /usr/sbin/nologin gateway \
    && install --directory --owner gateway --group gateway --mode 0750 /data
COPY --from=build /opt/facility-gateway /opt/facility-gateway

# Inside the container the API listens on all its addresses; publish the port on 127.0.0.1 of the host only.
ENV PATH=/opt/facility-gateway/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    GATEWAY_SITE=/site/site.yaml \
    GATEWAY_DATA_DIR=/data \
    GATEWAY_HTTP=0.0.0.0:8080

USER gateway
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["facility-gateway"]
CMD ["run"]
