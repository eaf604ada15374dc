# syntax=docker/dockerfile:1
# What runs: Python, the pinned libraries, and the bot; nothing to build with, and no secret.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes -r requirements.txt

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin pulse
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    METRICS_LISTEN=0.0.0.0:9464
WORKDIR /app
COPY --from=build /venv /venv
COPY app.yaml ./
COPY bot bot
COPY handlers handlers
COPY schedules schedules
COPY storage storage
RUN python -m compileall -q /venv/lib bot handlers schedules storage \
    && mkdir data && chown pulse data
USER 10001
VOLUME /app/data
EXPOSE 3000
STOPSIGNAL SIGTERM
# The process is alive; whether it may be sent requests is the proxy's question (/readyz).
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9464/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
